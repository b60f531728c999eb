"""One app on one loop: what its in-process connections share.

They share what the app does (``settled``) and, for ASGI, its lifespan. Connections are opened by
``asgi`` and ``memory``.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

from ..errors import AppCrashed, ProtocolViolation
from .lifespan import Lifespan
from .settled import Activity
from .swallowed import listen_to_quart

__all__ = ["AppRun", "crash_error"]


class AppRun:
    """One app on one loop: what its connections share.

    Attributes:
        app: The app.
        activity: What it does on the loop.
        loop: The loop.
    """

    __slots__ = ("_has_lifespan", "_key", "_lifespan", "_turn", "_users", "activity", "app", "loop")

    def __init__(
        self, app: Any, key: Any, loop: asyncio.AbstractEventLoop, *, lifespan: bool
    ) -> None:
        self.app = app
        self.loop = loop
        self.activity = Activity(loop, self._forget)
        self._key = key
        self._has_lifespan = lifespan
        self._users = 0
        self._lifespan: Lifespan | None = None
        if lifespan:
            listen_to_quart()
        self._turn = asyncio.Lock()  # held while the lifespan starts or stops

    @classmethod
    def of(cls, app: Any, *, lifespan: bool) -> AppRun:
        """Return the run of ``app``, which has a ``lifespan`` or none, on the running loop."""
        loop = asyncio.get_running_loop()
        runs = _runs.get(loop)
        if runs is None:
            runs = _runs[loop] = {}
        key = _key(app)
        run = runs.get(key)
        if run is None:
            run = runs[key] = cls(app, key, loop, lifespan=lifespan)
        return run

    @property
    def state(self) -> dict[str, Any]:
        """What the lifespan put into ``scope["state"]``."""
        return self._lifespan.state if self._lifespan is not None else {}

    async def enter(self) -> None:
        """Count one more user; the first starts the lifespan, the others wait until it is started.

        Raises:
            AppCrashed: The start-up failed.
        """
        if not self.add_user():
            await self.start()

    def add_user(self) -> bool:
        """Do what :meth:`enter` does at once; return whether that was all, or ``start`` is due."""
        self._users += 1
        if self._users == 1:
            self.activity.open()
        return self._lifespan is not None or not self._has_lifespan

    async def start(self) -> None:
        """Start the lifespan, or wait until another user has; failing, count one user less.

        Raises:
            AppCrashed: The start-up failed.
        """
        try:
            async with self._turn:
                # Whoever had the turn before may have started it, or have failed.
                if self._lifespan is None and not Lifespan.is_known_missing(self.app):
                    lifespan = Lifespan(self.app, self.activity)
                    await lifespan.start()
                    self._lifespan = lifespan
                self._has_lifespan = not Lifespan.is_known_missing(self.app)
        except BaseException:
            self._forget_user()
            raise

    async def leave(self) -> list[BaseException]:
        """Count one user less; the last stops the lifespan.

        Returns:
            What crashed and no connection could tell: background tasks, the lifespan.
        """
        crashes: list[BaseException] = []
        try:
            if self.activity.tasks:
                await self.activity.rest()
            if self._users == 1 and self._lifespan is not None:
                await self._stop()
        except AppCrashed as exc:
            crashes.append(exc.__cause__ or exc)
        finally:
            self._forget_user()
        failures = self.activity.failures()
        return failures + [exc for exc in crashes if exc not in failures]

    def remove_user(self) -> bool:
        """Count one user less and return ``True``, if that is all that :meth:`leave` would do."""
        if self.activity.quiet and (self._lifespan is None or self._users > 1):
            self._forget_user()
            return True
        return False

    async def _stop(self) -> None:
        async with self._turn:
            if self._users == 1 and (lifespan := self._lifespan) is not None:
                self._lifespan = None
                await lifespan.stop()

    def _forget_user(self) -> None:
        self._users -= 1
        if not self._users:
            # In a turn of the loop, in which the next connection of a test may come.
            self.loop.call_soon(self._rest)

    def _rest(self) -> None:
        if not self._users:
            self.activity.close()
            self._forget()

    def _forget(self) -> None:
        """Forget the run once nobody uses it and the app has no task left that it started."""
        if self._users or self.activity.tasks:
            return
        runs = _runs.get(self.loop, {})
        if runs.get(self._key) is self:
            del runs[self._key]


def crash_error(crash: BaseException, doing: str = "") -> Exception:
    """Return how a test sees ``crash``, which no client's wait can tell."""
    if isinstance(crash, ProtocolViolation):
        return crash
    error = AppCrashed(repr(crash), doing=doing)
    error.__cause__ = crash
    return error


_runs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Any, AppRun]] = (
    weakref.WeakKeyDictionary()
)


def _key(app: Any) -> Any:
    """Return what tells apps apart: the app itself, so that bound methods of one object agree."""
    try:
        hash(app)
    except TypeError:
        return id(app)
    return app
