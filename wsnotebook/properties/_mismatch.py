"""What an oracle raises: ``Mismatch``; and how it shows messages."""

from __future__ import annotations

from typing import Any

from ..errors import shorten

__all__ = ["Mismatch", "shown"]


class Mismatch(AssertionError):
    """A conversation is wrong.

    Args:
        text: What is wrong, in a line.
        expected: What should have been said: words, or a value whose ``repr`` is shown.
        actual: What was said, likewise.
        index: The message that led to it, counted from 0 over all that were sent.
    """

    def __init__(
        self, text: str, *, expected: Any = None, actual: Any = None, index: int | None = None
    ) -> None:
        super().__init__(text)
        self.text = text
        self.expected = _in_words(expected)
        self.actual = _in_words(actual)
        self.index = index

    def __str__(self) -> str:
        lines = [self.text]
        if self.index is not None:
            lines.append(f"  message: {self.index}")
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        if self.actual is not None:
            lines.append(f"  actual: {self.actual}")
        return "\n".join(lines)


def _in_words(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else shown(value)


def shown(value: Any) -> str:
    """Return ``repr(value)``, cut if it is long."""
    if isinstance(value, str | bytes):
        return shorten(value)
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:160]}..."
