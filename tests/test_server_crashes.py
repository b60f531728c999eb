"""What a served handler raises: kept, raised at its own client, logged for others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import traceback

import pytest
from servers import leftovers
from websockets.exceptions import ConnectionClosed

from wsnotebook import AppCrashed, Channel, Closed, Closure, connect, serve


class Boom(Exception):
    """What the handlers here raise."""


async def crash_when_asked(connection):
    """Raise at the first message."""
    raise Boom(await connection.recv())


async def crash_at_once(connection):
    """Raise before anything is received."""
    raise Boom("at once")


async def crash_when_left(connection):
    """Raise when the client is gone."""
    await connection.wait_closed()
    raise Boom("too late")


# Raised at the client


async def test_a_crash_is_raised_at_the_wait_it_broke_with_its_traceback(masked):
    async with serve(crash_when_asked) as server:
        async with connect(server) as client:
            await client.send("now")
            with pytest.raises(AppCrashed) as caught:
                await client.receive()
            assert client.close_code == 1011
        assert masked(caught.value) == (
            "the app raised Boom('now') before a message arrived\n"
            "  client-1 is closed (1011 (internal error)); nothing received"
        )
        cause = caught.value.__cause__
        assert traceback.extract_tb(cause.__traceback__)[-1].name == "crash_when_asked"
        assert server.crashes == [cause]
    assert leftovers() == []


async def test_a_crash_that_no_wait_saw_is_raised_on_leaving():
    async with serve(crash_when_asked) as server:
        with pytest.raises(AppCrashed) as caught:
            async with connect(server) as client:
                await client.send("now")
                await client.wait_until("closed")
        assert str(caught.value) == "the app raised Boom('now')"
        assert caught.value.__cause__ is server.crashes[0]


async def test_a_crash_before_the_client_knows_that_it_is_open_is_raised_too(caplog):
    caplog.set_level(logging.INFO, "wsnotebook.server")
    async with serve(crash_at_once) as server:
        with pytest.raises(AppCrashed, match=r"^the app raised Boom\('at once'\)$"):
            async with connect(server):
                pass
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_a_crash_after_the_close_is_raised_on_leaving(caplog):
    async with serve(crash_when_left) as server:
        with pytest.raises(AppCrashed, match=r"^the app raised Boom\('too late'\)$"):
            async with connect(server):
                pass
        assert len(server.crashes) == 1
    assert caplog.records == []


async def test_a_crash_after_an_abort_is_raised_on_leaving():
    async with serve(crash_when_left) as server:
        with pytest.raises(AppCrashed, match=r"^the app raised Boom\('too late'\)$"):
            async with connect(server) as client:
                await client.abort()


async def test_a_group_of_exceptions_is_a_crash():
    async def handler(connection):
        async with asyncio.TaskGroup() as group:
            group.create_task(crash_when_asked(connection))

    async with serve(handler) as server, connect(server) as client:
        await client.send("now")
        with pytest.raises(AppCrashed) as caught:
            await client.wait_for_message("x")
        group = caught.value.__cause__
        assert isinstance(group, ExceptionGroup)
        assert isinstance(group.exceptions[0], Boom)


async def test_a_failed_assertion_of_pytest_in_a_handler_is_a_crash():
    async def handler(connection):
        assert await connection.recv() == "expected"
        pytest.fail("not what was expected")

    async with serve(handler) as server:
        for message, kind in (("surprise", AssertionError), ("expected", pytest.fail.Exception)):
            async with connect(server) as client:
                await client.send(message)
                with pytest.raises(AppCrashed) as caught:
                    await client.receive()
                assert isinstance(caught.value.__cause__, kind)


class Exits(Channel):
    async def on_message(self, message):
        sys.exit(3)


async def exits(connection):
    await connection.recv()
    sys.exit(3)


@pytest.mark.parametrize("app", [exits, Exits], ids=["handler", "asgi"])
async def test_an_app_that_exits_has_crashed_and_the_others_go_on(app):
    async with serve(app) as server, connect(server) as other:
        async with connect(server) as client:
            await client.send("exit")
            with pytest.raises(AppCrashed, match=r"^the app raised SystemExit\(3\) before"):
                await client.receive()
        assert [repr(crash) for crash in server.crashes] == ["SystemExit(3)"]
        with pytest.raises(AppCrashed):
            await other.send("exit")
            await other.receive()


@pytest.mark.parametrize("app", [exits, Exits], ids=["handler", "asgi"])
async def test_for_other_clients_an_exit_is_logged(app, caplog):
    async with serve(app) as server, connect(server.url) as client:
        await client.send("exit")
        await client.wait_for_close()
    (record,) = [record for record in caplog.records if record.name == "wsnotebook.server"]
    assert repr(record.exc_info[1]) == "SystemExit(3)"


async def test_only_the_client_whose_handler_crashed_sees_it():
    async def handler(connection):
        async for message in connection:
            if message == "crash":
                raise Boom
            await connection.send(message)

    async with serve(handler) as server, connect(server) as one, connect(server) as other:
        await one.send("crash")
        with pytest.raises(AppCrashed):
            await one.receive()
        await other.send("unharmed")
        assert await other.receive() == "unharmed"


async def test_what_the_handler_sent_before_it_crashed_is_received():
    async def handler(connection):
        await connection.send("last words")
        raise Boom

    async with serve(handler) as server, connect(server) as client:
        assert await client.receive() == "last words"
        with pytest.raises(AppCrashed):
            await client.receive()


# No crash


async def test_the_end_of_its_own_connection_is_no_crash(caplog):
    async def handler(connection):
        while True:
            await connection.recv()

    async with serve(handler) as server:
        for code in (1000, 1001, 4000):
            async with connect(server) as client:
                await client.close(code)
        async with connect(server) as client:
            await client.abort()
    assert server.crashes == []
    assert caplog.records == []


async def test_a_group_of_nothing_but_ended_connections_is_no_crash():
    async def handler(connection):
        async with asyncio.TaskGroup() as group:
            group.create_task(connection.recv())

    async with serve(handler) as server:
        async with connect(server):
            pass
    assert server.crashes == []


async def test_the_end_of_another_connection_is_a_crash():
    first = []

    async def handler(connection):
        first.append(connection)
        if len(first) == 1:
            await connection.wait_closed()
            return
        await connection.recv()
        await first[0].send("to somebody who left")

    async with serve(handler) as server:
        async with connect(server):
            pass
        async with connect(server) as client:
            await client.send("go on")
            with pytest.raises(AppCrashed) as caught:
                await client.receive()
            assert isinstance(caught.value.__cause__, ConnectionClosed)


async def test_a_handler_that_returns_closes_as_websockets_does():
    async def handler(connection):
        await connection.send("bye")

    async with serve(handler) as server, connect(server) as client:
        assert await client.wait_for_close() == Closure(1000)
        assert client.messages == ["bye"]
    assert server.crashes == []


async def test_leaving_waits_for_a_handler_that_has_something_left_to_do():
    done = []

    async def handler(connection):
        await connection.wait_closed()
        for _ in range(10):
            await asyncio.sleep(0)
        done.append(connection)

    async with serve(handler) as server:
        async with connect(server):
            pass
        assert len(done) == 1


@pytest.mark.parametrize("kind", ["handler", "asgi"])
async def test_past_the_close_timeout_leaving_cancels_the_app(kind, caplog):
    cancelled = []

    async def for_ever():
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.append(kind)
            raise

    async def handler(connection):
        await for_ever()

    async def app(scope, receive, send):
        first = await receive()
        if first["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            await for_ever()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async with serve(handler if kind == "handler" else app) as server:
        async with connect(server, close_timeout=0.01):
            pass
        assert cancelled == [kind]
    assert server.crashes == []
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_an_app_that_ignores_it_is_told_of_in_the_log(caplog):
    release = asyncio.get_running_loop().create_future()

    async def stubborn(connection):
        while not release.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([release])

    async with serve(stubborn) as server:
        async with connect(server, close_timeout=0.01):
            pass
        release.set_result(None)
    (record,) = caplog.records
    assert record.getMessage().startswith("a handler ignores its cancellation; it stands at ")
    assert record.getMessage().endswith(" in stubborn: await asyncio.wait([release])")


# Others


async def test_for_other_clients_a_crash_is_1011_and_logged(caplog):
    async with serve(crash_when_asked) as server:
        async with connect(server.url) as client:
            await client.send("now")
            with pytest.raises(Closed) as caught:
                await client.receive()
            assert caught.value.code == 1011
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("wsnotebook.server", "ERROR")
    assert record.getMessage() == "the app crashed"
    assert record.exc_info[1] is server.crashes[0]


async def test_crashes_are_kept_oldest_first_whoever_was_connected():
    async with serve(crash_when_asked) as server:
        for target, number in ((server, 1), (server.url, 2), (server, 3)):
            client = await connect(target)
            await client.send(str(number))
            await client.wait_for_close(1011 if target is server.url else None)
            await client.close()
    assert [crash.args for crash in server.crashes] == [("1",), ("2",), ("3",)]


async def test_an_app_that_knows_no_lifespan_did_not_crash():
    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            raise ValueError("no lifespan here")
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})

    async with serve(app) as server, connect(server) as client:
        assert await client.receive() == "hello"
        assert server.crashes == []
