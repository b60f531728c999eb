"""One lazy timer for all the deadlines of a loop.

A timer per wait would cost a heap insertion and a cancellation each. Most waits end long before
their deadline, so one timer stands for all: it is set for the earliest deadline, left alone when
waits end, and when it fires it looks what is still pending and sets itself again.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any, Final, Protocol

__all__ = ["EXPIRED", "Cutoff", "Deadlines"]

_NEVER: Final = float("inf")

EXPIRED: Final = object()
"""What a future resolves to when its deadline passed."""


class Pending(Protocol):
    """What has a deadline: a future, or a :class:`Cutoff`."""

    def done(self) -> bool:
        """Whether it needs no deadline any more."""

    def set_result(self, result: Any, /) -> None:
        """Called with ``EXPIRED`` at the deadline."""


class Deadlines:
    """Resolves what is pending to :data:`EXPIRED` at its deadline, on the clock of one loop."""

    __slots__ = ("_due", "_loop", "_pending", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Weakly, as is its timer, which refers to it: the loop is the key of this value.
        self._loop = weakref.proxy(loop)
        self._pending: dict[Pending, float] = {}
        self._timer: weakref.ref[asyncio.TimerHandle] | None = None
        self._due = _NEVER  # when the timer is set for; never without a timer

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> Deadlines:
        """Return the deadlines of ``loop``."""
        deadlines = _of_loops.get(loop)
        if deadlines is None:
            deadlines = _of_loops[loop] = cls(loop)
        return deadlines

    def add(self, pending: Pending, when: float) -> None:
        """Watch ``pending`` until ``when``, a reading of the loop's clock; infinity: never."""
        if when != _NEVER:
            self._pending[pending] = when
            if when < self._due:
                self._arm(when)

    def discard(self, pending: Pending) -> None:
        """Stop watching ``pending``, if it was watched."""
        self._pending.pop(pending, None)

    def _arm(self, when: float) -> None:
        if self._timer is not None and (timer := self._timer()) is not None:
            timer.cancel()
        self._due = when
        self._timer = weakref.ref(self._loop.call_at(when, self._fire))

    def _fire(self) -> None:
        # A loop may fire a timer up to its clock's resolution early: what is due by the time the
        # timer was set for counts as expired.
        now = max(self._loop.time(), self._due)
        self._timer, self._due = None, _NEVER
        for pending, when in list(self._pending.items()):
            if when <= now:
                del self._pending[pending]
                if not pending.done():
                    pending.set_result(EXPIRED)
        if self._pending:
            self._arm(min(self._pending.values()))


class Cutoff:
    """Cancels the task that made it at a deadline or on demand, and knows that it did.

    What ``asyncio.timeout`` does, on the shared timer.
    """

    __slots__ = ("_cancelling", "_expired", "_task")

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._expired = False

    def done(self) -> bool:
        """Whether it cancelled its task."""
        return self._expired

    def set_result(self, _: object = None, /) -> None:
        """Cancel the task."""
        self._expired = True
        self._task.cancel()

    def caught(self) -> bool:
        """Take back the cancellation that the task is seeing; return whether it was ours alone."""
        return self._expired and self._task.uncancel() <= self._cancelling


_of_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Deadlines] = (
    weakref.WeakKeyDictionary()
)
