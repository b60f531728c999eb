"""Reading asyncio's internals: they are as expected, and a loop where they are not is found out."""

from __future__ import annotations

import asyncio
import functools
from contextvars import copy_context

import pytest
from in_process import turns

from wsnotebook import run
from wsnotebook.clock import VirtualTimeLoop
from wsnotebook.transports import _internals, settled
from wsnotebook.transports._internals import Hooks, can_read, has_ready, owner, timers, unseen


@pytest.fixture
def untried(monkeypatch):
    """Forget which loops were tried, and which were warned of."""
    monkeypatch.setattr(_internals, "_readable", {})
    monkeypatch.setattr(settled, "_warned", set())


class Owner:
    """Notes what it is told."""

    def __init__(self):
        self.tasks, self.slept = [], []

    def watch(self, task):
        self.tasks.append(task)

    def sleeping(self, task, sleep):
        self.slept.append((task, sleep))

    def run(self, function, *args):
        context = copy_context()
        context.run(owner.set, self)
        return context.run(function, *args)


@pytest.fixture
async def hooks():
    installed = Hooks(asyncio.get_running_loop(), sleeps=True)
    yield installed
    installed.remove()


# They are as expected


async def test_asyncios_own_loop_can_be_read(untried):
    assert can_read(asyncio.get_running_loop())


def test_the_virtual_loop_can_be_read(untried):
    async def main():
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        return can_read(loop)

    assert run(main(), virtual_time=True)


async def test_trying_leaves_no_trace(untried):
    loop = asyncio.get_running_loop()
    before = dict(vars(loop))
    can_read(loop)
    await turns()
    after = dict(vars(loop))
    for name in ("_ready", "_scheduled", "_timer_cancelled_count"):
        before.pop(name), after.pop(name)
    assert before == after
    assert all(timer.cancelled() for timer in loop._scheduled)


async def test_what_is_ready_is_seen_for_its_owner_alone():
    loop, mine, other = asyncio.get_running_loop(), Owner(), Owner()
    assert not has_ready(loop, mine)
    handle = mine.run(loop.call_soon, lambda: None)
    assert has_ready(loop, mine)
    assert not has_ready(loop, other)
    handle.cancel()
    assert not has_ready(loop, mine)


async def test_timers_are_seen_for_their_owner_alone():
    loop, mine, other = asyncio.get_running_loop(), Owner(), Owner()
    timer = mine.run(loop.call_later, 60, print)
    assert list(timers(loop, mine)) == [timer]
    assert list(timers(loop, other)) == []
    timer.cancel()
    assert list(timers(loop, mine)) == []


async def test_what_a_task_raised_is_seen_without_looking():
    async def fails():
        raise ValueError("boom")

    task = asyncio.ensure_future(fails())
    await asyncio.wait({task})
    assert isinstance(unseen(task), ValueError)
    assert isinstance(unseen(task), ValueError)  # it is still unseen
    assert isinstance(task.exception(), ValueError)
    assert unseen(task) is None


@pytest.mark.parametrize("outcome", ["returns", "is cancelled", "goes on"])
async def test_a_task_that_did_not_raise_has_nothing_unseen(outcome):
    gate = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(gate)
    task = asyncio.ensure_future(asyncio.wait({gate}))
    if outcome == "returns":
        gate.set_result(None)
        await task
    elif outcome == "is cancelled":
        task.cancel()
        await asyncio.wait({task})
    assert unseen(task) is None
    gate.cancel()


# Being told


async def test_an_owner_is_told_of_the_tasks_and_sleeps_of_its_tasks(hooks):
    mine = Owner()

    async def child():
        await asyncio.sleep(60)

    async def parent():
        return asyncio.ensure_future(child())

    first = mine.run(asyncio.ensure_future, parent())
    second = await first
    await turns()
    assert mine.tasks == [first, second]
    ((task, sleep),) = mine.slept
    assert task is second
    assert sleep.when() > asyncio.get_running_loop().time() + 59
    assert not _internals.woken_by(sleep).done()
    second.cancel()


