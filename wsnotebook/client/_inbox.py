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
from typing import Any, Final

from ._deadlines import EXPIRED, Deadlines

__all__ = ["ENDED", "EXPIRED", "Inbox", "Turn"]

ENDED: Final = object()
"""What a wait resolves to when the connection ended first."""


class Turn:
    """A place in the queue of receivers."""

    __slots__ = ("wake",)

    def __init__(self) -> None:
        self.wake: asyncio.Future[Any] | None = None


class Inbox:
    """Received messages, the cursor over them, the watches and the queue of turns."""

    __slots__ = ("_queue", "_watches", "cursor", "deadlines", "ended", "loop", "messages")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.deadlines = Deadlines(loop)
        self.messages: list[str | bytes] = []
        self.cursor = 0
        self.ended = False
        self._watches: dict[asyncio.Future[Any], Callable[[str | bytes], Any]] = {}
        self._queue: deque[Turn] = deque()

    # Arrivals

    def arrive(self, data: str | bytes) -> None:
        """Add a message, answer the watches it satisfies, wake the first in the queue."""
        self.messages.append(data)
        if self._watches:
            self._answer_watches(data)
        if self._queue:
            self.wake_first()

    def _answer_watches(self, data: str | bytes) -> None:
        for future, test in list(self._watches.items()):
            if future.done():
                continue
            try:
                outcome = test(data)
            except Exception as exc:  # a user's predicate: it is that wait's failure alone
                future.set_exception(exc)
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
        self.deadlines.stop()

    def clear(self) -> None:
        """Forget what arrived; nothing is unread."""
        self.messages.clear()
        self.cursor = 0

    # Looking

    async def watch(self, test: Callable[[str | bytes], Any], deadline: float) -> Any:
        """Return the first outcome of ``test`` on a new message that is not ``None``.

        Returns:
            That outcome, or ``EXPIRED`` or ``ENDED``.
        """
        if self.ended:
            return ENDED
        if deadline <= self.loop.time():
            return EXPIRED
        future = self.loop.create_future()
        self._watches[future] = test
        self.deadlines.add(future, deadline)
        try:
            return await future
        finally:
            del self._watches[future]
            self.deadlines.discard(future)

    # Taking

    @property
    def unread(self) -> int:
        """How many messages no receive has taken."""
        return len(self.messages) - self.cursor

    def has_unread(self) -> bool:
        """Whether there is a message that no receive has taken."""
        return self.cursor < len(self.messages)

    def take_one(self) -> str | bytes:
        """Move the cursor over one message and return it."""
        message = self.messages[self.cursor]
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
        self.wake_first()

    async def wait_turn(self, turn: Turn, ready: Callable[[], bool], deadline: float) -> Any:
        """Return ``None`` once ``turn`` is first in the queue and ``ready()``.

        Returns:
            ``None``, or ``EXPIRED``, or ``ENDED`` when it is first and will never be ready.
        """
        while True:
            first = self._queue[0] is turn
            if first and ready():
                return None
            if first and self.ended:
                return ENDED
            if deadline <= self.loop.time():
                return EXPIRED
            turn.wake = self.loop.create_future()
            self.deadlines.add(turn.wake, deadline)
            try:
                if await turn.wake is EXPIRED and not (self._queue[0] is turn and ready()):
                    return EXPIRED
            finally:
                self.deadlines.discard(turn.wake)
                turn.wake = None

    def wake_first(self) -> None:
        """Let the first in the queue look again."""
        if self._queue and (wake := self._queue[0].wake) is not None and not wake.done():
            wake.set_result(None)
