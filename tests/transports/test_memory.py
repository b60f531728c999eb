"""A handler in memory runs on a genuine ``websockets`` connection.

What every transport does alike is in ``tests/contracts``, the pipe in ``test_pipe``, settling in
``test_settled_memory``.
"""

from __future__ import annotations

import asyncio

import pytest
import websockets
from in_process import turns
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.extensions.permessage_deflate import PerMessageDeflate

from wsnotebook import AppCrashed, Closed, Refused, connect
from wsnotebook.transports.memory import MemoryTransport


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def test_it_shows_its_handler():
    assert repr(MemoryTransport(echo)) == f"MemoryTransport({echo!r})"


# The handshake


async def seen_by_handler(*args, transport=None, **options):
    """Return the connection that a handler gets."""
    connections = []

    async def handler(connection):
        connections.append(connection)
        await connection.wait_closed()

    target = handler if transport is None else MemoryTransport(handler, **transport)
    async with connect(target, *args, **options) as client:
        await client.settle()
    return connections[0], client


async def test_the_connection_is_genuine():
    connection, _ = await seen_by_handler()
    assert isinstance(connection, ServerConnection)
    assert connection.protocol.side is websockets.protocol.SERVER


async def test_the_request_has_path_query_and_headers():
    connection, _ = await seen_by_handler(
        "/rooms/caf%C3%A9?a=1",
        query={"b": "2"},
        headers={"X-Room": "tea", "Host": "tea.example"},
        cookies={"id": "7"},
    )
    request = connection.request
    assert request.path == "/rooms/caf%C3%A9?a=1&b=2"
    assert request.headers["x-room"] == "tea"
    assert request.headers["Cookie"] == "id=7"
    assert request.headers["Upgrade"] == "websocket"


async def test_the_response_headers_are_those_of_websockets():
    connection, client = await seen_by_handler()
    assert connection.response.status_code == 101
    assert client.response_headers["Server"] == connection.response.headers["Server"]


async def test_each_connection_has_addresses_of_its_own():
    one, two = (await seen_by_handler())[0], (await seen_by_handler())[0]
    assert one.local_address == two.local_address == ("127.0.0.1", 80)
    assert one.remote_address != two.remote_address
    assert one.remote_address[0] == "127.0.0.1"
    assert one.id != two.id


@pytest.mark.parametrize(
    ("supported", "offered", "chosen"),
    [
        (["chat", "superchat"], ["superchat", "chat"], "chat"),
        (["chat"], ["other", "chat"], "chat"),
        ([], ["chat"], None),
    ],
)
async def test_the_server_chooses_the_subprotocol(supported, offered, chosen):
    connection, client = await seen_by_handler(
        transport={"subprotocols": supported}, subprotocols=offered
    )
    assert connection.subprotocol == client.subprotocol == chosen


async def test_a_server_that_wants_a_subprotocol_refuses_who_offers_none():
    with pytest.raises(Refused) as caught:
        await connect(MemoryTransport(echo, subprotocols=["chat"]))
    assert str(caught.value) == (
        "the server refused the handshake with HTTP 400: "
        "'Failed to open a WebSocket connection: missing subprotocol.'"
    )


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_compression_is_negotiated_when_it_is_asked_for(compression):
    connection, _ = await seen_by_handler(compression=compression)
    kinds = [type(extension) for extension in connection.protocol.extensions]
    assert kinds == ([PerMessageDeflate] if compression else [])


# Messages


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("message", ["x" * 2**20, bytes(range(256)) * 4096])
async def test_a_large_message_goes_both_ways(message, compression):
    async with connect(echo, compression=compression) as client:
        await client.send(message)
        assert await client.receive() == message


async def test_a_message_beyond_the_servers_limit_is_1009():
    async with connect(echo, max_size=None) as client:
        await client.send("x" * (2**20 + 1))
        closure = await client.wait_for_close(1009)
    assert closure.clean


