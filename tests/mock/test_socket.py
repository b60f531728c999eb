"""What a test does with a MockWebSocket; that it is a genuine connection is tests/contracts/."""

import asyncio
import gc
import weakref

import pytest
from websockets.asyncio.server import broadcast
from websockets.exceptions import ConnectionClosedOK
from websockets.protocol import State

from wsnotebook import Closed, Message, MockWebSocket, SetupError, Timeline, WaitTimeout, run


async def echo(connection):
    async for message in connection:
        await connection.send(message)


class Greeting(Message):
    hello: str


# What was sent


async def test_what_was_sent_is_there_at_once():
    socket = MockWebSocket()
    await socket.send("text")
    assert socket.sent_messages == ["text"]
    broadcast([socket], b"\x00")
    assert socket.sent_messages == ["text", b"\x00"]


async def test_sent_messages_is_a_copy():
    socket = MockWebSocket()
    await socket.send("a")
    socket.sent_messages.clear()
    assert socket.sent_messages == ["a"]


async def test_a_close_is_there_at_once():
    socket = MockWebSocket()
    assert not socket.closed
    await socket.close(4001, "no tea")
    assert socket.closed
    assert (socket.close_code, socket.close_reason) == (4001, "no tea")


async def test_its_repr_says_who_it_is_and_how_far():
    socket = MockWebSocket()
    await socket.send("a")
    assert repr(socket) == "<MockWebSocket client-1: open, 1 sent>"
    socket.disconnect()
    assert repr(socket) == "<MockWebSocket client-1: closed, 1 sent>"


# What the client says


@pytest.mark.parametrize(
    ("fed", "received"),
    [
        ("text", "text"),
        (b"\x00", b"\x00"),
        (bytearray(b"ab"), b"ab"),
        ({"type": "ping"}, '{"type":"ping"}'),
        (Greeting(hello="ana"), '{"hello":"ana"}'),
    ],
)
async def test_a_message_may_be_fed_in_these_forms(fed, received):
    socket = MockWebSocket([fed])
    socket.feed(fed)
    assert [await socket.recv(), await socket.recv()] == [received, received]


@pytest.mark.parametrize("message", [3, None, ["a"]])
async def test_nothing_else_can_be_fed(message):
    socket = MockWebSocket()
    with pytest.raises(TypeError) as caught:
        socket.feed(message)
    assert str(caught.value) == (
        f"cannot send {message!r}: expected str (text), bytes (binary), "
        "a Message or a dict (its JSON)"
    )


@pytest.mark.parametrize("message", ["hello", b"hello", {"type": "hello"}])
def test_incoming_is_not_a_single_message(message):
    with pytest.raises(TypeError) as caught:
        MockWebSocket(message)
    assert str(caught.value) == f"incoming must be messages, not the single message {message!r}"


async def test_feeding_a_socket_that_the_server_closed_says_so(masked):
    socket = MockWebSocket()
    await socket.send("bye")
    await socket.close(4002, "go away")
    with pytest.raises(Closed) as caught:
        socket.feed("hello?")
    assert masked(caught.value) == (
        "the connection closed with 4002 'go away' before the message was fed\n"
        "  client-1 is closed (4002 'go away'); 1 message received:\n"
        "    0.000 s  ← 'bye'"
    )


async def test_feeding_a_client_that_has_just_gone_says_so():
    socket = MockWebSocket()
    socket.disconnect(1001)
    with pytest.raises(Closed) as caught:
        socket.feed("hello?")
    assert str(caught.value) == (
        "the connection closed with 1001 (going away) before the message was fed\n"
        "  client-1 is open; nothing received"
    )


async def test_feeding_a_client_that_is_to_go_is_refused():
    socket = MockWebSocket(["a"])
    socket.disconnect()
    with pytest.raises(SetupError) as caught:
        socket.feed("b")
    assert str(caught.value) == (
        "<MockWebSocket client-1: open, 0 sent> is to disconnect: feed() before disconnect()"
    )


# The client goes


async def test_a_handler_deals_with_all_that_was_fed_before_the_client_goes():
    socket = MockWebSocket(["a", "b"])
    socket.disconnect()
    assert not socket.closed
    await echo(socket)
    assert socket.sent_messages == ["a", "b"]
    assert (socket.closed, socket.close_code) == (True, 1000)


async def test_a_client_whose_messages_were_read_goes_at_once():
    socket = MockWebSocket(["job"])
    assert await socket.recv() == "job"
    socket.disconnect(1001, "tab closed")
    assert socket.closed
    assert (socket.close_code, socket.close_reason) == (1001, "tab closed")
    with pytest.raises(ConnectionClosedOK):
        await socket.send("done")


async def test_a_client_that_the_handler_waits_for_goes_at_once():
    socket = MockWebSocket()
    handling = asyncio.ensure_future(echo(socket))
    await asyncio.sleep(0)
    socket.disconnect()
    assert socket.closed
    await handling


