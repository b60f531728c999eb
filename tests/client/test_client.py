"""The client: from CONNECTING to CLOSED, by either side and in any order; what is known of it."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from servers import (
    accept,
    close,
    echo,
    forever,
    idle,
    leftovers,
    plain_server,
    read_close,
    sending,
    tcp_server,
    text,
)

from wsnotebook import Client, Closed, Closure, SetupError, State, connect

ONCE = "client-1 was opened before; a Client opens once, make a new one"


# Opening


async def test_connect_is_a_context_manager_that_closes_with_1000():
    async with plain_server(echo) as url:
        async with connect(url) as client:
            assert client.state is State.OPEN
            assert (client.close_code, client.close_reason) == (None, None)
        assert client.state is State.CLOSED
        assert (client.close_code, client.close_reason) == (1000, "")
    assert leftovers() == []


async def test_connect_can_be_awaited_and_closed_by_hand():
    async with plain_server(echo) as url:
        client = await connect(url)
        assert client.state is State.OPEN
        await client.close()
        assert client.state is State.CLOSED


async def test_a_client_in_two_steps_can_be_watched_connecting():
    async with plain_server(echo) as url:
        client = Client(url)
        assert client.state is State.CONNECTING
        opening = asyncio.ensure_future(client.open())
        waiting = asyncio.ensure_future(client.wait_until("open"))
        await asyncio.sleep(0)
        assert client.state is State.CONNECTING
        await waiting
        assert client.state is State.OPEN
        assert await opening is client
        await client.close()


async def test_a_client_opens_once():
    async with plain_server(echo) as url:
        client = Client(url)
        opening = asyncio.ensure_future(client.open())
        await asyncio.sleep(0)
        with pytest.raises(SetupError) as while_opening:
            await client.open()
        await opening
        with pytest.raises(SetupError) as once_open:
            await client
        await client.close()
        with pytest.raises(SetupError) as once_closed:
            async with client:
                pass
    for caught in (while_opening, once_open, once_closed):
        assert str(caught.value) == ONCE


async def test_a_client_that_failed_to_open_opens_no_more():
    client = Client("ws://127.0.0.1:1")
    with pytest.raises(ConnectionError):
        await client.open()
    with pytest.raises(SetupError) as caught:
        await client.open()
    assert str(caught.value) == ONCE


# Closing


async def test_the_server_learns_code_and_reason_of_close():
    ended = asyncio.get_running_loop().create_future()

    async def handler(connection):
        await connection.wait_closed()
        ended.set_result((connection.close_code, connection.close_reason))

    async with plain_server(handler) as url:
        client = await connect(url)
        await client.close(4001, "enough")
        assert await ended == (4001, "enough")
        assert (client.close_code, client.close_reason) == (4001, "enough")
        await client.close(4002, "too late")
        assert client.close_code == 4001


async def test_the_client_learns_code_and_reason_of_the_server():
    async with tcp_server(sending(close(4002, "go away"))) as url:
        async with connect(url, close_timeout=0.01) as client:
            assert await client.wait_for_close(4002) == Closure(4002, "go away", clean=True)
            assert (client.close_code, client.close_reason) == (4002, "go away")


async def test_closing_twice_at_once_is_one_close():
    async def script(reader, writer):
        await accept(reader, writer)
        seen.append(await read_close(reader))
        writer.write(close(1000))
        seen.append(await reader.read())

    seen = []
    async with tcp_server(script) as url:
        client = await connect(url, close_timeout=0.01)
        await asyncio.gather(client.close(4001), client.close(4002), client.wait_for_close())
    assert seen == [(4001, ""), b""]


async def test_messages_that_come_while_closing_are_kept():
    async def script(reader, writer):
        await accept(reader, writer)
        await read_close(reader)
        writer.write(text("last word") + close(1000))

    async with tcp_server(script) as url:
        client = await connect(url)
        await client.close()
        assert client.messages == ["last word"]
        assert await client.receive() == "last word"


RANGE = "may not be sent (RFC 6455 section 7.4); use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
TOO_LONG = "bytes of UTF-8; a close frame carries at most 123 (RFC 6455 section 5.5):"


@pytest.mark.parametrize(
    ("code", "reason", "kind", "problem"),
    [
        (999, "", ValueError, f"close code 999 {RANGE}"),
        (1004, "", ValueError, f"close code 1004 {RANGE}"),
        (1005, "", ValueError, f"close code 1005 {RANGE}"),
        (1006, "", ValueError, f"close code 1006 {RANGE}"),
        (1015, "", ValueError, f"close code 1015 {RANGE}"),
        (1016, "", ValueError, f"close code 1016 {RANGE}"),
        (2999, "", ValueError, f"close code 2999 {RANGE}"),
        (5000, "", ValueError, f"close code 5000 {RANGE}"),
        (-1, "", ValueError, f"close code -1 {RANGE}"),
        ("1000", "", TypeError, "close code must be an int, not '1000'"),
        (True, "", TypeError, "close code must be an int, not True"),
        (1000, b"", TypeError, "close reason must be a str, not b''"),
        (1000, "x" * 124, ValueError, f"close reason is 124 {TOO_LONG} '{'x' * 124}'"),
        (1000, "é" * 62, ValueError, f"close reason is 124 {TOO_LONG} '{'é' * 62}'"),
    ],
)
async def test_what_may_not_be_sent_as_close_is_refused_and_closes_nothing(
    code, reason, kind, problem
):
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(kind) as caught:
            await client.close(code, reason)
        assert str(caught.value) == problem
        await client.send("still open")
        assert await client.receive() == "still open"


@pytest.mark.parametrize("reason", ["x" * 123, "é" * 61])
async def test_a_reason_of_123_bytes_is_carried(reason):
    async with plain_server(idle) as url:
        client = await connect(url)
        await client.close(3000, reason)
        assert client.close_reason == reason


NEVER_OPEN = "the connection closed with 1006 (no close frame received) before client-1 was open"
NOTHING = "\n  client-1 is closed (1006 (no close frame received)); nothing received"


@pytest.mark.parametrize("verb", [Client.close, Client.abort])
async def test_closing_while_connecting_ends_the_opening(verb):
    async with tcp_server(forever) as url:
        client = Client(url)
        opening = asyncio.ensure_future(client.open())
        waiting = asyncio.ensure_future(client.wait_until("open"))
        await asyncio.sleep(0)
        await verb(client)
        assert client.state is State.CLOSED
        with pytest.raises(Closed) as caught:
            await opening
        assert str(caught.value) == NEVER_OPEN
        with pytest.raises(Closed) as caught:
            await waiting
        assert str(caught.value).splitlines()[0] == NEVER_OPEN
    assert leftovers() == []


async def test_what_is_told_after_an_opening_was_given_up_is_not_recorded():
    class TooLate:
        path = "/"

        async def connect(self, handshake, sink):
            try:
                await forever()
            finally:  # a socket may bring the answer in the turn in which the client gives up
                sink.opened(self)
                sink.message("greeting")
                sink.control("ping", "received", b"")
                sink.closed(Closure(1000))

    client = Client(TooLate())
    opening = asyncio.ensure_future(client.open())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(Closed):
        await opening
    assert (client.state, client.close_code) == (State.CLOSED, 1006)
    assert client.messages == []
    assert len(client.timeline) == 0


@pytest.mark.parametrize("verb", [Client.close, Client.abort])
async def test_closing_a_client_that_was_never_opened(verb):
    client = Client("ws://127.0.0.1:1")
    await verb(client)
    assert client.state is State.CLOSED
    assert client.close_code == 1006
    for waiting in (
        client.wait_until("open"),
        client.wait_for_close(),
        client.wait_for_close(1000),
    ):
        with pytest.raises(Closed) as caught:
            await waiting
        assert str(caught.value) == NEVER_OPEN + NOTHING
    assert len(client.timeline) == 0


async def test_the_exception_of_the_body_leaves_the_context_and_the_connection_is_closed():
    async with plain_server(echo) as url:
        with pytest.raises(ZeroDivisionError) as caught:
            async with connect(url) as client:
                raise ZeroDivisionError
        assert not hasattr(caught.value, "__notes__")
        assert client.close_code == 1000


# What is known


async def test_clients_are_named_in_the_order_of_their_making():
    first, named, second = (Client("ws://h", name=name) for name in (None, "ann", None))
    assert [client.name for client in (first, named, second)] == ["client-1", "ann", "client-2"]


def test_outside_a_loop_a_client_has_a_name_too():
    assert Client("ws://h").name == "client"


async def test_repr_shows_name_state_and_count():
    client = Client("ws://h", name="ann", token="t0ken")
    assert repr(client) == "<Client ann: connecting, 0 received>"
    async with plain_server(echo) as url, connect(url, name="ann") as client:
        await client.send("x")
        await client.receive()
        assert repr(client) == "<Client ann: open, 1 received>"
    assert repr(client) == "<Client ann: closed, 1 received>"


async def test_messages_and_sent_are_copies_in_order():
    async with plain_server(echo) as url, connect(url) as client:
        for message in ("one", b"two", ""):
            await client.send(message)
        await client.wait_for_message_count(3)
        for log in (client.messages, client.sent):
            assert log == ["one", b"two", ""]
            log.clear()
        assert len(client.messages) == len(client.sent) == 3


async def test_before_it_is_opened_a_client_knows_nothing_and_says_so():
    client = Client("ws://h")
    client.clear_messages()
    assert (client.messages, client.sent) == ([], [])
    assert (client.subprotocol, client.response_headers) == (None, {})
    assert (client.close_code, client.close_reason) == (None, None)
    assert len(client.timeline) == 0


async def test_response_headers_are_found_in_any_case():
    async with plain_server(echo) as url, connect(url) as client:
        assert client.response_headers["upgrade"] == client.response_headers["UPGRADE"]
        assert client.response_headers["Upgrade"] == "websocket"


async def test_the_timeline_tells_the_whole_conversation():
    async with plain_server(echo) as url, connect(url, "/chat", name="ann") as client:
        await client.send("hi")
        await client.receive()
        await client.close(4000, "done")
    assert client.timeline.text() == (
        "ann  ● open /chat\nann  → 'hi'\nann  ← 'hi'\nann  ○ closed 4000 'done'"
    )


async def test_clear_messages_restarts_counts_and_leaves_the_timeline():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("old")
        await client.wait_for_message_count(1)
        client.clear_messages()
        assert client.messages == []
        await client.send("new")
        assert await client.wait_for_message_count(1) == ["new"]
        assert await client.receive() == "new"
        received = client.timeline.filter(direction="received", kind="message")
        assert [event.data for event in received] == ["old", "new"]


def test_what_was_received_can_be_read_after_its_loop():
    async def converse():
        async with plain_server(echo) as url, connect(url) as client:
            await client.send("x")
            await client.receive()
        return client

    client = asyncio.run(converse())
    assert (client.messages, client.sent, client.close_code) == (["x"], ["x"], 1000)


def test_help_shows_the_parameters_of_connect():
    assert list(inspect.signature(connect).parameters) == list(inspect.signature(Client).parameters)
    assert list(inspect.signature(connect).parameters)[:2] == ["target", "path"]
