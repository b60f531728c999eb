"""Text for reports, whatever a server said: nothing long is whole."""

from __future__ import annotations

__all__ = ["cut", "cut_lines"]

_LINE = 1000  # characters
_LINES = 400


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
