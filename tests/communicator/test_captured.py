"""What a Channel or a consumer broadcasts, collected, delivered or not."""

import pytest
from consumers import Chat, Said, Say

from wsnotebook import Channel, connect
from wsnotebook.communicator import Broadcast, capture_broadcasts


class Rooms(Channel):
    async def on_connect(self):
        await self.join("tea")

    async def on_message(self, message):
        await self.broadcast(message, room="tea", exclude=self)


class Loud(Rooms):
    pass


class Layer:
    """Has what the channel layers of Channels have."""

    def __init__(self):
        self.sent = []

    async def group_send(self, group, message):
        self.sent.append((group, message))


# A Channel


@pytest.mark.parametrize("target", [Chat, Chat.as_asgi()], ids=["class", "app"])
async def test_what_a_channel_broadcasts(target):
    async with connect(Chat) as client:
        with capture_broadcasts(target) as broadcasts:
            await client.send(Say(text="hello"))
            assert await client.receive_message() == Said(text="hello")
        await client.send(Say(text="later"))
        await client.settle()
    assert broadcasts == [Broadcast(Said(text="hello"))]


async def test_room_and_exclusion():
    async with connect(Rooms) as ann, connect(Rooms) as bob:
        with capture_broadcasts(Rooms) as broadcasts:
            await ann.send("hello")
            assert await bob.receive() == "hello"
            await ann.receive_nothing()
            anns, bobs = Rooms.connections
            await Rooms.broadcast(b"all", exclude=[anns.socket, bobs])
    assert broadcasts == [
        Broadcast("hello", "tea", (anns,)),
        Broadcast(b"all", None, (anns.socket, bobs)),
    ]
    assert broadcasts[0].group == "tea"


async def test_broadcasts_that_are_not_delivered():
    async with connect(Chat) as client:
        with capture_broadcasts(Chat, deliver=False) as broadcasts:
            await client.send(Say(text="hello"))
            await client.receive_nothing()
        assert broadcasts == [Broadcast(Said(text="hello"))]
        await client.send(Say(text="again"))
        assert await client.receive_message() == Said(text="again")


@pytest.mark.parametrize("deliver", [True, False])
async def test_what_cannot_be_sent_is_no_broadcast(deliver):
    with capture_broadcasts(Chat, deliver=deliver) as broadcasts:
        with pytest.raises(TypeError, match=r"^cannot send 1: expected str"):
            await Chat.broadcast(1)
    assert broadcasts == []


async def test_each_class_has_broadcasts_of_its_own():
    async with connect(Rooms) as ann, connect(Loud) as bob, connect(Loud) as eve:
        with capture_broadcasts(Rooms, deliver=False) as broadcasts:
            with capture_broadcasts(Loud) as loud:
                await ann.send("hello")
                await bob.send("HELLO")
                assert await eve.receive() == "HELLO"
    assert [one.message for one in broadcasts] == ["hello"]
    assert [one.message for one in loud] == ["HELLO"]


async def test_captures_may_be_nested():
    with capture_broadcasts(Chat) as outer:
        with capture_broadcasts(Chat) as inner:
            await Chat.broadcast("one")
        await Chat.broadcast("two")
    await Chat.broadcast("three")
    assert [one.message for one in outer] == ["one", "two"]
    assert [one.message for one in inner] == ["one"]


async def test_a_class_is_left_as_it_was_even_when_the_block_raises():
    before = dict(vars(Rooms)), dict(vars(Channel))
    with pytest.raises(KeyError), capture_broadcasts(Rooms):
        raise KeyError
    assert (dict(vars(Rooms)), dict(vars(Channel))) == before


async def test_a_channel_that_broadcasts_its_own_way():
    class Polite(Chat):
        @classmethod
        async def broadcast(cls, message, *, room=None, exclude=None):
            await super().broadcast(f"please: {message}", room=room, exclude=exclude)

    async with connect(Polite) as client:
        with capture_broadcasts(Polite) as broadcasts:
            await Polite.broadcast("hello")
            assert await client.receive() == "please: hello"
        await Polite.broadcast("again")
        assert await client.receive() == "please: again"
    assert broadcasts == [Broadcast("hello")]


# A channel layer; consumers of Channels and Chanx are in tests/frameworks


@pytest.mark.parametrize("deliver", [True, False])
async def test_what_is_sent_to_the_groups_of_a_layer(deliver):
    layer, event = Layer(), {"type": "chat.message", "text": "hello"}
    with capture_broadcasts(layer, deliver=deliver) as broadcasts:
        await layer.group_send("tea", event)
    assert broadcasts == [Broadcast(event, "tea")]
    assert layer.sent == ([("tea", event)] if deliver else [])
    assert vars(layer) == {"sent": layer.sent}


async def test_what_chanx_sends_is_told_as_the_message_that_it_is():
    layer = Layer()
    group = {"type": "handle_group_message", "message": {"action": "said"}}
    sender = {"exclude_current": True, "from_channel": "specific.1"}
    with capture_broadcasts(layer) as broadcasts:
        await layer.group_send("tea", {**group, **sender})
        await layer.group_send("tea", {**group, **sender, "exclude_current": False})
        await layer.group_send("tea", {"type": "handle_channel_event", "event_data": {"a": 1}})
    assert broadcasts == [
        Broadcast({"action": "said"}, "tea", ("specific.1",)),
        Broadcast({"action": "said"}, "tea"),
        Broadcast({"a": 1}, "tea"),
    ]


@pytest.mark.parametrize("target", [object(), "tea", Layer])
def test_what_broadcasts_nothing(target):
    with pytest.raises(TypeError) as caught, capture_broadcasts(target):
        pytest.fail("it was taken")
    assert str(caught.value) == (
        f"cannot capture what {target!r} broadcasts: expected a Channel class, a consumer class "
        "with a channel_layer_alias, or a channel layer"
    )
