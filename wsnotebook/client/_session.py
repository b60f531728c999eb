"""One connection from CONNECTING to CLOSED: state, record, and outcomes told as errors.

A Session is the :class:`~wsnotebook.transports.Sink` of its transport. States only move forward:
CONNECTING, OPEN, CLOSING, CLOSED; a connection that never opens goes straight to CLOSED with 1006
(RFC 6455 section 7.1.5). The verbs that a user calls are in ``_client``.
"""

from __future__ import annotations

import asyncio
import itertools
import weakref
from enum import Enum
from typing import Any, Literal

from ..closecodes import ABNORMAL, Closure, describe_close
from ..errors import (
    AppCrashed,
    Closed,
    ConnectFailed,
    Refused,
    SetupError,
    Situation,
    WaitTimeout,
    WsNotebookError,
)
from ..matching import Matcher, nearest
from ..redaction import Redactor, redact_url
from ..timeline import Direction, Kind, Timeline
from ..transports import Connection, Handshake, Transport
from ._inbox import EXPIRED, Inbox

__all__ = ["Session", "State", "next_name"]

_names: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, itertools.count[int]] = (
    weakref.WeakKeyDictionary()
)


class State(Enum):
    """Where a connection is in its life (RFC 6455 sections 4.1, 7.1.3 and 7.1.4)."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


def next_name() -> str:
    """Return ``client-1``, ``client-2`` and so on, counted for each loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return "client"
    return f"client-{next(_names.setdefault(loop, itertools.count(1)))}"


