"""System chat and room chat as consumers of Channels."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import URLRouter
from django.urls import path
from frameworks.apps.django_settings import new_layer


class SystemChat(AsyncJsonWebsocketConsumer):
    """Greets, answers a ping, echoes."""

    async def connect(self):
        await self.accept(self.scope["subprotocols"][0] if self.scope["subprotocols"] else None)
        await self.send_json({"action": "system", "payload": f"welcome, {self.user}"})

    @property
    def user(self):
        return self.scope.get("user", "stranger")

    async def receive_json(self, content):
        match content:
            case {"action": "ping"}:
                await self.send_json({"action": "pong", "payload": None})
            case {"action": "echo", "payload": text}:
                await self.send_json({"action": "echoed", "payload": text})
            case _:
                await self.close(code=4000)


class RoomChat(AsyncJsonWebsocketConsumer):
    """Tells the others who joined, and all what is said."""

    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        if self.room == "private":
            await self.close(code=4403)
            return
        await self.accept()
        await self.tell("joined", self.room)
        await self.channel_layer.group_add(self.room, self.channel_name)

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive_json(self, content):
        await self.tell("said", content["payload"])

    async def tell(self, action, payload):
        event = {"type": "room.event", "action": action, "payload": payload}
        await self.channel_layer.group_send(self.room, event)

    async def room_event(self, event):
        await self.send_json({"action": event["action"], "payload": event["payload"]})


new_layer()
application = URLRouter(
    [path("ws/system/", SystemChat.as_asgi()), path("ws/room/<room>/", RoomChat.as_asgi())]
)
