"""The patterns of a WebSocket suite, once, on every framework.

Each runs in process, by Clients and by communicators, and on a real socket, by both together. What
the frameworks serve is described in ``apps``.
"""

from __future__ import annotations

import importlib
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from frameworks.apps import Chat, message, said, welcome

from wsnotebook import Refused, connect, serve
from wsnotebook.communicator import WebsocketCommunicator, capture_broadcasts

# What each needs besides what every test needs, and how it is installed.
FRAMEWORKS = {
    "starlette": ("starlette", "pip install starlette"),
    "fastapi": ("fastapi", "pip install fastapi"),
    "litestar": ("litestar", "pip install litestar"),
    "quart": ("quart", "pip install quart"),
    "channels": ("channels", "pip install 'wsnotebook[django]'"),
    "chanx": ("chanx.fast_channels", "pip install 'chanx[fast-channels]'"),
    "channel": ("wsnotebook", ""),
}

LITESTARS = 4500  # the close code of an HTTPException, whatever its status


class ByClient:
    """Somebody in a chat, holding a Client."""

    def __init__(self, client):
        self.client = client

    @classmethod
    @asynccontextmanager
    async def entering(cls, chat, target, path):
        async with connect(target, path) as client:
            yield cls(client)

    async def welcome(self):
        greeting = await self.client.receive_json()
        await self.client.settle()
        return greeting

    async def says(self, action, payload=None):
        await self.client.send_json(message(action, payload))

    async def hears(self):
        return await self.client.receive_json()

    async def hears_nothing(self):
        await self.client.receive_nothing()

    async def collects(self, stop):
        return await self.client.receive_all_json(stop)

    async def is_closed(self, code):
        await self.client.wait_for_close(code)

    async def leaves(self):
        await self.client.close()


class ByCommunicator(ByClient):
    """Somebody who holds a communicator and uses nothing but what it adds."""

    @classmethod
    @asynccontextmanager
    async def entering(cls, chat, target, path):
        communicator = WebsocketCommunicator(target, path, consumer=chat.consumer, timeout=5)
        async with communicator:
            yield cls(communicator)

    async def welcome(self):
        return (await self.client.wait_for_auth()).model_dump()

    async def says(self, action, payload=None):
        await self.client.send_json_to(message(action, payload))

    async def hears(self):
        return await self.client.receive_json_from()

    async def hears_nothing(self):
        assert await self.client.receive_nothing(timeout=0.03)

    async def collects(self, stop):
        return await self.client.receive_all_json(stop_action=stop)

    async def is_closed(self, code):
        await self.client.assert_closed(code)

    async def leaves(self):
        await self.client.disconnect()


@pytest.fixture(params=FRAMEWORKS)
def chat(request) -> Chat:
    """A chat on one of the frameworks."""
    needed, how = FRAMEWORKS[request.param]
    pytest.importorskip(needed.partition(".")[0], reason=how)
    return importlib.import_module(f"frameworks.apps.{request.param}_chat").make()


WAYS = {
    "in process, clients": {"ann": ByClient, "bob": ByClient, "eve": ByClient},
    "in process, communicators": dict.fromkeys(("ann", "bob", "eve"), ByCommunicator),
    "on a socket, both": {"ann": ByCommunicator, "bob": ByClient, "eve": ByCommunicator},
}


@pytest.fixture(params=WAYS)
def way(request) -> str:
    """How the chat is reached, and what its users hold."""
    return request.param


@pytest.fixture
async def target(chat, way):
    """What to connect to."""
    if way.startswith("in process"):
        yield chat.app
    else:
        async with serve(chat.app) as server:
            yield server


@pytest.fixture
def enter(chat, target, way):
    """Return what gives, within a context, a function to enter the chat with."""

    @asynccontextmanager
    async def entering():
        async with AsyncExitStack() as stack:

            async def go(room, user):
                path = f"/chat/{room}?token=tea-for-{user}"
                holding = WAYS[way][user].entering(chat, target, path)
                one = await stack.enter_async_context(holding)
                assert await one.welcome() == welcome(user)
                return one

            yield go

    return entering


async def test_a_life(enter):
    async with enter() as go:
        ann = await go("tea", "ann")
        bob = await go("tea", "bob")
        assert await ann.hears() == message("joined", "bob")
        await bob.leaves()
        assert await ann.hears() == message("left", "bob")
        await ann.says("say", "alone")
        assert await ann.hears() == said("ann", "alone")


