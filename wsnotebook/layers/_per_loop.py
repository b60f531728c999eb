"""One of something for each event loop, gone with the loop."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["PerLoop"]

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One ``make()`` for each loop that asks.

    A value may well refer to its loop, which would then keep itself alive: so what belongs to
    closed loops is forgotten when the next loop asks for the first time.
    """

    __slots__ = ("_make", "_values")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, T] = (
            weakref.WeakKeyDictionary()
        )

    def get(self) -> T:
        """Return the value of the running loop, made if it has none."""
        loop = asyncio.get_running_loop()
        value = self._values.get(loop)
        if value is None:
            for reference in self._values.keyrefs():  # loops of other threads come and go meanwhile
                if (old := reference()) is not None and old.is_closed():
                    self._values.pop(old, None)
            value = self._values[loop] = self._make()
        return value

    def peek(self) -> T | None:
        """Return the value of the running loop, if there is a running loop and it has one."""
        try:
            return self._values.get(asyncio.get_running_loop())
        except RuntimeError:
            return None
