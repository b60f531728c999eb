"""The chat in rooms, by hand, in process and on a real socket."""

import pytest
from channel_ways import WAYS, heard

from wsnotebook import Refused, Settings, apps, check
from wsnotebook.apps import RoomChat
from wsnotebook.errors import LayerLost
from wsnotebook.layers import Gap
from wsnotebook.layers.memory import MemoryLayer


def welcome(room):
    return {"type": "welcome", "room": room}


def joined(name):
    return {"type": "joined", "name": name}


def left(name):
    return {"type": "left", "name": name}


def said(name, text):
    return {"type": "said", "name": name, "text": text}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


async def test_who_comes_is_greeted_and_told_to_the_others_only(way):
    async with way(RoomChat) as reach:
        ann = await reach("/rooms/tea?name=ann")
        bob = await reach("/rooms/tea?name=bob")
        eve = await reach("/rooms/milk?name=eve")
        await ann.settle()
        assert heard(ann) == [welcome("tea"), joined("bob")]
        assert heard(bob) == [welcome("tea")]
        assert heard(eve) == [welcome("milk")]


async def test_a_message_reaches_all_members_the_sender_too(way):
    async with way(RoomChat) as reach:
        ann = await reach("/rooms/tea?name=ann")
        bob = await reach("/rooms/tea")
        eve = await reach("/rooms/milk")
        await bob.say({"type": "say", "text": "hi"})
        await ann.settle()
        await eve.settle()
        assert heard(ann) == [welcome("tea"), joined("somebody"), said("somebody", "hi")]
        assert heard(bob) == [welcome("tea"), said("somebody", "hi")]
        assert heard(eve) == [welcome("milk")]


async def test_who_goes_is_told_to_the_others_only(way):
    async with way(RoomChat) as reach:
        ann = await reach("/rooms/tea?name=ann")
        bob = await reach("/rooms/tea?name=bob")
        eve = await reach("/rooms/milk")
        await bob.leave()
        await ann.settle()
        await eve.settle()
        assert heard(ann) == [welcome("tea"), joined("bob"), left("bob")]
        assert heard(bob) == [welcome("tea")]
        assert heard(eve) == [welcome("milk")]
        assert RoomChat.room_members("tea") == (ann.socket,)


async def test_the_room_is_that_of_the_path_whatever_the_query_says(way):
    async with way(RoomChat) as reach:
        ann = await reach("/rooms/tea%20and%20milk?room=cake")
        assert heard(ann) == [welcome("tea and milk")]
        assert await RoomChat.members("tea and milk") == {str(ann.socket.id)}


async def test_what_makes_no_sense_is_answered_and_the_connection_lives(way):
    async with way(RoomChat) as reach:
        ann = await reach("/rooms/tea?name=ann")
        await ann.say({"type": "say"})
        await ann.say({"type": "say", "text": "hi"})
        told = {"type": "error", "message": "text: Field required"}
        assert heard(ann) == [welcome("tea"), told, said("ann", "hi")]


async def test_another_path_is_refused(way):
    async with way(RoomChat) as reach:
        with pytest.raises(Refused) as caught:
            await reach("/rooms")
        assert caught.value.status == 404


async def test_who_missed_something_is_told_how_much(way):
    class Lossy(MemoryLayer):
        async def subscribe(self, topic, listener):
            await super().subscribe(topic, listener)
            self.listener = listener

    class Chat(RoomChat):
        layer = Lossy()

    async with way(Chat) as reach:
        ann = await reach("/rooms/tea?name=ann")
        Chat.layer.listener(Gap(3))
        await ann.settle()
        assert heard(ann) == [welcome("tea"), {"type": "missed", "count": 3}]
        assert Chat.counts.missed == 3


async def test_who_speaks_while_the_layer_is_lost_is_told(way):
    class Lost(MemoryLayer):
        is_lost = False

        async def publish(self, *args, **options):
            if self.is_lost:
                raise LayerLost("a layer", "unplugged")
            await super().publish(*args, **options)

    class Chat(RoomChat):
        layer = Lost()

    async with way(Chat) as reach:
        ann = await reach("/rooms/tea?name=ann")
        Chat.layer.is_lost = True
        await ann.say({"type": "say", "text": "hi"})
        Chat.layer.is_lost = False
        await ann.say({"type": "say", "text": "again"})
        assert [message["type"] for message in heard(ann)] == ["welcome", "error", "said"]
        assert Chat.counts.lost == 1


def test_no_conversation_breaks_it():
    report = check(RoomChat, settings=Settings(seed=1, max_examples=30))
    assert report.ok, report


def test_it_is_found_among_the_apps():
    assert apps.RoomChat is RoomChat
