"""The words of the swim lanes: what fits on an arrow, and the whole of it for whoever asks.

Every character that comes out of here prints: control characters, lone surrogates and the marks
that reorder text are shown as Python escapes.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from itertools import accumulate

from .text import Drawable, in_one_line, what_happened

__all__ = ["columns", "cut", "label", "sentence", "whole"]

_WHOLE = 1000  # characters; browsers show no more of a tooltip, and stored notebooks stay small


def columns(text: str) -> int:
    """Return how many columns of a monospaced font ``text`` takes."""
    return sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int = _WHOLE) -> str:
    """Return ``text`` as one line of at most ``width`` columns."""
    considered = text[: 4 * width]  # combining characters take no column
    line = in_one_line(considered)
    ends = list(accumulate(map(_columns_of, line)))
    if considered == text and columns(line) <= width:
        return line
    return line[: bisect_right(ends, width - 1)] + "…"


def label(event: Drawable, width: int) -> str:
    """Return what happened in at most ``width`` columns; the length of a cut payload is told."""
    if event.direction is not None:
        for shown in range(width, -1, -1):
            words = what_happened(event, shown)
            if columns(words) <= width:
                return words
    return cut(what_happened(event, 0), width)


def whole(event: Drawable) -> str:
    """Return what happened, up to a thousand characters of payload."""
    words = what_happened(event, _WHOLE)
    return words if event.direction is not None else cut(words)


def sentence(event: Drawable, what: str) -> str:
    """Return who did ``what``: ``ann sent 'hello'``, ``ann: open /``."""
    did = ":" if event.direction is None else f" {event.direction}"
    return f"{cut(event.client)}{did} {what}"
