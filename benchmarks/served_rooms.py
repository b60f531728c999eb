"""Rooms as they are served: 1,000 clients of two server processes that share one Redis.

On one side ``wsnotebook serve`` with ``--layer``, on the other uvicorn with a consumer of Channels
and the pub/sub layer of ``channels_redis``, as its documentation shows them. The clients are bare
protocols that count bytes unread, so that it is the servers that the row measures.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from websockets.frames import Frame, Opcode

from .frame import RATE, Bench, Subject, Variant
from .layers import EACH, HEARD, MEMBERS, REFERENCE, ROOMS, redis
from .members import Heard
from .runner import ROOT

__all__ = ["SUBJECTS"]

READY = "ready"  # what a client is told when it is in the room

_OURS = "wsnotebook serve"
_THEIRS = f"Channels on uvicorn, {REFERENCE}"
_COMMANDS = {
    _OURS: "wsnotebook serve --factory benchmarks.served_rooms:make_chat --port 0 --layer {url}",
    _THEIRS: "uvicorn --factory benchmarks.served_rooms:make_consumer --port 0 --lifespan off "
    "--ws-ping-interval 3600",  # wsnotebook sends no pings, which count as bytes here
}
_FILES = 2 * MEMBERS  # more than there are clients
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="  # anything


def make_chat() -> Any:
    """Return what ``wsnotebook serve`` serves."""
    from wsnotebook import Channel

    class Chat(Channel):
        path = "/rooms/{room}"

        async def on_connect(self) -> None:
            await self.join(self.params["room"])
            await self.send(READY)

        async def on_message(self, message: str) -> None:
            await self.broadcast(message, room=self.params["room"])

    return Chat


def make_consumer() -> Any:
    """Return what uvicorn serves; the Redis is told by the environment."""
    import django
    from django.conf import settings

    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    layer = {"BACKEND": backend, "CONFIG": {"hosts": [os.environ["REDIS"]]}}
    settings.configure(CHANNEL_LAYERS={"default": layer})
    django.setup()
    from channels.generic.websocket import AsyncWebsocketConsumer

    class Chat(AsyncWebsocketConsumer):  # type: ignore[misc]  # it has no types
        async def connect(self) -> None:
            self.room = self.scope["path"].rpartition("/")[2]
            await self.channel_layer.group_add(self.room, self.channel_name)
            await self.accept()
            await self.send(text_data=READY)

        async def disconnect(self, _code: int) -> None:
            await self.channel_layer.group_discard(self.room, self.channel_name)

        async def receive(self, text_data: str | None = None, **_: Any) -> None:
            message = {"type": "chat.message", "text": text_data}
            await self.channel_layer.group_send(self.room, message)

        async def chat_message(self, event: Any) -> None:
            await self.send(text_data=event["text"])

    return Chat.as_asgi()


@asynccontextmanager
async def _serving(command: str, url: str) -> AsyncIterator[int]:
    """Serve in another process, and yield the port that it tells."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command.format(url=url).split()),
        cwd=ROOT,
        env={**os.environ, "REDIS": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said, found = "", None
    while found is None and (line := await process.stdout.readline()):
        said += line.decode()
        found = re.search(r"://127\.0\.0\.1:(\d+)", said)
    rest = asyncio.create_task(process.stdout.read())  # else it waits for a reader
    try:
        if found is None:
            raise RuntimeError(f"it does not serve:\n{said}")
        yield int(found[1])
    finally:
        if process.returncode is None:
            process.kill()
        await rest
        await process.wait()


class _Client(asyncio.Protocol):
    """A client that counts the bytes of what it hears, once it is in its room."""

    def __init__(self, room: str, heard: Heard) -> None:
        self.is_ready = asyncio.get_running_loop().create_future()
        self._room = room
        self._heard = heard
        self._before = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(
            f"GET /rooms/{self._room} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {_KEY}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if self.is_ready.done():
            self._heard.add(len(data))
            return
        self._before += data
        if self._before.endswith(_frame(READY, mask=False)):
            self.is_ready.set_result(None)

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.is_ready.done():
            self.is_ready.set_exception(ConnectionError(f"it answers: {self._before!r}"))


def _frame(text: str, *, mask: bool) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=mask)


async def _clients(ports: list[int], heard: Heard) -> list[_Client]:
    """Connect as many clients to each server, into each room the same number."""
    loop = asyncio.get_running_loop()
    clients = []
    for number in range(MEMBERS):
        port, room = ports[number % len(ports)], f"room-{number // len(ports) % ROOMS}"
        _, client = await loop.create_connection(partial(_Client, room, heard), "127.0.0.1", port)
        await client.is_ready
        clients.append(client)
    return clients


def _allow_files() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, _FILES), hard))


async def _rate(bench: Bench, command: str) -> None:
    _allow_files()
    expected, heard = 0, Heard()
    async with redis() as url, _serving(command, url) as one, _serving(command, url) as another:
        clients = await _clients([one, another], heard)
        said = _frame(bench.message, mask=True) * EACH
        for _ in bench.laps:
            expected += HEARD * len(_frame(bench.message, mask=False))
            for client in clients[: 2 * ROOMS]:  # one of each process in each room
                client.transport.write(said)
            await heard.until(expected)
        for client in clients:
            client.transport.abort()


rate = Subject(
    f"serve {MEMBERS:,}",
    f"messages that reach clients, {ROOMS} rooms, two servers",
    RATE,
    _THEIRS,
    {"": Variant(5, 100, per_lap=HEARD)},
)


@rate.peer(_OURS)
async def ours(bench: Bench) -> None:
    await _rate(bench, _COMMANDS[_OURS])


@rate.peer(_THEIRS)
async def theirs(bench: Bench) -> None:
    import channels_redis  # noqa: F401  # or it is told that it is missing

    await _rate(bench, _COMMANDS[_THEIRS])


SUBJECTS = [rate]
