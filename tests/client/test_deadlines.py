"""The shared timer: what expires when, how rarely it is set, and the cut-off of a task."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import weakref

import pytest

from wsnotebook.client._deadlines import EXPIRED, Cutoff, Deadlines


class Clock:
    """A loop as far as Deadlines needs one: a clock that stands still, and its timers."""

    def __init__(self):
        self.now = 100.0
        self.timers = []
        self.times_set = 0

    def time(self):
        return self.now

    def call_at(self, when, callback):
        self.times_set += 1
        timer = Timer(self, when, callback)
        self.timers.append(timer)
        return timer

    def move_to(self, now):
        """Move on, and fire what is due, each timer once."""
        self.now = now
        for timer in [timer for timer in self.timers if timer.when <= now]:
            self.timers.remove(timer)
            timer.callback()


class Timer:
    """What call_at returns."""

    def __init__(self, clock, when, callback):
        self.clock, self.when, self.callback = clock, when, callback

    def cancel(self):
        self.clock.timers.remove(self)


class Wait:
    """What has a deadline."""

    outcome = None

    def done(self):
        return self.outcome is not None

    def set_result(self, outcome):
        assert not self.done()
        self.outcome = outcome


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def deadlines(clock):
    return Deadlines(clock)


def added(deadlines, *times):
    """Return waits with the deadlines ``times``."""
    waits = [Wait() for _ in times]
    for wait, when in zip(waits, times, strict=True):
        deadlines.add(wait, when)
    return waits


def expired(waits):
    return [wait.outcome is EXPIRED for wait in waits]


# Expiring


def test_each_wait_expires_at_its_own_deadline(clock, deadlines):
    waits = added(deadlines, 103, 101, 102)
    clock.move_to(100.9)
    assert expired(waits) == [False, False, False]
    clock.move_to(101)
    assert expired(waits) == [False, True, False]
    clock.move_to(102.5)
    assert expired(waits) == [False, True, True]
    clock.move_to(103)
    assert expired(waits) == [True, True, True]
    assert clock.timers == []


def test_a_wait_that_is_over_does_not_expire(clock, deadlines):
    discarded, answered, pending = added(deadlines, 101, 101, 101)
    deadlines.discard(discarded)
    deadlines.discard(discarded)
    answered.set_result("an answer")
    clock.move_to(101)
    assert (discarded.outcome, answered.outcome) == (None, "an answer")
    assert pending.outcome is EXPIRED


def test_an_infinite_deadline_sets_no_timer(clock, deadlines):
    (wait,) = added(deadlines, math.inf)
    assert clock.timers == []
    deadlines.discard(wait)


def test_a_deadline_in_the_past_expires_on_the_next_turn(clock, deadlines):
    (wait,) = added(deadlines, 99)
    assert not wait.done()
    clock.move_to(100)
    assert wait.outcome is EXPIRED


def test_a_timer_that_fires_a_little_early_counts_as_in_time(clock, deadlines):
    # A loop fires what is due within the resolution of its clock.
    (wait,) = added(deadlines, 101)
    (timer,) = clock.timers
    clock.timers.clear()
    clock.now = 100.999
    timer.callback()
    assert wait.outcome is EXPIRED
    assert clock.timers == []


# How often the timer is set


def test_waits_that_come_and_go_leave_the_timer_alone(clock, deadlines):
    for number in range(1000):
        (wait,) = added(deadlines, 105 + number / 1000)
        deadlines.discard(wait)
    assert clock.times_set == 1
    clock.move_to(105)
    assert (clock.times_set, clock.timers) == (1, [])


def test_an_earlier_deadline_sets_the_timer_anew(clock, deadlines):
    late, early = added(deadlines, 200, 101)
    assert [timer.when for timer in clock.timers] == [101]
    clock.move_to(101)
    assert expired([late, early]) == [False, True]
    assert [timer.when for timer in clock.timers] == [200]


def test_after_its_last_wait_the_timer_can_be_set_again(clock, deadlines):
    added(deadlines, 101)
    clock.move_to(101)
    (later,) = added(deadlines, 102)
    clock.move_to(102)
    assert later.outcome is EXPIRED


# One a loop


async def test_a_loop_has_one():
    loop = asyncio.get_running_loop()
    assert Deadlines.of(loop) is Deadlines.of(loop)
    future = loop.create_future()
    Deadlines.of(loop).add(future, loop.time() + 0.01)
    assert await future is EXPIRED


def test_a_pending_deadline_does_not_keep_its_loop_alive():
    loop = asyncio.new_event_loop()
    Deadlines.of(loop).add(Wait(), loop.time() + 1000)
    gone = weakref.ref(loop)
    loop.close()
    del loop
    gc.collect()
    assert gone() is None


# Cutting off a task


async def test_a_cut_off_task_knows_that_it_was_cut_off():
    loop = asyncio.get_running_loop()
    cutoff = Cutoff()
    Deadlines.of(loop).add(cutoff, loop.time() + 0.01)
    with pytest.raises(asyncio.CancelledError):
        await loop.create_future()
    assert cutoff.done()
    assert cutoff.caught()
    assert asyncio.current_task().cancelling() == 0


async def test_a_task_can_be_cut_off_on_demand():
    async def work():
        cutoffs.append(Cutoff())
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            return cutoffs[0].caught()

    cutoffs = []
    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    assert not cutoffs[0].done()
    cutoffs[0].set_result()
    assert await task


@pytest.mark.parametrize("cut_off", [False, True])
async def test_a_cancellation_from_outside_is_not_taken_for_a_cut_off(cut_off):
    async def work():
        cutoffs.append(Cutoff())
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            caught.append(cutoffs[0].caught())
            raise

    cutoffs, caught = [], []
    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    if cut_off:
        cutoffs[0].set_result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert caught == [False]
    assert task.cancelled()
