"""Cancelling any await, from outside or by asyncio.timeout: nothing is taken, nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from servers import (
    accept,
    echo,
    forever,
    frame,
    idle,
    leftovers,
    plain_server,
    read_frame,
    tcp_server,
)
from websockets.frames import Opcode

from wsnotebook import Client, State, connect

QUIET = {
    "wait_until": lambda client: client.wait_until("closed"),
    "wait_for_message": lambda client: client.wait_for_message("never"),
    "wait_for_message_count": lambda client: client.wait_for_message_count(9),
    "wait_for_close": Client.wait_for_close,
    "receive": Client.receive,
    "receive_json": Client.receive_json,
    "receive_all with a stop": lambda client: client.receive_all("never"),
    "receive_all": Client.receive_all,
    "receive_nothing": Client.receive_nothing,
    "receive_nothing during": lambda client: client.receive_nothing(during=60),
    "settle": Client.settle,
    "ping": Client.ping,
    "async for": anext,
}


async def mute(reader, writer):
    """Echo texts and the close frame, and answer no ping."""
    await accept(reader, writer)
    opcode = None
    while opcode is not Opcode.CLOSE:
        opcode, data = await read_frame(reader)
        if opcode is not Opcode.PING:
            writer.write(frame(opcode, data))


async def cancelled(awaitable):
    """Start an awaitable, cancel it once it waits, and let it end."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


@pytest.mark.parametrize("verb", QUIET)
async def test_a_cancelled_wait_takes_nothing_and_leaks_nothing(verb):
    async with tcp_server(mute) as url:
        async with connect(url) as client:
            before = set(leftovers())
            await cancelled(QUIET[verb](client))
            assert set(leftovers()) == before
            await client.send("hello")
            assert await client.receive() == "hello"
    assert leftovers() == []


@pytest.mark.parametrize("verb", QUIET)
async def test_an_outer_timeout_is_the_caller_s_own(verb):
    async with tcp_server(mute) as url:
        async with connect(url) as client:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0):
                    await QUIET[verb](client)
            assert type(caught.value) is TimeoutError
            assert asyncio.current_task().cancelling() == 0
    assert leftovers() == []


async def test_a_receive_cancelled_after_it_was_woken_takes_nothing_and_wakes_the_next():
    async with plain_server(echo) as url, connect(url) as client:
        first = asyncio.ensure_future(client.receive())
        second = asyncio.ensure_future(client.receive())
        await asyncio.sleep(0)
        client.timeline.subscribe(
            # Told of the message before it wakes anybody: the cancellation comes with the message.
            lambda event: (
                asyncio.get_running_loop().call_soon(first.cancel)
                if event.direction == "received"
                else None
            )
        )
        await client.send("one")
        assert await second == "one"
        assert first.cancelled()


async def test_cancelling_open_closes_the_socket():
    gone = asyncio.get_running_loop().create_future()

    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        opening.cancel()
        gone.set_result(await reader.read())

    async with tcp_server(script) as url:
        client = Client(url)
        opening = asyncio.ensure_future(client.open())
        await asyncio.wait([opening])
        assert opening.cancelled()
        assert (client.state, client.close_code) == (State.CLOSED, 1006)
        assert await gone == b""
    assert leftovers() == []


async def test_a_timeout_round_open_is_the_caller_s_own():
    async with tcp_server(forever) as url:
        client = Client(url)
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.01):
                await client.open()
        assert type(caught.value) is TimeoutError
        assert client.state is State.CLOSED
    assert leftovers() == []


async def test_cancelling_close_leaves_the_handshake_under_way():
    async with plain_server(idle) as url:
        client = await connect(url)
        await cancelled(client.close(4000, "bye"))
        assert client.state is State.CLOSING
        await client.wait_until("closed")
        assert (client.close_code, client.close_reason) == (4000, "bye")
    assert leftovers() == []


async def test_cancelling_on_leaving_the_context_drops_the_connection():
    async def converse(url):
        async with connect(url, close_timeout=float("inf")) as client:
            clients.append(client)
            ready.set_result(None)

    async def script(reader, writer):
        await accept(reader, writer)
        await forever()

    clients, ready = [], asyncio.get_running_loop().create_future()
    async with tcp_server(script) as url:
        leaving = asyncio.ensure_future(converse(url))
        await ready
        await asyncio.sleep(0)
        assert clients[0].state is State.CLOSING
        leaving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await leaving
        assert leaving.cancelled()
        await clients[0].wait_until("closed")
        assert clients[0].close_code == 1006
    assert leftovers() == []


async def test_of_200_waits_each_gets_its_own_message_though_half_are_cancelled():
    async with plain_server(echo) as url, connect(url) as client:
        waits = [asyncio.ensure_future(client.wait_for_message(str(n))) for n in range(200)]
        await asyncio.sleep(0)
        for wait in waits[::2]:
            wait.cancel()
        for number in range(200):
            await client.send(str(number))
        assert await asyncio.gather(*waits[1::2]) == [str(n) for n in range(1, 200, 2)]
        assert all(wait.cancelled() for wait in waits[::2])
    assert leftovers() == []


async def test_of_200_receives_the_rest_share_all_messages_in_order_though_half_are_cancelled():
    async with plain_server(echo) as url, connect(url) as client:
        receives = [asyncio.ensure_future(client.receive()) for _ in range(200)]
        await asyncio.sleep(0)
        for number in range(100):
            await client.send(str(number))
        for receive in receives[::2]:
            receive.cancel()
        assert await asyncio.gather(*receives[1::2]) == [str(n) for n in range(100)]
    assert leftovers() == []