class Session:
    """State and record of one connection."""

    __slots__ = (
        "_failure",
        "_opening",
        "_redact",
        "_state_waiters",
        "closure",
        "connection",
        "crash",
        "crash_seen",
        "detail",
        "handshake",
        "inbox",
        "loop",
        "name",
        "sent",
        "state",
        "timeline",
        "transport",
    )

    def __init__(
        self, name: str, transport: Transport, handshake: Handshake, redact: Redactor | None
    ) -> None:
        self.name = name
        self.transport = transport
        self.handshake = handshake
        self.state = State.CONNECTING
        self.timeline = Timeline()
        self.sent: list[str | bytes] = []
        self.connection: Connection | None = None
        self.closure: Closure | None = None
        self.detail = ""
        self.crash: BaseException | None = None
        self.crash_seen = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self.inbox: Inbox
        self._redact = redact
        self._failure: WsNotebookError | None = None
        self._opening: asyncio.Timeout | None = None
        self._state_waiters: list[asyncio.Future[Any]] = []

    def bind(self) -> asyncio.AbstractEventLoop:
        """Return the running loop, which is from now on the one that this session lives on.

        Raises:
            SetupError: It already lives on another.
        """
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            if self.loop is not None:
                raise SetupError(
                    f"{self.name} belongs to another event loop; "
                    "make and use a client within one loop (one test, one cell, one run())"
                )
            self.loop = loop
            self.inbox = Inbox(loop)
            self.timeline.start_on(loop)
        return loop

    # Opening and closing

    async def open(self, timeout: float) -> None:
        """Perform the opening handshake; whatever stops it is kept for later waits."""
        self.bind()
        if self._opening is not None or self.state is not State.CONNECTING:
            raise SetupError(f"{self.name} was opened before; a Client opens once, make a new one")
        limit = None if timeout == float("inf") else timeout
        try:
            async with asyncio.timeout(limit) as self._opening:
                await self.transport.connect(self.handshake, self)
        except (ConnectFailed, Refused) as exc:
            self._fail(self._masked(exc))
        except TimeoutError:
            if self.closure is None:
                self._fail(WaitTimeout(f"{self.name} did not open", timeout))
            else:
                self._fail(Closed(ABNORMAL, doing=f"before {self.name} was open"))
        except BaseException:
            self._closed(Closure(ABNORMAL, clean=False))
            raise
        if self._failure is not None:
            raise self._failure

    def _masked(self, exc: ConnectFailed | Refused) -> ConnectFailed | Refused:
        if self._redact is None:
            return exc
        if isinstance(exc, ConnectFailed):
            copy: ConnectFailed | Refused = ConnectFailed(
                self._redact(exc.target), self._redact(exc.reason)
            )
        else:
            copy = Refused(exc.status, exc.code, self._redact(exc.reason))
        copy.__cause__ = exc.__cause__
        return copy

    def _fail(self, error: WsNotebookError) -> None:
        self._failure = error
        if self.state is not State.CLOSED:
            self._record("error", data=str(error))
            self._closed(Closure(ABNORMAL, clean=False))

    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; see :meth:`Client.close`."""
        if self.state is State.CLOSED:
            return
        self.bind()
        if self.connection is None:
            self._closed(Closure(ABNORMAL, clean=False))
            if self._opening is not None and self.loop is not None:
                self._opening.reschedule(self.loop.time())
            return
        self._set_state(State.CLOSING)
        await self.connection.close(code, reason)

    async def finish(self) -> None:
        """Close, and leave nothing behind even when cancelled."""
        try:
            await self.close(1000, "")
        except BaseException:
            if self.connection is not None:
                self.connection.abort()
            raise

    def _set_state(self, state: State) -> None:
        self.state = state
        waiters, self._state_waiters = self._state_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait_state(self, deadline: float) -> bool:
        """Wait for the next change of state; return whether it came before the deadline."""
        loop = self.bind()
        if deadline <= loop.time():
            return False
        waiter = loop.create_future()
        self._state_waiters.append(waiter)
        self.inbox.deadlines.add(waiter, deadline)
        try:
            return await waiter is not EXPIRED
        finally:
            self.inbox.deadlines.discard(waiter)
            if waiter in self._state_waiters:
                self._state_waiters.remove(waiter)

    # What the transport tells (Sink)

    def opened(self, connection: Connection) -> None:
        """The handshake succeeded."""
        self.connection = connection
        self._record("open", data=redact_url(self.handshake.join("")))
        self._set_state(State.OPEN)

    def message(self, data: str | bytes) -> None:
        """A message arrived."""
        self._record_message("received", data)
        self.inbox.arrive(data)

    def control(self, kind: Literal["ping", "pong"], direction: Direction, data: bytes) -> None:
        """A ping or pong frame moved."""
        self._record(kind, direction, data)

    def crashed(self, exception: BaseException) -> None:
        """The app under test raised."""
        self.crash = exception
        self._record("error", data=f"the app raised {exception!r}")

    def closed(self, closure: Closure, detail: str = "") -> None:
        """The connection is over."""
        if detail:
            self.detail = self.mask(detail)
            self._record("error", data=detail)
        self._closed(closure)

    def _closed(self, closure: Closure) -> None:
        if self.state is State.CLOSED:
            return
        self.closure = closure
        opened = self.connection is not None
        if opened:
            self._record("close", closure=closure)
        self._set_state(State.CLOSED)
        self.inbox.end()

    # Recording

    def record_sent(self, data: str | bytes) -> None:
        """Note a message that was handed to the transport."""
        self.sent.append(data)
        self._record_message("sent", data)

    def _record_message(self, direction: Direction, data: str | bytes) -> None:
        # On the path of every message: no more calls than needed.
        size = None
        if self._redact is not None:
            shown = self._redact(data)
            if shown != data:
                size = len(data) if isinstance(data, bytes) else len(data.encode())
                data = shown
        assert self.loop is not None
        self.timeline.record(
            (self.loop.time(), self.name, "message", direction, data, size, None, None)
        )

    def _record(
        self,
        kind: Kind,
        direction: Direction | None = None,
        data: str | bytes | None = None,
        closure: Closure | None = None,
    ) -> None:
        code = reason = None
        if closure is not None:
            code, reason = closure.code, self.mask(closure.reason)
        if data is not None and self._redact is not None:
            data = self._redact(data)
        assert self.loop is not None
        self.timeline.record(
            (self.loop.time(), self.name, kind, direction, data, None, code, reason)
        )

    def mask(self, text: str) -> str:
        """Return ``text`` with the client's secret masked."""
        return text if self._redact is None else self._redact(text)

    # Outcomes as errors

    def situation(self, matcher: Matcher | None = None) -> Situation:
        """Return what was seen so far, secrets masked, for an error."""
        count = len(self.inbox.messages)
        received = [
            (event.time, event.data)
            for event in self.timeline.filter(kind="message", direction="received")
            if event.data is not None
        ]
        recent = received[len(received) - count :]
        return Situation(
            client=self.name,
            state=self._state_in_words(),
            received=tuple(recent),
            unread=self.inbox.unread,
            nearest=nearest(matcher, [data for _, data in recent]) if matcher else None,
        )

    def _state_in_words(self) -> str:
        if self.closure is None:
            return self.state.value
        return f"closed ({describe_close(self.closure.code, self.mask(self.closure.reason))})"

    def timed_out(
        self, missing: str, timeout: float, matcher: Matcher | None = None
    ) -> WaitTimeout:
        """Return the error of a wait whose deadline passed."""
        return WaitTimeout(self.mask(missing), timeout, situation=self.situation(matcher))

    def ended(self, doing: str, matcher: Matcher | None = None) -> WsNotebookError:
        """Return the error of something that the end of the connection made impossible."""
        doing = self.mask(doing)
        if self._failure is not None:
            again = type(self._failure)(*self._failure.args)
            again.__cause__ = self._failure.__cause__
            return again
        if self.crash is not None:
            return self.crash_error(doing, self.situation(matcher))
        assert self.closure is not None
        return Closed(
            self.closure.code,
            self.mask(self.closure.reason),
            doing=doing,
            detail=self.detail,
            situation=self.situation(matcher),
        )

    def crash_error(self, doing: str = "", situation: Situation | None = None) -> AppCrashed:
        """Return the app's crash as an error; from now on it has been seen."""
        assert self.crash is not None
        self.crash_seen = True
        error = AppCrashed(self.mask(repr(self.crash)), doing=doing, situation=situation)
        error.__cause__ = self.crash
        return error
