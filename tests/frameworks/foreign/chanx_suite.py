"""A suite for Chanx's communicator."""

from chanx.constants import EVENT_ACTION_COMPLETE, GROUP_ACTION_COMPLETE
from chanx.fast_channels.testing import WebsocketCommunicator
from chanx.messages.incoming import PingMessage
from chanx.messages.outgoing import PongMessage
from frameworks.foreign.chanx_apps import (
    Echo,
    Echoed,
    Joined,
    News,
    RoomChat,
    Said,
    Say,
    System,
    SystemChat,
    application,
)


def system():
    return WebsocketCommunicator(application, "/ws/system", consumer=SystemChat)


def room(name):
    return WebsocketCommunicator(application, f"/ws/room/{name}", consumer=RoomChat)


async def test_system_chat_greets():
    async with system() as communicator:
        assert await communicator.receive_all_messages("system") == [System(payload="welcome")]


async def test_system_chat_answers_a_ping():
    async with system() as communicator:
        await communicator.receive_all_messages("system")
        await communicator.send_message(PingMessage())
        assert await communicator.receive_all_messages() == [PongMessage()]


async def test_system_chat_echoes():
    async with system() as communicator:
        await communicator.receive_json_from()
        for text in ("hello", "again"):
            await communicator.send_message(Echo(payload=text))
            assert await communicator.receive_all_messages(timeout=2) == [Echoed(payload=text)]


async def test_system_chat_by_hand():
    communicator = system()
    connected, _ = await communicator.connect()
    assert connected
    await communicator.receive_json_from()
    await communicator.send_json_to({"action": "unheard of"})
    assert (await communicator.receive_json_from())["action"] == "error"
    await communicator.disconnect()


async def test_room_chat_tells_the_others_who_joined():
    async with room("tea") as ann:
        async with room("tea") as bob:
            heard = await ann.receive_all_messages(stop_action=GROUP_ACTION_COMPLETE)
            assert heard == [Joined(payload="tea")]
            assert await bob.receive_nothing()


async def test_room_chat_reaches_all_members_the_sender_too_and_nobody_else():
    async with room("tea") as ann, room("tea") as bob, room("coffee") as eve:
        await ann.receive_all_messages(stop_action=GROUP_ACTION_COMPLETE)
        await bob.send_message(Say(payload="hello"))
        for member in (ann, bob):
            heard = await member.receive_all_messages(stop_action=GROUP_ACTION_COMPLETE)
            assert heard == [Said(payload="hello")]
        assert await eve.receive_nothing()


async def test_what_the_server_says_by_itself():
    async with room("tea") as ann, room("tea") as bob:
        await ann.receive_all_messages(stop_action=GROUP_ACTION_COMPLETE)
        await RoomChat.broadcast_event(News(payload="closing"), groups=["tea"])
        for member in (ann, bob):
            heard = await member.receive_all_messages(stop_action=EVENT_ACTION_COMPLETE)
            assert heard == [News(payload="closing")]
