"""The network transport: how connections end, also where a peer does not play along; settling."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from servers import (
    accept,
    answer_close,
    close,
    echo,
    forever,
    frame,
    leftovers,
    plain_server,
    read_frame,
    sending,
    tcp_server,
    text,
)
from websockets.frames import Opcode

from wsnotebook import Closed, Closure, State, WaitTimeout, connect
from wsnotebook.transports.network import NetworkTransport

# Endings


@pytest.mark.parametrize("reset", [False, True])
async def test_a_peer_that_vanishes_shows_as_1006(reset):
    async def script(reader, writer):
        await accept(reader, writer, text("x"))
        await read_frame(reader)
        if reset:
            writer.transport.abort()

    async with tcp_server(script) as url, connect(url) as client:
        await client.send("vanish")
        assert await client.wait_for_close() == Closure(1006, "", clean=False)
        assert (client.close_code, client.close_reason) == (1006, "")
        assert client.timeline[-1].kind == "close"


async def test_a_peer_that_answers_no_close_frame_is_dropped_after_close_timeout():
    async with tcp_server(sending(then=forever)) as url:
        client = await connect(url, close_timeout=0.01)
        await client.close(4001, "bye")
        with pytest.raises(Closed) as caught:
            await client.send("x")
    assert str(caught.value).splitlines()[0] == (
        "the connection closed with 1006 (no close frame received) before the message was sent "
        "(this side closed with 4001: timed out while closing connection)"
    )


async def test_a_peer_that_closes_but_keeps_the_line_is_dropped_after_close_timeout():
    script = sending(close(4003, "done"), then=forever)
    async with tcp_server(script) as url, connect(url, close_timeout=0.01) as client:
        assert await client.wait_for_close() == Closure(4003, "done", clean=True)


async def test_a_peer_that_keeps_the_line_after_a_failure_is_dropped_after_close_timeout():
    for bad in (text(b"\xff"), text("too long")):
        async with tcp_server(sending(bad, then=forever)) as url:
            async with connect(url, close_timeout=0.01, max_size=5) as client:
                assert await client.wait_for_close() == Closure(1006, "", clean=False)


async def test_a_cancelled_close_still_ends_the_connection():
    async with tcp_server(sending(then=forever)) as url:
        client = await connect(url, close_timeout=0.01)
        closing = asyncio.ensure_future(client.close())
        await asyncio.sleep(0)
        assert client.state is State.CLOSING
        closing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await closing
        await client.wait_until("closed")
    assert leftovers() == []


async def test_abort_sends_no_close_frame():
    ended = asyncio.get_running_loop().create_future()

    async def handler(connection):
        await connection.wait_closed()
        ended.set_result(connection.close_code)

    async with plain_server(handler) as url:
        client = await connect(url)
        await client.abort()
        assert client.state is State.CLOSED
        assert client.close_code == 1006
        assert await ended == 1006
        await client.abort()


# Settling


async def test_settle_returns_after_the_answers_to_all_that_was_sent():
    async with plain_server(echo) as url, connect(url) as client:
        for number in range(100):
            await client.send(str(number))
        await client.settle()
        assert len(client.messages) == 100


async def test_settle_waits_for_quiet_after_the_pong():
    async def script(reader, writer):
        await accept(reader, writer)
        _, data = await read_frame(reader)
        writer.write(frame(Opcode.PONG, data))
        for number in range(3):
            # Each comes in the quiet period that the one before began.
            loop.call_later(0.02 * (number + 1), writer.write, text(str(number)))
        await answer_close(reader, writer)

    loop = asyncio.get_running_loop()
    async with tcp_server(script) as url:
        async with connect(NetworkTransport(url, quiet=0.1)) as client:
            await client.settle()
            assert client.messages == ["0", "1", "2"]


async def test_a_server_that_answers_no_ping_does_not_settle():
    async with tcp_server(sending(text("x"), then=forever)) as url:
        client = await connect(url)
        with pytest.raises(WaitTimeout, match=r"^the server did not settle within 0.01 s\n"):
            await client.settle(timeout=0.01)
        (left,) = leftovers()
        assert left.get_coro().__qualname__ == "tcp_server.<locals>.run"
        await client.abort()
    assert leftovers() == []


async def test_settle_returns_when_the_connection_closes_meanwhile():
    async def script(reader, writer):
        await accept(reader, writer)
        await read_frame(reader)
        writer.write(close(1001))

    async with tcp_server(script) as url, connect(url) as client:
        await client.settle()
        assert client.close_code == 1001
        await client.settle()
