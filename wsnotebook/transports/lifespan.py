"""ASGI's lifespan: an app is started before its first connection and stopped after its last.

https://asgi.readthedocs.io/en/stable/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from typing import Any, Literal

from ..errors import AppCrashed, ProtocolViolation
from ._tasks import finish_task, where
from .settled import Activity

__all__ = ["Lifespan", "LifespanFailed"]

_log = logging.getLogger("wsnotebook.server")
_LIMIT = 10.0  # seconds that a start-up or a shut-down may take
_GRACE = 1.0  # seconds that the app may take to return, or raise, after it gave an answer

# Apps that showed that they know no lifespan: the specification lets a server go on without one,
# and once is enough to know.
_without: weakref.WeakSet[Any] = weakref.WeakSet()


class LifespanFailed(Exception):
    """What an app said in ``lifespan.startup.failed`` or ``lifespan.shutdown.failed``.

    Or that it did not answer in time.
    """


class _NotUnderstood(Exception):
    """Raised in an app that answers a lifespan with something else; never leaves this module."""


class Lifespan:
    """One run of an app's lifespan.

    Args:
        app: The ASGI app.
        activity: What the app does on its loop.

    Attributes:
        state: What the app put into ``scope["state"]`` for its connections.
    """

    def __init__(self, app: Any, activity: Activity) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._activity = activity
        self._task: asyncio.Task[BaseException | None]
        self._stage: Literal["startup", "shutdown"] = "startup"
        self._events: deque[dict[str, Any]] = deque([{"type": "lifespan.startup"}])
        self._asked: asyncio.Future[None] | None = None
        self._answer: asyncio.Future[Exception | None] = activity.loop.create_future()

    @staticmethod
    def is_known_missing(app: Any) -> bool:
        """Whether ``app`` showed before that it has no lifespan, or is a consumer of Channels."""
        if hasattr(app, "consumer_class"):  # as_asgi() makes a new app each time
            return True
        try:
            return app in _without
        except TypeError:  # cannot be hashed or referred to weakly
            return False

    async def start(self) -> None:
        """Run the app's start-up; cancelling ends it.

        Raises:
            AppCrashed: It failed.
        """
        self._task = self._activity.start(self._run())
        try:
            failure = await self._answered()
        except asyncio.CancelledError:
            self._task.cancel()
            await self._end(_GRACE)
            raise
        if failure is not None:
            await self._end(_GRACE)
        if isinstance(failure, _NotUnderstood):
            _remember_without(self._app)
        elif failure is not None:
            self._raise(self._exception() or failure)

    async def stop(self) -> None:
        """Run the app's shut-down; cancelling ends it.

        Raises:
            AppCrashed: It failed, or the lifespan had failed since it was started.
        """
        failure: Exception | None = None
        try:
            if not self._task.done():
                self._stage = "shutdown"
                self._answer = self._activity.loop.create_future()
                self._events.append({"type": "lifespan.shutdown"})
                if self._asked is not None and not self._asked.done():
                    self._asked.set_result(None)
                failure = await self._answered()
        finally:
            await self._end(_GRACE)
        if raised := self._exception() or failure:
            self._raise(raised)

    async def _answered(self) -> Exception | None:
        """Wait for an answer, or for the end of the task; return how it failed, or ``None``."""
        either: set[asyncio.Future[Any]] = {self._answer, self._task}
        await asyncio.wait(either, timeout=_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if self._answer.done():
            return self._answer.result()
        if self._task.done():
            return None
        late = f"no 'lifespan.{self._stage}.complete' within {_LIMIT:g} s"
        return LifespanFailed(f"{late}; it {where(self._task)}")

    async def _end(self, grace: float) -> None:
        """Let the app return or raise; past ``grace`` seconds cancel it."""
        if not await finish_task(self._task, grace):
            _log.warning("the app's lifespan ignores its cancellation; it %s", where(self._task))

    def _exception(self) -> BaseException | None:
        """Return what the app raised, if it did."""
        ended = self._task.done() and not self._task.cancelled()
        return self._task.result() if ended else None

    def _raise(self, failure: BaseException) -> None:
        raise AppCrashed(repr(failure), doing="in its lifespan") from failure

    # The app's side

    async def _run(self) -> BaseException | None:
        """Run the app; return what it raised, unless that only means that it has no lifespan."""
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as exc:
            if isinstance(exc, _NotUnderstood):
                return None
            if self._answer.done() or self._stage == "shutdown":
                return exc
            _remember_without(self._app)
            if not self._events:
                # Not silently: it took the event, so it may be a start-up that failed.
                _log.warning("the app raised in its lifespan, and goes on without", exc_info=exc)
        return None

    async def _receive(self) -> dict[str, Any]:
        if self._answer.done() and self._answer.result() is not None:
            raise _NotUnderstood("the lifespan is over: it failed")
        while not self._events:
            self._asked = self._activity.loop.create_future()
            await self._asked
        return self._events.popleft()

    async def _send(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        expected = f"lifespan.{self._stage}"
        if kind == f"{expected}.complete":
            outcome: Exception | None = None
        elif kind == f"{expected}.failed":
            outcome = LifespanFailed(event.get("message") or kind)
        else:
            outcome = self._strange(f"sent {kind!r} instead of '{expected}.complete'")
        if not self._answer.done():
            self._answer.set_result(outcome)
        if outcome is not None and not isinstance(outcome, LifespanFailed):
            raise outcome

    def _strange(self, what: str) -> Exception:
        if self._stage == "startup" and not self._answer.done():
            return _NotUnderstood(what)
        return ProtocolViolation(f"the app {what} (ASGI specification, lifespan)")


def _remember_without(app: Any) -> None:
    try:
        _without.add(app)
    except TypeError:  # cannot be hashed or referred to weakly
        return
