"""Values as Python literals, with the quotes that formatters prefer."""

from __future__ import annotations

from typing import Any

__all__ = ["is_literal", "literal"]

_PLAIN = (str, bytes, int, float, bool, type(None))


def literal(value: Any) -> str:
    """Return the expression of a value that :func:`is_literal`."""
    if isinstance(value, dict):
        pairs = (f"{literal(key)}: {literal(part)}" for key, part in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        comma = "," if len(value) == 1 else ""
        return f"({', '.join(map(literal, value))}{comma})"
    if isinstance(value, str | bytes):
        return _double_quoted(repr(value))
    return 'float("inf")' if value == float("inf") else repr(value)


def _double_quoted(written: str) -> str:
    """Return the repr of a text or bytes in double quotes, unless it holds some."""
    prefix, quote, rest = written.partition("'")
    if prefix in ("", "b") and quote and '"' not in written:
        return f'{prefix}"{rest[:-1]}"'
    return written


def is_literal(value: Any) -> bool:
    """Whether ``value`` is a text, bytes, a number, ``None``, or lists, tuples, dicts of these."""
    if type(value) in (list, tuple):
        return all(map(is_literal, value))
    if type(value) is dict:
        return all(is_literal(part) for pair in value.items() for part in pair)
    return type(value) in _PLAIN
