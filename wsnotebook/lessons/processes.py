"""What lessons 09 and 10 start: Redis, servers and workers, each in a process of its own.

Redis is what ``WSNOTEBOOK_REDIS`` is the URL of, or else a ``redis-server`` of the lesson's own.
Where there is neither, memory plays its part, in this process; what the lessons show is the same.

A cell that is run again ends what it started before; :func:`end_all` ends everything, and so does
the end of the kernel, whichever way it comes.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ..apps.jobs import JobChannel, MemoryQueue, use_jobs
from ..apps.jobs._work import Order
from ..errors import MissingExtra, SetupError
from ..layers import layer_of, use_layer
from ..layers.redis import RedisLayer
from ..layers.redis._server import READY, free_port, server_command
from ..server import serve
from ..timeline import Timeline
from ._kept import Kept

__all__ = [
    "JobQueue",
    "Process",
    "end_all",
    "serve_twice",
    "start_layer",
    "start_queue",
    "with_short_ids",
]

_MEMORY = "memory://"
_redis: dict[str, Kept | None] = {}  # by its URL; ``None``: somebody else started it
_serving: list[Process] = []


class Process:
    """What serves a Channel class: a process of its own, or a server here that plays one.

    Attributes:
        name: What it is called.
        url: Where it listens.
    """

    def __init__(self, name: str, url: str, stop: Callable[[], Awaitable[object]]) -> None:
        self.name = name
        self.url = url
        self._stop: Callable[[], Awaitable[object]] | None = stop

    def __repr__(self) -> str:
        return f"<{self.name}: {'ended' if self._stop is None else 'serving'}>"

    async def stop(self) -> None:
        """End it; clients are told that it goes away. Ending it twice does nothing."""
        stop, self._stop = self._stop, None
        if stop is not None:
            await stop()


# The layer


async def start_layer() -> str:
    """Return the URL of a layer that processes share: of Redis if there is one, or of memory.

    Raises:
        SetupError: Redis does not start; the text is what it says.
        ValueError: ``WSNOTEBOOK_REDIS`` is no URL of a layer.
    """
    if _redis:
        return next(iter(_redis))
    given = os.environ.get("WSNOTEBOOK_REDIS")
    if not given and shutil.which("redis-server") is None:
        return _MEMORY
    port = free_port()
    url = given or f"redis://127.0.0.1:{port}"
    try:
        layer_of(url)
    except MissingExtra:
        return _MEMORY
    _redis[url] = None if given else await _start_redis(port)
    return url


async def _start_redis(port: int) -> Kept:
    kept = Kept(server_command(port, tempfile.gettempdir()))
    await asyncio.to_thread(kept.wait_for, READY)
    return kept


# Servers


async def serve_twice(
    target: str, *, folder: str, layer: str | None = None
) -> tuple[Process, Process]:
    """Serve a Channel class in two processes, called ``process 1`` and ``process 2``.

    Without a layer, and with one in Redis, each is ``wsnotebook serve TARGET --port 0``. With one
    in memory each is a server in this process, with a class that it has imported for itself: like
    two processes they have nothing in common but the layer.

    Args:
        target: The class, as ``module:Class``.
        folder: Where the module is.
        layer: The URL of their layer; ``None``: they have none.

    Raises:
        SetupError: There is no such file, or they do not start; the text is what they say.
    """
    _check_file(_file_of(target, folder))
    await _stop_serving()
    start = _serve_here if layer == _MEMORY else _serve_there
    names = ("process 1", "process 2")
    one, two = await asyncio.gather(*(start(name, target, folder, layer) for name in names))
    return one, two


def _file_of(target: str, folder: str) -> Path:
    return Path(folder, f"{target.partition(':')[0]}.py")


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise SetupError(f"there is no {path}: run the cell that writes {path.name!r} again")


async def _serve_there(name: str, target: str, folder: str, layer: str | None) -> Process:
    words = ["-m", "wsnotebook", "serve", target, "--port", "0"]
    kept = Kept(
        [sys.executable, *words, *(("--layer", layer) if layer else ())],
        folder=folder,
    )
    found = await asyncio.to_thread(kept.wait_for, r"listening on (ws://\S+)")
    process = Process(name, found[1], lambda: asyncio.to_thread(kept.end))
    _serving.append(process)
    return process


async def _serve_here(name: str, target: str, folder: str, layer: str | None) -> Process:
    assert layer is not None
    channel = _imported_anew(target, folder)
    channel.layer = layer
    server = await serve(channel)
    process = Process(name, server.url, server.stop)
    _serving.append(process)
    return process


def _imported_anew(target: str, folder: str) -> Any:
    """Return a class from a file that is run once more, as another process would run it."""
    name, _, attribute = target.partition(":")
    path = _file_of(target, folder)
    module = ModuleType(name)
    try:
        exec(compile(path.read_text("utf-8"), str(path), "exec"), module.__dict__)  # noqa: S102  # the learner's
        return getattr(module, attribute)
    except Exception as exc:  # in a process of its own it would be said there
        raise SetupError(f"{target} cannot be served: {exc!r}") from exc


async def _stop_serving() -> None:
    ending, _serving[:] = tuple(_serving), []
    await asyncio.gather(*(process.stop() for process in ending))


# Jobs


class JobQueue:
    """Where JobChannel queues what clients ask for, until a worker comes.

    Args:
        url: Redis, for a queue of ARQ; ``None``: in memory.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._held = _HeldQueue()
        use_jobs(url)
        JobChannel.queue = self._held if url is None else None

    def __repr__(self) -> str:
        return f"<jobs in {'memory' if self._url is None else 'Redis'}>"

    async def work(self) -> None:
        """Have a worker do all jobs that are queued, retries included, until none is left.

        With Redis it is the command ``arq wsnotebook.apps.jobs.WorkerSettings --burst``.

        Raises:
            SetupError: The command failed; the text is what it says.
        """
        if self._url is None:
            await self._held.work()
            return
        words = ["-m", "arq", "wsnotebook.apps.jobs.WorkerSettings", "--burst"]
        env = {**os.environ, "WSNOTEBOOK_REDIS": self._url}
        kept = Kept([sys.executable, *words], env=env)
        await asyncio.to_thread(kept.wait_done)


