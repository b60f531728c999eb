"""The consumers of the project in ``django_project``, and the app that its settings name."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer, JsonWebsocketConsumer
from channels.middleware import BaseMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.contrib.auth.models import User
from django.urls import path

from wsnotebook import Refused
from wsnotebook.auth import read_token, verify_token


def authentication(code: int, text: str, name: str | None = None) -> dict:
    """Return the message that says how an authentication ended, as Chanx does."""
    payload = {"status_code": code, "status_text": text, "data": name and {"name": name}}
    return {"action": "authentication", "payload": payload}


class Chat(AsyncJsonWebsocketConsumer):
    """A room for users; others are told 401 and sent away."""

    async def connect(self):
        user = self.scope["user"]
        await self.accept()
        if not user.is_authenticated:
            await self.send_json(authentication(401, "Unauthorized"))
            await self.close(4001)
            return
        self.name, self.room = user.username, self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.send_json(authentication(200, "OK", self.name))

    async def receive_json(self, content):
        event = {"type": "said", "name": self.name, "text": content["text"]}
        await self.channel_layer.group_send(self.room, event)

    async def said(self, event):
        speaker = await User.objects.aget(username=event["name"])
        await self.send_json({"action": "said", "by": speaker.pk, "text": event["text"]})

    async def disconnect(self, code):
        if hasattr(self, "room"):
            await self.channel_layer.group_discard(self.room, self.channel_name)


class Users(JsonWebsocketConsumer):
    """Counts users and makes new ones, in the thread of Django's synchronous code."""

    def receive_json(self, content):
        if "add" in content:
            User.objects.create_user(content["add"])
        self.send_json({"users": User.objects.count()})


class Bearer(BaseMiddleware):
    """Puts the user of a signed token into the scope."""

    async def __call__(self, scope, receive, send):
        token = read_token(scope, via="header")
        try:
            claims = verify_token(token, settings.SECRET_KEY)
        except Refused:
            await send({"type": "websocket.close", "code": 4001})
            return None
        user = await database_sync_to_async(User.objects.get)(username=claims["sub"])
        return await super().__call__({**scope, "user": user}, receive, send)


application = ProtocolTypeRouter(
    {
        "websocket": AllowedHostsOriginValidator(
            URLRouter(
                [
                    path("ws/chat/<slug:room>/", AuthMiddlewareStack(Chat.as_asgi())),
                    path("ws/users/", Users.as_asgi()),
                    path("ws/token/<slug:room>/", Bearer(Chat.as_asgi())),
                ]
            )
        )
    }
)
