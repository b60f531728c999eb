"""Consumers as Channels' tutorial writes them, in process."""

import asyncio
import json

import pytest
from in_process import first_line, innermost, refusal

from wsnotebook import AppCrashed, connect

pytest.importorskip("channels", reason="pip install 'wsnotebook[django]'")

from django.conf import settings

if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    )

from channels.consumer import AsyncConsumer
from channels.exceptions import DenyConnection
from channels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path


class Chat(AsyncWebsocketConsumer):
    """The tutorial's consumer."""

    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, close_code):
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive(self, text_data):
        message = json.loads(text_data)["message"]
        await self.channel_layer.group_send(self.room, {"type": "chat.message", "text": message})

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["text"]}))


def routed(*consumers):
    """Return ProtocolTypeRouter and URLRouter round consumers, under their names in lower case."""
    routes = [path(f"{kind.__name__.lower()}/", kind.as_asgi()) for kind in consumers]
    return ProtocolTypeRouter({"websocket": URLRouter(routes)})


async def test_the_tutorials_chat_between_two_clients():
    routes = [re_path(r"ws/chat/(?P<room>\w+)/$", Chat.as_asgi())]
    app = ProtocolTypeRouter({"websocket": URLRouter(routes)})
    async with (
        connect(app, "/ws/chat/tea/") as ann,
        connect(app, "/ws/chat/tea/") as bob,
        connect(app, "/ws/chat/coffee/") as eve,
    ):
        await ann.send_json({"message": "hello"})
        await bob.settle()
        assert await ann.receive_json() == await bob.receive_json() == {"message": "hello"}
        await eve.receive_nothing()
    assert bob.close_code == 1000


async def test_a_consumer_without_routing():
    class Echo(AsyncWebsocketConsumer):
        async def receive(self, text_data=None, bytes_data=None):
            await self.send(text_data=text_data, bytes_data=bytes_data)

    for target in (Echo.as_asgi(), Echo):
        async with connect(target) as client:
            await client.send("hello")
            await client.send(b"\x00")
            assert await client.receive() == "hello"
            assert await client.receive() == b"\x00"


async def test_a_json_consumer_that_closes():
    class Once(AsyncJsonWebsocketConsumer):
        async def receive_json(self, content):
            await self.send_json({"got": content})
            await self.close(code=4000, reason="enough")

    async with connect(routed(Once), "/once/") as client:
        await client.send_json([1])
        assert await client.receive_json() == {"got": [1]}
        closure = await client.wait_for_close(4000)
    assert closure.reason == "enough"


async def test_a_consumer_in_threads():
    class Echo(WebsocketConsumer):
        def receive(self, text_data=None, bytes_data=None):
            self.send(text_data=text_data)

    async with connect(routed(Echo), "/echo/") as client:
        await client.send("hello")
        await client.settle()
        assert client.messages == ["hello"]


async def test_the_close_code_reaches_the_consumer():
    codes = []

    class Notes(AsyncWebsocketConsumer):
        async def disconnect(self, code):
            codes.append(code)

    async with connect(routed(Notes), "/notes/") as client:
        await client.close(4002)
    assert codes == [4002]


async def test_stopconsumer_is_no_crash():
    from channels.exceptions import StopConsumer

    class Raw(AsyncConsumer):
        async def websocket_connect(self, event):
            await self.send({"type": "websocket.accept"})

        async def websocket_disconnect(self, event):
            raise StopConsumer

    async with connect(routed(Raw), "/raw/"):
        pass


@pytest.mark.parametrize("how", ["close", "deny"])
async def test_a_refusal(how):
    class Closed(AsyncWebsocketConsumer):
        async def connect(self):
            if how == "deny":
                raise DenyConnection
            await self.close(code=4003)

    error = await refusal(routed(Closed), path="/closed/")
    assert (error.status, error.code) == (403, 4003 if how == "close" else 1000)


async def test_a_path_that_is_not_there_is_the_error_of_channels():
    error = await refusal(routed(Chat), AppCrashed, path="/nowhere/")
    assert first_line(error) == (
        "the app raised ValueError(\"No route found for path 'nowhere/'.\") "
        "before it answered the handshake"
    )


@pytest.mark.parametrize("base", [AsyncWebsocketConsumer, WebsocketConsumer])
async def test_a_crash(base):
    class Breaks(base):
        if base is AsyncWebsocketConsumer:

            async def receive(self, text_data=None, bytes_data=None):
                raise KeyError("boom")
        else:

            def receive(self, text_data=None, bytes_data=None):
                raise KeyError("boom")

    with pytest.raises(AppCrashed) as caught:
        async with connect(routed(Breaks), "/breaks/") as client:
            await client.send("hello")
            await client.receive()
    assert isinstance(caught.value.__cause__, KeyError)
    assert innermost(caught.value.__cause__) == "receive"


def test_a_consumer_that_sleeps_is_waited_for(virtual_time):
    class Slow(AsyncWebsocketConsumer):
        async def receive(self, text_data=None, bytes_data=None):
            await asyncio.sleep(0.15)
            await self.send(text_data=text_data)

    async def main():
        async with connect(routed(Slow), "/slow/") as client:
            await client.send("hello")
            await client.settle()
            return client.messages, asyncio.get_running_loop().time()

    assert virtual_time(main()) == (["hello"], pytest.approx(0.15))


async def test_what_the_channel_layer_tells_a_consumer_is_waited_for():
    # Channels goes through a thread before each handler.
    app = ProtocolTypeRouter({"websocket": URLRouter([path("<room>/", Chat.as_asgi())])})
    async with connect(app, "/tea/") as ann, connect(app, "/tea/") as bob:
        for count in range(1, 21):
            await ann.send_json({"message": "hello"})
            await bob.settle()
            assert len(bob.messages) == count


async def test_a_consumer_without_routing_is_known_to_have_no_lifespan(caplog):
    async with connect(AsyncWebsocketConsumer.as_asgi()):
        pass
    assert caplog.messages == []