async def test_the_server_closes(enter):
    async with enter() as go:
        ann = await go("tea", "ann")
        await ann.says("leave")
        await ann.is_closed(4000)


async def test_a_broadcast_reaches_the_room_the_sender_too(enter):
    async with enter() as go:
        ann = await go("tea", "ann")
        bob = await go("tea", "bob")
        await ann.hears()
        await bob.says("say", "hello")
        assert await ann.hears() == await bob.hears() == said("bob", "hello")


async def test_another_room_receives_nothing(enter):
    async with enter() as go:
        ann, eve = await go("tea", "ann"), await go("coffee", "eve")
        await ann.says("say", "hello")
        assert await ann.hears() == said("ann", "hello")
        await eve.hears_nothing()


async def test_who_whispers_receives_nothing(enter):
    async with enter() as go:
        ann = await go("tea", "ann")
        bob = await go("tea", "bob")
        await ann.hears()
        await ann.says("whisper", "psst")
        assert await bob.hears() == said("ann", "psst")
        await ann.hears_nothing()


async def test_a_stream_is_collected_up_to_its_end(enter):
    async with enter() as go:
        ann = await go("tea", "ann")
        await ann.says("count", 5)
        assert await ann.collects("complete") == [message("counted", n) for n in range(1, 6)]
        await ann.hears_nothing()


async def test_many_users_who_all_talk(enter):
    async with enter() as go:
        users = {name: await go("tea", name) for name in ("ann", "bob", "eve")}
        assert [await users["ann"].hears() for _ in range(2)] == [
            message("joined", "bob"),
            message("joined", "eve"),
        ]
        assert await users["bob"].hears() == message("joined", "eve")
        for name, user in users.items():
            for number in range(3):
                await user.says("say", f"{name} {number}")
        for user in users.values():
            heard = [(await user.hears())["payload"]["text"] for _ in range(9)]
            for name in users:
                of_one = [text for text in heard if text.startswith(name)]
                assert of_one == [f"{name} {number}" for number in range(3)]
            await user.hears_nothing()


# Authentication


async def test_who_is_not_known_is_refused(chat, target, way):
    path = "/chat/tea?token=stolen"
    if chat.lets_in_first:
        async with WebsocketCommunicator(target, path) as communicator:
            assert (await communicator.wait_for_auth()).payload.status_code == 401
            await communicator.assert_closed(4401)
            assert await communicator.receive_nothing()
        return
    with pytest.raises(Refused) as caught:
        async with connect(target, path):
            pytest.fail("it was let in")
    assert caught.value.status == 403
    connected, code = await WebsocketCommunicator(target, path).connect()
    assert not connected
    # Over the network the status is all there is; in process the app's own code is seen.
    assert code in ({403} if way.startswith("on a socket") else {403, 4403, LITESTARS})


async def test_who_is_refused_is_nobody_in_the_room(chat, target, enter):
    async with enter() as go:
        ann = await go("tea", "ann")
        stranger = WebsocketCommunicator(target, "/chat/tea?token=stolen")
        connected, _ = await stranger.connect()
        assert connected is chat.lets_in_first
        await ann.says("say", "is anybody there?")
        assert await ann.hears() == said("ann", "is anybody there?")
        await ann.hears_nothing()
        await stranger.disconnect()
        assert "is anybody there?" not in str(stranger.client.messages)


# Captured broadcasts


async def test_what_is_broadcast_can_be_captured_and_suppressed(chat, enter):
    if chat.broadcasts is None:
        return  # this framework has nothing of the kind
    async with enter() as go:
        ann = await go("tea", "ann")
        with capture_broadcasts(chat.broadcasts) as delivered:
            await ann.says("say", "hello")
            assert await ann.hears() == said("ann", "hello")
        with capture_broadcasts(chat.broadcasts, deliver=False) as suppressed:
            await ann.says("say", "psst")
            await ann.hears_nothing()
        assert [one.room for one in delivered + suppressed] == ["tea", "tea"]
        assert "hello" in str(delivered[0].message)
        assert "psst" in str(suppressed[0].message)
        await ann.says("say", "again")
        assert await ann.hears() == said("ann", "again")
