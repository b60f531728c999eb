"""Broadcasts: in order, past the dead and the slow, who are dropped and counted."""

import asyncio
import logging
from typing import ClassVar

import pytest
from in_process import turns
from websockets.asyncio.client import connect as websockets_connect

from wsnotebook import Channel, Closed, MockWebSocket, connect, serve
from wsnotebook.channel import Counts, _hanging_up


class Slow:
    """An ASGI middleware: sends to paths that begin with /slow wait until they are let go."""

    def __init__(self, app):
        self.app = app
        self.gate = asyncio.Event()
        self.waits = 0

    async def __call__(self, scope, receive, send):
        async def sender(event):
            if event["type"] != "websocket.accept" and scope["path"].startswith("/slow"):
                self.waits += 1
                await self.gate.wait()
            await send(event)

        await self.app(scope, receive, sender if scope["type"] == "websocket" else send)


class Dead(MockWebSocket):
    """A socket whose client has gone without the server knowing."""

    async def send(self, message):
        raise ConnectionResetError("gone")


class Stuck(MockWebSocket):
    """A socket whose client never reads; it notes the close that it was sent."""

    told = None

    async def send(self, message):
        await asyncio.get_running_loop().create_future()

    async def close(self, code=1000, reason=""):
        self.told = (code, reason)


def joined(chat, socket):
    one = chat()
    one.socket = socket
    return one


async def _leave(chat):
    for one in chat.connections:
        await one.handle_close()


# The slow


async def test_a_slow_member_does_not_hold_up_the_others_and_misses_nothing():
    class Chat(Channel):
        pass

    app = Slow(Chat.as_asgi())
    async with connect(app, "/slow") as slow, connect(app, "/fast") as fast:
        for text in "abc":
            await Chat.broadcast(text)
        assert fast.messages == ["a", "b", "c"]
        assert slow.messages == []
        assert app.waits == 1
        app.gate.set()
        assert await slow.receive_all() == ["a", "b", "c"]
    assert Chat.counts == Counts()


async def test_what_is_sent_to_a_slow_member_alone_keeps_its_place():
    class Chat(Channel):
        async def on_message(self, message):
            await Chat.broadcast("first")
            await self.send("second")
            await Chat.broadcast("third")

    app = Slow(Chat.as_asgi())
    async with connect(app, "/slow") as client:
        await client.send("x")
        await turns()
        assert client.messages == []
        app.gate.set()
        assert await client.receive_all() == ["first", "second", "third"]


async def test_a_broadcast_waits_for_a_send_of_the_channel_itself():
    class Chat(Channel):
        async def on_message(self, message):
            await self.send("first")

    app = Slow(Chat.as_asgi())
    async with connect(app, "/slow") as client:
        await client.send("x")
        await turns()
        await Chat.broadcast("second")
        await Chat.broadcast("third")
        app.gate.set()
        assert await client.receive_all() == ["first", "second", "third"]


async def test_who_falls_behind_the_limit_is_closed_with_1013_and_counted():
    class Chat(Channel):
        max_behind = 2
        closed: ClassVar = []

        async def on_close(self, code, reason):
            self.closed.append((code, reason))

    app = Slow(Chat.as_asgi())
    async with connect(app, "/slow") as slow, connect(app, "/fast") as fast:
        for text in "abc":
            await Chat.broadcast(text)
        assert len(Chat.connections) == 2
        await Chat.broadcast("d")
        assert (len(Chat.connections), Chat.counts) == (1, Counts(behind=1))
        app.gate.set()
        closure = await slow.wait_for_close()
        assert (closure.code, closure.reason) == (1013, "too far behind")
        await Chat.broadcast("e")
        assert fast.messages == [*"abcde"]
        assert "d" not in slow.messages
        await fast.settle()
        assert Chat.closed == [(1013, "too far behind")]


