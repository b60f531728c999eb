"""What is wrong with a conversation: the library's own rules, then the oracles.

A :class:`Finding` is the bare fact; ``_search`` makes a Failure of it. What is right, whatever
happens besides: a clean close, a normal return, a refusal, and a framework's own way to say that
the client is gone or that a frame is of the wrong kind.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..clock import is_of_other_loop
from ..closecodes import ABNORMAL, describe_close
from ..errors import (
    AppCrashed,
    Closed,
    ConnectFailed,
    ProtocolViolation,
    Refused,
    SetupError,
    WaitTimeout,
    WsNotebookError,
    seconds,
)
from ..opened import is_library
from ._converse import Outcome
from ._idioms import refuses_frame
from ._subject import LINGER
from ._watchdog import LIMIT, Blocked
from .conversation import Conversation
from .oracles import CODES, Mismatch, code_of
from .oracles import judge as ask
from .settings import Settings

__all__ = ["Finding", "Judge"]

_UNANSWERED = "the app ended without answering the handshake"
_ANSWER = "the app accepts the handshake or refuses it"
_INTERNAL_ERROR = 1011
_PLACE = re.compile(r"stands at (.+?):(\d+) in (\S+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one conversation.

    Attributes:
        code: The stable code.
        title: What happened, in a line.
        cause: What groups findings.
        place: Which client saw it, from 0.
        index: The message that led to it, counted over all that were sent.
        expected: What should have happened.
        actual: What did.
        exception: What the app or an oracle raised.
        oracle: The oracle that said so.
    """

    code: str
    title: str
    cause: str
    place: int = 0
    index: int | None = None
    expected: str = ""
    actual: str = ""
    exception: BaseException | None = None
    oracle: Any = None


