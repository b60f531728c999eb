"""Apps whose lifespan the tests look at, and the two ways to run one."""

from __future__ import annotations

import asyncio

import pytest
from in_process import ACCEPT, echo_events

from wsnotebook import AppCrashed, connect
from wsnotebook.transports.asgi import ASGITransport

STARTED = {"type": "lifespan.startup.complete"}
STOPPED = {"type": "lifespan.shutdown.complete"}


async def connection(scope, receive, send):
    await receive()
    await send(ACCEPT)
    await echo_events(scope, receive, send)


class App:
    """An app that notes what happens; ``start`` and ``stop`` are called within its lifespan."""

    def __init__(self, start=None, stop=None):
        self.log = []
        self.starting, self.stopping = asyncio.Event(), asyncio.Event()
        self._start, self._stop = start, stop

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            self.log.append("connected")
            await connection(scope, receive, send)
            self.log.append("disconnected")
            return
        assert scope["type"] == "lifespan"
        assert await receive() == {"type": "lifespan.startup"}
        self.log.append("starting")
        self.starting.set()
        if self._start is not None:
            await self._start(scope, send)
        await send(STARTED)
        self.log.append("started")
        assert await receive() == {"type": "lifespan.shutdown"}
        self.log.append("stopping")
        self.stopping.set()
        if self._stop is not None:
            await self._stop(scope, send)
        await send(STOPPED)
        self.log.append("stopped")


async def a_while(scope, send):
    for _ in range(5):
        await asyncio.sleep(0)


async def forever(scope, send):
    await asyncio.get_running_loop().create_future()


def failing(kind):
    async def fail(scope, send):
        await send({"type": f"lifespan.{kind}.failed", "message": "the database is gone"})

    return fail


async def boom(scope, send):
    raise ValueError("boom")


def asked(answer):
    """Return an app that runs ``answer`` for a lifespan, and how often it was asked."""
    count = []

    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await connection(scope, receive, send)
        else:
            count.append(1)
            await answer(scope, receive, send)

    return app, count


async def crash(awaitable):
    with pytest.raises(AppCrashed) as caught:
        await awaitable
    return caught.value


async def use(app):
    async with connect(app):
        pass


async def hold(app):
    async with ASGITransport(app):
        pass
