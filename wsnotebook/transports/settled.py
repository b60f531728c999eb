"""Seeing that an app has nothing left to do.

An :class:`Activity` is all that one app does on one loop: its tasks, its sleeps, its connections.
The app is settled when

1. nothing of it is ready to run,
2. every handler that took a message is back for the next or over, and none is in a thread, and
3. every plain sleep set since the last delivery has ended: in a task that is not such a handler
   only the first, and none of a task that was asleep when the delivery came and so does not react
   to it. So heartbeats do not block it.

Timers that are not plain sleeps (deadlines) and sleeps older than the last delivery do not count.
Not seen: threads that the app's own tasks call, tasks started outside the app, other processes,
and a background task that sleeps twice before it speaks.

How the loop is read is ``_internals``. On one that cannot be read (uvloop), rules 1 and 3 become a
short quiet period, and a warning says so.
"""

from __future__ import annotations

import asyncio
import warnings
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, Protocol, TypeVar

from ._internals import Hooks, can_read, has_ready, owner, timers, unseen, woken_by
from ._tasks import where
from .disconnects import is_disconnect

__all__ = ["Activity", "Holder"]

T = TypeVar("T")

_QUIET = 0.02  # seconds without a change that count as settled where the loop cannot be read
_TURNS = 100  # of the loop, that background tasks may go on when their last client leaves
_warned: set[type] = set()


class Holder(Protocol):
    """A connection of the app, as far as settling is concerned."""

    @property
    def busy(self) -> bool:
        """Whether its handler holds a message, or one waits for it."""

    @property
    def task(self) -> asyncio.Task[Any]:
        """The task of its handler."""


class _Sleep(NamedTuple):
    """A plain sleep.

    Attributes:
        timer: What ends it.
        woken: What its task awaits.
    """

    timer: asyncio.TimerHandle
    woken: asyncio.Future[Any]

    @property
    def pending(self) -> bool:
        """Whether it goes on."""
        return not self.woken.done()

    def ended_after(self, when: float) -> bool:
        """Whether, being over, it ended by itself, and after ``when``."""
        return not self.woken.cancelled() and self.timer.when() > when


