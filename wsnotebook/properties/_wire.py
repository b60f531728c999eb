"""What messages have in common: their JSON value, and whether one stands in another."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from typing import Any, Final, NoReturn

from ._example import Wire

__all__ = ["ABSENT", "canonical", "expression", "is_quoted", "json_value", "tells"]

ABSENT: Final = object()
"""What a message that is no JSON has for a value."""

_TELLING = 4  # characters: shorter texts stand in messages by chance


def json_value(message: Wire) -> Any:
    """Return the JSON value of ``message``, or ``ABSENT``."""
    try:
        return json.loads(message, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return ABSENT


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def canonical(value: Any) -> Hashable:
    """Return what is equal for equal JSON values alone: ``True`` is not 1, 1.0 is, ``"1"`` is not.

    Numbers are compared as doubles, which is all that many languages read.

    Raises:
        RecursionError: ``value`` is nested too deeply.
    """
    if isinstance(value, list):
        return "array", tuple([canonical(part) for part in value])
    if isinstance(value, dict):
        return "object", frozenset([(key, canonical(part)) for key, part in value.items()])
    if isinstance(value, bool | str | None):
        return type(value).__name__, value
    try:
        return "number", float(value)
    except OverflowError:
        return "number", value


# Whether one stands in another


def tells(message: Wire) -> bool:
    """Whether ``message`` is long enough to be known again where it is quoted."""
    if len(message) < _TELLING:
        return False
    value = json_value(message)
    if not isinstance(value, dict | list):
        return True
    return any(isinstance(part, str) and len(part) >= _TELLING for part in _parts(value))


def is_quoted(message: Wire, other: Wire) -> bool:
    """Whether ``message`` stands in ``other``: as it is, in a JSON string, or as a JSON value.

    An object stands also in an object that has more members than it.
    """
    if _as_bytes(message) in _as_bytes(other):
        return True
    whole = json_value(other)
    if not isinstance(whole, dict | list):
        return False
    wanted = json_value(message)
    return any(_stands_in(message, wanted, part) for part in _parts(whole))


def _stands_in(message: Wire, wanted: Any, part: Any) -> bool:
    if isinstance(part, str):
        return isinstance(message, str) and message in part
    if not wanted or type(wanted) is not type(part):
        return False
    if isinstance(part, dict):
        part = {key: value for key, value in part.items() if key in wanted}
    try:
        return canonical(wanted) == canonical(part)
    except RecursionError:
        return False


def _parts(value: Any) -> Iterator[Any]:
    """Yield ``value`` and everything in it that is no number and no constant."""
    below = [value]
    while below:
        part = below.pop()
        if isinstance(part, dict):
            below.extend(part.values())
        elif isinstance(part, list):
            below.extend(part)
        if isinstance(part, dict | list | str):
            yield part


def _as_bytes(message: Wire) -> bytes:
    return message if isinstance(message, bytes) else message.encode(errors="replace")


# Python


def expression(value: Any) -> str:
    """Return ``value`` as Python, as far as it can be written: classes and functions by name."""
    if isinstance(value, dict):
        members = [f"{expression(key)}: {expression(part)}" for key, part in value.items()]
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(expression, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(expression, value))}{',' if len(value) == 1 else ''})"
    return str(getattr(value, "__qualname__", None) or repr(value))