class _HeldQueue(MemoryQueue):
    """Holds jobs until somebody works."""

    def __init__(self) -> None:
        super().__init__()
        self._orders: list[Order] = []

    async def put(self, order: Order) -> None:
        self._orders.append(order)

    async def rest(self, channel: type[JobChannel]) -> None:
        self._orders.clear()  # nobody is left to be told
        await super().rest(channel)

    async def work(self) -> None:
        """Do them."""
        orders, self._orders = self._orders, []
        for order in orders:
            await super().put(order)


async def start_queue() -> JobQueue:
    """Let JobChannel queue its jobs on ARQ if there is a Redis, or else in memory."""
    url = await start_layer()
    try:
        return JobQueue(None if url == _MEMORY else url)
    except MissingExtra:
        return JobQueue(None)


def with_short_ids(timeline: Timeline) -> Timeline:
    """Return a copy in which the ids of jobs, long and never the same, are 1, 2, ... instead."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], str(len(numbers) + 1))

    return Timeline.from_json(re.sub(r"\b[0-9a-f]{32}\b", number, timeline.to_json()))


# The end


async def end_all() -> None:
    """End everything that was started here; Channels have no common layer any more."""
    await _stop_serving()
    use_jobs(None)
    use_layer(None)
    JobChannel.queue = None
    while _redis:
        url, kept = _redis.popitem()
        layer = layer_of(url)
        if isinstance(layer, RedisLayer):
            await layer.aclose()
        if kept is not None:
            await asyncio.to_thread(kept.end)
