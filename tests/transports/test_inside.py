"""What can be seen of a handler on the same loop: whether it reads, and what it was told."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from wsnotebook import WaitTimeout, connect, run


async def asgi_reader(scope, receive, send):
    if scope["type"] != "websocket":
        raise ValueError("only WebSocket")
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] == "websocket.receive":
        pass


async def asgi_idler(scope, receive, send):
    if scope["type"] != "websocket":
        raise ValueError("only WebSocket")
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.sleep(100)


async def reader(connection):
    async for _ in connection:
        pass


async def fragment_reader(connection):
    try:
        while True:
            async for _ in connection.recv_streaming():
                pass
    except ConnectionClosed:
        pass


async def waiter(connection):
    await connection.wait_closed()


async def idler(_connection):
    await asyncio.sleep(100)


async def seen(app):
    """Return what is seen before a message, after it, and after the end."""
    async with connect(app, close_timeout=200.0) as client:
        connection = client._session.connection
        looks = [(connection.has_read, connection.was_told)]
        await client.send("hello")
        await asyncio.sleep(1)
        looks.append((connection.has_read, connection.was_told))
        task = connection.task
        assert not task.done()
    assert task.done()
    return [*looks, connection.was_told]


@pytest.mark.parametrize("app", [asgi_reader, reader, fragment_reader])
def test_who_reads(app):
    assert run(seen(app), virtual_time=True) == [(False, False), (True, False), True]


def test_who_waits_for_the_end():
    assert run(seen(waiter), virtual_time=True) == [(False, False), (False, False), True]


@pytest.mark.parametrize("app", [asgi_idler, idler])
def test_who_does_not_ask(app):
    assert run(seen(app), virtual_time=True)[:2] == [(False, False), (False, False)]


def test_a_handshake_that_takes_too_long_tells_where_the_app_stands():
    async def late(scope, receive, _send):
        if scope["type"] == "websocket":
            await receive()
            await asyncio.sleep(100)

    async def main():
        await connect(late, open_timeout=3)

    with pytest.raises(WaitTimeout) as caught:
        run(main(), virtual_time=True)

    assert str(caught.value).startswith("client-1 did not open within 3 s: the app stands at ")
    assert str(caught.value).endswith("in late: await asyncio.sleep(100)")
