"""Thousands of connects and closes leave nothing: no task, no descriptor, no object, no run.

Memory is judged by counting objects, which repeats, and not by what the process holds.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from in_process import accepting, echo_events, text, turns
from lifespans import App
from reaching import WAYS

from wsnotebook import AppCrashed, Client, Refused, connect, serve
from wsnotebook.opened import observer
from wsnotebook.transports import runs
from wsnotebook.transports.asgi import ASGITransport

WARM_UP = 20
WATCHED = (
    "wsnotebook.",
    "websockets.",
    "asyncio.",
    "_asyncio.",
    "_contextvars.",
    "collections.deque",
    "builtins.coroutine",
    "builtins.frame",
    "builtins.method",
    "builtins.weakref",
)
DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture(autouse=True, scope="module")
def nothing_but_ones_own():
    """Leave out of the count, and of each collection, what all tests before have loaded."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def objects():
    """Return how many objects of each type there are that could hold a connection."""
    gc.collect()
    names = Counter(f"{type(x).__module__}.{type(x).__qualname__}" for x in gc.get_objects())
    return {name: count for name, count in names.items() if name.startswith(WATCHED)}


def descriptors():
    return len(list(DESCRIPTORS.iterdir())) if DESCRIPTORS.exists() else 0


async def forget_cancelled_timers():
    """Let asyncio clear its heap of timers, which it does when most of many are cancelled."""
    loop = asyncio.get_running_loop()
    for _ in range(200):
        loop.call_later(3600, print).cancel()
    await turns(1)


async def state_of_things():
    await turns(50)
    await forget_cancelled_timers()
    loop = asyncio.get_running_loop()
    return {
        "tasks": len(asyncio.all_tasks()),
        "descriptors": descriptors(),
        "runs": len(runs._runs.get(loop, {})),
        "timers": len(loop._scheduled),
        **objects(),
    }


@asynccontextmanager
async def no_growth():
    """Compare what there is before and after; a handful of objects may come and go."""
    token = observer.set(None)  # the pytest plugin keeps the timelines of a test that may fail
    before = await state_of_things()
    yield
    after = await state_of_things()
    observer.reset(token)
    grown = {
        name: (before.get(name, 0), count)
        for name, count in after.items()
        if count > before.get(name, 0) + (0 if name in ("tasks", "descriptors", "runs") else 5)
    }
    assert grown == {}


async def use(target, count):
    for _ in range(count):
        async with connect(target) as client:
            await client.send("x")
            assert await client.receive() == "x"


async def echo(peer):
    async for message in peer:
        await peer.send(message)


@pytest.mark.parametrize(
    ("way", "count"),
    [("asgi", 10_000), ("memory", 4_000), ("network", 1_000), ("network-asgi", 1_000)],
)
async def test_connecting_and_closing_leaves_nothing(way, count):
    async with WAYS[way](echo) as target:
        await use(target, WARM_UP)
        async with no_growth():
            await use(target, count)


async def test_an_app_of_its_own_for_each_connection_leaves_nothing():
    await use(App(), WARM_UP)
    async with no_growth():
        for _ in range(2_000):
            await use(App(), 1)


@pytest.mark.parametrize("way", ["asgi", "memory"])
async def test_a_hundred_at_a_time_leave_nothing(way):
    async with WAYS[way](echo) as target:
        await use(target, WARM_UP)
        async with no_growth():
            for _ in range(8):
                clients = [await connect(target) for _ in range(100)]
                for client in clients:
                    await client.send("x")
                assert [await client.receive() for client in clients] == ["x"] * 100
                await asyncio.gather(*(client.close() for client in clients))
                del clients, client


@pytest.mark.parametrize("way", ["asgi", "memory", "network"])
async def test_aborting_leaves_nothing(way):
    async with WAYS[way](echo) as target:
        await use(target, WARM_UP)
        async with no_growth():
            for _ in range(300):
                async with connect(target) as client:
                    await client.abort()
            del client


async def refuse(target):
    with pytest.raises(Refused):
        await connect(target)


async def crash(target):
    with pytest.raises(AppCrashed):
        async with connect(target) as client:
            await client.send("x")
            await client.receive()


async def cancel(target):
    opening = asyncio.ensure_future(Client(target).open())
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait({opening})


@pytest.mark.parametrize("end", [refuse, crash, cancel])
async def test_what_goes_wrong_leaves_nothing(end):
    @accepting
    async def accepts(scope, receive, send):
        await receive()
        raise ValueError("boom")

    async def app(scope, receive, send):
        if end is refuse:
            await send({"type": "websocket.close"})
        else:
            await accepts(scope, receive, send)

    for _ in range(WARM_UP):
        await end(app)
    async with no_growth():
        for _ in range(500):
            await end(app)


async def test_background_tasks_that_ended_leave_nothing():
    @accepting
    async def app(scope, receive, send):
        async def later(message):
            await asyncio.sleep(0)
            await send(text(message))

        tasks = []
        while (event := await receive())["type"] == "websocket.receive":
            tasks.append(asyncio.ensure_future(later(event["text"])))

    async with ASGITransport(app) as transport:
        await use(transport, WARM_UP)
        async with no_growth():
            await use(transport, 1_000)


async def test_sleeps_leave_nothing():
    @accepting
    async def app(scope, receive, send):
        async def sleeps():
            await asyncio.sleep(1e-9)

        while (event := await receive())["type"] == "websocket.receive":
            await asyncio.gather(sleeps(), sleeps())
            await send(text(event["text"]))

    async with ASGITransport(app) as transport:
        await use(transport, WARM_UP)
        async with no_growth():
            async with connect(transport) as client:
                for _ in range(300):
                    await client.send("x")
                    await client.settle()
            del client


async def test_a_client_that_is_dropped_is_freed_when_its_app_has_ended():
    async with ASGITransport(accepting(echo_events)) as transport:
        await use(transport, WARM_UP)
        async with no_growth():
            for _ in range(200):
                client = await connect(transport)
                await client.close()
            del client


def test_a_loop_that_is_gone_takes_its_runs_along():
    app = accepting(echo_events)

    async def main():
        await use(app, 1)
        tasks.append(asyncio.ensure_future(asyncio.sleep(3600)))

    tasks = []
    asyncio.run(main())
    tasks.clear()
    gc.collect()
    before = len(runs._runs)
    for _ in range(5):
        asyncio.run(main())
        tasks.clear()
    gc.collect()
    assert len(runs._runs) <= before


async def test_serving_and_stopping_leaves_nothing():
    async def once():
        async with serve(echo) as server, connect(server) as client:
            await client.send("x")
            await client.receive()

    for _ in range(3):
        await once()
    async with no_growth():
        for _ in range(50):
            await once()
