"""What one test opened, and what it left behind.

While a :class:`Tracker` is entered, every client and server that opens in its context is noted with
the line that opened it, and every task that starts in it with the line that started it.
``pytest_plugin`` enters one for each test that uses its fixtures.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from .client import Client, State
from .client._session import Session
from .errors import AppCrashed, SetupError, WsNotebookError
from .opened import observer, user_line
from .server import Server

__all__ = ["Tracker", "fail"]

Tracked = TypeVar("Tracked", Client, Server)
_GRACE = 0.5  # seconds that tasks may take to end, once everything is closed
_UNKNOWN = "a line that is not known"
_HOW = "close what a test opens (async with, or ws_connect and ws_serve), and await its tasks"


class Tracker:
    """Closes at its exit what it owns, and refuses what else was left open.

    If the body raises, its exception wins: what is wrong besides is a note on it.

    Raises:
        AppCrashed: On exit: an app raised what no wait has raised.
        SetupError: On exit: clients, servers or tasks were left behind; they are closed then.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False
        self._owned: set[Session | Server] = set()
        self._lines: dict[Session | Server, str] = {}
        self._tasks = _StartLines(self._note)
        self._previous: Callable[[object], None] | None = None
        self._exits = contextlib.ExitStack()

    def own(self, what: Tracked) -> Tracked:
        """Take over closing ``what``, a Client or a Server, and return it.

        Raises:
            SetupError: The tracker has already closed what it owned.
        """
        if self._over:
            raise SetupError(
                "ws_connect and ws_serve close when the coroutine of the test ends, and it has "
                "ended; use connect() and serve() after it"
            )
        owned: Session | Server = what._session if isinstance(what, Client) else what
        self._owned.add(owned)
        self._lines[owned] = self._line()
        return what

    # What opens, and where

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._previous = observer.get()
        token = observer.set(self._note)
        self._exits.callback(observer.reset, token)
        self._exits.enter_context(self._tasks.of(self._loop))
        return self

    def _note(self, what: Any) -> None:
        if self._previous is not None:
            self._previous(what)
        if isinstance(what, Session | Server):  # a mock needs no closing
            self._lines.setdefault(what, self._line())

    def _line(self) -> str:
        line = user_line()
        if line is None and self._loop is not None and (task := asyncio.current_task(self._loop)):
            line = self._tasks.lines.get(task)  # it is a library that opens, as asyncio.gather does
        return line or _UNKNOWN

    # What is closed, and what was wrong

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over = True
        with self._exits:
            if isinstance(exc, GeneratorExit):
                return  # its loop is gone: nothing can be awaited
            problems = await self._close()
        if not problems:
            return
        worst = problems.pop(0) if exc is None else exc
        for problem in problems:
            worst.add_note(f"moreover, {_in_words(problem)}")
        if exc is None:
            fail(worst)
        if exc.__context__ is None:
            exc.__context__ = problems[0].__cause__

    async def _close(self) -> list[BaseException]:
        """Close everything; return what is wrong, the worst first."""
        left = self._left_open()
        here = [what for what in self._lines if _loop_of(what) is self._loop]
        failures = []
        for what in sorted(here, key=lambda what: isinstance(what, Server)):  # clients first
            try:
                await (what.stop() if isinstance(what, Server) else what.finish())
            except Exception as exc:
                failures.append(exc)
        left += await self._tasks.end()
        if left:
            failures.append(SetupError("\n  ".join(["the test left behind:", *left]) + "\n" + _HOW))
        return [*self._crashes(), *failures]

    def _left_open(self) -> list[str]:
        left = []
        for what, line in self._lines.items():
            elsewhere = _loop_of(what) is not self._loop
            if _is_open(what) and (elsewhere or what not in self._owned):
                loop = ", on another event loop" if elsewhere else ""
                left.append(f"{_name(what)}, opened at {line}{loop}")
        return left

    def _crashes(self) -> list[WsNotebookError]:
        sessions = [what for what in self._lines if isinstance(what, Session)]
        unseen = [s.crash_error() for s in sessions if s.crash is not None and not s.crash_seen]
        told = {id(session.crash) for session in sessions}
        for server in self._lines:
            for crash in server.crashes if isinstance(server, Server) else ():
                if id(crash) not in told:
                    error = AppCrashed(repr(crash), doing=f"on {_name(server)}")
                    error.__cause__ = crash
                    unseen.append(error)
        return unseen


class _StartLines:
    """Notes which line started each task of one observer's context."""

    def __init__(self, mine: Callable[[object], None]) -> None:
        self.lines: weakref.WeakKeyDictionary[asyncio.Task[Any], str] = weakref.WeakKeyDictionary()
        self._mine = mine

    @contextlib.contextmanager
    def of(self, loop: Any) -> Iterator[None]:
        """Note the tasks of ``loop``; its task factory is left to ``transports.settled``."""
        before, create = vars(loop).get("create_task"), loop.create_task

        def create_task(coroutine: Any, **options: Any) -> Any:
            task = create(coroutine, **options)
            context = options.get("context")
            if (observer.get() if context is None else context.get(observer)) == self._mine:
                self.lines[task] = user_line() or _UNKNOWN
            return task

        loop.create_task = create_task
        try:
            yield
        finally:
            del loop.create_task
            if before is not None:
                loop.create_task = before

    async def end(self) -> list[str]:
        """Cancel the tasks that do not end by themselves, and return which they are."""
        if running := self._running():
            await asyncio.wait(running, timeout=_GRACE)
        left = self._running()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_GRACE)
        return [f"the task {_coroutine_name(task)}, started at {self.lines[task]}" for task in left]

    def _running(self) -> list[asyncio.Task[Any]]:
        return [task for task in list(self.lines) if not task.done()]


def fail(error: BaseException) -> NoReturn:
    """Raise ``error``, which is about a test as a whole: no line on the way here explains it."""

    # These two lines are all that pytest shows; with arguments it would show them, too.
    def verdict() -> NoReturn:
        raise error

    verdict()


def _loop_of(what: Session | Server) -> asyncio.AbstractEventLoop | None:
    return what.loop if isinstance(what, Session) else what._loop


def _is_open(what: Session | Server) -> bool:
    if isinstance(what, Server):
        return what.is_serving
    return what.loop is not None and what.state is not State.CLOSED


def _name(what: Session | Server) -> str:
    if isinstance(what, Session):
        return what.name
    return f"the server {what.name!r}" if what.name else "a server"


def _coroutine_name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", task.get_name())


def _in_words(problem: BaseException) -> str:
    return str(problem) if isinstance(problem, WsNotebookError) else repr(problem)
