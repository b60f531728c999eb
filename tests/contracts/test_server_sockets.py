"""What a server's socket does; one suite, run over the mock and over a genuine connection."""

import asyncio

import pytest
from sockets import KINDS, genuine, mocked
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import (
    ConcurrencyError,
    ConnectionClosed,
    ConnectionClosedError,
    ConnectionClosedOK,
    ProtocolError,
)
from websockets.frames import Close
from websockets.protocol import State


@pytest.fixture(params=KINDS)
def open_socket(request):
    return KINDS[request.param]


async def ended(awaitable):
    """Return how ``websockets`` says that the connection is over."""
    with pytest.raises(ConnectionClosed) as caught:
        await awaitable
    return caught.value


# What is known


async def test_an_open_socket(open_socket):
    async with open_socket() as (socket, _):
        assert isinstance(socket, ServerConnection)
        assert socket.state is State.OPEN
        assert socket.close_code is None
        assert socket.close_reason is None
        assert socket.subprotocol is None
        assert socket.latency == 0.0


async def test_the_handshake(open_socket):
    opening = open_socket("/rooms/7?token=x", headers={"X-User": "ana"}, subprotocol="chat.v1")
    async with opening as (socket, _):
        assert socket.request.path == "/rooms/7?token=x"
        assert socket.request.headers["x-user"] == "ana"
        assert socket.request.headers["Upgrade"] == "websocket"
        assert socket.request.headers["Sec-WebSocket-Protocol"] == "chat.v1"
        assert socket.request.headers["User-Agent"].startswith("Python/")
        assert socket.subprotocol == "chat.v1"
        assert socket.response.status_code == 101
        assert socket.response.headers["Sec-WebSocket-Protocol"] == "chat.v1"


async def test_each_socket_is_somebody(open_socket):
    async with open_socket() as (one, _), open_socket() as (other, _):
        assert one.id != other.id
        assert one != other
        assert len({one, other}) == 2
        assert one.remote_address != other.remote_address
        assert one.remote_address[0] == one.local_address[0] == "127.0.0.1"


# Receiving


@pytest.mark.parametrize("message", ["text", "", b"\x00\xff", b"", "wörld ☕"])
async def test_recv_returns_what_was_fed(open_socket, message):
    async with open_socket() as (socket, peer):
        await peer.feed(message)
        received = await socket.recv()
        assert received == message
        assert type(received) is type(message)


async def test_recv_waits_for_a_message(open_socket):
    async with open_socket() as (socket, peer):
        waiting = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        assert not waiting.done()
        await peer.feed("at last")
        assert await waiting == "at last"


async def test_recv_decodes_or_not_as_it_is_told(open_socket):
    async with open_socket() as (socket, peer):
        await peer.feed("é")
        await peer.feed("é".encode())
        assert await socket.recv(decode=False) == "é".encode()
        assert await socket.recv(decode=True) == "é"


async def test_recv_streaming_yields_the_fragments(open_socket):
    async with open_socket() as (socket, peer):
        await peer.feed("whole")
        assert [part async for part in socket.recv_streaming()] == ["whole"]
        await peer.disconnect(1001)
        with pytest.raises(ConnectionClosedOK):
            await anext(socket.recv_streaming())


async def test_a_second_recv_is_refused(open_socket):
    async with open_socket() as (socket, peer):
        first = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        with pytest.raises(ConcurrencyError) as caught:
            await socket.recv()
        assert str(caught.value) == (
            "cannot call recv while another coroutine is already running recv or recv_streaming"
        )
        await peer.feed("one")
        assert await first == "one"


async def test_a_cancelled_recv_takes_nothing(open_socket):
    async with open_socket() as (socket, peer):
        waiting = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await peer.feed("next")
        assert await socket.recv() == "next"


async def test_a_message_over_max_size_fails_the_connection(open_socket):
    async with open_socket() as (socket, peer):
        await peer.feed("x" * 2**20)
        assert len(await socket.recv()) == 2**20
        waiting = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        feeding = asyncio.ensure_future(peer.feed("x" * (2**20 + 1)))
        end = await ended(waiting)
        assert end.sent.code == 1009
        assert end.rcvd is None
        await asyncio.wait({feeding})
        feeding.exception()
        assert (await peer.closure()).code == 1009


