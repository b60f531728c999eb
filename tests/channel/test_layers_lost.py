"""What a Channel does when its layer loses something: it counts, says so, and goes on."""

import asyncio
import json
import logging

import pytest
from in_process import turns

from wsnotebook import (
    AppCrashed,
    Channel,
    LayerLost,
    MemoryLayer,
    MockWebSocket,
    RedisLayer,
    Refused,
    State,
    connect,
)
from wsnotebook.channel import Counts
from wsnotebook.layers import Gap, use_layer

TOLD = {"type": "error", "message": "the layer is lost: not everybody may have got this message"}


class Lossy(MemoryLayer):
    """Loses what it is told to lose, and says so."""

    def __init__(self):
        super().__init__()
        self.is_lost = False
        self.listeners = []

    async def subscribe(self, topic, listener):
        self.listeners.append(listener)
        await super().subscribe(topic, listener)

    async def publish(self, topic, messages, **options):
        if self.is_lost:
            raise LayerLost("redis://127.0.0.1:1", "connection refused")
        await super().publish(topic, messages, **options)

    async def unsubscribe(self, topic, listener):
        self.listeners.remove(listener)
        await super().unsubscribe(topic, listener)

    def lose(self, count):
        for listener in self.listeners:
            listener(Gap(count))


class Chat(Channel):
    """Says to all what one says."""

    async def on_message(self, message):
        await self.broadcast(message)


@pytest.fixture
def layer(monkeypatch):
    layer = Lossy()
    monkeypatch.setattr(Chat, "layer", layer)
    return layer


# What did not come


async def test_what_the_layer_lost_is_counted_and_logged_once(layer, caplog):
    async with connect(Chat) as ann, connect(Chat):
        layer.lose(3)
        layer.lose(1)
        await ann.settle()
        assert Chat.counts == Counts(missed=4)
    assert [record.getMessage() for record in caplog.records] == [
        f"{Chat.__module__}.Chat: the layer lost 3 broadcasts",
        f"{Chat.__module__}.Chat: the layer lost 1 broadcast",
    ]
    assert {(one.name, one.levelno) for one in caplog.records} == {
        ("wsnotebook.channel", logging.WARNING)
    }


async def test_every_connection_is_told(layer):
    class Told(Chat):
        async def on_missed(self, count):
            await self.send(f"{count} missed")

    async with connect(Told) as ann, connect(Told) as bob:
        layer.lose(3)
        assert await ann.receive() == await bob.receive() == "3 missed"


async def test_a_hook_that_waits_holds_up_nothing_and_ends_with_its_connection(layer):
    ended = []

    class Waits(Chat):
        async def on_missed(self, count):
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ended.append(count)

    async with connect(Waits) as ann:
        layer.lose(3)
        await ann.send("x")
        assert await ann.receive() == "x"
        assert ended == []
    assert ended == [3]


async def test_a_hook_that_raises_ends_its_connection_and_the_test_sees_it(layer):
    class Raises(Chat):
        closed = None

        async def on_missed(self, count):
            raise ZeroDivisionError

        async def on_close(self, code, reason):
            Raises.closed = code

    with pytest.raises(AppCrashed) as caught:
        async with connect(Raises) as ann:
            layer.lose(1)
            await ann.wait_until("closed")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert Raises.closed == 1011
    assert Raises.connections == ()


async def test_it_does_not_interrupt_the_handling_of_a_message(layer):
    gate, handled = asyncio.Event(), []

    class Raises(Chat):
        async def on_missed(self, count):
            raise ZeroDivisionError

        async def on_message(self, message):
            await gate.wait()
            handled.append(message)

    with pytest.raises(AppCrashed) as caught:
        async with connect(Raises) as ann:
            await ann.send("x")
            await turns()
            layer.lose(1)
            await turns()
            assert Raises.connections == ()
            assert (handled, ann.state) == ([], State.OPEN)
            gate.set()
            await ann.wait_until("closed")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert handled == ["x"]


async def test_by_hand_a_hook_that_raises_closes_and_is_logged(layer, caplog):
    class Raises(Chat):
        async def on_missed(self, count):
            raise ZeroDivisionError

    one = Raises()
    one.socket = MockWebSocket()
    await one.handle_connect()
    layer.lose(1)
    await one.socket.wait_for_close(1011)
    assert Raises.connections == ()
    assert caplog.records[-1].getMessage() == "on_missed of <Raises /: ended> raised"


# What could not be published


async def test_a_client_whose_message_could_not_be_published_is_told_and_stays(layer):
    class Completes(Chat):
        send_completion = True

    async with connect(Completes) as ann:
        layer.is_lost = True
        await ann.send("x")
        assert await ann.receive_json() == TOLD
        assert (await ann.receive_json())["action"] == "complete"
        layer.is_lost = False
        await ann.send("y")
        assert await ann.receive() == "y"
        assert Completes.counts == Counts(lost=1)


