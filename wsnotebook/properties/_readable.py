"""Text for reports, whatever a server said: nothing long is whole, and every character prints."""

from __future__ import annotations

from ..draw.text import in_one_line

__all__ = ["cut", "cut_lines", "printable"]

_LINE = 1000  # characters
_LINES = 400


def printable(text: str) -> str:
    """Return ``text`` with Python escapes for characters that do not print; line breaks stay.

    Control characters, lone surrogates and the marks that reorder text (U+202E and its kind) do not
    print. Nor does anything that XML cannot hold.
    """
    return "\n".join(map(in_one_line, text.split("\n")))


def cut(text: str, limit: int = _LINE) -> str:
    """Return ``text``, cut after ``limit`` characters, the whole length told."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text):,} characters)"


def cut_lines(text: str, limit: int = _LINE) -> str:
    """Return ``text``, each line cut, and the middle of very many lines left out and counted."""
    lines = text.split("\n")
    hidden = len(lines) - _LINES
    if hidden > 0:
        lines[_LINES // 2 : _LINES // 2 + hidden] = [f"({hidden:,} more lines)"]
    return "\n".join([cut(line, limit) for line in lines])
