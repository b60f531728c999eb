"""One server behaviour, reached over every transport.

A behaviour is a handler, ``async def behaviour(peer)``; a peer can ``send``, ``recv``, ``close``,
and be iterated over. ``websockets`` connections can; :class:`ASGIPeer` lets an ASGI app do it.
"""

from contextlib import asynccontextmanager

from wsnotebook import serve
from wsnotebook.transports.asgi import ASGITransport
from wsnotebook.transports.memory import MemoryTransport


class Gone(Exception):
    """Raised by :meth:`ASGIPeer.recv` at the end, as ``websockets`` raises ConnectionClosed."""


class ASGIPeer:
    """An accepted ASGI connection with the verbs of a ``websockets`` connection."""

    def __init__(self, scope, receive, send):
        self.scope, self._receive, self._send = scope, receive, send
        self.close_code = None

    async def recv(self):
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            self.close_code = event["code"]
            raise Gone
        return event["text"] if event.get("text") is not None else event["bytes"]

    async def __aiter__(self):
        while True:
            try:
                yield await self.recv()
            except Gone:
                return

    async def send(self, message):
        kind = "text" if isinstance(message, str) else "bytes"
        await self._send({"type": "websocket.send", kind: message})

    async def close(self, code=1000, reason=""):
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def as_asgi(behaviour):
    """Return the ASGI app that accepts and then behaves so."""

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        try:
            await behaviour(ASGIPeer(scope, receive, send))
        except Gone:
            return

    return app


@asynccontextmanager
async def over_memory(behaviour):
    yield MemoryTransport(behaviour)


@asynccontextmanager
async def over_asgi(behaviour):
    async with ASGITransport(as_asgi(behaviour)) as transport:
        yield transport


@asynccontextmanager
async def over_network(behaviour):
    async with serve(behaviour) as server:
        yield server


@asynccontextmanager
async def over_network_asgi(behaviour):
    async with serve(as_asgi(behaviour)) as server:
        yield server


WAYS = {
    "memory": over_memory,
    "asgi": over_asgi,
    "network": over_network,
    "network-asgi": over_network_asgi,
}
