"""How values and calls are written in a program: double quotes, lines of bounded width.

What the program says is ``_program``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["call", "indented", "literal", "written"]

_STEP = "    "

# A part that repeats is written as a product, from so many characters or bytes on; and a message
# of more parts than so many is written out.
_REPEATED = re.compile(r"(.{1,16}?)\1{3,}", re.DOTALL)
_REPEATED_BYTES = re.compile(_REPEATED.pattern.encode(), re.DOTALL)
_LONG = 40
_MAX_TERMS = 8


def indented(lines: Iterable[str]) -> list[str]:
    """Return ``lines``, one step further in."""
    return [f"{_STEP}{line}" if line else line for line in lines]


def call(head: str, arguments: list[str], tail: str, room: int) -> list[str]:
    """Return ``head(arguments)tail`` in lines of ``room`` characters."""
    whole = f"{head}({', '.join(arguments)}){tail}"
    if len(whole) <= room:
        return [whole]
    inner = [", ".join(arguments)]
    if len(_STEP) + len(inner[0]) > room:
        inner = [f"{argument}," for argument in arguments]
    return [f"{head}(", *indented(inner), f"){tail}"]


def literal(value: Any) -> str:
    """Return ``repr(value)``, a text or bytes in double quotes unless it holds some."""
    shown = repr(value)
    prefix, quote, rest = shown.partition("'")
    if isinstance(value, str | bytes) and prefix in ("", "b") and quote and '"' not in shown:
        return f'{prefix}"{rest[:-1]}"'
    return shown


def written(message: str | bytes, room: int, line: int) -> list[str]:
    """Return an expression of ``message``, in as many lines as it takes.

    Args:
        message: The message.
        room: Characters that are left of a line that is begun; short messages stay as they are.
        line: Characters on a line of its own.
    """
    whole = literal(message)
    if len(whole) <= room:
        return [whole]
    terms = list(_terms(message))
    if len(terms) > _MAX_TERMS:
        terms = [(message, 1)]
    if len(terms) == 1 and terms[0][1] == 1:
        return list(_chunks(message, line))
    shown = [part for term in terms for part in _term(*term, line - 2)]
    whole = " + ".join(shown)
    return [whole] if len(whole) <= line else [shown[0], *(f"+ {part}" for part in shown[1:])]


def _term(part: str | bytes, times: int, line: int) -> list[str]:
    return list(_chunks(part, line)) if times == 1 else [f"{literal(part)} * {times}"]


def _terms(message: str | bytes) -> Iterator[tuple[str | bytes, int]]:
    """Yield the parts of ``message``, and how often each is repeated."""
    done = 0
    pattern: Any = _REPEATED if isinstance(message, str) else _REPEATED_BYTES
    for found in pattern.finditer(message):
        if found.end() - found.start() < _LONG:
            continue
        if found.start() > done:
            yield message[done : found.start()], 1
        yield found[1], len(found[0]) // len(found[1])
        done = found.end()
    if done < len(message):
        yield message[done:], 1


def _chunks(part: str | bytes, line: int) -> Iterator[str]:
    """Yield literals of at most ``line`` characters that make up ``part``."""
    begin, width = 0, 3
    for place in range(len(part)):
        step = len(repr(part[place : place + 1])) - 2
        if width + step > line and place > begin:
            yield literal(part[begin:place])
            begin, width = place, 3
        width += step
    yield literal(part[begin:])