# Sending


async def test_send_delivers_text_and_binary(open_socket):
    async with open_socket() as (socket, peer):
        for message in ("text", b"\x00", "", bytearray(b"ab"), memoryview(b"cd")):
            await socket.send(message)
        assert await peer.received(5) == ["text", b"\x00", "", b"ab", b"cd"]


async def test_send_forces_the_kind_as_it_is_told(open_socket):
    async with open_socket() as (socket, peer):
        await socket.send(b"text", text=True)
        await socket.send("binary", text=False)
        assert await peer.received(2) == ["text", b"binary"]


async def test_send_makes_one_message_of_an_iterable(open_socket):
    async def parts():
        yield b"\x01"
        yield b"\x02"

    async with open_socket() as (socket, peer):
        await socket.send(["a", "b", "c"])
        await socket.send(parts())
        await socket.send([])
        await socket.send("end")
        assert await peer.received(3) == ["abc", b"\x01\x02", "end"]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"a": 1}, "data is a dict-like object"),
        (3, "data must be str, bytes, iterable, or async iterable"),
    ],
)
async def test_send_refuses_what_is_no_message(open_socket, message, text):
    async with open_socket() as (socket, peer):
        with pytest.raises(TypeError) as caught:
            await socket.send(message)
        assert str(caught.value) == text
        await socket.send("it lives")
        assert await peer.received(1) == ["it lives"]


async def test_fragments_of_two_kinds_fail_the_connection(open_socket):
    async with open_socket() as (socket, peer):
        with pytest.raises(TypeError) as caught:
            await socket.send(["a", b"b"])
        assert str(caught.value) == "iterable must contain uniform types"
        assert (await peer.closure()).code == 1011


# Pings


async def test_ping_is_answered(open_socket):
    async with open_socket() as (socket, _):
        latency = await (await socket.ping())
        assert socket.latency == latency >= 0
        await (await socket.ping("payload"))
        await (await socket.ping(b"payload"))
        with pytest.raises(TypeError, match="data must be str or bytes-like"):
            await socket.ping(3)


async def test_pong_is_sent_unasked(open_socket):
    async with open_socket() as (socket, peer):
        await socket.pong(b"beat")
        await socket.send("after it")
        assert await peer.received(1) == ["after it"]


# The client goes


@pytest.mark.parametrize("code", [1000, 1001, 1005])
async def test_iteration_ends_when_the_client_closes_well(open_socket, code):
    async with open_socket() as (socket, peer):
        for message in "abc":
            await peer.feed(message)
        await peer.disconnect(code)
        assert [message async for message in socket] == ["a", "b", "c"]
        assert socket.state is State.CLOSED
        assert socket.close_code == code


@pytest.mark.parametrize("code", [1006, 1011, 4002])
async def test_iteration_raises_when_the_client_goes_otherwise(open_socket, code):
    async with open_socket() as (socket, peer):
        await peer.feed("a")
        await peer.disconnect(code)
        seen = []
        with pytest.raises(ConnectionClosedError):
            async for message in socket:
                seen.append(message)
        assert seen == ["a"]
        assert socket.close_code == code


@pytest.mark.parametrize("code", [1000, 1001, 4002])
async def test_what_is_raised_says_who_closed_and_how(open_socket, code):
    async with open_socket() as (socket, peer):
        await peer.disconnect(code, "bye")
        end = await ended(socket.recv())
        assert type(end) is (ConnectionClosedError if code == 4002 else ConnectionClosedOK)
        assert (end.rcvd, end.sent) == (Close(code, "bye"), Close(code, "bye"))
        assert end.rcvd_then_sent is True
        assert (socket.close_code, socket.close_reason) == (code, "bye")


async def test_a_client_that_vanishes_is_1006(open_socket):
    async with open_socket() as (socket, peer):
        await peer.disconnect(1006)
        end = await ended(socket.recv())
        assert type(end) is ConnectionClosedError
        assert (end.rcvd, end.sent, end.rcvd_then_sent) == (None, None, None)
        assert (socket.close_code, socket.close_reason) == (1006, "")


async def test_a_recv_that_waits_learns_of_the_end(open_socket):
    async with open_socket() as (socket, peer):
        waiting = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        await peer.disconnect(4000, "enough")
        assert (await ended(waiting)).rcvd == Close(4000, "enough")


