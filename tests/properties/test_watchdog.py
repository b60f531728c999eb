"""Code that blocks the event loop is ended, and told of as a hang."""

from __future__ import annotations

import asyncio

import pytest

from wsnotebook.clock import VirtualTimeLoop
from wsnotebook.properties import Settings, _watchdog, check
from wsnotebook.properties._watchdog import Blocked, watching

SHORT = 0.05


async def spin():
    while True:
        try:
            pass
        except Exception:  # what a handler's loop may do
            continue


def run(coroutine, limit=SHORT):
    loop = VirtualTimeLoop()
    try:
        with watching(loop, limit):
            return loop.run_until_complete(coroutine)
    finally:
        loop.close()


def test_an_endless_loop_is_ended():
    with pytest.raises(Blocked) as caught:
        run(spin())

    assert caught.traceback[-1].name == "spin"


def test_a_loop_that_turns_is_left_alone():
    async def busy():
        for _ in range(2_000):
            await asyncio.sleep(1)
        return "done"

    assert run(busy()) == "done"


def test_a_loop_that_waits_for_a_thread_is_left_alone():
    async def wait(released):
        await asyncio.get_running_loop().run_in_executor(None, released.wait, 4 * SHORT)
        return "done"

    import threading

    assert run(wait(threading.Event())) == "done"


def test_a_search_tells_where_the_loop_is_blocked(monkeypatch):
    monkeypatch.setattr(_watchdog, "LIMIT", SHORT)

    async def blocking(connection):
        async for message in connection:
            if isinstance(message, bytes):
                await spin()

    [route] = check(blocking, settings=Settings(max_examples=50, seed=1)).routes

    [failure] = route.failures
    assert (failure.code, failure.title) == ("hang", "the app keeps the event loop from turning")
    assert failure.actual.startswith("it was still at test_watchdog.py:")
    assert not failure.shrunk
    assert route.notes == ("it was not made smaller: each try would take as long",)
