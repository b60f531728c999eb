"""Members of rooms on a layer, without sockets: each is a function that is told what is said.

There are two processes of them; each line of the other's standard input asks for something, and is
answered by a line. It lives until its standard input closes. What is measured with them is told in
``layers``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Protocol

from .runner import ROOT

__all__ = ["LAYERS", "Half", "Heard", "Other", "in_another_process", "obey"]

Hear = Callable[[str], Any]

_LIMIT = 60.0  # seconds
# Imported, not run as a module: the name of a Channel class's module is part of its topic.
_OTHER = "import sys; from benchmarks.members import obey; obey(*sys.argv[1:])"


class Rooms(Protocol):
    """The rooms, as one process has them."""

    async def enter(self, room: str, hear: Hear) -> None:
        """Let ``hear`` be told what is said in ``room``."""

    async def say(self, room: str, text: str) -> None:
        """Say ``text`` to all who are in ``room``."""

    async def close(self) -> None:
        """Let all leave."""


class _Socket:
    """What a Channel takes for a client."""

    def __init__(self, hear: Hear) -> None:
        self.id = uuid.uuid4().hex
        self._hear = hear

    async def send(self, data: str) -> None:
        self._hear(data)


class WsnotebookRooms:
    """Rooms of a Channel; what reaches a member goes the way to its socket."""

    def __init__(self, url: str) -> None:
        from wsnotebook import Channel, RedisLayer

        class Member(Channel):
            layer = RedisLayer(url)

        self._member = Member
        self._layer = Member.layer

    async def enter(self, room: str, hear: Hear) -> None:
        """See :class:`Rooms`."""
        member = self._member()
        member.socket = _Socket(hear)
        await member.handle_connect()
        await member.join(room)

    async def say(self, room: str, text: str) -> None:
        """See :class:`Rooms`."""
        await self._member.broadcast(text, room=room)

    async def close(self) -> None:
        """See :class:`Rooms`."""
        await self._layer.aclose()


class ChannelsRooms:
    """Groups of a channel layer; what reaches a member is what its ``receive`` returns."""

    def __init__(self, layer: Any, stop: Callable[[], Awaitable[None]]) -> None:
        self._layer = layer
        self._stop = stop
        self._tasks: list[asyncio.Task[None]] = []

    async def enter(self, room: str, hear: Hear) -> None:
        """See :class:`Rooms`."""
        name = await self._layer.new_channel()
        await self._layer.group_add(room, name)
        self._tasks.append(asyncio.create_task(self._listen(name, hear)))

    async def _listen(self, name: str, hear: Hear) -> None:
        while True:
            hear((await self._layer.receive(name))["text"])

    async def say(self, room: str, text: str) -> None:
        """See :class:`Rooms`."""
        await self._layer.group_send(room, {"type": "chat.message", "text": text})

    async def close(self) -> None:
        """See :class:`Rooms`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stop()


def _core(url: str) -> ChannelsRooms:
    from channels_redis.core import RedisChannelLayer

    # All members of a process share one queue; with the default, 100, it drops what comes at once.
    layer = RedisChannelLayer(hosts=[url], capacity=10**6)
    return ChannelsRooms(layer, layer.close_pools)


def _pubsub(url: str) -> ChannelsRooms:
    from channels_redis.pubsub import RedisPubSubChannelLayer

    layer = RedisPubSubChannelLayer(hosts=[url])
    return ChannelsRooms(layer, layer.flush)


LAYERS: dict[str, Callable[[str], Rooms]] = {
    "wsnotebook": WsnotebookRooms,
    "channels_redis, pub/sub": _pubsub,
    "channels_redis, core": _core,
}


class Heard:
    """Counts what members hear."""

    def __init__(self) -> None:
        self.count = 0
        self._awaited = 0
        self._there = asyncio.Event()

    def __call__(self, _text: str) -> None:
        self.add(1)

    def add(self, count: int) -> None:
        """Count so many more."""
        self.count += count
        if self.count >= self._awaited:
            self._there.set()

    async def until(self, count: int) -> None:
        """Wait until it is so many.

        Raises:
            TimeoutError: It is not within a minute: messages are lost.
        """
        self._awaited = count
        self._there.clear()
        if self.count < count:
            async with asyncio.timeout(_LIMIT):
                await self._there.wait()
        assert self.count == count, f"{self.count} were heard, where {count} were said"


class Half:
    """The members of one process.

    Args:
        rooms: Their rooms, on a layer.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._heard = Heard()
        self._expected = 0
        self._delays: list[float] = []

    async def enter(self, members: int, rooms: int) -> None:
        """Let so many enter, into each of the rooms the same number."""
        for number in range(members):
            await self._rooms.enter(f"room-{number % rooms}", self._heard)

    async def talk(self, rooms: int, each: int, text: str, expected: int) -> None:
        """Say ``text`` to each room; return when the members here have heard so many more.

        What is said to one room is said one after the other, as one member does it; rooms do not
        wait for each other.
        """

        async def say(room: str) -> None:
            for _ in range(each):
                await self._rooms.say(room, text)

        self._expected += expected
        await asyncio.gather(*(say(f"room-{number}") for number in range(rooms)))
        await self._heard.until(self._expected)

    async def say_the_time(self, count: int, pause: float) -> None:
        """Say so often what time it is, with so many seconds from one to the next."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(count):
            await asyncio.sleep(start + number * pause - loop.time())
            await self._rooms.say("room-0", repr(perf_counter()))

    async def enter_with_a_clock(self) -> None:
        """Let one member enter that notes how old is what it hears."""

        def hear(said: str) -> None:
            self._delays.append((perf_counter() - float(said)) * 1000)
            self._heard(said)

        await self._rooms.enter("room-0", hear)

    async def delays(self, count: int) -> list[float]:
        """Return how old it was, in milliseconds, when it has heard so much."""
        await self._heard.until(count)
        return self._delays


# The other process


class Other:
    """The :class:`Half` of the other process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    async def do(self, method: str, **arguments: Any) -> Any:
        """Return what that method of it returns; ask for one thing at a time."""
        self._stdin.write(json.dumps([method, arguments]).encode() + b"\n")
        return json.loads(await self._stdout.readline())


@asynccontextmanager
async def in_another_process(name: str, url: str) -> AsyncIterator[Other]:
    """Start another process with rooms of that name."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _OTHER, name, url),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        yield Other(process)
    finally:
        await process.communicate(b"")  # closes its standard input, which ends it


def obey(name: str, url: str) -> None:
    """Be the other process: do what each line asks for, a method of :class:`Half`."""
    asyncio.run(_obey(LAYERS[name](url)))


async def _obey(rooms: Rooms) -> None:
    half = Half(rooms)
    while line := await asyncio.to_thread(sys.stdin.readline):
        method, arguments = json.loads(line)
        print(json.dumps(await getattr(half, method)(**arguments)), flush=True)
    await rooms.close()
