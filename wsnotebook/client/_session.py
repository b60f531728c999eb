"""One connection from CONNECTING to CLOSED: its states and its record.

A Session is the :class:`~wsnotebook.transports.Sink` of its transport. States only move forward:
CONNECTING, OPEN, CLOSING, CLOSED; a connection that never opens goes straight to CLOSED with 1006
(RFC 6455 section 7.1.5). What came of it is told as errors by ``_outcomes``; the verbs that a user
calls are in ``_client``.
"""

from __future__ import annotations

import asyncio
import itertools
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal

from ..closecodes import ABNORMAL, Closure
from ..errors import (
    AppCrashed,
    Closed,
    ConnectFailed,
    ProtocolViolation,
    Refused,
    SetupError,
    WaitTimeout,
    WsNotebookError,
    is_ours,
)
from ..opened import say_opened
from ..redaction import Redactor, redact_url
from ..timeline import Direction, Kind
from ..transports import Connection, Handshake, Transport
from ._deadlines import EXPIRED, Cutoff
from ._inbox import Inbox
from ._outcomes import Outcomes, State

__all__ = ["Session", "State", "next_name"]

__tracebackhide__ = is_ours

_names: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, itertools.count[int]] = (
    weakref.WeakKeyDictionary()
)


# Looking a member up on its enum costs more than most of what is done with it.
_CONNECTING, _OPEN, _CLOSING, _CLOSED = State


