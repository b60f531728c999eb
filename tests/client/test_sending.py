"""Sending: what goes on the wire, what is refused, and what a full buffer does."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import math

import pytest
from servers import (
    accept,
    close,
    echo,
    forever,
    hang_up,
    leftovers,
    plain_server,
    read_frame,
    sending,
    tcp_server,
)

from wsnotebook import Client, Closed, Message, SetupError, State, connect


class Greeting(Message):
    action: str = "greet"
    name: str


class Colour(enum.StrEnum):
    RED = "red"


# What goes on the wire


@pytest.mark.parametrize(
    ("message", "received"),
    [
        ("text", "text"),
        ("", ""),
        ("\x00é😀", "\x00é😀"),
        (b"binary", b"binary"),
        (b"", b""),
        (bytearray(b"array"), b"array"),
        (memoryview(b"view"), b"view"),
        (Greeting(name="é"), '{"action":"greet","name":"é"}'),
        (Colour.RED, "red"),
    ],
)
async def test_a_message_arrives_as_text_or_binary(message, received):
    async with plain_server(echo) as url, connect(url) as client:
        await client.send(message)
        answer = await client.receive()
        assert answer == received
        assert type(answer) is type(received)
        assert client.sent == [received]
        assert type(client.sent[0]) is type(received)


async def test_a_buffer_that_changes_after_send_changes_nothing():
    data = bytearray(b"before")
    async with plain_server(echo) as url, connect(url) as client:
        await client.send(data)
        data[:] = b"after!"
        assert await client.receive() == b"before"
        assert client.sent == [b"before"]


async def test_send_json_sends_compact_text():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send_json({"type": "écho", "value": [1, None, True]})
        assert await client.receive() == '{"type":"écho","value":[1,null,true]}'


# What is refused

INSTEAD = "expected str (text), bytes (binary) or a Message; send_json() sends other values as JSON"


@pytest.mark.parametrize("message", [None, 5, {"a": 1}, ["text"], Greeting, object])
async def test_what_is_no_message_is_refused_and_nothing_is_sent(message):
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(TypeError) as caught:
            await client.send(message)
        assert str(caught.value) == f"cannot send {message!r}: {INSTEAD}"
        assert client.sent == []
        await client.send("still open")
        assert await client.receive() == "still open"


@pytest.mark.parametrize(("value", "kind"), [({1, 2}, TypeError), (math.nan, ValueError)])
async def test_what_json_cannot_hold_is_refused(value, kind):
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(kind) as caught:
            await client.send_json(value)
        assert str(caught.value).startswith(f"cannot send {value!r} as JSON: ")
        assert client.sent == []


async def test_a_text_that_utf_8_cannot_carry_is_refused():
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(ValueError, match=r"^cannot send 'a\\ud800' as text: lone surrogate"):
            await client.send("a\ud800")
        assert client.sent == []


@pytest.mark.parametrize("verb", [lambda client: client.send("x"), Client.ping])
async def test_before_it_is_open_a_client_cannot_send(verb):
    async with tcp_server(forever) as url:
        client = Client(url)
        opening = asyncio.ensure_future(client.open())
        await asyncio.sleep(0)
        with pytest.raises(SetupError) as caught:
            await verb(client)
        assert str(caught.value) == (
            "client-1 is not open yet: await open() or wait_until('open') before sending"
        )
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening


async def test_after_the_end_send_fails_at_once_with_code_and_reason():
    async with tcp_server(sending(close(4002, "go away"), then=hang_up)) as url:
        async with connect(url) as client:
            await client.wait_until("closed")
            with pytest.raises(Closed) as caught:
                await client.send("x")
            assert str(caught.value) == (
                "the connection closed with 4002 'go away' before the message was sent\n"
                "  client-1 is closed (4002 'go away'); nothing received"
            )
            assert client.sent == []


async def test_while_the_server_closes_send_waits_for_the_code():
    async def script(reader, writer):
        await accept(reader, writer, close(4003, "full"))
        await read_frame(reader)  # the answer to the close
        await asked

    asked = asyncio.get_running_loop().create_future()
    async with tcp_server(script) as url, connect(url) as client:
        assert client.state is State.OPEN
        sending_late = asyncio.ensure_future(client.send("x"))
        await asyncio.sleep(0)
        assert not sending_late.done()
        asked.set_result(None)
        with pytest.raises(
            Closed, match=r"^the connection closed with 4003 'full' before the mess"
        ):
            await sending_late
        assert client.sent == []


async def test_while_this_side_closes_send_waits_for_the_code():
    async with plain_server(echo) as url:
        client = await connect(url)
        closing = asyncio.ensure_future(client.close(4004))
        await asyncio.sleep(0)
        assert client.state is State.CLOSING
        with pytest.raises(
            Closed, match=r"^the connection closed with 4004 before the message was"
        ):
            await client.send("x")
        await closing


# A full buffer

CHUNK = "x" * 2**19


async def test_a_full_buffer_holds_send_up_and_cancelling_it_loses_no_message():
    async def handler(connection):
        await read
        async for message in connection:
            received.append(message)

    received, read = [], asyncio.get_running_loop().create_future()
    async with plain_server(handler, max_queue=1) as url:
        async with connect(url) as client:
            held = await until_held(client)
            held.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await held
            assert held.cancelled()
            count = len(client.sent)
            read.set_result(None)
            await client.send("after")
        assert len(received) == count + 1
        assert received == client.sent
        assert received[-1] == "after"
    assert leftovers() == []


async def test_a_sender_that_is_held_up_is_let_go_when_the_connection_ends():
    async with tcp_server(sending()) as url:
        client = await connect(url)
        held = await until_held(client)
        await client.abort()
        await asyncio.wait([held])
        assert held.exception() is None
    assert leftovers() == []


async def test_a_sender_that_is_held_up_learns_of_a_reset():
    async def script(reader, writer):
        await accept(reader, writer)
        await held_up
        writer.transport.abort()  # with unread data: the client sees a reset

    held_up = asyncio.get_running_loop().create_future()
    async with tcp_server(script) as url:
        client = await connect(url)
        held = await until_held(client)
        held_up.set_result(None)
        with pytest.raises(Closed) as caught:
            await held
        assert str(caught.value) == (
            "the connection closed with 1006 (no close frame received) "
            "while the message was on its way\n"
            "  client-1 is closed (1006 (no close frame received)); nothing received"
        )


async def until_held(client):
    """Send until a send has to wait, and return its task."""
    while True:
        task = asyncio.ensure_future(client.send(CHUNK))
        await asyncio.sleep(0)
        if not task.done():
            return task
