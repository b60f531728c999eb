"""What is counted of the messages of a search, and what it is called, wherever counts are shown."""

from __future__ import annotations

from bisect import bisect_right

__all__ = ["KINDS", "REPLIES", "SIZES", "size_name"]

KINDS = {"text": "text", "json": "JSON", "bytes": "bytes"}
REPLIES = {**KINDS, "close": "a close", "nothing": "nothing"}
_LEAST = (0, 1, 10, 100, 1_000, 10_000)  # bytes
SIZES = ("0", "1 to 9", "10 to 99", "100 to 999", "1,000 to 9,999", "10,000 or more")


def size_name(size: int) -> str:
    """Return which of ``SIZES`` a message of ``size`` bytes has."""
    return SIZES[bisect_right(_LEAST, size) - 1]