def next_name() -> str:
    """Return ``client-1``, ``client-2`` and so on, counted for each loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return "client"
    counter = _names.get(loop)
    if counter is None:
        counter = _names[loop] = itertools.count(1)
    return f"client-{next(counter)}"


class Session(Outcomes):
    """State and record of one connection.

    Attributes:
        first_message: What is sent when the handshake succeeds, before anybody else can.
    """

    __slots__ = (
        "_introduced",
        "_note",
        "_now",
        "_opening",
        "_state_waiters",
        "connection",
        "first_message",
        "handshake",
        "loop",
        "sent",
        "transport",
    )

    def __init__(
        self, name: str, transport: Transport, handshake: Handshake, redact: Redactor | None
    ) -> None:
        super().__init__(name, redact)
        self.transport = transport
        self.handshake = handshake
        self._note = self.timeline.record
        self._now: Callable[[], float]
        self.first_message: str | None = None
        self._introduced: Awaitable[None] | None = None
        self.sent: list[str | bytes] = []
        self.connection: Connection | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._opening: Cutoff | None = None
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
            self._now = self.timeline.start_on(loop)
        return loop

    # Opening and closing

    async def open(self, timeout: float) -> None:
        """Perform the opening handshake; whatever stops it is kept for later waits."""
        self.bind()
        if self._opening is not None or self.state is not _CONNECTING:
            raise SetupError(f"{self.name} was opened before; a Client opens once, make a new one")
        say_opened(self)
        cutoff = self._opening = Cutoff()
        deadlines = self.inbox.deadlines
        deadlines.add(cutoff, self._now() + timeout)
        try:
            await self.transport.connect(self.handshake, self)
            if self._introduced is not None:
                with suppress(OSError):  # the end of the connection is told by itself
                    await self._introduced
        except (AppCrashed, ConnectFailed, ProtocolViolation, Refused) as exc:
            cutoff.caught()  # a transport may answer the cut-off with its own error
            self._fail(self.masked(exc))
        except BaseException as exc:
            if not cutoff.caught():
                self._closed(Closure(ABNORMAL, clean=False))
                raise
            self._fail(self._cut_off(timeout, "; ".join(getattr(exc, "__notes__", ()))))
        finally:
            deadlines.discard(cutoff)
        if self._failure is not None:
            raise self._failure

    def _cut_off(self, timeout: float, detail: str) -> WsNotebookError:
        if self.closure is None:
            return WaitTimeout(f"{self.name} did not open", timeout, detail=self.mask(detail))
        return Closed(ABNORMAL, doing=f"before {self.name} was open")

    def _fail(self, error: WsNotebookError) -> None:
        self._failure = error
        if self.state is not _CLOSED:
            self._record("error", data=str(error))
            self._closed(Closure(ABNORMAL, clean=False))

    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; see :meth:`Client.close`."""
        if self.state is _CLOSED:
            return
        self.bind()
        if self.connection is None:
            self._closed(Closure(ABNORMAL, clean=False))
            if self._opening is not None:
                self._opening.set_result()
            return
        self._set_state(_CLOSING)
        await self.connection.close(code, reason)
        await self.connection.finish()

    async def finish(self) -> None:
        """Close, wait for the app, and leave nothing behind even when cancelled."""
        try:
            if self.state is not _CLOSED:
                await self.close(1000, "")  # which ends with the same
            elif self.connection is not None:
                await self.connection.finish()
        except BaseException:
            if self.connection is not None:
                self.connection.abort()
            raise

    def _set_state(self, state: State) -> None:
        self.state = state
        waiters, self._state_waiters = self._state_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(state)

    async def wait_state(self, deadline: float) -> State | None:
        """Return the next state, even if it has passed on by now; ``None`` past the deadline."""
        loop = self.bind()
        if deadline <= loop.time():
            return None
        waiter = loop.create_future()
        self._state_waiters.append(waiter)
        self.inbox.deadlines.add(waiter, deadline)
        try:
            outcome = await waiter
            return None if outcome is EXPIRED else outcome
        finally:
            self.inbox.deadlines.discard(waiter)
            if waiter in self._state_waiters:
                self._state_waiters.remove(waiter)

    # What the transport tells (Sink)

    def opened(self, connection: Connection) -> None:
        """The handshake succeeded."""
        if self.state is not _CONNECTING:
            return  # given up in this very turn of the loop; what follows is not recorded
        self.connection = connection
        self._record("open", data=redact_url(connection.path))
        self._set_state(_OPEN)
        if self.first_message is not None:
            self._introduce(self.first_message)

    def _introduce(self, message: str) -> None:
        """Send what proves who connects, if there is still somebody to tell.

        It is no part of ``sent``: it belongs to opening, as a token in the handshake does.
        """
        assert self.connection is not None
        with suppress(ConnectionError):
            self._introduced = self.connection.write(message)
            size = len(message.encode())
            self._note(self._now(), self.name, "message", "sent", self.mask(message), size)

    def message(self, data: str | bytes) -> None:
        """A message arrived."""
        if self.connection is None:
            return
        if self._redact is None:
            self._note(self._now(), self.name, "message", "received", data)
        else:
            self._note_masked("received", data)
        self.inbox.arrive(data)

    def control(self, kind: Literal["ping", "pong"], direction: Direction, data: bytes) -> None:
        """A ping or pong frame moved."""
        if self.connection is None:
            return
        self._record(kind, direction, data)

    def crashed(self, exception: BaseException) -> None:
        """The app under test raised."""
        self.crash = self.crash or exception
        self._record("error", data=f"the app raised {exception!r}")

    def closed(self, closure: Closure, detail: str = "") -> None:
        """The connection is over."""
        if detail:
            self.detail = self.mask(detail)
            self._record("error", data=detail)
        self._closed(closure)

    def _closed(self, closure: Closure) -> None:
        if self.state is _CLOSED:
            return
        self.closure = closure
        opened = self.connection is not None
        if opened:
            self._record("close", closure=closure)
        self._set_state(_CLOSED)
        self.inbox.end()

    # Recording. Messages go their own, shorter way: it is taken by every one of them.

    def record_sent(self, data: str | bytes) -> None:
        """Note a message that was handed to the transport."""
        self.sent.append(data)
        if self._redact is None:
            self._note(self._now(), self.name, "message", "sent", data)
        else:
            self._note_masked("sent", data)

    def _note_masked(self, direction: Direction, data: str | bytes) -> None:
        assert self._redact is not None
        shown, size = self._redact(data), None
        if shown != data:
            size = len(data) if isinstance(data, bytes) else len(data.encode())
        self._note(self._now(), self.name, "message", direction, shown, size)

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
        self._note(self._now(), self.name, kind, direction, data, None, code, reason)
