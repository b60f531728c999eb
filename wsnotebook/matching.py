"""What "a message like this" means, and which of those that came was nearest.

A match is given as a literal, a pattern, a dict, a Message, a Message class or a predicate; each
becomes a :class:`Matcher`. Waiting for one is the client's business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from inspect import iscoroutinefunction
from typing import Any, Final

from .errors import shorten
from .messages import COMPLETION_SIGNALS, first_problem, is_action, is_message, is_message_class

__all__ = ["Matcher", "matcher_for", "nearest", "stop_matcher_for"]

_ABSENT: Final = object()
_COMPARED_CHARACTERS = 120  # the comparison is quadratic, and a failure must not block the loop
_COMPARED_MESSAGES = 50
_SHOWN_CHARACTERS = 120
_NEAR_ENOUGH = 0.5
_ALIKE = 0.6  # below this, two texts share letters rather than meaning


@dataclass(frozen=True, slots=True)
class Matcher:
    """A test for one message.

    Attributes:
        description: What is looked for, to follow "no" or "before": ``message 'hello'``.
        test: Whether a message is it. What a user's predicate raises comes out.
        nearness: How close a message is (0 to 1) and how it differs, or ``None`` where that cannot
            be told.
    """

    description: str
    test: Callable[[str | bytes], bool]
    nearness: Callable[[str | bytes], tuple[float, str]] | None = None


def matcher_for(match: Any) -> Matcher:
    """Return the matcher that ``match`` stands for.

    Raises:
        TypeError: ``match`` is none of the accepted kinds, or an async predicate.
    """
    if isinstance(match, str | bytes):
        return _literal(match)
    if isinstance(match, re.Pattern):
        return _pattern(match)
    if isinstance(match, Mapping):
        return _contained(dict(match), f"message containing {_short_json(match)}")
    if is_message(match):
        return _equal_message(match)
    if is_message_class(match):
        return _message_class(match)
    if callable(match) and not isinstance(match, type):
        if iscoroutinefunction(match):
            raise TypeError(f"a predicate must be a plain function, not async: {match!r}")
        name = getattr(match, "__qualname__", None) or repr(match)
        return Matcher(f"message accepted by {name}", lambda message: bool(match(message)))
    raise TypeError(
        f"cannot match a message against {match!r}: expected str, bytes, a compiled pattern, "
        "a dict, a Message, a Message class or a predicate"
    )


def stop_matcher_for(stop: Any) -> Matcher:
    """Return the matcher for a ``stop``: completion constants match by their action."""
    if isinstance(stop, str) and stop in COMPLETION_SIGNALS:
        action = frozenset({stop})
        return Matcher(f"completion signal {stop!r}", lambda message: is_action(message, action))
    return matcher_for(stop)


def nearest(matcher: Matcher, messages: Sequence[str | bytes]) -> tuple[int, str] | None:
    """Return the index of the message that came closest and how it differs, if any is close.

    Of two that are equally close it is the newer; only the newest 50 are compared.
    """
    if matcher.nearness is None:
        return None
    best: tuple[float, int, str] | None = None
    for index in range(len(messages) - 1, max(-1, len(messages) - 1 - _COMPARED_MESSAGES), -1):
        if matcher.test(messages[index]):
            return index, "fits, but came earlier"
        score, hint = matcher.nearness(messages[index])
        if score >= _NEAR_ENOUGH and (best is None or score > best[0]):
            best = (score, index, hint)
    return None if best is None else best[1:]


def _literal(match: str | bytes) -> Matcher:
    def nearness(message: str | bytes) -> tuple[float, str]:
        if isinstance(match, bytes) is not isinstance(message, bytes):
            if _as_bytes(match) == _as_bytes(message):
                kind = "binary" if isinstance(message, bytes) else "text"
                return 1.0, f"the same, but {kind}"
            return 0.0, ""
        a, b = match[:_COMPARED_CHARACTERS], message[:_COMPARED_CHARACTERS]
        score = SequenceMatcher(None, a, b, autojunk=False).ratio()
        unit = "byte" if isinstance(match, bytes) else "character"
        return (
            score if score >= _ALIKE else 0.0,
            f"differs at {unit} {_first_difference(match, message)}",
        )

    return Matcher(f"message {shorten(match)}", lambda message: message == match, nearness)


def _as_bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode(errors="replace")


def _first_difference(a: Sequence[Any], b: Sequence[Any]) -> int:
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left != right:
            return index
    return min(len(a), len(b))


def _pattern(match: re.Pattern[Any]) -> Matcher:
    kind = type(match.pattern)

    def test(message: str | bytes) -> bool:
        return isinstance(message, kind) and match.search(message) is not None

    return Matcher(f"message matching {match.pattern!r}", test)


def _contained(part: dict[str, Any], description: str) -> Matcher:
    def test(message: str | bytes) -> bool:
        whole = _parsed(message)
        return whole is not _ABSENT and _difference(part, whole) is None

    def nearness(message: str | bytes) -> tuple[float, str]:
        whole = _parsed(message)
        if not isinstance(whole, dict):
            return 0.0, ""
        shared = sum(_difference(part[key], whole.get(key, _ABSENT)) is None for key in part)
        score = (shared + sum(key in whole for key in part)) / (2 * len(part) or 1)
        return score, _difference(part, whole) or ""

    return Matcher(description, test, nearness)


def _difference(part: Any, whole: Any, path: str = "") -> str | None:
    """Return how ``whole`` fails to contain ``part``, or ``None`` when it contains it."""
    here = path or "it"
    if whole is _ABSENT:
        return f"lacks {here}"
    if isinstance(part, Mapping):
        if not isinstance(whole, dict):
            return f"{here} is {_short_json(whole)}, not an object"
        inside = (_difference(v, whole.get(k, _ABSENT), f"{path}[{k!r}]") for k, v in part.items())
    elif isinstance(part, list | tuple):
        if not isinstance(whole, list) or len(part) != len(whole):
            return f"{here} is {_short_json(whole)}, not {_short_json(part)}"
        pairs = zip(part, whole, strict=True)
        inside = (_difference(p, w, f"{path}[{i}]") for i, (p, w) in enumerate(pairs))
    else:
        # True == 1 in Python, not in JSON.
        same = part == whole and isinstance(part, bool) is isinstance(whole, bool)
        return None if same else f"{here} is {_short_json(whole)}, not {_short_json(part)}"
    return next((found for found in inside if found is not None), None)


def _parsed(message: str | bytes) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return _ABSENT


def _short_json(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    except RecursionError:
        return "a value nested too deeply to show"
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def _equal_message(match: Any) -> Matcher:
    model = type(match)
    fields = json.loads(match.model_dump_json())
    near = _contained(fields, "").nearness if isinstance(fields, dict) else None

    def test(message: str | bytes) -> bool:
        try:
            return bool(model.model_validate_json(message) == match)
        except ValueError:
            return False

    def nearness(message: str | bytes) -> tuple[float, str]:
        assert near is not None
        score, hint = near(message)
        return score, hint or _problem(model, message) or "has more than that"

    return Matcher(f"message equal to {match!r}", test, nearness if near else None)


def _message_class(match: Any) -> Matcher:
    def nearness(message: str | bytes) -> tuple[float, str]:
        known = _parsed(message)
        if not isinstance(known, dict):
            return 0.0, ""
        fields = match.model_fields
        shared = sum((field.alias or name) in known for name, field in fields.items())
        return shared / (len(fields) or 1), _problem(match, message) or ""

    def test(message: str | bytes) -> bool:
        return _problem(match, message) is None

    return Matcher(f"message that parses as {match.__name__}", test, nearness)


def _problem(model: Any, message: str | bytes) -> str | None:
    try:
        model.model_validate_json(message)
    except ValueError as exc:
        return first_problem(exc)
    return None