async def test_a_message_that_is_streamed_to_the_client_is_one_message():
    async def handler(connection):
        await connection.send(["a", "b", "c"])
        await connection.send(iter([b"d", b"e"]))
        await connection.wait_closed()

    async with connect(handler) as client:
        await client.wait_for_message_count(2)
        assert client.messages == ["abc", b"de"]


async def test_recv_streaming_gives_fragments_and_settles():
    async def handler(connection):
        while True:
            fragments = [fragment async for fragment in connection.recv_streaming()]
            await connection.send(f"{len(fragments)} of {fragments[0]!r}")

    async with connect(handler) as client:
        await client.settle()
        await client.send("x")
        await client.settle()
        assert client.messages == ["1 of 'x'"]


async def test_recv_gives_text_as_bytes_when_asked():
    async def handler(connection):
        await connection.send(await connection.recv(decode=False))
        await connection.recv()

    async with connect(handler) as client:
        await client.send("é")
        assert await client.receive() == "é".encode()


async def test_recv_twice_at_once_is_the_error_of_websockets():
    async def handler(connection):
        first = asyncio.ensure_future(connection.recv())
        await asyncio.sleep(0)
        try:
            await connection.recv()
        finally:
            first.cancel()

    with pytest.raises(AppCrashed) as caught:
        async with connect(handler) as client:
            await client.wait_until("closed")
    assert isinstance(caught.value.__cause__, websockets.exceptions.ConcurrencyError)


async def test_a_recv_that_is_cancelled_takes_nothing():
    async def handler(connection):
        try:
            async with asyncio.timeout(0):
                await connection.recv()
        except TimeoutError:
            await connection.send("patience")
        await connection.send(await connection.recv())
        await connection.recv()

    async with connect(handler) as client:
        assert await client.receive() == "patience"
        await client.send("x")
        assert await client.receive() == "x"


async def test_broadcast_reaches_every_connection():
    members = set()

    async def room(connection):
        members.add(connection)
        try:
            async for message in connection:
                broadcast(members, message)
        finally:
            members.remove(connection)

    clients = [await connect(room) for _ in range(20)]
    for client in clients:
        await client.settle()
    await clients[0].send("hello")
    for client in clients:
        assert await client.receive() == "hello"
    for client in clients:
        await client.close()
    assert members == set()


async def test_a_ping_of_the_server_is_answered_and_recorded():
    async def handler(connection):
        latency = await (await connection.ping(b"are you there?"))
        await connection.send("ponged" if latency >= 0 else "never")
        await connection.recv()

    async with connect(handler, name="c") as client:
        assert await client.receive() == "ponged"
    kinds = [(event.kind, event.direction, event.data) for event in client.timeline][1:3]
    assert kinds == [
        ("ping", "received", b"are you there?"),
        ("pong", "sent", b"are you there?"),
    ]


# Back-pressure


async def test_a_server_that_does_not_read_pauses_the_client():
    gate = asyncio.Event()

    async def handler(connection):
        await gate.wait()
        async for message in connection:
            await connection.send(str(len(message)))

    async with connect(handler) as client:
        sending = asyncio.ensure_future(send_many(client, 200, "x" * 10_000))
        await turns(100)
        assert not sending.done()
        assert 16 < len(client.sent) < 200  # the handler's queue is full, then the pipe
        gate.set()
        await sending
        await client.wait_for_message_count(200)
        assert client.messages == ["10000"] * 200


async def send_many(client, count, message):
    for _ in range(count):
        await client.send(message)


async def test_a_send_that_waits_ends_when_the_server_goes():
    gate = asyncio.Event()

    async def handler(connection):
        await gate.wait()
        connection.transport.abort()

    async with connect(handler) as client:
        sending = asyncio.ensure_future(send_many(client, 200, "x" * 10_000))
        await turns(100)
        assert not sending.done()
        gate.set()
        with pytest.raises(Closed):
            await sending
