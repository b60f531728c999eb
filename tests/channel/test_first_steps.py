"""First steps: no task unless something waits, and then one that was there from the beginning."""

import asyncio
from contextvars import ContextVar, copy_context

import pytest
from in_process import turns

from wsnotebook.channel._first_steps import FirstSteps


class Sender:
    """Goes on with whatever waits, and keeps what comes of it."""

    def __init__(self):
        self.task = None
        self.raised = None

    def goes_on_in(self, task):
        self.task = task

    async def go_on(self, rest):
        try:
            await rest
        except BaseException as exc:
            self.raised = exc
            raise


async def none():
    pass


async def fails():
    raise ZeroDivisionError


async def test_what_does_not_wait_needs_no_task():
    sender = Sender()
    with FirstSteps(copy_context()) as steps:
        assert steps.take(sender, none())
        with pytest.raises(ZeroDivisionError):
            steps.take(sender, fails())
    assert sender.task is None


async def test_what_waits_goes_on_in_the_task_that_its_first_step_saw():
    seen = []

    async def waits():
        for _ in range(3):
            seen.append(asyncio.current_task())
            await asyncio.sleep(0)

    one, two = Sender(), Sender()
    with FirstSteps(copy_context()) as steps:
        assert not steps.take(one, waits())
        assert not steps.take(two, waits())
        assert steps.take(two, none())
    await asyncio.wait({one.task, two.task})
    assert one.task is not two.task
    assert sorted(map(id, seen)) == sorted([id(one.task), id(two.task)] * 3)


async def test_the_caller_is_the_current_task_again_whatever_happens():
    caller = asyncio.current_task()
    with pytest.raises(ZeroDivisionError), FirstSteps(copy_context()) as steps:
        assert asyncio.current_task() is not caller
        steps.take(Sender(), fails())
    assert asyncio.current_task() is caller


async def test_a_future_can_be_awaited_as_it_is():
    sender, future = Sender(), asyncio.get_running_loop().create_future()
    with FirstSteps(copy_context()) as steps:
        assert not steps.take(sender, future)
    await turns()
    assert not sender.task.done()
    future.set_result(None)
    await sender.task


async def test_what_is_awaited_may_fail_and_be_caught():
    caught = []

    async def catches():
        for _ in range(2):
            try:
                await future
            except ZeroDivisionError as exc:
                caught.append(exc)

    sender, future = Sender(), asyncio.get_running_loop().create_future()
    with FirstSteps(copy_context()) as steps:
        assert not steps.take(sender, catches())
    future.set_exception(ZeroDivisionError())
    await sender.task
    assert len(caught) == 2


@pytest.mark.parametrize("begun", [False, True])
async def test_a_cancelled_task_cancels_what_waits(begun):
    cancelled = []

    async def waits():
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    sender = Sender()
    with FirstSteps(copy_context()) as steps:
        steps.take(sender, waits())
    if begun:
        await turns()
    sender.task.cancel()
    await asyncio.wait({sender.task})
    await turns()
    assert cancelled == [True]
    assert sender.task.cancelled()


async def test_each_task_has_a_context_of_its_own_made_of_the_given_one():
    name = ContextVar("name", default="nobody")
    name.set("given")
    context = copy_context()
    name.set("caller")
    seen = []

    async def looks(own):
        seen.append(name.get())
        name.set(own)
        await asyncio.sleep(0)
        seen.append(name.get())

    senders = [Sender(), Sender()]
    with FirstSteps(context) as steps:
        for number, sender in enumerate(senders):
            steps.take(sender, looks(str(number)))
    await asyncio.wait({sender.task for sender in senders})
    assert sorted(seen) == ["0", "1", "given", "given"]
    assert name.get() == "caller"


async def test_it_needs_no_task_around_it():
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def callback():
        with FirstSteps(copy_context()) as steps:
            done.set_result(steps.take(Sender(), none()))

    loop.call_soon(callback)
    assert await done
