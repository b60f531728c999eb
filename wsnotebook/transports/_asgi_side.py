"""The app's side of one ASGI connection: what its ``receive`` gives and what its ``send`` does.

What an app may send when is the rules of its phase, with what in it ``_asgi_events``; anything else
is a ProtocolViolation, raised in the app at the line that did it. The life of its task, and the
client's side, are ``_asgi_connection``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from ..closecodes import ABNORMAL, Closure, check_close
from ..errors import ConnectFailed, ProtocolViolation, Refused
from . import Handshake, Sink
from ._asgi_events import disconnect_event, wrong_accept, wrong_event, wrong_response, wrong_send
from .disconnects import ClientDisconnected
from .runs import AppRun, crash_error
from .settled import Activity
from .swallowed import made_a_close_of

__all__ = ["GONE", "OPEN", "UNANSWERED", "AppSide"]


class _Phase:
    """Where the app's side of a connection is.

    Attributes:
        words: The phase, worded to end an error's text.
        rules: What the app may send in it, and what that does; filled in at the end of the module.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        self.rules: dict[str, Callable[[AppSide, dict[str, Any]], None]] = {}


_CONNECTING = _Phase("before 'websocket.accept'")
_ANSWERING = _Phase("within its HTTP response")
_REFUSED = _Phase("after it refused the handshake")
OPEN = _Phase("while the connection is open")
_CLOSED = _Phase("after 'websocket.close'")
GONE = _Phase("after the client disconnected")
UNANSWERED = (_CONNECTING, _ANSWERING)


