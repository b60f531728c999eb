"""Virtual time, when nothing can happen any more: an error, and no hang."""

from __future__ import annotations

import asyncio
import traceback

import anyio
import anyio.to_thread
import pytest
from in_process import now
from virtual import HOUR, STUCK, for_ever, virtually

from wsnotebook import SetupError, apps, clock, connect, run
from wsnotebook.clock import VirtualTimeLoop, unless_stuck


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Give signals and unseen threads no time to speak: there are none here."""
    monkeypatch.setattr(clock, "_PATIENCE", 0.0)


async def for_a_queue():
    await asyncio.Queue().get()


async def for_each_other():
    first = asyncio.create_task(asyncio.wait([asyncio.current_task()]))
    await first


async def for_the_end_of_time():
    await asyncio.sleep(float("inf"))


async def for_ever_with_anyio():
    await anyio.sleep_forever()


async def for_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(for_ever())
        group.create_task(for_a_queue())


async def for_several():
    await asyncio.gather(for_ever(), for_a_queue())


async def after_idle_threads():
    await asyncio.to_thread(int)
    await anyio.to_thread.run_sync(int)
    await for_ever()


async def for_a_silent_server():
    async with connect(apps.echo, timeout=float("inf")) as client:
        await client.receive()


@pytest.mark.parametrize(
    "wait",
    [
        for_ever,
        for_a_queue,
        for_each_other,
        for_the_end_of_time,
        for_ever_with_anyio,
        for_a_group,
        for_several,
        after_idle_threads,
        for_a_silent_server,
    ],
)
def test_a_wait_that_nothing_can_end_is_an_error(wait):
    with pytest.raises(SetupError) as caught:
        virtually(wait)
    assert str(caught.value) == STUCK


def test_the_traceback_of_the_error_ends_where_it_stood():
    with pytest.raises(SetupError) as caught:
        virtually(for_ever)
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-2:] == ["for_ever", "wait"]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_what_stood_still_is_cleaned_up():
    cleaned = []

    async def main():
        try:
            await for_ever()
        finally:
            await asyncio.sleep(HOUR)
            cleaned.append(now())

    with pytest.raises(SetupError):
        virtually(main)
    assert cleaned == [HOUR]


def test_who_catches_only_the_error_of_the_wait_can_go_on_with_deadlines():
    async def main():
        with pytest.raises(SetupError):
            await unless_stuck(for_ever())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await for_ever()
        return asyncio.current_task().cancelling()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) == 0


def test_swallowing_the_cancellation_does_not_hide_the_error():
    async def main():
        try:
            await for_ever()
        except asyncio.CancelledError:
            return "fine"

    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == STUCK


def test_waiting_for_ever_a_second_time_ends_the_loop():
    async def main():
        try:
            await for_ever()
        finally:
            await for_a_queue()

    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == STUCK


def test_a_loop_that_is_run_by_others_ends_with_the_error():
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        with pytest.raises(SetupError) as caught:
            runner.run(for_ever())
    assert str(caught.value) == STUCK


def test_another_error_of_the_clean_up_wins():
    async def main():
        try:
            await for_ever()
        finally:
            raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        virtually(main)


def test_a_cancellation_from_elsewhere_is_none_of_it():
    async def main():
        asyncio.get_running_loop().call_later(5, asyncio.current_task().cancel)
        await for_ever()

    with pytest.raises(asyncio.CancelledError):
        virtually(main)


def test_on_a_real_clock_the_guard_only_waits():
    async def main():
        async def inner():
            await asyncio.sleep(0)
            return "done"

        return await unless_stuck(inner())

    assert run(main()) == "done"
