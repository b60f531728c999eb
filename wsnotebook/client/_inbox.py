"""What a client received, who waits for what, and whose turn it is.

Rules:

1. A *watch* looks and takes nothing. It is tested the moment a message arrives, so neither another
   watch, nor a receive, nor ``clear_messages`` can make it miss one.
2. A *turn* is a place in the queue of those who receive. Only the first in the queue may take, by
   moving the cursor, and it does so when it runs, never when a message arrives: cancelled between
   the two, it has taken nothing and the next in the queue is woken instead.
3. When the connection ends, what arrived can still be taken; everybody else is told ``ENDED``.

Nothing here knows about errors, transports or names; ``_client`` makes errors of the outcomes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVar

from ..errors import is_ours
from ._deadlines import EXPIRED, Deadlines

__all__ = ["AT_ONCE", "ENDED", "EXPIRED", "Inbox", "Turn"]

__tracebackhide__ = is_ours

T = TypeVar("T")

ENDED: Final = object()
"""What a wait resolves to when the connection ended first."""

AT_ONCE: Final = float("-inf")
"""A deadline that lets nothing be waited for."""


class _Raised:
    """What a test raised; a future cannot hold every exception itself (StopIteration)."""

    __slots__ = ("exception",)

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception


class Turn:
    """A place in the queue of receivers."""

    __slots__ = ("wake",)

    def __init__(self) -> None:
        self.wake: asyncio.Future[Any] | None = None


class Inbox:
    """Received messages, the cursor over them, the watches and the queue of turns."""

    __slots__ = (
        "_forgotten",
        "_queue",
        "_watches",
        "cursor",
        "deadlines",
        "ended",
        "loop",
        "messages",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.deadlines = Deadlines.of(loop)
        self.messages: list[str | bytes] = []
        self.cursor = 0
        self.ended = False
        self._forgotten = 0
        self._watches: dict[asyncio.Future[Any], Callable[[str | bytes], Any]] = {}
        self._queue: deque[Turn] = deque()

    # Arrivals

    def arrive(self, data: str | bytes) -> None:
        """Add a message, answer the watches it satisfies, wake the first in the queue."""
        self.messages.append(data)
        if self._watches:
            self._answer_watches(data)
        if self._queue and (wake := self._queue[0].wake) is not None and not wake.done():
            wake.set_result(None)

    def _answer_watches(self, data: str | bytes) -> None:
        for future, test in list(self._watches.items()):
            if future.done():
                continue
            try:
                outcome = test(data)
            except BaseException as exc:  # a user's predicate: it is that wait's failure alone
                future.set_result(_Raised(exc))
            else:
                if outcome is not None:
                    future.set_result(outcome)

    def end(self) -> None:
        """Tell everybody that nothing more will come."""
        self.ended = True
        for future in self._watches:
            if not future.done():
                future.set_result(ENDED)
        self.wake_first()

    def clear(self) -> None:
        """Forget what arrived; nothing is unread."""
        self._forgotten += len(self.messages)
        self.messages.clear()
        self.cursor = 0

    @property
    def position(self) -> int:
        """How many messages have ever arrived."""
        return self._forgotten + len(self.messages)

    @property
    def read_to(self) -> int:
        """How many of them were taken or forgotten."""
        return self._forgotten + self.cursor

    def since(self, position: int) -> list[str | bytes]:
        """Return what arrived after ``position`` and is not forgotten."""
        return self.messages[max(0, position - self._forgotten) :]

    def deadline(self, limit: float) -> float:
        """Return the reading of the loop's clock in ``limit`` seconds; 0 seconds: ``AT_ONCE``."""
        return self.loop.time() + limit if limit else AT_ONCE

    # Looking

    async def watch(self, test: Callable[[str | bytes], Any], deadline: float) -> Any:
        """Return the first outcome of ``test`` on a new message that is not ``None``.

        Returns:
            That outcome, or ``EXPIRED`` or ``ENDED``.
        """
        if self.ended:
            return ENDED
        if deadline == AT_ONCE:
            return EXPIRED
        future = self.loop.create_future()
        self._watches[future] = test
        self.deadlines.add(future, deadline)
        try:
            outcome = await future
        finally:
            del self._watches[future]
            self.deadlines.discard(future)
        if isinstance(outcome, _Raised):
            raise outcome.exception
        return outcome

    # Taking

    @property
    def unread(self) -> int:
        """How many messages no receive has taken."""
        return len(self.messages) - self.cursor

    def has_unread(self) -> bool:
        """Whether there is a message that no receive has taken."""
        return self.cursor < len(self.messages)

    async def take(self, parse: Callable[[str | bytes], T], limit: float) -> T | Any:
        """Return the next message parsed; if parsing fails, nothing is taken.

        Returns:
            The message, or ``EXPIRED`` after ``limit`` seconds, or ``ENDED``.
        """
        if not self._queue and self.cursor < len(self.messages):
            return self._take(parse)
        turn = self.join()
        deadline = self.deadline(limit)
        woken: Any = None
        try:
            # wait_turn(), written out: one coroutine less on the path of every message.
            while self.cursor >= len(self.messages) or self._queue[0] is not turn:
                if self.ended and self._queue[0] is turn:
                    return ENDED
                if woken is EXPIRED or deadline == AT_ONCE:
                    return EXPIRED
                woken = await self._sleep(turn, deadline)
            return self._take(parse)
        finally:
            self.leave(turn)

    def _take(self, parse: Callable[[str | bytes], T]) -> T:
        message = parse(self.messages[self.cursor])
        self.cursor += 1
        return message

    def join(self) -> Turn:
        """Take the last place in the queue."""
        turn = Turn()
        self._queue.append(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Give up a place, wherever it is, and let the first in the queue look."""
        self._queue.remove(turn)
        if turn.wake is not None:
            self.deadlines.discard(turn.wake)
        if self._queue:
            self.wake_first()

    async def wait_turn(self, turn: Turn, ready: Callable[[], bool], deadline: float) -> Any:
        """Return ``None`` once ``turn`` is first in the queue and ``ready()``.

        Args:
            turn: A place in the queue.
            ready: Asked again whenever something happened.
            deadline: A reading of the loop's clock, or ``AT_ONCE``.

        Returns:
            ``None``, or ``EXPIRED``, or ``ENDED`` when it is first and will never be ready.
        """
        woken: Any = None
        while True:
            if self._queue[0] is turn:
                if ready():
                    return None
                if self.ended:
                    return ENDED
            if woken is EXPIRED or deadline == AT_ONCE:
                return EXPIRED
            woken = await self._sleep(turn, deadline)

    def _sleep(self, turn: Turn, deadline: float) -> asyncio.Future[Any]:
        """Return a future that is resolved when ``turn`` should look again, or ``EXPIRED``."""
        if turn.wake is not None:
            self.deadlines.discard(turn.wake)
        turn.wake = wake = self.loop.create_future()
        self.deadlines.add(wake, deadline)
        return wake

    def wake_first(self) -> None:
        """Let the first in the queue look again."""
        if self._queue and (wake := self._queue[0].wake) is not None and not wake.done():
            wake.set_result(None)
