"""Layers by name, and when a Channel listens to its layer."""

import asyncio

import pytest

from wsnotebook import AppCrashed, Channel, MemoryLayer, MockWebSocket, RedisLayer, connect
from wsnotebook.layers import layer_of, use_layer, used_layer


def test_a_url_names_a_layer_always_the_same_one():
    memory, redis = layer_of("memory://"), layer_of("redis://127.0.0.1:1/2")
    assert (type(memory), type(redis)) == (MemoryLayer, RedisLayer)
    assert layer_of("memory://") is memory
    assert layer_of("redis://127.0.0.1:1/2") is redis
    assert repr(redis) == "RedisLayer('redis://127.0.0.1:1/2')"
    assert isinstance(layer_of("unix:///tmp/redis.sock?db=1"), RedisLayer)
    assert isinstance(layer_of("rediss://127.0.0.1:1"), RedisLayer)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis", ""])
def test_a_url_that_names_no_layer_is_refused(url):
    with pytest.raises(ValueError) as caught:
        use_layer(url)
    assert str(caught.value) == (
        f"{url!r} names no layer; use memory://, redis://host:port/database, rediss:// or unix://"
    )


def test_what_is_used_is_for_classes_that_have_nothing_of_their_own():
    own, used = MemoryLayer(), MemoryLayer()
    assert used_layer(None) is None
    use_layer(used)
    try:
        assert used_layer(None) is used
        assert used_layer(own) is own
        assert used_layer("memory://") is layer_of("memory://")
    finally:
        use_layer(None)
    assert used_layer(None) is None


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
