"""Apps for a panel to search: one that fails at the second message, one at bytes, one never."""

from __future__ import annotations

from typing import Literal

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from wsnotebook import Channel, Message


class Put(Message):
    action: Literal["put"] = "put"
    item: str
    count: int


class Share(Message):
    action: Literal["share"] = "share"
    people: int


class Basket(Channel):
    """Divides by nobody, once there is something in it."""

    path = "/basket"
    accepts = (Put, Share)

    async def on_connect(self):
        self.count = 0

    async def on_message(self, message):
        if isinstance(message, Put):
            self.count += message.count
            await self.send(f"{self.count} in the basket")
        elif self.count:
            await self.send(f"{self.count // message.people} each")
        else:
            await self.send("nothing to share")


class Shout(Channel):
    path = "/shout"

    async def on_message(self, message):
        await self.send(message.upper() + "!")


class Echo(Channel):
    path = "/echo"

    async def on_message(self, message):
        await self.send(message)


def routed(*channels):
    """Return one app of these."""
    return Starlette(routes=[WebSocketRoute(one.path, one.as_asgi()) for one in channels])