async def test_a_message_and_a_goodbye_in_one_turn_are_read_one_after_the_other():
    socket = MockWebSocket()
    handling = asyncio.ensure_future(echo(socket))
    await asyncio.sleep(0)
    socket.feed("last words")
    socket.disconnect()
    await handling
    assert socket.sent_messages == ["last words"]


async def test_a_handler_that_reads_fragments_is_also_asked_first():
    socket = MockWebSocket(["a"])
    socket.disconnect()
    assert [part async for part in socket.recv_streaming()] == ["a"]
    assert not socket.closed
    with pytest.raises(ConnectionClosedOK):
        await anext(socket.recv_streaming())


async def test_a_handler_that_only_waits_for_the_end_reads_nothing_more():
    socket = MockWebSocket(["unread"])
    socket.disconnect(1001)
    await socket.wait_closed()
    assert socket.close_code == 1001


async def test_a_client_goes_once():
    socket = MockWebSocket()
    socket.disconnect(4000, "first")
    socket.disconnect(4001, "second")
    assert (socket.close_code, socket.close_reason) == (4000, "first")


async def test_a_server_may_close_before_the_client_goes():
    socket = MockWebSocket(["a"])
    socket.disconnect(4000)
    await socket.close(4001)
    assert await socket.recv() == "a"
    assert socket.close_code == 4001


@pytest.mark.parametrize(
    ("code", "reason", "text"),
    [
        (1006, "why", "1006 comes without a reason, not with 'why'"),
        (1005, "why", "1005 comes without a reason, not with 'why'"),
        (
            999,
            "",
            (
                "close code 999 may not be sent (RFC 6455 section 7.4); "
                "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
            ),
        ),
    ],
)
async def test_a_goodbye_that_no_client_can_say_is_refused(code, reason, text):
    socket = MockWebSocket()
    with pytest.raises(ValueError) as caught:
        socket.disconnect(code, reason)
    assert str(caught.value) == text
    assert not socket.closed


# Waiting for what the server sends


async def test_a_wait_looks_at_what_was_sent():
    socket = MockWebSocket(["a", "b"])
    handling = asyncio.ensure_future(echo(socket))
    assert await socket.wait_for_message("b") == "b"
    assert await socket.wait_for_message_count(2) == ["a", "b"]
    later = socket.wait_for_message("a", include_existing=False)
    socket.feed("a")
    assert await later == "a"
    socket.disconnect()
    await socket.wait_until("closed")
    await handling


async def test_a_new_socket_is_open():
    await MockWebSocket().wait_until("open", timeout=0)


async def test_a_wait_that_times_out_shows_what_was_sent_and_the_nearest(masked):
    socket = MockWebSocket(path="/chat")
    await socket.send('{"type": "welcome"}')
    await socket.send('{"type": "pong", "id": 1}')
    with pytest.raises(WaitTimeout) as caught:
        await socket.wait_for_message({"type": "pong", "id": 2}, timeout=0.001)
    assert masked(caught.value) == (
        'no message containing {"type": "pong", "id": 2} within 0.001 s\n'
        "  client-1 is open; 2 messages received, newest last:\n"
        '    0.000 s  ← \'{"type": "welcome"}\'\n'
        '    0.000 s  ← \'{"type": "pong", "id": 1}\'      nearest: [\'id\'] is 1, not 2'
    )


async def test_a_wait_that_can_no_longer_succeed_fails_at_once():
    socket = MockWebSocket()
    waiting = asyncio.ensure_future(socket.wait_for_message("never", timeout=float("inf")))
    await asyncio.sleep(0)
    await socket.close(1008, "rude")
    with pytest.raises(Closed) as caught:
        await waiting
    assert str(caught.value) == (
        "the connection closed with 1008 'rude' before message 'never' arrived\n"
        "  client-1 is closed (1008 'rude'); nothing received"
    )


async def test_waiting_for_the_close_returns_how_it_closed():
    socket = MockWebSocket()
    waiting = asyncio.ensure_future(socket.wait_for_close(4000))
    await asyncio.sleep(0)
    await socket.close(4000, "done")
    closure = await waiting
    assert (closure.code, closure.reason, closure.clean) == (4000, "done", True)


# The timeline


async def test_the_timeline_reads_as_the_client_saw_it():
    socket = MockWebSocket(["a"], path="/chat?token=geheim")
    socket.disconnect(4000, "bye")
    with pytest.raises(Exception, match="4000"):
        await echo(socket)
    await socket.wait_for_close()
    assert socket.timeline.text() == (
        "client-1  ● open /chat?token=***\n"
        "client-1  → 'a'\n"
        "client-1  ← 'a'\n"
        "client-1  ○ closed 4000 'bye'"
    )