class Activity:
    """All that one app does on one loop.

    Args:
        loop: The loop.
        on_idle: Called when the last of the app's tasks has ended.

    Attributes:
        holders: The app's connections.
        tasks: The app's tasks that are not done, whoever started them within the app.
    """

    __slots__ = ("_calls", "_changes", "_crashes", "_delivered_at", "_exact", "_failed",
                 "_first_sleeps", "_hooks", "_last_sleeps", "_on_idle", "_slept", "_watchers",
                 "holders", "loop", "tasks")  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, on_idle: Callable[[], None]) -> None:
        self.loop = loop
        self.holders: set[Holder] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._on_idle = on_idle
        self._hooks: Hooks | None = None
        self._failed: list[asyncio.Task[Any]] = []
        self._crashes: list[BaseException] = []
        self._watchers: set[asyncio.Future[None]] = set()
        self._slept = False  # whether any task has ever slept
        self._delivered_at = 0.0
        # The sleeps of each task: the first since the last delivery, and the last of all.
        self._first_sleeps: dict[asyncio.Task[Any], _Sleep] = {}
        self._last_sleeps: weakref.WeakKeyDictionary[asyncio.Task[Any], _Sleep] = (
            weakref.WeakKeyDictionary()
        )
        self._calls: dict[asyncio.Future[Any], asyncio.Task[Any]] = {}  # in threads, of handlers
        self._changes = 0
        self._exact = can_read(loop)
        if not self._exact:
            _warn(type(loop))

    # Tasks

    def open(self) -> None:
        """Begin to see the tasks and sleeps of the app; ends with :meth:`close`."""
        hooks: Any = self.loop.get_task_factory()
        if hooks is not None and hooks is self._hooks:
            return  # it was not closed since
        self.close()
        if not isinstance(hooks, Hooks):
            hooks = Hooks(self.loop, sleeps=self._exact)
        hooks.users += 1
        self._hooks = hooks

    def close(self) -> None:
        """Stop seeing them; the loop gets back what it had."""
        if self._hooks is not None:
            self._hooks.users -= 1
            if not self._hooks.users:
                self._hooks.remove()
            self._hooks = None

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task of the app: what it starts in turn belongs to the app, too.

        Who starts it looks after its end; only what it starts in turn is watched.
        """
        hooks: Any = self.loop.get_task_factory()
        if isinstance(hooks, Hooks):
            task: asyncio.Task[Any] = self.call(hooks.create, self.loop, coroutine)
            return task
        return self.call(self.loop.create_task, coroutine)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call ``function`` as the app: what it starts belongs to the app."""
        token = owner.set(self)
        try:
            return function(*args)
        finally:
            owner.reset(token)

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Keep ``task`` among the app's tasks until it is done, and note whether it failed."""
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if self._first_sleeps:
            self._first_sleeps.pop(task, None)
        if (failure := unseen(task)) is not None:
            if is_disconnect(failure):
                task.exception()  # no crash: asyncio shall not log it either
            else:
                self._failed.append(task)
        if not self.tasks:
            self._on_idle()

    def crashed(self, exception: BaseException) -> None:
        """Note what a task raised and a framework handles itself."""
        self._crashes.append(exception)

    @property
    def quiet(self) -> bool:
        """Whether the app has no tasks, and none of those that it had failed."""
        return not self.tasks and not self._failed and not self._crashes

    async def rest(self) -> None:
        """Let background tasks run until they wait for something, so that they can fail now."""
        turns = _TURNS
        while self.tasks and turns and self._runnable():
            turns -= 1
            await asyncio.sleep(0)

    def failures(self) -> list[BaseException]:
        """Return what tasks raised and nobody has looked at, each once."""
        for task in [task for task in self.tasks if task.done()]:
            self._done(task)
        failed, self._failed = self._failed, []
        still_unseen = [task for task in failed if unseen(task) is not None]
        crashes, self._crashes = self._crashes, []
        return crashes + [exc for task in still_unseen if (exc := task.exception()) is not None]

    # Changes

    def delivered(self) -> None:
        """Note that something is being handed to the app: older sleeps no longer count."""
        if self._slept:
            self._first_sleeps.clear()
            self._delivered_at = self.loop.time()

    def sleeping(self, task: asyncio.Task[Any], sleep: asyncio.TimerHandle) -> None:
        """Note that ``task`` sets a plain sleep."""
        self._slept = True
        last = self._last_sleeps.get(task)
        this = self._last_sleeps[task] = _Sleep(sleep, woken_by(sleep))
        if task not in self._first_sleeps and sleep.when() < float("inf"):
            was_asleep = last is not None and last.ended_after(self._delivered_at)
            self._first_sleeps[task] = last if last is not None and was_asleep else this
        if self._watchers:
            self.changed()  # it may be past their deadline

    def in_thread(self, task: asyncio.Task[Any], call: asyncio.Future[Any]) -> None:
        """Note that ``task`` calls a function in a thread; only a handler's own task counts."""
        if any(holder.task is task for holder in self.holders):
            self._calls[call] = task
            call.add_done_callback(self._calls.pop)
            call.add_done_callback(lambda _: self.changed())

    def changed(self) -> None:
        """Wake those who wait for the app to settle; called when a handler asks, sleeps or ends."""
        self._changes += 1
        if self._watchers:
            for watcher in self._watchers:
                if not watcher.done():
                    watcher.set_result(None)
            self._watchers.clear()

    # Looking

    def settled(self) -> bool:
        """Whether the app is settled now; always ``False`` where the loop cannot be read."""
        return (
            self._exact
            and not self._runnable()
            and not self._calls
            and not any(holder.busy for holder in self.holders)
            and not self._fresh_sleeps()
        )

    def _runnable(self) -> bool:
        return self._exact and has_ready(self.loop, self)

    def _fresh_sleeps(self) -> list[_Sleep]:
        """Return the plain sleeps set since the last delivery, the first of each task."""
        return [sleep for sleep in self._first_sleeps.values() if sleep.pending]

    # Waiting

    async def settle(self, deadline: float) -> None:
        """Return when the app is settled.

        Args:
            deadline: A reading of the loop's clock.

        Raises:
            TimeoutError: It will not be by then; the text says what is still busy.
        """
        if not self._exact:
            await self._settle_by_quiet(deadline)
            return
        while True:
            if self._runnable():
                if self.loop.time() >= deadline:
                    raise TimeoutError("the app is still running")
                await asyncio.sleep(0)
                continue
            busy = self._busy()
            sleeps = self._fresh_sleeps()
            if not busy and not sleeps:
                return
            if late := self._too_late(busy, sleeps, deadline):
                raise TimeoutError(self._why(*late))
            await self._change(busy, sleeps, deadline)

    def _busy(self) -> list[Holder]:
        return [one for one in self.holders if one.busy or one.task in self._calls.values()]

    def _too_late(
        self, busy: list[Holder], sleeps: list[_Sleep], deadline: float
    ) -> tuple[list[Holder], list[_Sleep]] | None:
        """Return who sleeps past the deadline, if no timer of the app can cut it short before.

        While a handler is busy, only handlers' sleeps tell: it may end those of other tasks.
        """
        late = [sleep for sleep in sleeps if sleep.timer.when() > deadline]
        asleep = [holder for holder in busy if self._sleeps_past(holder.task, deadline)]
        if not (asleep if busy else late):
            return None
        if any(timer.when() <= deadline for timer in timers(self.loop, self)):
            return None
        return asleep, late

    def _sleeps_past(self, task: asyncio.Task[Any], deadline: float) -> bool:
        sleep = self._last_sleeps.get(task)
        return sleep is not None and sleep.pending and sleep.timer.when() > deadline

    async def _change(self, busy: list[Holder], sleeps: list[_Sleep], deadline: float) -> None:
        """Wait until a handler asks or ends, or a sleep begins or ends."""
        watcher = self.loop.create_future()
        self._watchers.add(watcher)

        def wake(_: object) -> None:
            if not watcher.done():
                watcher.set_result(None)

        for sleep in sleeps:
            sleep.woken.add_done_callback(wake)
        try:
            async with asyncio.timeout_at(None if deadline == float("inf") else deadline):
                await watcher
        except TimeoutError:
            raise TimeoutError(self._why(busy, sleeps)) from None
        finally:
            self._watchers.discard(watcher)
            for sleep in sleeps:
                sleep.woken.remove_done_callback(wake)

    async def _settle_by_quiet(self, deadline: float) -> None:
        while True:
            seen = self._changes
            await asyncio.sleep(min(_QUIET, max(0.0, deadline - self.loop.time())))
            busy = self._busy()
            if seen == self._changes and not busy:
                return
            if self.loop.time() >= deadline:
                raise TimeoutError(self._why(busy, []))

    def _why(self, busy: list[Holder], sleeps: list[_Sleep]) -> str:
        if busy:
            return f"a handler has not come back for the next message; it {where(busy[0].task)}"
        if not sleeps:
            return ""
        late = max(sleeps, key=lambda sleep: sleep.timer.when())
        left = float(f"{max(0.0, late.timer.when() - self.loop.time()):.3g}")
        sleeper = next((task for task, sleep in self._first_sleeps.items() if sleep is late), None)
        place = f"; it {where(sleeper)}" if sleeper is not None else ""
        return f"a background task sleeps for another {left:g} s{place}"


def _warn(kind: type) -> None:
    if kind in _warned:
        return
    _warned.add(kind)
    warnings.warn(
        f"the internals of {kind.__name__} cannot be read: 'settled' is approximated by {_QUIET} s "
        "without a change; use asyncio's own loop to have it exact",
        RuntimeWarning,
        stacklevel=2,
    )