async def test_wait_closed_returns_when_the_client_goes(open_socket):
    async with open_socket() as (socket, peer):
        waiting = asyncio.ensure_future(socket.wait_closed())
        await asyncio.sleep(0)
        assert not waiting.done()
        await peer.disconnect()
        await waiting
        assert socket.state is State.CLOSED


@pytest.mark.parametrize("code", [1000, 4002, 1006])
async def test_nothing_can_be_done_after_the_end(open_socket, code):
    async with open_socket() as (socket, peer):
        await peer.disconnect(code)
        first = await ended(socket.recv())
        verbs = [
            socket.recv(),
            socket.send("x"),
            socket.send(["x"]),
            socket.ping(),
            socket.pong(),
            anext(socket.recv_streaming()),
        ]
        for verb in verbs:
            again = await ended(verb)
            assert (type(again), str(again)) == (type(first), str(first))
        await socket.close(4000, "too late")
        await socket.wait_closed()
        assert socket.close_code == code


# The server closes


async def test_close_performs_the_closing_handshake(open_socket):
    async with open_socket() as (socket, peer):
        await socket.close(4001, "no tea")
        assert socket.state is State.CLOSED
        assert (socket.close_code, socket.close_reason) == (4001, "no tea")
        closure = await peer.closure()
        assert (closure.code, closure.reason, closure.clean) == (4001, "no tea", True)
        end = await ended(socket.recv())
        assert (end.rcvd, end.sent) == (Close(4001, "no tea"), Close(4001, "no tea"))
        assert end.rcvd_then_sent is False


async def test_close_is_1000_by_default_and_the_second_does_nothing(open_socket):
    async with open_socket() as (socket, peer):
        await socket.close()
        await socket.close(4000, "again")
        assert (await peer.closure()).code == 1000
        assert isinstance(await ended(socket.send("x")), ConnectionClosedOK)


async def test_close_ends_a_recv_that_waits(open_socket):
    async with open_socket() as (socket, _):
        waiting = asyncio.ensure_future(socket.recv())
        await asyncio.sleep(0)
        await socket.close()
        assert isinstance(await ended(waiting), ConnectionClosedOK)


async def test_what_came_before_the_close_can_still_be_received(open_socket):
    async with open_socket() as (socket, peer):
        await peer.feed("a")
        await peer.feed("b")
        await socket.close()
        assert [message async for message in socket] == ["a", "b"]


async def test_a_code_that_may_not_be_sent_is_refused(open_socket):
    async with open_socket() as (socket, peer):
        with pytest.raises(ProtocolError) as caught:
            await socket.close(1006)
        assert str(caught.value) == "invalid status code"
        await socket.send("it lives")
        assert await peer.received(1) == ["it lives"]


async def test_as_a_context_it_closes_with_1000_or_1011(open_socket):
    async with open_socket() as (socket, peer):
        async with socket:
            pass
        assert (await peer.closure()).code == 1000
    async with open_socket() as (socket, peer):
        with pytest.raises(ValueError, match="mine"):
            async with socket:
                raise ValueError("mine")
        assert (await peer.closure()).code == 1011


# Broadcast


async def test_broadcast_reaches_mocks_and_genuine_connections_alike():
    async with mocked() as (mock, mock_peer), genuine() as (real, real_peer):
        async with mocked() as (closed, _):
            await closed.close()
            broadcast([mock, closed, real], "to all")
            broadcast({mock, real}, b"\x01", raise_exceptions=True)
            assert await mock_peer.received(2) == ["to all", b"\x01"]
            assert await real_peer.received(2) == ["to all", b"\x01"]
            assert closed.sent_messages == []


async def test_broadcast_skips_who_is_sending_fragments(open_socket, caplog):
    async def parts():
        yield "a"
        broadcast([socket], "between")
        with pytest.raises(ExceptionGroup) as caught:
            broadcast([socket], "between", raise_exceptions=True)
        assert isinstance(caught.value.exceptions[0], ConcurrencyError)
        yield "b"

    async with open_socket() as (socket, peer):
        await socket.send(parts())
        assert await peer.received(1) == ["ab"]
        assert caplog.messages == ["skipped broadcast: sending a fragmented message"]
