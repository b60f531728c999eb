"""What one process has heard on one topic, so that it knows exactly what it has missed.

Nothing here speaks to Redis. Why it is exact stands in the package's docstring.
"""

from __future__ import annotations

import time

from ._wire import Ended, Heads

__all__ = ["Heard"]

_KEPT = 7200.0  # seconds that an ended name is kept, longer than Redis tells of it


class Heard:
    """The highest number that is accounted for, heard or missed, of each publisher."""

    __slots__ = ("_base", "_ended", "_last")

    def __init__(self) -> None:
        self._base: int | None = None
        self._last: dict[str, int] = {}
        self._ended: dict[str, float] = {}

    def publication(self, name: str, number: int) -> int | None:
        """Return how many are missing before this one; ``None``: it is not to be told any more.

        It came before the first heads, when listening had not begun; or after it was counted as
        missed.
        """
        last = self._last.get(name, 0)  # a name that is new began while this one listened
        if self._base is None or number <= last:
            return None
        self._last[name] = number
        return number - last - 1

    def end(self, ended: Ended) -> int:
        """Return how many of a publisher that has ended are missing."""
        if self._base is None:
            return 0
        missed = self._catch_up(self._base, ended)
        now = time.monotonic()
        self._ended.setdefault(ended.publisher, now)
        while now - next(iter(self._ended.values())) > _KEPT:
            oldest = next(iter(self._ended))
            del self._ended[oldest], self._last[oldest]
        return missed

    def catch_up(self, heads: Heads) -> int:
        """Return how many are missing of what was published until then.

        The first time nothing is: listening begins there.
        """
        if self._base is None:
            self._base = heads.now
            for one in (*heads.living, *heads.ended):
                self._last[one.publisher] = one.head
        missed = sum(self._catch_up(self._base, one) for one in heads.living)
        return missed + sum(map(self.end, heads.ended))

    def _catch_up(self, base: int, told: Ended) -> int:
        last = self._last.get(told.publisher)
        if last is None:
            # One that is older than this listener was forgotten by Redis when listening began.
            born = int(told.publisher.partition("-")[0])
            last = 0 if born >= base else told.head
        self._last[told.publisher] = max(last, told.head)
        return max(0, told.head - last)