async def test_who_cannot_even_be_told_is_let_go(virtual_time):
    class Chat(Channel):
        max_behind = 0
        closed: ClassVar = []

        async def on_message(self, message):
            await self.send(message)

        async def on_close(self, code, reason):
            self.closed.append((code, reason))

    async def conversation():
        app = Slow(Chat.as_asgi())
        client = await connect(app, "/slow")
        await client.send("x")
        await turns()
        await Chat.broadcast("one too many")
        closure = await client.wait_for_close()
        assert closure.code == 1006  # the app has ended without a word
        assert Chat.closed == [(1013, "too far behind")]

    virtual_time(conversation())


async def test_by_hand_who_falls_behind_is_closed_too():
    class Chat(Channel):
        max_behind = 1
        closed: ClassVar = []

        async def on_close(self, code, reason):
            self.closed.append((code, reason))

    stuck = joined(Chat, Stuck())
    for _ in range(3):
        await Chat.broadcast("x")
    await turns()
    assert stuck.socket.told == (1013, "too far behind")
    assert Chat.closed == [(1013, "too far behind")]
    assert Chat.connections == ()


async def test_closing_lets_nobody_wait_for_a_send_that_never_comes():
    stuck = joined(Channel, Stuck())
    first = asyncio.create_task(stuck.send("first"))
    second = asyncio.create_task(stuck.send("second"))
    await turns()
    await stuck.close(4000, "enough")
    with pytest.raises(Closed) as caught:
        await second
    assert str(caught.value) == (
        "the connection closed with 4000 'enough' before the message was sent"
    )
    first.cancel()
    await asyncio.wait({first})


async def test_a_cancelled_send_that_has_not_begun_is_taken_back():
    class Chat(Channel):
        pass

    app = Slow(Chat.as_asgi())
    async with connect(app, "/slow") as client:
        await Chat.broadcast("first")
        sending = asyncio.create_task(Chat.connections[0].send("second"))
        await turns()
        sending.cancel()
        await asyncio.wait({sending})
        await Chat.broadcast("third")
        app.gate.set()
        assert await client.receive_all() == ["first", "third"]


# The dead


async def test_a_dead_member_is_dropped_and_the_others_get_it():
    class Chat(Channel):
        pass

    living = [joined(Chat, MockWebSocket())]
    dead = joined(Chat, Dead())
    living.append(joined(Chat, MockWebSocket()))
    await dead.join("tea")
    await Chat.broadcast("x")
    assert [one.socket.sent_messages for one in living] == [["x"], ["x"]]
    assert (Chat.connections, Chat.room_members("tea")) == (tuple(living), ())
    assert Chat.counts == Counts(dead=1)
    await Chat.broadcast("y")
    assert Chat.counts == Counts(dead=1)
    await dead.handle_close(1006, "")
    await _leave(Chat)


async def test_one_that_has_vanished_is_dropped_when_it_is_found():
    class Chat(Channel):
        async def on_message(self, message):
            await vanishing.abort()
            await self.broadcast(message)

    async with connect(Chat) as client:
        vanishing = await connect(Chat)
        await client.send("x")
        assert await client.receive() == "x"
        await client.settle()
        assert len(Chat.connections) == 1
        assert Chat.counts == Counts(dead=1)


async def test_a_slow_member_that_dies_is_dropped():
    class Chat(Channel):
        pass

    app = Slow(Chat.as_asgi())
    async with connect(app, "/fast") as fast:
        slow = await connect(app, "/slow")
        await Chat.broadcast("x")
        await slow.abort()
        app.gate.set()
        await fast.settle()
        assert len(Chat.connections) == 1


async def test_a_middleware_that_raises_is_logged_and_ends_the_connection(caplog):
    async def broken(scope, receive, send):
        async def sender(event):
            if event["type"] == "websocket.send":
                raise ZeroDivisionError("middleware")
            await send(event)

        await Chat.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    class Chat(Channel):
        pass

    async with connect(broken) as client:
        with caplog.at_level(logging.ERROR, "wsnotebook.channel"):
            await Chat.broadcast("x")
        closure = await client.wait_for_close()
        assert closure.code == 1011
    (record,) = caplog.records
    assert record.getMessage() == "sending to <Chat /: open> raised"
    assert Chat.connections == ()


