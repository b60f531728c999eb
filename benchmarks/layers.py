"""Layers over two processes and one Redis, next to ``channels_redis``: how late, and how many.

There are no sockets here: a member of a Channel is told by its socket's ``send``, a member of a
group of Channels by what its ``receive`` returns (see ``members``). With sockets is
``served_rooms``. Each peer has a Redis of its own, which stores nothing on disk.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from .frame import RATE, TIME, Bench, Peer, Subject, Variant
from .members import LAYERS, Half, Other, in_another_process

__all__ = ["EACH", "MEMBERS", "REFERENCE", "ROOMS", "SUBJECTS", "redis"]

MEMBERS = 1000
ROOMS = 50
EACH = 5  # messages that each process says to each room in a lap
HEARD = 2 * EACH * MEMBERS  # in a lap, by all
PAUSE = 0.005  # seconds from one message to the next, where it is asked how late one is

REFERENCE = "channels_redis, pub/sub"


@asynccontextmanager
async def redis() -> AsyncIterator[str]:
    """Run a ``redis-server`` on a free port of the loopback interface, and yield its URL.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    from wsnotebook.pytest_plugin._redis import RedisServer

    if shutil.which("redis-server") is None:
        raise ModuleNotFoundError("no redis-server found", name="redis-server")
    with TemporaryDirectory() as folder:
        server = RedisServer(folder)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@asynccontextmanager
async def _two_halves(layer: str) -> AsyncIterator[tuple[Half, Other]]:
    async with redis() as url:
        rooms = LAYERS[layer](url)
        async with in_another_process(layer, url) as other:
            yield Half(rooms), other
        await rooms.close()


def _rate(layer: str) -> Peer:
    async def peer(bench: Bench) -> None:
        say = {"rooms": ROOMS, "each": EACH, "text": bench.message, "expected": HEARD // 2}
        async with _two_halves(layer) as (here, other):
            await here.enter(MEMBERS // 2, ROOMS)
            await other.do("enter", members=MEMBERS // 2, rooms=ROOMS)
            for _ in bench.laps:
                await asyncio.gather(other.do("talk", **say), here.talk(**say))

    return peer


def _delay(layer: str, figure: Callable[[Sequence[float]], float]) -> Peer:
    async def peer(bench: Bench) -> None:
        async with _two_halves(layer) as (here, other):
            await here.enter(1, 1)
            await other.do("enter_with_a_clock")
            warmth = max(1, bench.count // 10)
            await here.say_the_time(warmth + bench.count, PAUSE)
            delays = await other.do("delays", count=warmth + bench.count)
            bench.note(figure(delays[warmth:]))

    return peer


def _ninety_ninth(figures: Sequence[float]) -> float:
    return quantiles(figures, n=100)[98]


def _delays(suffix: str, what: str, figure: Callable[[Sequence[float]], float]) -> Subject:
    subject = Subject("layer delay", what, TIME, REFERENCE, {suffix: Variant(500)})
    subject.peers = {layer: _delay(layer, figure) for layer in LAYERS}
    return subject


rate = Subject(
    f"layer to {MEMBERS:,}",
    f"messages that reach members, {ROOMS} rooms, two processes",
    RATE,
    REFERENCE,
    {"": Variant(10, 100, per_lap=HEARD)},
    peers={layer: _rate(layer) for layer in LAYERS},
)

SUBJECTS = [
    _delays("median", "from one process to another, median", median),
    _delays("p99", "from one process to another, 99th percentile", _ninety_ninth),
    rate,
]
