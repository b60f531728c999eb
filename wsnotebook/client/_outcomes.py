"""What came of a connection, told as errors: what was missing, what did arrive, secrets masked.

What happens on the connection, and when, is ``_session``.
"""

from __future__ import annotations

from copy import copy
from enum import Enum
from typing import Any

from ..closecodes import Closure, describe_close
from ..errors import (
    AppCrashed,
    Closed,
    ProtocolViolation,
    Situation,
    WaitTimeout,
    WsNotebookError,
)
from ..matching import Matcher, nearest
from ..redaction import Redactor
from ..timeline import Timeline
from ._inbox import Inbox

__all__ = ["Outcomes", "State"]


class State(Enum):
    """Where a connection is in its life (RFC 6455 sections 4.1, 7.1.3 and 7.1.4)."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Outcomes:
    """What is known of one connection, and the errors it makes.

    Attributes:
        name: The client's name.
        state: Where the connection is in its life.
        timeline: What happened.
        inbox: What was received; set with the loop.
        closure: How it ended, once it has.
        detail: Why this side failed it, if it did.
        crash: What the app raised.
        crash_seen: Whether an error has told of the crash.
    """

    __slots__ = (
        "_failure",
        "_redact",
        "closure",
        "crash",
        "crash_seen",
        "detail",
        "inbox",
        "name",
        "state",
        "timeline",
    )

    def __init__(self, name: str, redact: Redactor | None) -> None:
        self.name = name
        self.state = State.CONNECTING
        self.timeline = Timeline()
        self.inbox: Inbox
        self.closure: Closure | None = None
        self.detail = ""
        self.crash: BaseException | None = None
        self.crash_seen = False
        self._failure: WsNotebookError | None = None
        self._redact = redact

    def mask(self, text: str) -> str:
        """Return ``text`` with the client's secret masked."""
        return text if self._redact is None else self._redact(text)

    def situation(self, matcher: Matcher | None = None) -> Situation:
        """Return what was seen so far, secrets masked, for an error."""
        count = len(self.inbox.messages)
        received = [
            (event.time, event.data)
            for event in self.timeline.filter(kind="message", direction="received")
            if event.data is not None
        ]
        recent = received[len(received) - count :]
        near = nearest(matcher, self.inbox.messages) if matcher else None
        return Situation(
            client=self.name,
            state=self._state_in_words(),
            received=tuple(recent),
            unread=self.inbox.unread,
            nearest=(near[0], self.mask(near[1])) if near else None,
        )

    def _state_in_words(self) -> str:
        if self.closure is None:
            return self.state.value
        return f"closed ({describe_close(self.closure.code, self.mask(self.closure.reason))})"

    def timed_out(
        self, missing: str, timeout: float, matcher: Matcher | None = None, *, detail: str = ""
    ) -> WaitTimeout:
        """Return the error of a wait whose deadline passed."""
        return WaitTimeout(
            self.mask(missing),
            timeout,
            detail=self.mask(detail),
            situation=self.situation(matcher),
        )

    def ended(self, doing: str, matcher: Matcher | None = None) -> WsNotebookError:
        """Return the error of something that the end of the connection made impossible."""
        doing = self.mask(doing)
        if self._failure is not None:
            again = copy(self._failure)
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

    def crash_error(self, doing: str = "", situation: Situation | None = None) -> WsNotebookError:
        """Return the app's crash as an error; from now on it has been seen."""
        assert self.crash is not None
        self.crash_seen = True
        if isinstance(self.crash, ProtocolViolation):
            return self.crash
        error = AppCrashed(self.mask(repr(self.crash)), doing=doing, situation=situation)
        error.__cause__ = self.crash
        return error

    def masked(self, exc: WsNotebookError) -> WsNotebookError:
        """Return ``exc``, made without knowing the client's secret, without it."""
        if self._redact is None:
            return exc
        masked = copy(exc)
        masked.args = tuple(map(self._masked_value, exc.args))
        for name, value in vars(exc).items():
            setattr(masked, name, self._masked_value(value))
        is_crash = isinstance(exc, AppCrashed)  # then the cause is the app's own, as it raised it
        masked.__cause__ = exc.__cause__ if is_crash else self._without_secret(exc.__cause__)
        return masked

    def _masked_value(self, value: Any) -> Any:
        if self._redact is None or not isinstance(value, str | bytes):
            return value
        return self._redact(value)

    def _without_secret(self, cause: BaseException | None) -> BaseException | None:
        """Return ``cause``, unless a traceback that shows it would show the secret."""
        link = cause
        while link is not None:
            if self.mask(repr(link)) != repr(link) or self.mask(str(link)) != str(link):
                return None
            link = link.__cause__ or link.__context__
        return cause
