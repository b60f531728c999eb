"""The chat on FastAPI, as a consumer of Chanx, with a channel layer of fast-channels."""

import os
from typing import Any, Literal
from unittest.mock import patch
from urllib.parse import parse_qs

from fastapi import FastAPI
from frameworks.apps import LEFT, USERS, Chat
from starlette.routing import WebSocketRoute

# Where this is set, Chanx would look for its settings in Django's; it looks once, on import.
with patch.dict(os.environ):
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    from chanx.core.authenticator import BaseAuthenticator
    from chanx.core.decorators import ws_handler
    from chanx.fast_channels.websocket import AsyncJsonWebsocketConsumer
    from chanx.messages.base import BaseMessage
    from chanx.messages.outgoing import AuthenticationMessage, AuthenticationPayload

from fast_channels.layers import InMemoryChannelLayer, register_channel_layer


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Whisper(BaseMessage):
    action: Literal["whisper"] = "whisper"
    payload: str


class Count(BaseMessage):
    action: Literal["count"] = "count"
    payload: int


class Leave(BaseMessage):
    action: Literal["leave"] = "leave"
    payload: None = None


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: dict[str, str]


class Counted(BaseMessage):
    action: Literal["counted"] = "counted"
    payload: int


class Joined(BaseMessage):
    action: Literal["joined"] = "joined"
    payload: str


class Left(BaseMessage):
    action: Literal["left"] = "left"
    payload: str


class ByToken(BaseAuthenticator):
    """Lets in who has a token, and says how it went."""

    async def authenticate(self, scope: Any) -> bool:
        query = parse_qs(scope["query_string"].decode())
        self.user = USERS.get(query.get("token", [""])[0])
        known = self.user is not None
        self.status_code, words = (200, "OK") if known else (401, "Unauthorized")
        payload = AuthenticationPayload(
            status_code=self.status_code,
            status_text=words,
            data={"user": self.user} if known else None,
        )
        await self.send_message(AuthenticationMessage(payload=payload))
        return known


class Consumer(AsyncJsonWebsocketConsumer):
    """One member of a room."""

    channel_layer_alias = "chat"
    authenticator_class = ByToken
    groups = ()
    emits = [Said, Counted, Joined, Left, AuthenticationMessage]  # noqa: RUF012  # Chanx asks for a list

    async def post_authentication(self) -> None:
        self.user = self.authenticator.user
        self.room = self.url_params["room"]
        await self.join_group(self.room)
        await self.tell(Joined(payload=self.user), exclude_current=True)

    async def websocket_disconnect(self, message: Any) -> None:
        if hasattr(self, "room"):
            await self.tell(Left(payload=self.user), exclude_current=True)
        await super().websocket_disconnect(message)

    @ws_handler
    async def say(self, message: Say) -> None:
        await self.tell(self.said(message.payload))

    @ws_handler
    async def whisper(self, message: Whisper) -> None:
        await self.tell(self.said(message.payload), exclude_current=True)

    @ws_handler
    async def count(self, message: Count) -> None:
        for number in range(1, message.payload + 1):
            await self.send_message(Counted(payload=number))
        await self.send_json({"action": "complete", "payload": None})

    @ws_handler
    async def leave(self, message: Leave) -> None:
        await self.close(*LEFT)

    def said(self, text: str) -> Said:
        return Said(payload={"user": self.user, "text": text})

    async def tell(self, message: BaseMessage, *, exclude_current: bool = False) -> None:
        await self.broadcast_message(message, [self.room], exclude_current=exclude_current)


def make() -> Chat:
    """Return a chat of its own."""
    register_channel_layer("chat", InMemoryChannelLayer())
    app = FastAPI(routes=[WebSocketRoute("/chat/{room}", Consumer.as_asgi())])
    return Chat(app, broadcasts=Consumer, lets_in_first=True, consumer=Consumer)
