"""The one place that reads asyncio's internals: what is ready, what sleeps, and whose it is.

A task belongs to an *owner* (an ``Activity``, see ``settled``) that is set in its context; tasks,
callbacks and timers inherit it. While somebody owns tasks on a loop, its task factory, its
``call_later`` and its ``run_in_executor`` are replaced by ones that tell the owner of the tasks it
starts, the sleeps it sets and the threads it calls. Whether all this is as expected is tried before
it is relied on (:func:`can_read`).
"""

from __future__ import annotations

import asyncio
from asyncio import futures
from collections.abc import Iterator
from contextvars import Context, ContextVar
from typing import Any, Protocol

__all__ = [
    "Hooks",
    "Owner",
    "can_read",
    "has_ready",
    "owner",
    "timers",
    "unseen",
    "woken_by",
]

_END_SLEEP = getattr(futures, "_set_result_unless_cancelled", None)
_readable: dict[type, bool] = {}


class Owner(Protocol):
    """Who is told of what its tasks do."""

    def watch(self, task: asyncio.Task[Any]) -> None:
        """A task of it started another."""

    def sleeping(self, task: asyncio.Task[Any], sleep: asyncio.TimerHandle) -> None:
        """A task of it sets a plain sleep."""

    def in_thread(self, task: asyncio.Task[Any], call: asyncio.Future[Any]) -> None:
        """A task of it calls a function in a thread."""

    def crashed(self, exception: BaseException) -> None:
        """A task of it raised what a framework handles itself."""


owner: ContextVar[Owner | None] = ContextVar("wsnotebook_owner", default=None)


# Looking


def has_ready(loop: Any, who: Owner) -> bool:
    """Whether anything of ``who`` is ready to run."""
    for handle in tuple(loop._ready):
        context: Context | None = handle._context
        if not handle._cancelled and context is not None and context.get(owner) is who:
            return True
    return False


def timers(loop: Any, who: Owner) -> Iterator[asyncio.TimerHandle]:
    """Yield the timers of ``who``."""
    for timer in loop._scheduled:
        if not timer._cancelled and timer._context.get(owner) is who:
            yield timer


def woken_by(sleep: asyncio.TimerHandle) -> asyncio.Future[Any]:
    """Return what the sleeper awaits."""
    future: asyncio.Future[Any] = sleep._args[0]
    return future


def unseen(task: asyncio.Task[Any]) -> BaseException | None:
    """Return what ``task`` raised if nobody has looked at it, without looking as asyncio sees it.

    What stays unseen asyncio logs when the task is forgotten.
    """
    return task._exception if getattr(task, "_log_traceback", False) else None


# Being told


class Hooks:
    """What a loop has while apps run on it: methods that tell them what their tasks do."""

    def __init__(self, loop: Any, *, sleeps: bool) -> None:
        self.users = 0
        self._loop = loop
        self._previous = loop.get_task_factory()
        loop.set_task_factory(self)
        self._noted: dict[str, Any] = {}  # by the name of the method that each replaces
        if sleeps:
            self._call_later, self._run_in_executor = loop.call_later, loop.run_in_executor
            self._noted = {"call_later": self._note_sleep, "run_in_executor": self._note_call}
            vars(loop).update(self._noted)

    def remove(self) -> None:
        """Give back what the loop had, except what somebody else has put on top."""
        if self._loop.get_task_factory() is self:
            self._loop.set_task_factory(self._previous)
        for name, noted in self._noted.items():
            if vars(self._loop).get(name) is noted:
                _restore(self._loop, name, getattr(self, f"_{name}"))
        self._noted = {}  # they refer to this object

    def create(self, loop: Any, coroutine: Any, **options: Any) -> Any:
        """Make a task that is not watched."""
        if self._previous is None:
            return asyncio.Task(coroutine, loop=loop, **options)
        return self._previous(loop, coroutine, **options)

    def __call__(self, loop: Any, coroutine: Any, **options: Any) -> Any:
        task = self.create(loop, coroutine, **options)
        context = options.get("context")
        who = owner.get() if context is None else context.get(owner)
        if who is not None:
            who.watch(task)
        return task

    def _note_sleep(self, delay: float, callback: Any, *args: Any, **options: Any) -> Any:
        timer = self._call_later(delay, callback, *args, **options)
        if callback is _END_SLEEP and (who := owner.get()) is not None:
            task = asyncio.current_task(self._loop)
            if task is not None:
                who.sleeping(task, timer)
        return timer

    def _note_call(self, executor: Any, function: Any, *args: Any) -> Any:
        call = self._run_in_executor(executor, function, *args)
        if (who := owner.get()) is not None:
            task = asyncio.current_task(self._loop)
            if task is not None:
                who.in_thread(task, call)
        return call


def _restore(loop: Any, name: str, before: Any) -> None:
    delattr(loop, name)
    if getattr(loop, name) != before:  # not the method of its class
        setattr(loop, name, before)


# Trying


def can_read(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the internals of the running ``loop`` are as expected, tried once for each type."""
    kind = type(loop)
    if (known := _readable.get(kind)) is None:
        known = _readable[kind] = _try_reading(loop)
    return known


def _try_reading(loop: Any) -> bool:
    handle, timer = loop.call_soon(_nothing), loop.call_later(3600, _nothing)
    try:
        return (
            any(ready is handle for ready in loop._ready)
            and any(scheduled is timer for scheduled in loop._scheduled)
            and isinstance(handle._context, Context)
            and isinstance(timer._context, Context)
            and not handle._cancelled
            and _sees_sleeps(loop)
        )
    except (AttributeError, TypeError):
        return False
    finally:
        handle.cancel()
        timer.cancel()


def _sees_sleeps(loop: Any) -> bool:
    """Whether ``asyncio.sleep`` sets the timer that is expected, by ``loop.call_later``."""
    call_later, timers = loop.call_later, []

    def note(*args: Any, **options: Any) -> Any:
        timers.append(call_later(*args, **options))
        return timers[-1]

    loop.call_later = note
    sleeping = asyncio.sleep(3600)
    try:
        woken = sleeping.send(None)
        (timer,) = timers
        return timer._callback is _END_SLEEP and timer._args[0] is woken
    except ValueError:  # it sets none, or several
        return False
    finally:
        sleeping.close()
        _restore(loop, "call_later", call_later)


def _nothing() -> None:
    pass