async def test_nobody_is_told_of_anybody_elses(hooks):
    mine = Owner()
    mine.run(lambda: None)
    await asyncio.ensure_future(turns())
    async with asyncio.timeout(60):
        await asyncio.sleep(0.0001)
    assert (mine.tasks, mine.slept) == ([], [])


async def test_a_timer_that_is_no_sleep_is_not_told(hooks):
    mine = Owner()

    async def waits():
        async with asyncio.timeout(60):
            await asyncio.get_running_loop().create_future()

    task = mine.run(asyncio.ensure_future, waits())
    await turns()
    assert mine.slept == []
    task.cancel()


async def test_a_task_with_a_context_of_its_own_belongs_to_the_owner_in_it(hooks):
    mine = Owner()
    context = copy_context()
    context.run(owner.set, mine)
    task = asyncio.get_running_loop().create_task(turns(), context=context)
    assert mine.tasks == [task]
    await task


async def test_the_loop_gets_back_what_it_had():
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory(), dict(vars(loop)).get("call_later")
    installed = Hooks(loop, sleeps=True)
    assert loop.get_task_factory() is installed
    installed.remove()
    assert (loop.get_task_factory(), dict(vars(loop)).get("call_later")) == before


async def test_a_task_factory_and_a_call_later_that_were_there_are_used_and_given_back():
    loop, made = asyncio.get_running_loop(), []

    def factory(loop, coroutine, **options):
        made.append(asyncio.Task(coroutine, loop=loop, **options))
        return made[-1]

    def call_later(*args, **options):
        made.append("timer")
        return type(loop).call_later(loop, *args, **options)

    previous = loop.get_task_factory()
    loop.set_task_factory(factory)
    loop.call_later = call_later
    installed = Hooks(loop, sleeps=True)
    task = asyncio.ensure_future(asyncio.sleep(0.0001))
    await task
    installed.remove()
    assert made == [task, "timer"]
    assert loop.get_task_factory() is factory
    assert loop.call_later is call_later
    loop.set_task_factory(previous)
    del loop.call_later


async def test_what_somebody_put_on_top_stays():
    loop = asyncio.get_running_loop()
    previous = loop.get_task_factory()
    installed = Hooks(loop, sleeps=True)
    noted = loop.call_later
    loop.set_task_factory(on_top := functools.partial(installed))
    loop.call_later = later_on_top = functools.partial(noted)
    installed.remove()
    assert loop.get_task_factory() is on_top
    assert loop.call_later is later_on_top
    await asyncio.ensure_future(asyncio.sleep(0.0001))  # and it all still works
    loop.set_task_factory(previous)
    del loop.call_later


# They are not


class Renamed:
    """A loop as of another asyncio, whose names are others."""

    def __init__(self, **names):
        self._loop = asyncio.get_running_loop()
        vars(self).update(names)

    def call_soon(self, *args):
        return self._loop.call_soon(*args)

    def call_later(self, *args):
        return self._loop.call_later(*args)


async def test_a_loop_whose_internals_are_renamed_is_found_out(untried):
    loop = asyncio.get_running_loop()
    assert not can_read(type("NoReady", (Renamed,), {})())
    assert not can_read(type("NoScheduled", (Renamed,), {})(_ready=loop._ready))
    assert not can_read(type("Empty", (Renamed,), {})(_ready=[], _scheduled=loop._scheduled))
    assert not can_read(type("Other", (Renamed,), {})(_ready=loop._ready, _scheduled=[]))
    # The same names do, but the real loop is the one that sleeps here.
    known = {"_ready": loop._ready, "_scheduled": loop._scheduled}
    assert not can_read(type("Known", (Renamed,), {})(**known))


async def test_a_sleep_that_ends_otherwise_is_found_out(untried, monkeypatch):
    monkeypatch.setattr(_internals, "_END_SLEEP", None)
    assert not can_read(asyncio.get_running_loop())


async def test_a_sleep_that_sets_several_timers_is_found_out(untried, monkeypatch):
    genuine = asyncio.sleep

    async def sleep(seconds):
        asyncio.get_running_loop().call_later(seconds, print).cancel()
        await genuine(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    assert not can_read(asyncio.get_running_loop())
