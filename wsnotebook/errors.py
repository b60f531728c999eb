"""Every exception that wsnotebook raises on purpose.

* :exc:`WsNotebookError`
    * :exc:`ConnectFailed` (also :exc:`ConnectionError`): nothing usable answered
    * :exc:`Refused`: a server answered, and denied the handshake
    * :exc:`Closed`: a send, wait or receive that can no longer succeed
    * :exc:`WaitTimeout` (also :exc:`TimeoutError`): a deadline passed
    * :exc:`UnexpectedMessage` (also :exc:`AssertionError`): silence was expected
    * :exc:`UndecodableMessage`: a message is not what the caller wants to read it as
    * :exc:`AppCrashed`: the app under test raised; its exception is the ``__cause__``
    * :exc:`ProtocolViolation` (also :exc:`RuntimeError`): the app under test speaks ASGI wrongly
    * :exc:`LayerLost` (also :exc:`ConnectionError`): a layer's connection to Redis is lost
    * :exc:`SetupError`: the caller's arrangement cannot work
    * :exc:`MissingExtra` (also :exc:`ImportError`): an optional dependency is not installed

An error keeps its data in attributes and builds its text in ``__str__``. Bad arguments are plain
:exc:`TypeError` and :exc:`ValueError`. Secrets are masked before they get here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .closecodes import describe_close

__all__ = [
    "AppCrashed",
    "Closed",
    "ConnectFailed",
    "LayerLost",
    "MissingExtra",
    "ProtocolViolation",
    "Refused",
    "SetupError",
    "Situation",
    "UndecodableMessage",
    "UnexpectedMessage",
    "WaitTimeout",
    "WsNotebookError",
    "is_ours",
    "seconds",
    "shorten",
]

_SHOWN_MESSAGES = 10
_SHOWN_CHARACTERS = 160


def shorten(data: str | bytes, limit: int = _SHOWN_CHARACTERS) -> str:
    """Return ``repr(data)``, cut after ``limit`` characters or bytes, the whole length told."""
    if len(data) <= limit:
        return repr(data)
    unit = "characters" if isinstance(data, str) else "bytes"
    return f"{data[:limit]!r}... ({len(data):,} {unit})"


def seconds(value: float) -> str:
    """Return a duration as ``1 s``, ``0.25 s``."""
    return f"{value:g} s"


def is_ours(raised: Any) -> bool:
    """Whether pytest's ``raised.value`` is an exception of this module.

    As ``__tracebackhide__`` of a module it keeps the module's own lines out of pytest's reports of
    such exceptions, so that they show the line of the test; those of others, bugs of ours among
    them, are shown whole. ``pytest --full-trace`` shows all.
    """
    return isinstance(raised.value, WsNotebookError)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a client had seen when something went wrong; the lower half of an error's text.

    Attributes:
        client: The client's name.
        state: Its state in words, with the close code once closed.
        received: Time (seconds since the timeline's anchor) and data of each message received
            since ``clear_messages``, oldest first.
        unread: How many of them, at the end, no receive has taken.
        nearest: Index into ``received`` of the message that came closest, and how it differs.
    """

    client: str
    state: str
    received: tuple[tuple[float, str | bytes], ...] = ()
    unread: int = 0
    nearest: tuple[int, str] | None = None

    @property
    def unread_messages(self) -> list[str | bytes]:
        """The messages that no receive has taken, oldest first."""
        return [data for _, data in self.received[len(self.received) - self.unread :]]

    def __str__(self) -> str:
        count = len(self.received)
        if not count:
            return f"{self.client} is {self.state}; nothing received"
        plural = "" if count == 1 else "s"
        newest = ", newest last" if count > 1 else ""
        lines = [f"{self.client} is {self.state}; {count} message{plural} received{newest}:"]
        first = max(0, count - _SHOWN_MESSAGES)
        shown = list(range(first, count))
        if self.nearest is not None and self.nearest[0] < first:
            shown.insert(0, self.nearest[0])
        if hidden := count - len(shown):
            lines.append(f"  ({hidden} earlier not shown)")
        return "\n".join([*lines, *map(self._line, shown)])

    def _line(self, index: int) -> str:
        time, data = self.received[index]
        line = f"  {time:.3f} s  ← {shorten(data)}"
        if self.nearest is not None and self.nearest[0] == index:
            line += f"      nearest: {self.nearest[1]}"
        return line


class WsNotebookError(Exception):
    """Base of every exception that wsnotebook raises on purpose."""


class _WithSituation(WsNotebookError):
    """An error that can show what a client had seen."""

    situation: Situation | None = None

    @property
    def messages(self) -> list[str | bytes]:
        """The messages the client had received, oldest first."""
        return [data for _, data in self.situation.received] if self.situation else []

    @property
    def unread(self) -> list[str | bytes]:
        """Those of ``messages`` that no receive has taken; they are still there to be received."""
        return self.situation.unread_messages if self.situation else []

    def _with_situation(self, text: str) -> str:
        if self.situation is None:
            return text
        return "\n".join([text, *("  " + line for line in str(self.situation).splitlines())])


class ConnectFailed(WsNotebookError, ConnectionError):
    """Nothing usable answered: refused port, unknown host, failed TLS, not a WebSocket server.

    Attributes:
        target: What was connected to, secrets masked.
        reason: The cause in words. The underlying exception is the ``__cause__``.
    """

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(target, reason)
        self.errno = self.strerror = None  # OSError takes two arguments for these
        self.target = target
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot connect to {self.target}: {self.reason}"