class AppSide:
    """What an app is given, and what became of the connection.

    Attributes:
        subprotocol: What the app chose.
        taken: How many events the app has taken, the one that says who connects among them.
    """

    __slots__ = (
        "_activity",
        "_answer",
        "_body",
        "_crash",
        "_end",
        "_getters",
        "_headers",
        "_holding",
        "_inbox",
        "_loop",
        "_max_size",
        "_offered",
        "_opened",
        "_phase",
        "_run",
        "_sink",
        "_status",
        "subprotocol",
        "taken",
    )

    def __init__(self, run: AppRun, handshake: Handshake, sink: Sink) -> None:
        self.subprotocol: str | None = None
        self.taken = 0
        self._run = run
        self._activity = run.activity
        self._loop = run.loop
        self._sink = sink
        self._offered = handshake.subprotocols
        self._max_size = float("inf") if handshake.max_size is None else handshake.max_size
        self._phase = _CONNECTING
        self._headers: Any = ()
        self._status = 0
        self._body = b""
        self._inbox: deque[dict[str, Any]] = deque()
        self._getters: list[asyncio.Future[None]] = []
        self._holding = True  # a handler that has not asked yet is not waiting for anything
        self._end: dict[str, Any] | None = None
        self._answer: asyncio.Future[BaseException | None] = run.loop.create_future()
        self._crash: BaseException | None = None
        self._opened = False

    @property
    def busy(self) -> bool:
        """Whether the handler holds a message, or one waits for it."""
        return self._holding or bool(self._inbox)

    @property
    def has_read(self) -> bool:
        """Whether the handler has taken a message."""
        return self.taken > 1

    @property
    def was_told(self) -> bool:
        """Whether the handler has taken what says that the connection is over."""
        return self._end is not None and not self._inbox

    @property
    def activity(self) -> Activity:
        """All that the app does."""
        return self._activity

    # Who is told

    def _tell(self, crash: BaseException) -> None:
        """Tell the sink of a crash; if the handshake failed, keep it for the error of that."""
        if crash is self._crash:
            return  # Quart may tell of it, and raise it, too
        if self._opened:
            self._sink.crashed(crash)
        self._crash = self._crash or crash

    def _answered(self, failure: BaseException | None) -> None:
        if not self._answer.done():
            self._answer.set_result(failure)

    # The app's receive

    def _push(self, event: dict[str, Any]) -> None:
        self._activity.delivered()
        self._inbox.append(event)
        if self._getters:
            self._wake()

    def _wake(self) -> None:
        for getter in self._getters:
            if not getter.done():
                getter.set_result(None)
                return

    async def _receive(self) -> dict[str, Any]:
        # A message stays in the inbox until a receiver runs: cancelled before, it took nothing.
        inbox = self._inbox
        while not inbox:
            if self._end is not None:
                self._holding = True
                return self._end  # asked again after the end: the end again
            self._holding = False
            self._activity.changed()
            getter = self._loop.create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                if getter.done() and not getter.cancelled():
                    self._getters.remove(getter)
                    self._wake()
                    self._getters.append(getter)
                raise
            finally:
                self._getters.remove(getter)
        self._holding = True
        self.taken += 1
        return inbox.popleft()

    # The app's send

    async def _send(self, event: dict[str, Any]) -> None:
        try:
            kind = event["type"]
            rule = self._phase.rules.get(kind)
        except (TypeError, KeyError):
            raise self._violation(wrong_event(event)) from None
        if rule is None:
            if self._phase is GONE:
                raise ClientDisconnected(f"the client is gone; {kind!r} was not sent")
            raise self._violation(f"sent {kind!r} {self._phase.words}")
        rule(self, event)

    def _violation(self, what: str) -> ProtocolViolation:
        """Return the error to raise in the app.

        The test is told even if the app swallows it; except after the end, where an app that sends
        to many may rightly find out this way, as on a real server.
        """
        violation = ProtocolViolation(f"the app {what} (ASGI specification, WebSocket)")
        if self._phase in UNANSWERED:
            self._tell(violation)
            self._disconnect(ABNORMAL, "")
            self._answered(violation)
        elif self._phase is OPEN:
            self._tell(violation)
        return violation

    def _on_accept(self, event: dict[str, Any]) -> None:
        if wrong := wrong_accept(event):
            raise self._violation(wrong)
        chosen = event.get("subprotocol")
        if chosen is not None and chosen not in self._offered:
            # RFC 6455 section 4.1: a client must fail such a connection.
            self._disconnect(ABNORMAL, "")
            reason = f"the server chose the subprotocol {chosen!r}, which was not offered"
            self._answered(ConnectFailed(repr(self._run.app), reason))
            return
        self.subprotocol = chosen
        self._headers = event.get("headers") or ()
        self._phase = OPEN
        self._opened = True
        self._sink.opened(self)  # type: ignore[arg-type]  # it is an ASGIConnection
        self._answered(None)

    def _on_refuse(self, event: dict[str, Any]) -> None:
        self._phase = _REFUSED
        code, reason = event.get("code", 1000), event.get("reason") or ""
        self._end_app_side(ABNORMAL, "")
        if (crash := made_a_close_of(code)) is not None:
            self._answered(crash_error(crash, "before it answered the handshake"))
        self._answered(Refused(403, code=code, reason=reason))

    def _on_response_start(self, event: dict[str, Any]) -> None:
        if wrong := wrong_response(event):
            raise self._violation(wrong)
        self._phase = _ANSWERING
        self._status = event["status"]

    def _on_response_body(self, event: dict[str, Any]) -> None:
        if wrong := wrong_response(event):
            raise self._violation(wrong)
        self._body += event.get("body", b"")
        if not event.get("more_body", False):
            self._phase = _REFUSED
            self._end_app_side(ABNORMAL, "")
            self._answered(Refused(self._status, reason=self._body.decode(errors="replace")))

    def _on_send(self, event: dict[str, Any]) -> None:
        text, data = event.get("text"), event.get("bytes")
        if data is None and isinstance(text, str):
            size = len(text) if text.isascii() else self._utf8_size(event)
            message: str | bytes = text
        elif text is None and isinstance(data, bytes | bytearray | memoryview):
            message = bytes(data)
            size = len(message)
        else:
            raise self._violation(wrong_send(event))
        if size <= self._max_size:
            self._sink.message(message)
        else:
            self._refuse_size(size)

    def _utf8_size(self, event: dict[str, Any]) -> int:
        try:
            return len(event["text"].encode())
        except UnicodeEncodeError:
            raise self._violation(wrong_send(event)) from None

    def _refuse_size(self, size: int) -> None:
        """The client fails a connection that brings more than it accepts."""
        self._disconnect(1009, "")
        sizes = f"message of {size} bytes exceeds limit of {self._max_size} bytes"
        detail = f"this side closed with 1009: {sizes}"
        self._sink.closed(Closure(ABNORMAL, clean=False), detail)

    def _on_close(self, event: dict[str, Any]) -> None:
        code, reason = event.get("code", 1000), event.get("reason") or ""
        try:
            check_close(code, reason)
        except (TypeError, ValueError) as exc:
            raise self._violation(f"sent 'websocket.close' that cannot be sent: {exc}") from None
        self._phase = _CLOSED
        self._end_app_side(code, reason)
        if (crash := made_a_close_of(code)) is not None:
            self._tell(crash)
        self._sink.closed(Closure(code, reason))

    # What ends it

    def _end_app_side(self, code: int, reason: str) -> None:
        """Let the app's next ``receive`` tell it that it is over."""
        if self._end is None:
            self._end = disconnect_event(code, reason)
            self._wake_all()

    def _disconnect(self, code: int, reason: str) -> None:
        """The client is gone: tell the app after what it has not read yet."""
        if self._end is None:
            self._phase = GONE
            self._end = disconnect_event(code, reason)
            self._push(self._end)
            self._wake_all()

    def _wake_all(self) -> None:
        for getter in self._getters:
            if not getter.done():
                getter.set_result(None)


_CONNECTING.rules = {
    "websocket.accept": AppSide._on_accept,
    "websocket.close": AppSide._on_refuse,
    "websocket.http.response.start": AppSide._on_response_start,
}
_ANSWERING.rules = {"websocket.http.response.body": AppSide._on_response_body}
OPEN.rules = {
    "websocket.send": AppSide._on_send,
    "websocket.close": AppSide._on_close,
}
