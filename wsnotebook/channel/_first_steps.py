"""Sends that cost no task unless they wait.

A broadcast to a thousand members would start a thousand tasks, and nearly all of them would end in
their first step: in process a send never waits, on a socket only when the peer reads too slowly.
So each send takes its first step at once, and only one that waits is made a task of. This is what
``eager_start`` does from Python 3.12 on, at the price of one Task for each coroutine. Which task is
the current one is set with what asyncio has for those who write tasks of their own ("Extending
asyncio" in its documentation).
"""

from __future__ import annotations

import asyncio
from asyncio import tasks
from collections.abc import Awaitable, Generator
from contextlib import suppress
from contextvars import Context
from types import TracebackType
from typing import Any, Protocol, Self

__all__ = ["FirstSteps", "Rest"]


class Rest:
    """What is left of an awaitable that took its first step and waits: awaitable, once."""

    __slots__ = ("_begun", "_iterator", "_waits_for")

    def __init__(self, iterator: Generator[Any, Any, Any], waits_for: Any) -> None:
        self._iterator = iterator
        self._waits_for = waits_for
        self._begun = False

    def cancel(self) -> None:
        """Do to it what cancelling its task does, if that was cancelled before it began."""
        if not self._begun:
            with suppress(StopIteration, asyncio.CancelledError):
                self._iterator.throw(asyncio.CancelledError())
            self._iterator.close()

    def __await__(self) -> Generator[Any, Any, None]:
        self._begun = True
        # ``yield from`` would take the first step again.
        waits_for = self._waits_for
        try:
            while True:
                try:
                    value = yield waits_for
                except BaseException as exc:
                    waits_for = self._iterator.throw(exc)
                else:
                    waits_for = self._iterator.send(value)
        except StopIteration:
            return


class Sender(Protocol):
    """Who goes on with a send that waits."""

    def goes_on_in(self, task: asyncio.Task[None]) -> None:
        """``task`` is where it goes on."""

    async def go_on(self, rest: Rest) -> None:
        """Go on with a send."""


class _Spare:
    """A task made beforehand: the current one during the first steps, and of the one that waits.

    So whatever looks for its task (a deadline, a sleep that is watched) finds the same one from the
    first step on. If nothing waits, it ends in the loop's next turn, having done nothing.
    """

    __slots__ = ("_taken", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        self._taken: tuple[Sender, Rest] | None = None
        # Not create_task(): a task factory may be an eager one.
        self.task = asyncio.Task(self._run(), loop=loop, context=context)

    def take(self, sender: Sender, rest: Rest) -> None:
        self._taken = sender, rest
        self.task.add_done_callback(lambda _: rest.cancel())
        sender.goes_on_in(self.task)

    async def _run(self) -> None:
        if self._taken is not None:
            sender, rest = self._taken
            await sender.go_on(rest)


class FirstSteps:
    """A context manager: first steps are taken while it is entered, without awaiting anything.

    Args:
        context: A copy of it is what the steps run in. One that waits, and its task, keep theirs.
    """

    __slots__ = ("_caller", "_context", "_given", "_loop", "_spare")

    def __init__(self, context: Context) -> None:
        self._loop = asyncio.get_running_loop()
        self._caller = asyncio.current_task(self._loop)
        self._given = context
        self._context = context.copy()  # the given one may be what the caller runs in
        self._spare = _Spare(self._loop, self._context)

    def __enter__(self) -> Self:
        if self._caller is not None:
            tasks._leave_task(self._loop, self._caller)
        tasks._enter_task(self._loop, self._spare.task)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        tasks._leave_task(self._loop, self._spare.task)
        if self._caller is not None:
            tasks._enter_task(self._loop, self._caller)

    def take(self, sender: Sender, awaitable: Awaitable[Any]) -> bool:
        """Take the first step of ``awaitable``; return whether that was all.

        If it waits, ``sender`` goes on with it in a task. What the step raises is raised.
        """
        iterator: Any = awaitable if asyncio.iscoroutine(awaitable) else awaitable.__await__()
        try:
            waits_for = self._context.run(iterator.send, None)
        except StopIteration:
            return True
        used = self._spare
        used.take(sender, Rest(iterator, waits_for))
        tasks._leave_task(self._loop, used.task)
        self._context = self._given.copy()
        self._spare = _Spare(self._loop, self._context)
        tasks._enter_task(self._loop, self._spare.task)
        return False