class Refused(WsNotebookError):
    """The handshake was denied. Raised by clients; raised *in* an app to deny one.

    Attributes:
        status: The HTTP status as on the wire.
        code: The close code, where the app gave one (on the wire it is lost: RFC 6455
            section 4.2.2 leaves only the HTTP status).
        reason: The body of the answer or the reason the app gave, possibly empty.
    """

    def __init__(self, status: int = 403, code: int | None = None, reason: str = "") -> None:
        super().__init__(status, code, reason)
        self.status = status
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        text = f"the server refused the handshake with HTTP {self.status}"
        if self.code is not None:
            text += f" (close code {self.code})"
        return text + (f": {shorten(self.reason)}" if self.reason else "")


class Closed(_WithSituation):
    """The connection closed, so a send, wait or receive can no longer succeed.

    Attributes:
        code: The close code, RFC 6455 section 7.1.5.
        reason: The reason that came with it, possibly empty.
        doing: What was being done, in words.
        detail: Why the connection failed, when this side failed it.
    """

    def __init__(
        self,
        code: int,
        reason: str = "",
        *,
        doing: str = "",
        detail: str = "",
        situation: Situation | None = None,
    ) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.doing = doing
        self.detail = detail
        self.situation = situation

    def __str__(self) -> str:
        text = f"the connection closed with {describe_close(self.code, self.reason)}"
        if self.doing:
            text += f" {self.doing}"
        if self.detail:
            text += f" ({self.detail})"
        return self._with_situation(text)


class WaitTimeout(_WithSituation, TimeoutError):
    """A deadline passed. Nothing was taken; the app under test was not cancelled.

    Attributes:
        missing: What did not happen, in words: ``no message 'hello'``.
        timeout: How long it was waited for, in seconds.
        detail: Why, where that is known.
    """

    def __init__(
        self,
        missing: str,
        timeout: float,
        *,
        detail: str = "",
        situation: Situation | None = None,
    ) -> None:
        super().__init__(missing, timeout)
        self.errno = self.strerror = None  # OSError takes two arguments for these
        self.missing = missing
        self.timeout = timeout
        self.detail = detail
        self.situation = situation

    def __str__(self) -> str:
        text = f"{self.missing} within {seconds(self.timeout)}"
        return self._with_situation(f"{text}: {self.detail}" if self.detail else text)


class UnexpectedMessage(_WithSituation, AssertionError):
    """A message came where silence was expected. It stays unread.

    Attributes:
        message: The first unread message.
    """

    def __init__(self, message: str | bytes, *, situation: Situation | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.situation = situation

    def __str__(self) -> str:
        return self._with_situation(f"expected no message, but got {shorten(self.message)}")


class UndecodableMessage(WsNotebookError):
    """A message cannot be read as what the caller asked for. It stays unread.

    Attributes:
        message: The message.
        expected: What it was to be read as: ``JSON``, the name of a Message class.
        reason: Why it is not.
    """

    def __init__(self, message: str | bytes, expected: str, reason: str) -> None:
        super().__init__(message, expected, reason)
        self.message = message
        self.expected = expected
        self.reason = reason

    def __str__(self) -> str:
        return f"{shorten(self.message)} is not {self.expected}: {self.reason}"


class AppCrashed(_WithSituation):
    """The app under test raised; its exception, with its traceback, is the ``__cause__``.

    Attributes:
        exception: What the app raised, as text.
        doing: What the test was doing, in words; empty when it was leaving the context.
    """

    def __init__(
        self, exception: str, *, doing: str = "", situation: Situation | None = None
    ) -> None:
        super().__init__(exception)
        self.exception = exception
        self.doing = doing
        self.situation = situation

    def __str__(self) -> str:
        doing = f" {self.doing}" if self.doing else ""
        return self._with_situation(f"the app raised {self.exception}{doing}")


class ProtocolViolation(WsNotebookError, RuntimeError):
    """The app under test speaks ASGI wrongly; the text says what it did.

    Raised in the app, where real servers raise a :exc:`RuntimeError`, and then in the test.
    """


class LayerLost(WsNotebookError, ConnectionError):
    """A layer's connection is lost; what was to be published may not have arrived.

    Attributes:
        layer: What it is a connection to, secrets masked.
        reason: The cause in words. The underlying exception is the ``__cause__``.
        may_have_arrived: Whether it may have arrived all the same.
    """

    def __init__(self, layer: str, reason: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(layer, reason)
        self.errno = self.strerror = None  # OSError takes two arguments for these
        self.layer = layer
        self.reason = reason
        self.may_have_arrived = may_have_arrived

    def __str__(self) -> str:
        if self.may_have_arrived:
            return f"what was sent to {self.layer} may not have arrived: {self.reason}"
        return f"nothing arrived at {self.layer}: {self.reason}"


class SetupError(WsNotebookError):
    """The caller's arrangement cannot work; the text says how to mend it."""


class MissingExtra(WsNotebookError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        package: The distribution that is missing.
        extra: The extra of wsnotebook that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package = package
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.package} is not installed; run: pip install 'wsnotebook[{self.extra}]'"