async def test_several_sockets_make_one_picture():
    ana, ben = MockWebSocket(), MockWebSocket()
    ana.feed("hi")
    broadcast([ana, ben], "hi")
    assert Timeline.merge(ana.timeline, ben.timeline).text() == (
        "client-1  ● open /\n"
        "client-2  ● open /\n"
        "client-1  → 'hi'\n"
        "client-1  ← 'hi'\n"
        "client-2  ← 'hi'"
    )


# The handshake


async def test_a_path_without_a_slash_gets_one_and_is_encoded():
    assert MockWebSocket(path="rooms/tea room").request.path == "/rooms/tea%20room"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"path": "/#top"}, "path must not hold a fragment (RFC 6455 section 3): '/#top'"),
        ({"headers": {"no name": "x"}}, "'no name' is not a header name (RFC 9110 section 5.1)"),
        (
            {"headers": {"Upgrade": "h2c"}},
            "no handshake can be made with these headers: invalid Upgrade header: websocket, h2c",
        ),
        (
            {"subprotocol": "a b"},
            (
                "'a b' cannot be a subprotocol: it must be one or more of the characters "
                "of an HTTP token (RFC 6455 section 4.1)"
            ),
        ),
    ],
)
def test_a_handshake_that_cannot_be_is_refused(options, text):
    with pytest.raises(ValueError) as caught:
        MockWebSocket(**options)
    assert str(caught.value) == text


# Without a loop, and on several


def test_it_is_made_and_prepared_without_a_loop():
    socket = MockWebSocket(["a"], path="/chat", subprotocol="chat.v1")
    socket.feed("b")
    socket.disconnect(4000)
    assert repr(socket) == "<MockWebSocket client: open, 0 sent>"
    assert (socket.state, socket.closed, socket.close_code) == (State.OPEN, False, None)
    assert (socket.request.path, socket.subprotocol) == ("/chat", "chat.v1")
    assert socket.remote_address[0] == "127.0.0.1"
    assert (socket.sent_messages, len(socket.timeline)) == ([], 0)

    async def handle():
        with pytest.raises(Exception, match="4000"):
            await echo(socket)
        return await socket.wait_for_close()

    assert run(handle()).code == 4000
    assert socket.sent_messages == ["a", "b"]


@pytest.mark.parametrize(
    "use",
    [
        lambda socket: socket.send("x"),
        lambda socket: socket.recv(),
        lambda socket: socket.ping(),
        lambda socket: socket.pong(),
        lambda socket: socket.close(),
        lambda socket: socket.wait_until("open", timeout=0),
        lambda socket: broadcast([socket], "x"),
    ],
    ids=["send", "recv", "ping", "pong", "close", "wait_until", "broadcast"],
)
def test_whatever_is_used_first_starts_it(use):
    socket = MockWebSocket(["fed"])

    async def first():
        used = use(socket)
        if used is not None:
            await used

    asyncio.run(first())
    assert [event.kind for event in socket.timeline][:2] == ["open", "message"]


def test_waiting_for_the_end_starts_it_too():
    socket = MockWebSocket(["unread"])
    socket.disconnect(1001)
    asyncio.run(socket.wait_closed())
    assert socket.close_code == 1001


def test_what_needs_a_loop_is_no_attribute_without_one():
    socket = MockWebSocket()
    assert not hasattr(socket, "pending_pings")
    with pytest.raises(AttributeError) as caught:
        socket.wait_for_message("x")
    assert str(caught.value) == "'_session' of a MockWebSocket needs a running event loop"


async def test_an_unknown_attribute_is_one():
    with pytest.raises(AttributeError) as caught:
        MockWebSocket().sendd  # noqa: B018
    assert str(caught.value) == "'MockWebSocket' object has no attribute 'sendd'"


def test_a_socket_that_was_refused_is_not_started():
    half_made = MockWebSocket.__new__(MockWebSocket)
    with pytest.raises(AttributeError) as caught:
        half_made.state  # noqa: B018
    assert str(caught.value) == "'MockWebSocket' object has no attribute 'state'"


async def test_a_subscriber_to_the_timeline_may_answer():
    socket = MockWebSocket()

    def answer(event):
        if event.data == "who?":
            socket.feed("ana")

    socket.timeline.subscribe(answer)
    await socket.send("who?")
    assert await socket.recv() == "ana"


async def test_a_forgotten_socket_leaves_nothing():
    socket = MockWebSocket(["unread"])
    await socket.send("x")
    tasks = asyncio.all_tasks()
    seen = weakref.ref(socket)
    del socket
    gc.collect()
    assert seen() is None
    assert asyncio.all_tasks() == tasks


def test_under_virtual_time_it_waits_for_nobody():
    async def slow(connection):
        await connection.send(await connection.recv())
        await asyncio.sleep(3600)
        await connection.send("an hour later")

    async def scene():
        socket = MockWebSocket(["now"])
        handling = asyncio.ensure_future(slow(socket))
        assert await socket.wait_for_message("an hour later", timeout=4000)
        await handling
        return socket.sent_messages

    assert run(scene(), virtual_time=True) == ["now", "an hour later"]
