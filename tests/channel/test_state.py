"""Who is connected belongs to a class and a loop, and is gone with them."""

import asyncio
import gc
import random
import weakref
from contextlib import AsyncExitStack

import pytest
from in_process import turns

from wsnotebook import Channel, MemoryLayer, MockWebSocket, connect, serve
from wsnotebook.channel import Counts


class Chat(Channel):
    """One class for all tests of this module."""

    async def on_connect(self):
        await self.join(self.params.get("room", "tea"))

    async def on_message(self, message):
        if message == "crash":
            raise ZeroDivisionError
        if message == "close":
            await self.close()


class Loud(Chat):
    """A subclass, which has nothing to do with it."""


async def test_a_subclass_has_connections_rooms_and_broadcasts_of_its_own():
    async with connect(Chat) as ann, connect(Loud) as bob:
        assert [type(one) for one in Chat.connections + Loud.connections] == [Chat, Loud]
        assert Chat.room_members("tea") != Loud.room_members("tea")
        await Chat.broadcast("x")
        await Loud.broadcast("y", room="tea")
        await ann.settle()
        assert (ann.messages, bob.messages) == (["x"], ["y"])


async def test_a_channel_reads_what_its_class_has():
    async with connect(Chat):
        (one,) = Chat.connections
        assert one.connections == (one,)
        assert one.room_members("tea") == (one.socket,)
        assert one.counts == Counts()


def test_where_no_loop_runs_nobody_is_connected():
    async def talk():
        async with connect(Chat):
            assert len(Chat.connections) == 1

    asyncio.run(talk())
    assert Chat.connections == ()
    assert Chat.room_members("tea") == ()
    assert Chat.counts == Counts()


def test_a_channel_that_was_left_behind_is_not_seen_on_the_next_loop():
    async def leave_one_behind():
        one = Chat()
        one.socket = MockWebSocket()
        await one.join("tea")
        assert Chat.connections == (one,)

    async def look():
        assert Chat.connections == ()
        assert Chat.room_members("tea") == ()
        assert await Chat.members("tea") == frozenset()
        await Chat.broadcast("x")

    asyncio.run(leave_one_behind())
    asyncio.run(look())


def test_a_loop_is_not_kept_alive():
    layer = MemoryLayer()

    class Kept(Chat):
        pass

    Kept.layer = layer

    async def leave_one_behind(kind):
        one = kind()
        one.socket = MockWebSocket()
        await one.join("tea")
        await kind.broadcast("x")
        return weakref.ref(one)

    left = [asyncio.run(leave_one_behind(kind)) for kind in (Chat, Kept)]

    async def talk():
        async with connect(Chat), connect(Kept):
            pass

    asyncio.run(talk())
    gc.collect()
    assert [one() for one in left] == [None, None]


async def test_a_connection_that_is_over_leaves_nothing_to_collect():
    gc.collect()
    gc.disable()
    try:
        async with connect(Chat) as client:
            channel = weakref.ref(Chat.connections[0])
            await client.send("x")
            await Chat.broadcast("x")
            assert await client.receive() == "x"
        await turns()
        assert channel() is None
    finally:
        gc.enable()


def test_a_class_is_not_kept_alive():
    def make_and_forget():
        class Short(Chat):
            pass

        async def talk():
            async with connect(Short) as client:
                await Short.broadcast("x")
                assert await client.receive() == "x"

        asyncio.run(talk())
        return weakref.ref(Short)

    short = make_and_forget()
    gc.collect()
    assert short() is None


def test_a_socket_can_be_set_before_a_loop_runs():
    one = Chat()
    one.socket = MockWebSocket(path="/?room=milk")

    async def talk():
        assert Chat.connections == ()
        await one.handle_connect()
        assert Chat.connections == (one,)
        assert Chat.room_members("milk") == (one.socket,)
        await one.handle_close()

    asyncio.run(talk())


async def test_setting_a_socket_registers_and_another_takes_its_place():
    one = Chat()
    first, second = MockWebSocket(path="/?a=1"), MockWebSocket(path="/?a=2")
    one.socket = first
    assert (Chat.connections, one.params) == ((one,), {"a": "1"})
    one.socket = second
    assert (Chat.connections, one.params) == ((one,), {"a": "2"})
    await Chat.broadcast("x")
    assert (first.sent_messages, second.sent_messages) == ([], ["x"])
    await one.handle_close()


async def test_a_stopped_server_leaves_nobody():
    async with serve(Chat) as server:
        client = await connect(server)
        await client.settle()
        assert len(Chat.connections) == 1
    assert Chat.connections == ()
    await client.wait_for_close(1012)


# 1,000 of them: one class, one after the other in any order, whichever way each ends


async def _by_hand(room):
    one = Chat()
    one.socket = MockWebSocket(path=f"/?room={room}")
    await one.handle_connect()
    await Chat.broadcast("x", room=room)
    assert one.socket.sent_messages == ["x"]
    await one.handle_close()


async def _with_a_client(room):
    async with connect(Chat, query={"room": room}) as client:
        await Chat.broadcast("x", room=room)
        assert await client.receive() == "x"


async def _that_vanishes(room):
    async with connect(Chat, query={"room": room}) as client:
        await client.abort()


async def _that_closes(room):
    async with connect(Chat, query={"room": room}) as client:
        await client.send("close")
        await client.wait_for_close(1000)


async def _that_crashes(room):
    one = Chat()
    one.socket = MockWebSocket(path=f"/?room={room}")
    await one.handle_connect()
    with pytest.raises(ZeroDivisionError):
        await one.handle_message("crash")


ENDS = [_by_hand, _with_a_client, _that_vanishes, _that_closes, _that_crashes]
SHUFFLED = random.Random(5).sample([(n, ENDS[n % len(ENDS)]) for n in range(1000)], 1000)


@pytest.mark.parametrize(
    "some", [SHUFFLED[n : n + 10] for n in range(0, 1000, 10)], ids=lambda some: str(some[0][0])
)
async def test_a_thousand_leave_nothing(some):
    for n, one in some:
        room = f"room {n % 7}"
        await one(room)
        assert Chat.connections == ()
        assert Chat.room_members(room) == ()
        assert await Chat.members(room) == frozenset()


async def test_a_thousand_at_once_leave_nothing():
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(Chat)) for _ in range(1000)]
        assert len(Chat.connections) == len(Chat.room_members("tea")) == 1000
        await Chat.broadcast("x")
        assert all(client.messages == ["x"] for client in clients)
        for client in random.Random(5).sample(clients, 500):
            await client.close()
    assert (Chat.connections, Chat.room_members("tea")) == ((), ())
    assert await Chat.members("tea") == frozenset()
