"""The five patterns of testing a whole application, on real Redis and a real ARQ worker.

Message flow, broadcast, worker, server-initiated, external. Whatever needs neither Redis nor ARQ is
shown without them, too; each in process and on a real socket.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from wsnotebook import connect, serve
from wsnotebook.apps import JobChannel, RoomChat, SystemChat
from wsnotebook.apps.jobs import functions_of, use_jobs

app = Starlette(
    routes=[
        WebSocketRoute("/ws/system", SystemChat.as_asgi()),
        WebSocketRoute("/ws/rooms/{room}", RoomChat.as_asgi()),
        WebSocketRoute("/ws/jobs", JobChannel.as_asgi()),
    ]
)


@pytest.fixture(params=["without Redis", "with Redis"])
def url(request):
    """The URL of Redis, or None, and an application that uses it."""
    url = request.getfixturevalue("redis_url") if request.param == "with Redis" else None
    use_jobs(url)
    yield url
    use_jobs(None)


@pytest.fixture(params=["in process", "on a socket"])
def enter(request):
    """Return what gives a function to connect with, within a context."""

    class Entering(AsyncExitStack):
        async def __aenter__(self):
            await super().__aenter__()
            self.target = app
            if request.param == "on a socket":
                self.target = await self.enter_async_context(serve(app))
            return self.go

        async def go(self, path, **options):
            client = await self.enter_async_context(connect(self.target, path, **options))
            if "/jobs" not in path:
                assert (await client.receive_json())["type"] == "welcome"
            return client

    return Entering


async def test_message_flow(url, enter):
    async with enter() as go:
        client = await go("/ws/system")
        await client.send_json({"type": "ping"})
        assert await client.receive_json() == {"type": "pong"}
        await client.send_json({"type": "echo", "text": "tea"})
        assert await client.receive_json() == {"type": "echoed", "text": "tea"}
        await client.send_json({"type": "dance"})
        assert (await client.receive_json())["type"] == "error"
        await client.receive_nothing()


async def test_broadcast(url, enter):
    async with enter() as go:
        ann = await go("/ws/rooms/tea?name=ann")
        bob = await go("/ws/rooms/tea?name=bob")
        eve = await go("/ws/rooms/milk?name=eve")
        assert await ann.receive_json() == {"type": "joined", "name": "bob"}
        await bob.send_json({"type": "say", "text": "hello"})
        for client in (ann, bob):
            said = {"type": "said", "name": "bob", "text": "hello"}
            assert await client.receive_json() == said
        await bob.close()
        assert await ann.receive_json() == {"type": "left", "name": "bob"}
        for client in (ann, eve):
            await client.receive_nothing()


async def test_worker(url, enter, request):
    async with enter() as go:
        ann, bob = await go("/ws/jobs"), await go("/ws/jobs")
        await ann.send_json({"type": "job", "job": "brew", "payload": {"tea": "assam"}})
        queuing, queued = await ann.receive_json(), await ann.receive_json()
        ident = queuing["id"]
        assert queuing == {"type": "queuing", "id": ident, "job": "brew"}
        assert queued == {"type": "queued", "id": ident}
        if url is not None:
            await ann.receive_nothing()  # until there is a worker
            worker = request.getfixturevalue("arq_worker")(functions_of(JobChannel))
            assert (await worker.burst()).completed == 1
        result = {"type": "result", "id": ident, "result": "a pot of assam"}
        assert await ann.receive_json() == result
        await bob.receive_nothing()


async def test_server_initiated(url, enter):
    async with enter() as go:
        ann, bob = await go("/ws/system"), await go("/ws/system")
        eve = await go("/ws/rooms/tea")
        await SystemChat.announce("closing at five")
        for client in (ann, bob):
            announcement = {"type": "announcement", "text": "closing at five"}
            assert await client.receive_json() == announcement
        await eve.receive_nothing()


SCRIPT = """\
import os
from wsnotebook import run
from wsnotebook.apps import RoomChat, SystemChat
from wsnotebook.layers import use_layer
use_layer(os.environ["REDIS"])
run(RoomChat.broadcast("the kettle is on", room="tea"))
run(SystemChat.announce("closing at five"))
"""


async def test_external(redis_url, enter):
    use_jobs(redis_url)
    try:
        async with enter() as go:
            ann, bob = await go("/ws/rooms/tea?name=ann"), await go("/ws/rooms/tea?name=bob")
            eve = await go("/ws/rooms/milk?name=eve")
            system = await go("/ws/system")
            assert await ann.receive_json() == {"type": "joined", "name": "bob"}
            await other_process("-c", SCRIPT, REDIS=redis_url)
            announcement = {"type": "announcement", "text": "closing at five"}
            assert await system.receive_json() == announcement
            assert await ann.receive() == await bob.receive() == "the kettle is on"
            for client in (ann, bob, eve, system):
                await client.receive_nothing()
    finally:
        use_jobs(None)


async def other_process(*arguments, **environment):
    """Run Python in another process, which must end well; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", *arguments),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert (process.returncode, printed.decode()) == (0, "")
