"""How a WebsocketTestCase and the consumers that it tests meet: messages, database, threads."""

from __future__ import annotations

import asyncio
import threading

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db import connection

from wsnotebook import Channel, Message
from wsnotebook.django import WebsocketTestCase


class ChatCase(WebsocketTestCase):
    ws_path = "/ws/chat/tea/"


# What arrives


class Said(Message):
    action: str
    text: str


def test_the_consumer_types_what_arrives(outcome):
    class Room(Channel):
        sends = Said

        async def on_message(self, message):
            await self.send(Said(action="said", text=message))

    class Case(ChatCase):
        router = Room
        consumer = Room

        async def test_it(self):
            await self.auth_communicator.connect()
            await self.auth_communicator.send_to("hello")
            message = await self.auth_communicator.receive_message()
            assert message == Said(action="said", text="hello")

    assert outcome(Case) == {"test_it": "passed"}


# The database


def test_consumers_and_the_test_see_the_same_database(outcome):
    class Case(WebsocketTestCase):
        ws_path = "/ws/users/"

        def setUp(self):
            User.objects.create_user("in setUp")

        async def test_sync_consumer(self):
            await User.objects.acreate(username="in the test")
            await self.auth_communicator.connect()
            await self.auth_communicator.send_json({"add": "in the consumer"})
            assert await self.auth_communicator.receive_json() == {"users": 3}
            assert await User.objects.acount() == 3

        async def test_the_same_again(self):  # what the other wrote is gone
            await self.test_sync_consumer()

        async def test_another_thread(self):
            def count():
                try:
                    return User.objects.count()
                finally:
                    connection.connection.close()  # this thread's own; Django keeps one in memory

            assert await database_sync_to_async(count, thread_sensitive=False)() == 1

    assert set(outcome(Case).values()) == {"passed"}


# Seeing that a consumer has nothing left to do


def test_what_the_channel_layer_tells_consumers_is_waited_for(outcome):
    class Case(ChatCase):
        async def test_it(self):
            await self.async_client.aforce_login(await User.objects.acreate(username="ann"))
            ann, bob = self.auth_communicator, self.create_communicator()
            for communicator in (ann, bob):
                await communicator.connect()
                await communicator.wait_for_auth()
            for count in range(2, 20):  # Chat asks the database before it tells
                await ann.send_json({"text": "hello"})
                await bob.client.settle()
                assert len(bob.client.messages) == count
            event = {"type": "said", "name": "ann", "text": "from outside"}
            await get_channel_layer().group_send("tea", event)
            assert not await bob.receive_nothing()

    assert outcome(Case) == {"test_it": "passed"}


def test_what_a_task_of_a_consumer_asks_of_the_database_is_waited_for(outcome):
    class Works(AsyncJsonWebsocketConsumer):
        async def receive_json(self, content):
            self.work = asyncio.create_task(self.count())

        async def count(self):
            await User.objects.acreate(username="ann")
            await self.send_json({"users": await User.objects.acount()})

    class Case(ChatCase):
        router = Works.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()
            await self.auth_communicator.send_json({})
            await self.auth_communicator.client.settle()
            assert self.auth_communicator.client.messages == ['{"users": 1}']

    assert outcome(Case) == {"test_it": "passed"}


def test_a_thread_that_only_listens_is_not_waited_for(outcome):
    class Listens(AsyncJsonWebsocketConsumer):
        async def connect(self):
            await self.accept()
            self.heard = asyncio.create_task(self.listen())

        async def listen(self):
            self.event = threading.Event()
            await asyncio.get_running_loop().run_in_executor(None, self.event.wait)

        async def disconnect(self, code):
            self.event.set()
            await self.heard

    class Case(ChatCase):
        router = Listens.as_asgi()

        async def test_it(self):
            await self.auth_communicator.connect()
            assert await self.auth_communicator.receive_nothing()

    assert outcome(Case) == {"test_it": "passed"}


def test_the_loop_has_its_own_method_again(outcome):
    def bare(loop):
        return "run_in_executor" not in vars(loop)

    class Case(ChatCase):
        async def test_it(self):
            loops.append(asyncio.get_running_loop())
            assert not bare(loops[0])

    loops = []
    assert outcome(Case) == {"test_it": "passed"}
    assert bare(loops[0])
