"""Where Hypothesis comes in: without it, the error that says how to get it."""

from __future__ import annotations

from ..errors import MissingExtra

try:
    from hypothesis import reject
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError:
    raise MissingExtra("hypothesis", "properties") from None

__all__ = ["DrawFn", "SearchStrategy", "reject", "st"]
