"""One lazy timer for any number of waits.

A timer per wait would cost a heap insertion and a cancellation each. Most waits end long before
their deadline, so one timer stands for all: it is set for the earliest deadline, left alone when
waits end, and when it fires it looks what is still pending and sets itself again.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

__all__ = ["EXPIRED", "Deadlines"]

EXPIRED: Final = object()
"""What a future resolves to when its deadline passed."""


class Deadlines:
    """Resolves futures to :data:`EXPIRED` at their deadlines, on the clock of one loop."""

    __slots__ = ("_due", "_loop", "_pending", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pending: dict[asyncio.Future[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, future: asyncio.Future[Any], when: float) -> None:
        """Watch ``future`` until ``when``, a reading of the loop's clock; infinity: never."""
        if when == float("inf"):
            return
        self._pending[future] = when
        if self._timer is None or when < self._due:
            self._arm(when)

    def discard(self, future: asyncio.Future[Any]) -> None:
        """Stop watching ``future``, if it was watched."""
        self._pending.pop(future, None)

    def stop(self) -> None:
        """Drop the timer if nothing is pending, so that it does not outlive its client."""
        if self._timer is not None and not self._pending:
            self._timer.cancel()
            self._timer = None

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = when
        self._timer = self._loop.call_at(when, self._fire)

    def _fire(self) -> None:
        # A loop may fire a timer up to its clock's resolution early: what is due by the time the
        # timer was set for counts as expired.
        now = max(self._loop.time(), self._due)
        self._timer = None
        for future, when in list(self._pending.items()):
            if when <= now:
                del self._pending[future]
                if not future.done():
                    future.set_result(EXPIRED)
        if self._pending:
            self._arm(min(self._pending.values()))
