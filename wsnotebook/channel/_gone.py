"""Exceptions of a socket that say no more than that its client is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..transports.disconnects import is_disconnect

__all__ = ["says_gone", "unless_gone"]


def says_gone(exc: Exception) -> bool:
    """Whether ``exc``, raised by a send or a close, says that."""
    return isinstance(exc, ConnectionError) or is_disconnect(exc)


@contextmanager
def unless_gone() -> Iterator[None]:
    """Let it pass in silence."""
    try:
        yield
    except Exception as exc:
        if not says_gone(exc):
            raise
