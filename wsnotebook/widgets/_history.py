"""What was sent from a composer, to be had again: as in a shell, the newest first.

Nothing here knows about widgets.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

__all__ = ["KEPT", "History", "Typed"]

KEPT = 50


class Typed(NamedTuple):
    """What a composer held.

    Attributes:
        mode: How it was read.
        text: What was typed.
    """

    mode: str
    text: str


class History:
    """The last ``KEPT`` texts that were sent, and a place among them to step from.

    Sending the same twice in a row is kept once. Whatever is edited becomes the draft that stands
    below the newest, so that no step loses it.
    """

    def __init__(self) -> None:
        self._kept: deque[Typed] = deque(maxlen=KEPT)
        self._place = 0
        self._draft = Typed("", "")

    @property
    def kept(self) -> tuple[Typed, ...]:
        """Everything, oldest first."""
        return tuple(self._kept)

    def add(self, sent: Typed) -> None:
        """Keep what was sent; the next step starts below it."""
        if not self._kept or self._kept[-1] != sent:
            self._kept.append(sent)
        self._place = len(self._kept)
        self._draft = sent

    def step(self, by: int, now: Typed) -> Typed | None:
        """Return what stands one older (``by=-1``) or newer (1), ``None`` past either end.

        Args:
            by: In which direction.
            now: What the composer holds.
        """
        if now != self._at(self._place):
            self._place = len(self._kept)
            self._draft = now
        if not 0 <= self._place + by <= len(self._kept):
            return None
        self._place += by
        # What was just sent still stands in the composer: the first step goes to the one before.
        if self._at(self._place) == now:
            return self.step(by, now)
        return self._at(self._place)

    def _at(self, place: int) -> Typed:
        return self._draft if place == len(self._kept) else self._kept[place]