async def test_ten_dead_and_ten_stuck_change_nothing_for_the_rest():
    class Chat(Channel):
        max_behind = 5

    sockets = []
    for n in range(100):
        kind = {0: Dead, 5: Stuck}.get(n % 10, MockWebSocket)
        sockets.append(joined(Chat, kind()).socket)
    sent = [str(n) for n in range(10)]
    for text in sent:
        await Chat.broadcast(text)
    living = [one for one in sockets if type(one) is MockWebSocket]
    assert len(living) == 80
    assert all(one.sent_messages == sent for one in living)
    assert [one.socket for one in Chat.connections] == living
    assert Chat.counts == Counts(dead=10, behind=10)
    await turns()
    await _leave(Chat)


# Rooms


async def test_a_broadcast_to_a_room_that_nobody_is_in_reaches_nobody():
    class Chat(Channel):
        pass

    await Chat.broadcast("x", room="tea")
    async with connect(Chat) as client:
        await Chat.broadcast("x", room="tea")
        await client.receive_nothing()
        assert Chat.room_members("tea") == ()
        assert await Chat.members("tea") == frozenset()


async def test_leaving_a_room_twice_or_never_joined_does_nothing():
    one = joined(Channel, MockWebSocket())
    await one.leave("tea")
    await one.join("tea")
    await one.join("tea")
    assert (one.subscriptions, Channel.room_members("tea")) == ({"tea"}, (one.socket,))
    await one.leave("tea")
    await one.leave("tea")
    assert (one.subscriptions, Channel.room_members("tea")) == (set(), ())
    await one.handle_close()


@pytest.mark.parametrize("room", [3, None, b"tea"])
async def test_a_room_is_named_by_a_str(room):
    one = joined(Channel, MockWebSocket())
    with pytest.raises(TypeError) as caught:
        await one.join(room)
    assert str(caught.value) == f"a room is named by a str, not {room!r}"
    await one.handle_close()


async def test_those_left_out_may_be_channels_or_sockets_one_or_several():
    class Chat(Channel):
        pass

    ann, bob, cat = (joined(Chat, MockWebSocket()) for _ in range(3))
    await Chat.broadcast("1", exclude=ann)
    await ann.broadcast("2", exclude=[bob, cat.socket])
    await Chat.broadcast("3", exclude=())
    got = [one.socket.sent_messages for one in (ann, bob, cat)]
    assert got == [["2", "3"], ["1", "3"], ["1", "3"]]
    await _leave(Chat)


async def test_two_that_fail_alike_are_two():
    class Chat(Channel):
        pass

    dead = [joined(Chat, Dead()) for _ in range(2)]
    await Chat.broadcast("x")
    assert (Chat.connections, Chat.counts) == ((), Counts(dead=2))
    for one in dead:
        await one.handle_close(1006, "")


async def test_sending_to_one_that_is_dead_says_closed():
    one = joined(Channel, Dead())
    with pytest.raises(Closed) as caught:
        await one.send("x")
    assert str(caught.value) == (
        "the connection closed with 1006 (no close frame received) before the message was sent"
    )
    assert Channel.connections == ()
    await one.handle_close(1006, "")


async def test_on_close_raising_after_falling_behind_by_hand_is_logged(caplog):
    class Chat(Channel):
        max_behind = 0

        async def on_close(self, code, reason):
            raise ZeroDivisionError

    joined(Chat, Stuck())
    with caplog.at_level(logging.ERROR, "wsnotebook.channel"):
        await Chat.broadcast("a")
        await Chat.broadcast("b")
        await turns()
    (record,) = caplog.records
    assert record.getMessage() == "on_close of <Chat /: ended> raised"


async def test_a_message_to_a_closed_channel_by_hand_is_not_handled():
    class Chat(Channel):
        async def on_message(self, message):
            raise AssertionError(message)

    one = joined(Chat, MockWebSocket())
    await one.handle_close()
    await one.handle_message("x")


