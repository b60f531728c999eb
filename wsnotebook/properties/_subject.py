"""What is searched, on the loop of its search: made, started, watched and stopped.

An app runs in process under virtual time, one and the same for all conversations, or a fresh one
for each where there is a factory. A URL and a Server are reached over the network, in real time.
What is said to it is ``_converse``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from ..client import Client
from ..clock import VirtualTimeLoop
from ..errors import AppCrashed, SetupError
from ..transports import transport_for
from ..transports.asgi import ASGITransport
from ..transports.memory import MemoryTransport
from ..transports.runs import AppRun
from ..transports.settled import Activity
from ..transports.targets import kind_of, without_class
from ._watchdog import watching

__all__ = ["LINGER", "Inside", "Subject", "inside", "patience", "task_name"]

# Virtual seconds that an app's tasks may go on after the last client left, and how many jumps of
# the clock: a heartbeat that finds its client gone ends within its interval.
LINGER = 120.0
_JUMPS = 1_000


class Inside(Protocol):
    """A connection whose other end runs on the same loop."""

    @property
    def activity(self) -> Activity:
        """All that the app does."""

    @property
    def task(self) -> asyncio.Task[Any]:
        """The task of the handler."""

    @property
    def busy(self) -> bool:
        """Whether the handler holds a message, or one waits for it."""

    @property
    def has_read(self) -> bool:
        """Whether the handler has ever taken a message."""

    @property
    def was_told(self) -> bool:
        """Whether the handler was told that the connection is over."""


def patience(message_timeout: float, messages: int) -> float:
    """Return the seconds that a handler has to end; it may have ``messages`` to deal with first."""
    return max(LINGER, message_timeout * (messages + 1))


def inside(client: Client) -> Inside | None:
    """Return the connection of ``client`` if its other end can be looked into."""
    connection: Any = client._session.connection
    return connection if hasattr(connection, "activity") else None


class Subject:
    """What is searched.

    Args:
        target: As ``connect`` takes it; the first app of ``factory``, if there is one.
        factory: Makes an app for each conversation.

    Attributes:
        is_network: Whether it is reached over the network.
        loop: The loop of the search.
    """

    def __init__(self, target: Any, factory: Callable[[], Any] | None = None) -> None:
        self._factory = factory
        self._server = target if hasattr(target, "crashes") else None
        self._target = getattr(target, "url", target) if self._server is not None else target
        transport = transport_for(self._target)
        self.is_network = not isinstance(transport, ASGITransport | MemoryTransport)
        self.loop: asyncio.AbstractEventLoop = (
            asyncio.new_event_loop() if self.is_network else VirtualTimeLoop()
        )
        self.loop.set_exception_handler(self._noted)
        self._unseen: list[BaseException] = []
        self._transport: Any = transport
        self._run: AppRun | None = None
        self._lasting: set[asyncio.Task[Any]] = set()
        self._lazy: set[str] = set()

    @property
    def used_threads(self) -> bool:
        """Whether the app had something done in threads, whose order is not ours."""
        return isinstance(self.loop, VirtualTimeLoop) and self.loop.used_threads

    @property
    def is_fresh(self) -> bool:
        """Whether each conversation has an app of its own."""
        return self._factory is not None

    @property
    def transport(self) -> Any:
        """What clients connect to."""
        return self._transport

    @property
    def closes_itself(self) -> bool:
        """Whether a connection that ends without a close frame (1006) means that it failed.

        An ASGI app that just returns ends like that, too.
        """
        if self._server is not None:
            return kind_of(without_class(self._server.target)) == "handler"
        return not isinstance(self._transport, ASGITransport)

    def watched(self) -> AbstractContextManager[None]:
        """Return a context in which code that blocks the loop is ended."""
        return watching(self.loop) if isinstance(self.loop, VirtualTimeLoop) else nullcontext()

    # The life of the app

    async def start(self) -> None:
        """Start the app that all conversations share, if they do.

        Raises:
            SetupError: It does not start.
        """
        if self._factory is None:
            await self._enter()

    async def begin(self) -> None:
        """Get ready for one conversation.

        Raises:
            SetupError: The factory, or the app that it made, does not work.
        """
        if self._factory is not None:
            self._transport = transport_for(self._factory())
            await self._enter()
        if self._run is not None:
            self._lasting = set(self._run.activity.tasks)

    async def end(self) -> list[tuple[BaseException, bool]]:
        """End what ``begin`` began.

        Returns:
            What crashed meanwhile and no connection told, and whether a background task raised it.
        """
        crashes = self._crashes_elsewhere()
        if self._factory is not None:
            crashes += [(crash, True) for crash in await self._leave()]
        return crashes

    async def stop(self) -> list[BaseException]:
        """Stop the app; return what crashed in its shut-down."""
        return await self._leave() if self._factory is None else []

    async def _enter(self) -> None:
        self._run = None
        if self.is_network:
            return
        is_asgi = isinstance(self._transport, ASGITransport)
        app = self._transport.app if is_asgi else self._transport.handler
        run = AppRun.of(app, lifespan=is_asgi)
        try:
            await run.enter()
        except AppCrashed as exc:
            raise SetupError(f"the app does not start: {exc}") from exc.__cause__
        self._run = run

    async def _leave(self) -> list[BaseException]:
        run, self._run = self._run, None
        if run is None:
            return []
        crashes = await run.leave()
        left = list(run.activity.tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1.0)
        return crashes

    def close(self) -> None:
        """Close the loop, with all that is left on it."""
        try:
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            if left:
                self.loop.run_until_complete(asyncio.wait(left, timeout=1.0))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
        finally:
            self.loop.close()

    def _noted(self, _: object, context: dict[str, Any]) -> None:
        """A callback of the loop raised; what tasks raise is seen by the app's Activity."""
        exception = context.get("exception")
        if exception is not None and not {"task", "future"} & context.keys():
            self._unseen.append(exception)

    def _crashes_elsewhere(self) -> list[tuple[BaseException, bool]]:
        unseen, self._unseen = self._unseen, []
        if self._run is not None:
            unseen += self._run.activity.failures()
        found = [(crash, True) for crash in unseen]
        if self._server is not None:
            found += [(crash, False) for crash in self._server.crashes]
            self._server.crashes.clear()
        return found

    # What is left

    async def ended(self, task: asyncio.Task[Any], limit: float) -> bool:
        """Wait ``limit`` seconds for a handler whose client is gone; return whether it ended."""
        return task.done() or not await self._linger({task}, limit)

    async def left_behind(self) -> list[asyncio.Task[Any]]:
        """Return the tasks that the conversation started and that do not end."""
        if self._run is None or self._run.activity.tasks <= self._lasting:
            return []
        left = await self._linger(self._run.activity.tasks - self._lasting)
        return [task for task in left if task_name(task) not in self._lazy]

    def accept(self, tasks: list[asyncio.Task[Any]], *, by_name: bool) -> None:
        """Leave ``tasks`` out of what is left behind; ``by_name`` also those that run the same.

        So an app may start a task once, for whoever comes first.
        """
        self._lasting.update(tasks)
        if by_name:
            self._lazy.update(map(task_name, tasks))

    async def _linger(
        self, tasks: set[asyncio.Task[Any]], limit: float = LINGER
    ) -> set[asyncio.Task[Any]]:
        """Let time pass while ``tasks`` go on; return those that still do."""
        loop = self.loop
        assert isinstance(loop, VirtualTimeLoop)
        until, jumps = loop.time() + limit, loop.jumps + _JUMPS
        step = 1.0
        while tasks and loop.time() < until and (step == 1.0 or loop.jumps < jumps):
            _, tasks = await asyncio.wait(tasks, timeout=min(step, until - loop.time()))
            step *= 2
        return tasks


def task_name(task: asyncio.Task[Any]) -> str:
    """Return what ``task`` runs."""
    return getattr(task.get_coro(), "__qualname__", task.get_name())
