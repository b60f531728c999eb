"""How a connection in memory ends, and what its handler sees of it."""

from __future__ import annotations

import asyncio

import pytest
import websockets
from in_process import innermost, place, turns
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.frames import CloseCode

from wsnotebook import AppCrashed, Client, State, WaitTimeout, connect
from wsnotebook.transports.memory import MemoryTransport


async def echo(connection):
    async for message in connection:
        await connection.send(message)


class Notes:
    """Runs ``handler`` and notes how it ended."""

    def __init__(self, handler):
        self.handler = handler
        self.result = self.exception = None

    async def __call__(self, connection):
        try:
            self.result = await self.handler(connection)
        except BaseException as exc:
            self.exception = exc
            raise


async def test_recv_streaming_ends_with_the_connection():
    async def read(connection):
        return [fragment async for fragment in connection.recv_streaming()]

    handler = Notes(read)
    async with connect(handler):
        pass
    assert isinstance(handler.exception, ConnectionClosedOK)


async def test_leaving_is_connectionclosedok_for_recv():
    handler = Notes(lambda connection: connection.recv())
    async with connect(handler):
        pass
    assert isinstance(handler.exception, ConnectionClosedOK)
    assert handler.exception.rcvd.code == CloseCode.NORMAL_CLOSURE


async def test_another_close_code_is_connectionclosederror_and_no_crash():
    handler = Notes(lambda connection: connection.recv())
    async with connect(handler) as client:
        await client.close(4001, "enough")
    assert isinstance(handler.exception, ConnectionClosedError)
    assert str(handler.exception) == (
        "received 4001 (private use) enough; then sent 4001 (private use) enough"
    )


async def test_an_abort_is_connectionclosederror_without_frames():
    handler = Notes(lambda connection: connection.recv())
    async with connect(handler) as client:
        await client.abort()
    assert str(handler.exception) == "no close frame received or sent"


async def test_sending_after_the_client_left_is_the_error_of_websockets():
    async def send_late(connection):
        await connection.wait_closed()
        assert connection.close_code == 1000
        await connection.send("late")

    handler = Notes(send_late)
    async with connect(handler):
        pass
    assert isinstance(handler.exception, ConnectionClosedOK)


async def test_the_server_may_abort():
    async def handler(connection):
        await connection.recv()
        connection.transport.abort()

    async with connect(handler) as client:
        await client.send("x")
        closure = await client.wait_for_close(1006)
    assert not closure.clean


async def test_the_closing_handshake_is_complete_on_both_sides():
    async def close(connection):
        await connection.close(4000, "bye")
        return connection.protocol.state, connection.close_code, connection.close_reason

    handler = Notes(close)
    async with connect(handler) as client:
        closure = await client.wait_for_close(4000)
    assert (closure.reason, closure.clean) == ("bye", True)
    assert handler.result == (websockets.protocol.CLOSED, 4000, "bye")


async def test_what_was_sent_before_the_close_is_received():
    async def handler(connection):
        await connection.send("last words")
        await connection.close()

    async with connect(handler) as client:
        await client.wait_until("closed")
        assert client.messages == ["last words"]


async def test_a_handler_that_does_not_end_is_cancelled_past_the_close_timeout():
    async def hangs(connection):
        await asyncio.get_running_loop().create_future()

    handler = Notes(hangs)
    async with connect(handler, close_timeout=0):
        pass
    assert isinstance(handler.exception, asyncio.CancelledError)


async def test_a_handler_that_ignores_its_cancellation_is_named():
    release = asyncio.get_running_loop().create_future()

    async def stubborn(connection):
        while not release.done():
            try:
                await asyncio.wait([release])
            except asyncio.CancelledError:
                continue

    with pytest.raises(AppCrashed) as caught:
        async with connect(stubborn, close_timeout=0):
            pass
    release.set_result(None)
    stands = place(stubborn, "asyncio.wait([release])")
    assert str(caught.value.__cause__) == (
        f"the handler ignores its cancellation; it stands at {stands}"
    )


async def test_a_cancelled_opening_ends_the_handler():
    before = asyncio.all_tasks()
    for count in range(8):  # wherever in the handshake it is
        client = Client(echo)
        opening = asyncio.ensure_future(client.open())
        await turns(count)
        opening.cancel()
        await asyncio.wait({opening})
        await client.close()
        assert client.state is State.CLOSED
    await turns()
    assert asyncio.all_tasks() == before


# Crashes


async def test_a_crash_is_1011_for_the_client():
    async def handler(connection):
        await connection.recv()
        raise ValueError("boom")

    async with connect(handler) as client:
        await client.send("x")
        with pytest.raises(AppCrashed) as caught:
            await client.receive()
    assert client.close_code == 1011
    assert innermost(caught.value.__cause__) == "handler"


async def test_a_failed_assertion_of_pytest_in_the_handler_is_a_crash():
    async def handler(connection):
        await connection.recv()
        pytest.fail("the handler is not amused")

    with pytest.raises(AppCrashed) as caught:
        async with connect(handler) as client:
            await client.send("x")
            await client.receive()
    assert isinstance(caught.value.__cause__, pytest.fail.Exception)


async def test_a_closed_connection_in_a_group_is_no_crash():
    async def handler(connection):
        async with asyncio.TaskGroup() as group:
            group.create_task(connection.recv())
            group.create_task(connection.wait_closed())

    async with connect(handler):
        pass


async def test_a_crash_beside_a_closed_connection_in_a_group_is_one():
    async def handler(connection):
        async def recv():
            try:
                await connection.recv()
            finally:
                raise KeyError("in the clean-up")

        async with asyncio.TaskGroup() as group:
            group.create_task(recv())

    with pytest.raises(AppCrashed, match="in the clean-up"):
        async with connect(handler):
            pass


async def test_finding_another_connection_closed_is_a_crash():
    """The handler dies though its own client is there: ``websockets`` would close it with 1011."""
    members = []

    async def relay(connection):
        members.append(connection)
        async for message in connection:
            for member in members:
                await member.send(message)

    gone = await connect(relay)
    await gone.settle()
    await gone.close()
    with pytest.raises(AppCrashed) as caught:
        async with connect(relay) as client:
            await client.send("anybody?")
            await client.receive()
    assert isinstance(caught.value.__cause__, ConnectionClosedOK)


async def test_an_app_that_is_called_as_a_handler_crashes_plainly():
    async def takes_nothing():
        """Not a handler."""

    with pytest.raises(AppCrashed) as caught:
        async with connect(MemoryTransport(takes_nothing)) as client:
            await client.receive()
    assert "takes 0 positional arguments but 1 was given" in str(caught.value)


async def test_nothing_is_logged_for_a_crash_that_the_test_sees(caplog):
    async def handler(connection):
        raise ValueError("boom")

    with pytest.raises(AppCrashed):
        async with connect(handler) as client:
            await client.receive()
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


async def test_a_timed_out_opening_is_a_waittimeout_and_leaves_nothing():
    before = asyncio.all_tasks()
    with pytest.raises(WaitTimeout):
        await connect(echo, open_timeout=0)
    await turns()
    assert asyncio.all_tasks() == before


async def test_a_handler_that_exits_has_crashed_and_does_not_take_the_test_with_it():
    async def handler(connection):
        raise SystemExit(3)

    client = await connect(handler)
    with pytest.raises(AppCrashed) as caught:
        await client.receive()
    assert repr(caught.value.__cause__) == "SystemExit(3)"
    await client.close()