async def test_one_that_dies_with_messages_waiting_lets_nobody_wait():
    class Dying(MockWebSocket):
        async def send(self, message):
            await gate.wait()
            raise ConnectionResetError("gone")

    class Chat(Channel):
        pass

    gate = asyncio.Event()
    one = joined(Chat, Dying())
    await Chat.broadcast("first")
    sending = asyncio.create_task(one.send("second"))
    await turns()
    gate.set()
    with pytest.raises(Closed):
        await sending
    assert (Chat.connections, Chat.counts) == ((), Counts(dead=1))
    await Chat.broadcast("third")
    await one.handle_close(1006, "")


async def test_a_send_that_is_closed_under_it_says_closed():
    class Closing(MockWebSocket):
        async def send(self, message):
            await one.close(4000, "enough")
            await super().send(message)

    one = joined(Channel, Closing())
    with pytest.raises(Closed) as caught:
        await one.send("x")
    assert caught.value.code == 4000


async def test_on_a_socket_one_that_never_reads_changes_nothing_for_the_rest(monkeypatch):
    class Chat(Channel):
        max_behind = 50

    monkeypatch.setattr(_hanging_up, "_GRACE", 0.01)
    text = "x" * 100_000
    async with serve(Chat) as server, connect(server) as ann:
        stuck = await websockets_connect(server.url, max_queue=1, compression=None)
        await ann.settle()
        sent = 0
        while not Chat.counts.behind:
            await Chat.broadcast(text)
            sent += 1
            assert await ann.receive() == text
        assert len(Chat.connections) == 1
        assert Chat.counts == Counts(behind=1)
        await Chat.broadcast("and on")
        assert await ann.receive() == "and on"
        assert len(ann.messages) == sent + 1
        stuck.transport.abort()
        await stuck.wait_closed()


async def test_one_that_is_closed_while_it_is_sent_to_is_not_counted_as_dead():
    class Closing(Dead):
        async def send(self, message):
            closing = one.close(4000, "enough")
            with pytest.raises(StopIteration):
                closing.send(None)
            await super().send(message)

        async def close(self, code=1000, reason=""):
            pass

    one = joined(Channel, Closing())
    await Channel.broadcast("x")
    assert (Channel.connections, Channel.counts) == ((), Counts())


async def test_what_else_a_socket_raises_comes_out_of_send_and_close():
    class Broken(MockWebSocket):
        async def send(self, message):
            raise ZeroDivisionError("send")

        async def close(self, code=1000, reason=""):
            raise ZeroDivisionError("close")

    one = joined(Channel, Broken())
    with pytest.raises(ZeroDivisionError, match="send"):
        await one.send("x")
    with pytest.raises(ZeroDivisionError, match="close"):
        await one.close()
    assert Channel.connections == ()


async def test_closing_one_whose_client_is_gone_is_quiet():
    class Gone(MockWebSocket):
        async def close(self, code=1000, reason=""):
            raise ConnectionResetError

    one = joined(Channel, Gone())
    await one.close()
    assert Channel.connections == ()


async def test_by_hand_a_client_that_vanished_is_dropped_when_it_is_found():
    class Chat(Channel):
        closed: ClassVar = []

        async def on_close(self, code, reason):
            self.closed.append(code)

    one = joined(Chat, MockWebSocket())
    one.socket.disconnect(1006)
    await turns()  # as on a real socket, the loop has to come to it
    await Chat.broadcast("x")
    assert (Chat.connections, Chat.counts) == ((), Counts(dead=1))
    await one.handle_close(1006)
    assert Chat.closed == [1006]


async def test_a_send_that_leads_to_another_broadcast_keeps_the_order():
    class Chat(Channel):
        pass

    class Answering(MockWebSocket):
        async def send(self, message):
            if message == "first":
                await Chat.broadcast("second")
            await super().send(message)

    one = joined(Chat, Answering())
    await Chat.broadcast("first")
    await turns()
    assert one.socket.sent_messages == ["first", "second"]
    await _leave(Chat)
