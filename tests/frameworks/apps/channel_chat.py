"""The chat as a Channel of this library."""

import json
from typing import Any, Literal

from frameworks.apps import LEFT, USERS, Chat, count, message, said, welcome

from wsnotebook import Channel, Message, Refused


class Request(Message):
    """What a client asks for."""

    action: Literal["say", "whisper", "count", "leave"]
    payload: Any = None


class Room(Channel):
    """One member of a room."""

    path = "/chat/{room}"
    accepts = Request

    async def authenticate(self):
        self.user = USERS.get(self.params.get("token"))
        if self.user is None:
            raise Refused(status=403)

    async def on_connect(self):
        await self.join(self.params["room"])
        await self.tell(message("joined", self.user), exclude=self)
        await self.send_json(welcome(self.user))

    async def on_message(self, request):
        match request.action:
            case "say":
                await self.tell(said(self.user, request.payload))
            case "whisper":
                await self.tell(said(self.user, request.payload), exclude=self)
            case "count":
                await count(self.send_json, request.payload)
            case "leave":
                await self.close(*LEFT)

    async def on_close(self, code, reason):
        await self.tell(message("left", self.user))

    async def tell(self, told, exclude=None):
        await self.broadcast(json.dumps(told), room=self.params["room"], exclude=exclude)


def make() -> Chat:
    """Return a chat; the rooms of a Channel are those of the loop, so it is one of its own."""
    return Chat(Room.as_asgi(), broadcasts=Room)
