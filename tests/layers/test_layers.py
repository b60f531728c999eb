"""Gaps in what a publisher sent, and how a Channel counts them."""

import asyncio

import pytest

from wsnotebook import AppCrashed, Channel, MemoryLayer, MockWebSocket, connect
from wsnotebook.channel import Counts
from wsnotebook.layers import Publication, Sequences


def missed(*heard):
    """Return what each of ``heard``, pairs of publisher and sequence, shows to be missing."""
    sequences = Sequences()
    return [sequences.missed(Publication(name, number, ("x",))) for name, number in heard]


@pytest.mark.parametrize(
    ("heard", "gaps"),
    [
        ([("a", 1), ("a", 2), ("a", 3)], [0, 0, 0]),
        ([("a", 1), ("a", 4), ("a", 5)], [0, 2, 0]),
        ([("a", 7), ("a", 8)], [0, 0]),
        ([("a", 1), ("b", 5), ("a", 2), ("b", 7)], [0, 0, 0, 1]),
        ([("a", 2), ("a", 1), ("a", 3)], [0, 0, 0]),
        ([("a", 1), ("a", 1)], [0, 0]),
    ],
)
def test_a_gap_is_seen_for_each_publisher(heard, gaps):
    assert missed(*heard) == gaps


class Lossy(MemoryLayer):
    """Loses every second publication."""

    def __init__(self):
        super().__init__()
        self.lose = False

    async def subscribe(self, topic, listener):
        def sometimes(publication):
            self.lose = not self.lose
            if self.lose:
                listener(publication)

        await super().subscribe(topic, sometimes)


async def test_a_channel_counts_what_its_layer_lost():
    class Chat(Channel):
        layer = Lossy()

    async with connect(Chat) as client:
        for text in "abcde":
            await Chat.broadcast(text)
        assert client.messages == ["a", "c", "e"]
        assert Chat.counts == Counts(missed=2)


async def test_classes_that_share_a_layer_do_not_hear_each_other():
    shared = MemoryLayer()

    class Ann(Channel):
        layer = shared

        async def on_connect(self):
            await self.join("tea")

    class Bob(Ann):
        pass

    async with connect(Ann) as ann, connect(Bob) as bob:
        await Ann.broadcast("a", room="tea")
        await Bob.broadcast("b")
        await ann.settle()
        assert (ann.messages, bob.messages) == (["a"], ["b"])
        assert len(await Ann.members("tea")) == 1


class Counting(MemoryLayer):
    """Notes who listens."""

    def __init__(self):
        super().__init__()
        self.notes = []

    async def subscribe(self, topic, listener):
        self.notes.append("subscribe")
        await asyncio.sleep(0)  # as one that asks another process does
        await super().subscribe(topic, listener)

    async def unsubscribe(self, topic, listener):
        self.notes.append("unsubscribe")
        await super().unsubscribe(topic, listener)


async def test_a_class_listens_only_while_somebody_is_connected():
    class Chat(Channel):
        layer = Counting()

    for _ in range(2):
        async with connect(Chat) as ann, connect(Chat) as bob:
            await Chat.broadcast("x")
            assert ann.messages == bob.messages == ["x"]
    assert Chat.layer.notes == ["subscribe", "unsubscribe"] * 2


async def test_many_that_come_at_once_listen_once():
    class Chat(Channel):
        layer = Counting()

    clients = await asyncio.gather(*(connect(Chat).open() for _ in range(5)))
    assert Chat.layer.notes == ["subscribe"]
    for client in clients:
        await client.close()


def test_a_memory_layer_of_one_loop_knows_nothing_of_another():
    layer = MemoryLayer()

    async def join():
        await layer.join("chat", "tea", "ann")

    async def look():
        return await layer.members("chat", "tea")

    asyncio.run(join())
    assert asyncio.run(look()) == frozenset()
    assert repr(layer) == "MemoryLayer()"


async def test_who_comes_while_the_last_leaves_still_listens():
    class Chat(Channel):
        layer = Counting()

        async def on_connect(self):
            await self.join("tea")

    async def leave_first(scope, receive, send):
        async def sender(event):
            if event["type"] == "websocket.accept" and scope["path"] == "/second":
                await first.handle_close()
            await send(event)

        await Chat.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    first = Chat()
    first.socket = MockWebSocket()
    await first.handle_connect()
    async with connect(leave_first, "/second") as second:
        await second.settle()
        assert Chat.layer.notes == ["subscribe", "unsubscribe", "subscribe"]
        await Chat.layer.publish(f"{Chat.__module__}.{Chat.__qualname__}", ("x",))
        assert await second.receive() == "x"


async def test_a_handshake_that_fails_late_leaves_no_listener():
    class Chat(Channel):
        layer = Counting()

    async def broken(scope, receive, send):
        async def sender(event):
            raise ZeroDivisionError

        await Chat.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    with pytest.raises(AppCrashed):
        await connect(broken)
    assert Chat.layer.notes == ["subscribe", "unsubscribe"]
