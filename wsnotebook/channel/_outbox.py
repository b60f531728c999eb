"""What one member is sent, in order: at once while it keeps up, from a queue while it does not.

Rules:

1. Messages leave in the order in which they were given, whoever gave them.
2. A broadcast waits for nobody. What a member cannot take at once waits in its queue, which a task
   empties; the task exists only while there is something to wait for.
3. Who falls further behind than the limit is told to the owner, once. So is who is dead.

What that means for the connection is ``_life``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextvars import Context
from typing import Any, Protocol

from ._first_steps import FirstSteps, Rest

__all__ = ["Outbox", "send_to_all"]

Item = tuple["str | bytes", "asyncio.Future[None] | None"]


class Owner(Protocol):
    """Who is told of a member that cannot be sent to."""

    def died(self, exception: Exception) -> None:
        """A send raised ``exception``."""

    def fell_behind(self) -> None:
        """More messages wait than the limit."""


class Outbox:
    """The way out to one socket.

    Args:
        socket: Anything with ``await send(data)``.
        owner: Who is told.
        limit: How many messages may wait.
        context: What sends that nobody awaits run in.
    """

    __slots__ = ("_busy", "_context", "_limit", "_owner", "_queue", "_socket", "_stopped", "_task")

    def __init__(self, socket: Any, owner: Owner, limit: int, context: Context) -> None:
        self._socket = socket
        self._owner = owner
        self._limit = limit
        self._context = context
        self._busy = False
        self._stopped = False
        self._queue: deque[Item] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def context(self) -> Context:
        """What sends that nobody awaits run in."""
        return self._context

    async def send(self, data: str | bytes) -> None:
        """Send ``data`` after what waits already; what the socket raises is raised.

        Cancelling takes back what has not begun.

        Raises:
            ConnectionError: It was stopped first.
        """
        if self._stopped:
            raise ConnectionError("stopped")
        if self._busy:
            sent = asyncio.get_running_loop().create_future()
            self._queue.append((data, sent))
            await sent
            return
        self._busy = True
        try:
            await self._socket.send(data)
        finally:
            self._busy = False
            if self._queue:
                self._start()

    def offer(self, messages: tuple[str | bytes, ...], steps: FirstSteps) -> None:
        """Send ``messages`` as part of a broadcast, without waiting."""
        for data in messages:
            if self._stopped:
                return
            if self._busy:
                self._queue.append((data, None))
                if len(self._queue) > self._limit:
                    self._owner.fell_behind()
                continue
            self._busy = True
            try:
                done = steps.take(self, self._socket.send(data))
            except Exception as exc:
                self._busy = False
                self._owner.died(exc)
                return
            self._busy = not done
            if done and self._queue:  # the send itself has led to another
                self._start()

    def stop(self) -> None:
        """Send nothing more, and let those who wait know."""
        self._stopped = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._fail(ConnectionError("stopped"))

    # The task that empties the queue

    def goes_on_in(self, task: asyncio.Task[None]) -> None:
        """Note which task it is."""
        self._task = task

    async def go_on(self, rest: Rest) -> None:
        """Finish a send that waits, then send what has come after it."""
        await self._empty(rest)

    def _start(self) -> None:
        self._busy = True
        self._task = asyncio.Task(
            self._empty(None), loop=asyncio.get_running_loop(), context=self._context.copy()
        )

    async def _empty(self, rest: Rest | None) -> None:
        sent: asyncio.Future[None] | None = None
        try:
            if rest is not None:
                await rest
            while self._queue:
                data, sent = self._queue.popleft()
                if sent is None or not sent.done():
                    await self._socket.send(data)
                    _resolve(sent, None)
        except Exception as exc:
            _resolve(sent, exc)
            self._fail(exc)
            if not self._stopped:
                self._owner.died(exc)
        finally:
            self._busy = False
            self._task = None
            _resolve(sent, ConnectionError("stopped"))

    def _fail(self, exc: Exception) -> None:
        while self._queue:
            _resolve(self._queue.popleft()[1], exc)


def _resolve(sent: asyncio.Future[None] | None, failure: Exception | None) -> None:
    if sent is None or sent.done():
        return
    if failure is None:
        sent.set_result(None)
    else:
        sent.set_exception(failure)


def send_to_all(outboxes: Iterable[Outbox], messages: tuple[str | bytes, ...]) -> None:
    """Send ``messages`` through each of ``outboxes``, waiting for none."""
    remaining = iter(outboxes)
    first = next(remaining, None)
    if first is None:
        return
    with FirstSteps(first.context) as steps:
        first.offer(messages, steps)
        for outbox in remaining:
            outbox.offer(messages, steps)
