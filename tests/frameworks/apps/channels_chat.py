"""The chat on Django, as a consumer of Channels, with a channel layer."""

from urllib.parse import parse_qs

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path
from frameworks.apps import LEFT, USERS, Chat, count, message, said, welcome
from frameworks.apps.django_settings import new_layer


class Consumer(AsyncJsonWebsocketConsumer):
    """One member of a room."""

    async def connect(self):
        query = parse_qs(self.scope["query_string"].decode())
        self.user = USERS.get(query.get("token", [""])[0])
        self.room = self.scope["url_route"]["kwargs"]["room"]
        if self.user is None:
            await self.close(code=4403)
            return
        await self.accept()
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.tell(message("joined", self.user), exclude=self.channel_name)
        await self.send_json(welcome(self.user))

    async def disconnect(self, code):
        if self.user is not None:
            await self.channel_layer.group_discard(self.room, self.channel_name)
            await self.tell(message("left", self.user))

    async def receive_json(self, content):
        match content:
            case {"action": "say", "payload": text}:
                await self.tell(said(self.user, text))
            case {"action": "whisper", "payload": text}:
                await self.tell(said(self.user, text), exclude=self.channel_name)
            case {"action": "count", "payload": to}:
                await count(self.send_json, to)
            case {"action": "leave"}:
                await self.close(*LEFT)

    async def tell(self, told, exclude=None):
        event = {"type": "room.event", "told": told, "exclude": exclude}
        await self.channel_layer.group_send(self.room, event)

    async def room_event(self, event):
        if event["exclude"] != self.channel_name:
            await self.send_json(event["told"])


def make() -> Chat:
    """Return a chat of its own."""
    new_layer()
    routes = [path("chat/<room>", Consumer.as_asgi())]
    return Chat(ProtocolTypeRouter({"websocket": URLRouter(routes)}), broadcasts=Consumer)