class Judge:
    """Knows what is wrong.

    Args:
        settings: What to look at.
        is_abnormal_wrong: Whether 1006 is a failure: in process it is a handler that returned.
        oracles: Asked in their order when nothing else is wrong.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        is_abnormal_wrong: bool,
        oracles: Sequence[Callable[[Conversation], None]] = (),
    ) -> None:
        self._settings = settings
        self._is_abnormal_wrong = is_abnormal_wrong
        self._oracles = tuple(oracles)
        self._refused: dict[type[BaseException], tuple[str, set[str]]] = {}

    @property
    def notes(self) -> list[str]:
        """What was seen and is no failure, each once."""
        notes = []
        for told, kinds in self._refused.values():
            [kind] = kinds if len(kinds) == 1 else ["some"]
            refuses = f"{kind} messages: the framework refuses them with {told}"
            notes.append(f"{refuses}; no failure, but who sends one loses the connection")
        return notes

    def find(self, outcome: Outcome, conversation: Conversation) -> Finding | None:
        """Return the worst of what is wrong.

        Raises:
            SetupError: The app cannot be searched like this, or an oracle is none.
        """
        looks = (
            self._denied,
            self._crashed,
            self._closed,
            self._stuck,
            self._outliving,
            self._left_behind,
        )
        for look in looks:
            if (finding := look(outcome)) is not None:
                return finding
        if any(place not in outcome.denied for place in range(len(outcome.clients))):
            return self._asked(outcome, conversation)
        return None

    # The handshake

    def _denied(self, outcome: Outcome) -> Finding | None:
        for place, error in outcome.denied.items():
            if (finding := self._denial(place, error)) is not None:
                return finding
        return None

    def _denial(self, place: int, error: WsNotebookError) -> Finding | None:
        match error:
            case Refused(status=500, reason=reason) if reason.startswith(_UNANSWERED):
                return _plain("handshake-unanswered", place, reason, _ANSWER)
            case Refused(status=500):
                return _plain("server-error", place, str(error), "an answer to the handshake")
            case WaitTimeout():
                limit = seconds(self._settings.connection_timeout)
                text = f"the handshake was not answered within {limit}"
                return replace(
                    _plain("handshake-unanswered", place, text, _ANSWER),
                    actual=error.detail or text,
                    cause=f"handshake-unanswered: {_short_place(error.detail)}",
                )
            case ConnectFailed() if "subprotocol" in error.reason:
                if not self._settings.validate_subprotocols:
                    return None
                return _plain("wrong-subprotocol", place, error.reason, "one of those offered")
            case ConnectFailed():
                raise SetupError(f"{error}; the search needs a server that answers") from error
            case AppCrashed():
                return self._crash(place, error.__cause__ or error, (), is_background=False)
            case ProtocolViolation():
                return self._crash(place, error, (), is_background=False)
            case Closed():
                return _plain("connection-lost", place, str(error), "an open connection")
        return None

    # Crashes

    def _crashed(self, outcome: Outcome) -> Finding | None:
        for place, exception, is_background in outcome.crashes:
            own = [message for sender, message in outcome.sent if sender == place]
            finding = self._crash(place, exception, own, is_background=is_background)
            if finding is not None:
                return _at(finding, outcome)
        said = [message for _, message in outcome.sent]
        for exception, is_background in outcome.elsewhere:
            finding = self._crash(0, exception, said, is_background=is_background)
            if finding is not None:
                return _at(finding, outcome)
        return None

    def _crash(
        self,
        place: int,
        exception: BaseException,
        sent: Sequence[str | bytes],
        *,
        is_background: bool,
    ) -> Finding | None:
        if is_of_other_loop(exception):
            raise SetupError(
                f"the app is bound to another event loop ({exception}); give what makes it: "
                "factory=make_app, so that every conversation has an app of its own"
            ) from exception
        if isinstance(exception, Blocked):
            return _blocked(place, exception)
        if isinstance(exception, SetupError):
            if exception.__traceback__ is not None:  # it was raised: what it needs, it has not here
                raise exception
            return None  # it ignores its cancellation: then it outlives its client
        if refused := [one for one in sent if refuses_frame(exception, one)]:
            self._note_refusal(exception, refused)
            return None
        code = "background-crashed" if is_background else "app-crashed"
        if isinstance(exception, ProtocolViolation):
            code = "protocol-violation"
        title = str(exception) if code == "protocol-violation" else _last_line(exception)
        return Finding(
            code, title, f"{code}: {_kind_and_place(exception)}", place,
            expected="no exception", actual=title, exception=exception,
        )  # fmt: skip

    def _note_refusal(self, exception: BaseException, refused: Sequence[str | bytes]) -> None:
        """Keep that one of ``refused`` was, and of what kind they are each time."""
        kinds = {"text" if isinstance(one, str) else "binary" for one in refused}
        # By type: where it tells the place in a text, each would be told otherwise.
        told, known = self._refused.get(type(exception), (_last_line(exception), kinds))
        self._refused[type(exception)] = told, known & kinds

    # What became of the connection

    def _closed(self, outcome: Outcome) -> Finding | None:
        for place, client in enumerate(outcome.clients):
            closure = client._session.closure
            if closure is None or place in outcome.denied:
                continue
            closed = f"the app closed with {describe_close(closure.code, closure.reason)}"
            if closure.code == _INTERNAL_ERROR:
                return _at(_plain("server-error", place, closed, "no internal error"), outcome)
            if closure.code == ABNORMAL and self._is_abnormal_wrong and not outcome.crashes:
                lost = "the connection ended without a close frame (1006)"
                return _at(_plain("connection-lost", place, lost, "a close frame"), outcome)
        return None

    def _stuck(self, outcome: Outcome) -> Finding | None:
        if outcome.stuck is None:
            return None
        place, line = outcome.stuck
        limit = seconds(self._settings.message_timeout)
        title = f"the handler did not come back for the next message within {limit}"
        finding = Finding(
            "hang", title, f"hang: {_short_place(line)}", place,
            expected=f"ready for the next message within {limit}", actual=f"it {line}",
        )  # fmt: skip
        return _at(finding, outcome)

    def _outliving(self, outcome: Outcome) -> Finding | None:
        if outcome.outliving is None:
            return None
        place, line = outcome.outliving
        return Finding(
            "outlives-client", "the handler goes on although its client is gone",
            f"outlives-client: {_short_place(line)}", place,
            expected=f"the handler ends within {seconds(LINGER)}", actual=f"it {line}",
        )  # fmt: skip

    def _left_behind(self, outcome: Outcome) -> Finding | None:
        if not outcome.left:
            return None
        first = next(iter(outcome.left.values()))
        return Finding(
            "leaked-task", "a task that the connection started is left behind, and goes on",
            f"leaked-task: {_short_place(first)}",
            expected="no task is left", actual="; ".join(outcome.left.values()),
        )  # fmt: skip

    # Oracles

    def _asked(self, outcome: Outcome, conversation: Conversation) -> Finding | None:
        for oracle in self._oracles:
            try:
                ask(oracle, conversation)
            except (SetupError, KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as exc:  # also what pytest.fail() raises
                return _objection(oracle, exc, outcome)
        return None


def _blocked(place: int, exception: Blocked) -> Finding:
    """Return what the watchdog found."""
    at = _kind_and_place(exception).rpartition(" ")[2]
    return Finding(
        "hang", "the app keeps the event loop from turning", f"hang: the loop is blocked at {at}",
        place, expected="code that awaits, or runs in a thread",
        actual=f"it was still at {at} after {seconds(LIMIT)} of real time", exception=exception,
    )  # fmt: skip


def _objection(oracle: Any, exc: BaseException, outcome: Outcome) -> Finding:
    """Return what an oracle says by raising ``exc``."""
    code = code_of(oracle)
    title = str(exc).partition("\n")[0] or _line_of(exc)
    last = len(outcome.sent) - 1 if outcome.sent else None  # unless it says which, or whose
    if isinstance(exc, Mismatch):
        index, place = (last, 0) if exc.index is None else (exc.index, outcome.sent[exc.index][0])
        expected, actual = _shown(exc.expected), _shown(exc.actual)
        return Finding(code, title, code, place, index, expected, actual, oracle=oracle)
    is_plain = isinstance(exc, AssertionError)
    return Finding(
        code,
        title,
        code if is_plain else f"{code}: {_kind_and_place(exc)}",
        index=last,
        expected=CODES.get(code, ""),
        actual=_last_line(exc),
        exception=exc,
        oracle=oracle,
    )


def _shown(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)


def _plain(code: str, place: int, actual: str, expected: str) -> Finding:
    return Finding(code, actual, code, place, expected=expected, actual=actual)


def _at(finding: Finding, outcome: Outcome) -> Finding:
    """Return ``finding`` with the last message of its client, unless it knows its own."""
    if finding.index is not None:
        return finding
    own = [index for index, (place, _) in enumerate(outcome.sent) if place == finding.place]
    return replace(finding, index=own[-1] if own else None)


# Where it was


def _line_of(exc: BaseException) -> str:
    """Return the line that raised ``exc``, as it is written; a bare ``assert`` says no more."""
    frames = traceback.extract_tb(exc.__traceback__)
    return (frames[-1].line if frames else "") or _last_line(exc)


def _last_line(exc: BaseException) -> str:
    return traceback.format_exception_only(exc)[-1].strip()


def _kind_and_place(exc: BaseException) -> str:
    """Return the type of ``exc`` and the innermost line of the user's own code."""
    while isinstance(exc, BaseExceptionGroup) and len(exc.exceptions) == 1:
        exc = exc.exceptions[0]
    frames = traceback.extract_tb(exc.__traceback__)
    own = [frame for frame in frames if not is_library(frame.filename)]
    if not own:
        return type(exc).__name__
    return f"{type(exc).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"


def _short_place(line: str) -> str:
    found = _PLACE.search(line)
    return f"{Path(found[1]).name}:{found[2]}" if found else "?"
