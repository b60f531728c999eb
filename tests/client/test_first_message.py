"""``via="message"``: the token is the first thing that the server hears, before anything else."""

from __future__ import annotations

import asyncio
import json

import pytest
from servers import accept, close, read_close, tcp_server, text

from wsnotebook import Client, Closed, connect, serve

AUTHENTICATE = '{"type":"authenticate","token":"t0ken"}'


async def handler(connection):
    async for message in connection:
        await connection.send(f"heard {message}")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"heard {event['text']}"})


@pytest.fixture(params=["in memory", "in process", "a handler's server", "an app's server"])
async def target(request):
    served = handler if "handler" in request.param or "memory" in request.param else app
    if "server" not in request.param:
        yield served
        return
    async with serve(served) as server:
        yield server


async def test_it_is_the_first_message_and_masked(target, masked):
    async with connect(target, token="t0ken", via="message", name="ann") as client:
        await client.send("hello")
        await client.wait_for_message_count(2)
        assert client.messages == [f"heard {AUTHENTICATE}", "heard hello"]
        assert client.timeline[1].data == AUTHENTICATE.replace("t0ken", "***")
        assert client.timeline[1].size == len(AUTHENTICATE)
        assert (client.timeline[1].kind, client.timeline[1].direction) == ("message", "sent")
        assert client.timeline[0].kind == "open"


async def test_it_is_sent_before_what_somebody_else_sends_the_moment_it_opens(target):
    client = Client(target, token="t0ken", via="message")

    async def eager():
        await client.wait_until("open")
        await client.send("hello")

    hurry = asyncio.create_task(eager())
    await asyncio.sleep(0)
    async with client:
        await hurry
        await client.wait_for_message_count(2)
        assert client.messages == [f"heard {AUTHENTICATE}", "heard hello"]


async def test_it_is_no_part_of_sent_as_a_token_in_the_handshake_is_none(target):
    async with connect(target, token="t0ken", via="message") as client:
        await client.send("hello")
        assert client.sent == ["hello"]


async def test_an_empty_token_is_sent_too(target):
    async with connect(target, token="", via="message") as client:
        heard = (await client.receive()).removeprefix("heard ")
        assert json.loads(heard) == {"type": "authenticate", "token": ""}


async def test_a_token_larger_than_the_buffers_is_sent_whole(target):
    token = "t0ken-" * 50_000
    async with connect(target, token=token, via="message") as client:
        assert token in await client.receive()


async def test_a_server_that_closes_at_once_is_told_nothing():
    async def script(reader, writer):
        await accept(reader, writer, text("bye"), close(1013))
        await read_close(reader)

    async with tcp_server(script) as url:
        async with connect(url, token="t0ken", via="message") as client:
            assert await client.receive() == "bye"
            with pytest.raises(Closed) as caught:
                await client.receive()
            assert caught.value.code == 1013
    assert [event.kind for event in client.timeline] == ["open", "message", "close"]
    assert client.timeline.filter(direction="sent").text() == ""
