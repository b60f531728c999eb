"""A Channel with rooms that tells in which process it is: what the tests of ``serve`` serve.

* On connecting to ``/rooms/{room}``: ``{"process": its id}``.
* ``connected?`` is answered with ``{"missed": 0}``, once the layer is and all that it lost is told.
* Anything else is told to the room, the sender too.
* ``{"missed": N}``: the layer has lost so many broadcasts.
"""

from __future__ import annotations

import os
import threading

from wsnotebook import Channel
from wsnotebook.layers import used_layer


class Chat(Channel):
    path = "/rooms/{room}"

    async def on_connect(self):
        await self.join(self.params["room"])
        await self.send_json({"process": os.getpid()})

    async def on_message(self, message):
        if message == "connected?":
            await used_layer(None).wait_connected()
            await self.send_json({"missed": 0})
        else:
            await self.broadcast(message, room=self.params["room"])

    async def on_missed(self, count):
        await self.send_json({"missed": count})


class News(Chat):
    """Another class, and so another topic."""


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def say(text):
    """Tell the test; in one piece, for an unbuffered print() writes the line's end by itself."""
    os.write(1, f"{text}\n".encode())


def make_chat():
    return Chat.as_asgi()


def make_nothing():
    raise RuntimeError("no database")


def make_for_ever():
    say("making")
    threading.Event().wait()


async def fails_to_start(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        raise RuntimeError("no database")


async def never_starts(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        say("asked to start")
        await receive()


async def never_ends(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        say("asked to end")
        await receive()


async def crashes(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise KeyError("order")