async def test_a_hook_may_deal_with_it_itself(layer):
    class Deals(Chat):
        async def on_message(self, message):
            try:
                await self.broadcast(message)
            except LayerLost:
                await self.send("later")

    async with connect(Deals) as ann:
        layer.is_lost = True
        await ann.send("x")
        assert await ann.receive() == "later"
        assert Deals.counts == Counts()


async def test_hooks_of_the_beginning_and_the_end_are_no_crashes_either(layer):
    class Greets(Chat):
        async def on_connect(self):
            await self.broadcast("hello")

        async def on_close(self, code, reason):
            await self.broadcast("bye")

    layer.is_lost = True
    async with connect(Greets) as ann:
        assert await ann.receive_json() == TOLD
    assert Greets.counts == Counts(lost=2)
    assert Greets.connections == ()


async def test_by_hand_it_is_the_same(layer):
    one = Chat()
    one.socket = MockWebSocket()
    await one.handle_connect()
    layer.is_lost = True
    await one.handle_message("x")
    assert list(map(json.loads, one.socket.sent_messages)) == [TOLD]
    await one.handle_close()
    with pytest.raises(LayerLost):
        await Chat.broadcast("from outside")


# Which layer it is


async def test_a_layer_that_is_used_carries_all_classes_without_one(layer):
    class Free(Channel):
        pass

    used = Lossy()
    use_layer(used)
    try:
        async with connect(Free) as ann, connect(Chat) as bob:
            use_layer(None)  # who is connected goes on with what there was
            used.lose(2)
            await Free.broadcast("x")
            await Chat.broadcast("y")
            assert (ann.messages, bob.messages) == (["x"], ["y"])
            assert (Free.counts.missed, Chat.counts.missed) == (2, 0)
        assert used.listeners == []
        async with connect(Free) as ann:
            await Free.broadcast("x")
            assert (ann.messages, used.listeners) == (["x"], [])
    finally:
        use_layer(None)


async def test_a_layer_may_be_a_url(redis_url):
    class Away(Channel):
        layer = redis_url

        async def on_connect(self):
            await self.join("tea")

    other = RedisLayer(redis_url)
    async with connect(Away) as ann:
        (member,) = await Away.members("tea")
        topic = f"{Away.__module__}.{Away.__qualname__}"
        assert await other.members(topic, "tea") == {member}
        await other.publish(topic, ("x",), room="tea")
        assert await ann.receive() == "x"
    assert await other.members(topic, "tea") == frozenset()


# With Redis


def missed(client):
    """Return how many broadcasts a client was told to have missed."""
    told = [text.partition(" missed") for text in client.messages]
    return sum(int(count) for count, is_told, _ in told if is_told)


async def test_redis_stops_while_clients_talk_and_comes_back(redis_server):
    here, there = RedisLayer(redis_server.url), RedisLayer(redis_server.url)

    class Here(Channel):
        layer = here

        async def on_message(self, message):
            await self.broadcast(message)

        async def on_missed(self, count):
            await self.send(f"{count} missed")

    topic = f"{Here.__module__}.{Here.__qualname__}"
    async with connect(Here) as ann, connect(Here) as bob, there:
        await ann.send("a")
        assert await ann.receive() == await bob.receive() == "a"
        redis_server.stop()
        await ann.send("b")
        assert await ann.receive_json() == TOLD
        with pytest.raises(LayerLost):
            await there.publish(topic, ("c",))
        redis_server.start()
        await here.wait_connected()
        await there.wait_connected()
        await there.publish(topic, ("d",))
        await bob.wait_for_message("d")
        await bob.wait_for_message(lambda _: missed(bob) == 2)
        assert Here.counts.missed == 2
        assert Here.counts.lost == 1
    assert Here.connections == ()


async def test_without_redis_nobody_gets_in_until_it_is_back(redis_server, caplog):
    class Here(Channel):
        layer = redis_server.url

    redis_server.stop()
    with pytest.raises(Refused) as caught:
        await connect(Here)
    assert (caught.value.status, caught.value.reason) == (503, "the layer is lost; try again later")
    assert Here.counts == Counts(lost=1)
    [record] = caplog.records
    assert f"nothing arrived at {redis_server.url}" in record.getMessage()
    redis_server.start()
    async with connect(Here) as ann:
        await Here.broadcast("x")
        assert await ann.receive() == "x"


async def test_by_hand_it_is_refused_as_well(redis_server):
    class Here(Channel):
        layer = redis_server.url

    redis_server.stop()
    here = Here()
    here.socket = MockWebSocket()
    with pytest.raises(Refused) as caught:
        await here.handle_connect()
    assert caught.value.status == 503


async def test_who_came_in_just_before_is_asked_to_come_back(layer, monkeypatch):
    answers = iter([None, LayerLost("redis://127.0.0.1:1", "connection refused")])

    async def listen(state):
        if (lost := next(answers)) is not None:
            raise lost

    monkeypatch.setattr("wsnotebook.channel._state.State.listen", listen)
    async with connect(Chat) as ann:
        closure = await ann.wait_for_close(1013)
    assert closure.reason == "the layer is lost; try again later"
