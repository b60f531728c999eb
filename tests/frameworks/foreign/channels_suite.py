"""A suite for Channels' communicator."""

from channels.testing import WebsocketCommunicator
from frameworks.foreign.channels_apps import RoomChat, SystemChat, application


async def test_system_chat_greets():
    communicator = WebsocketCommunicator(application, "/ws/system/")
    connected, subprotocol = await communicator.connect()
    assert connected
    assert subprotocol is None
    welcome = await communicator.receive_json_from()
    assert welcome == {"action": "system", "payload": "welcome, stranger"}
    assert await communicator.receive_nothing()
    await communicator.disconnect()


async def test_system_chat_answers_a_ping_and_echoes():
    communicator = WebsocketCommunicator(SystemChat.as_asgi(), "/testws/", [(b"x-a", b"b")])
    await communicator.connect(timeout=2)
    await communicator.receive_json_from()
    await communicator.send_json_to({"action": "ping"})
    assert await communicator.receive_json_from() == {"action": "pong", "payload": None}
    await communicator.send_to(text_data='{"action": "echo", "payload": "hello"}')
    assert await communicator.receive_from(timeout=2) == '{"action": "echoed", "payload": "hello"}'
    await communicator.disconnect(code=1001)


async def test_a_subprotocol():
    communicator = WebsocketCommunicator(application, "/ws/system/", subprotocols=["chat"])
    assert await communicator.connect() == (True, "chat")
    await communicator.disconnect()


async def test_the_scope():
    communicator = WebsocketCommunicator(application, "/ws/system/")
    communicator.scope["user"] = "ann"
    await communicator.connect()
    assert (await communicator.receive_json_from())["payload"] == "welcome, ann"
    await communicator.disconnect()


async def test_system_chat_closes():
    communicator = WebsocketCommunicator(application, "/ws/system/")
    await communicator.connect()
    await communicator.receive_json_from()
    await communicator.send_json_to({"action": "unheard of"})
    output = await communicator.receive_output()
    assert output["type"] == "websocket.close"
    assert output["code"] == 4000


async def test_nothing_comes():
    communicator = WebsocketCommunicator(application, "/ws/system/")
    await communicator.connect()
    await communicator.receive_json_from()
    try:
        await communicator.receive_from(timeout=0.01)
    except TimeoutError:
        pass
    else:
        raise AssertionError("something came")


async def test_a_room_that_is_closed():
    communicator = WebsocketCommunicator(application, "/ws/room/private/")
    assert await communicator.connect() == (False, 4403)


async def test_room_chat_tells_the_others_who_joined():
    ann = WebsocketCommunicator(application, "/ws/room/tea/")
    bob = WebsocketCommunicator(application, "/ws/room/tea/")
    await ann.connect()
    await bob.connect()
    assert await ann.receive_json_from() == {"action": "joined", "payload": "tea"}
    assert await bob.receive_nothing()
    await ann.disconnect()
    await bob.disconnect()


async def test_room_chat_reaches_all_members_the_sender_too_and_nobody_else():
    route = {"kwargs": {"room": "tea"}}
    communicators = []
    for room in ("tea", "tea", "coffee"):
        communicator = WebsocketCommunicator(RoomChat.as_asgi(), "/testws/")
        communicator.scope["url_route"] = {**route, "kwargs": {"room": room}}
        await communicator.connect()
        communicators.append(communicator)
    ann, bob, eve = communicators
    await ann.receive_json_from()
    await bob.send_json_to({"action": "say", "payload": "hello"})
    for member in (ann, bob):
        assert await member.receive_json_from() == {"action": "said", "payload": "hello"}
    assert await eve.receive_nothing(timeout=0.05, interval=0.01)
    for communicator in communicators:
        await communicator.disconnect()
