"""Rooms across connections: what carries a broadcast to every process that has members.

A Layer carries and counts; it knows nothing of sockets. Who is connected here, and sending to
them, is ``channel``. The rules every layer keeps:

1. What is published on a topic reaches every listener of that topic, the publisher's own process
   included, and each listener gets what one publisher sent in the order in which it was sent.
2. A publisher numbers what it publishes on a topic 1, 2, 3, ...: a listener that sees a number
   left out knows how much it missed (:class:`Sequences`). A layer may lose; it may not hide it.
3. Members are counted by id. A layer whose process may die unheard forgets them by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Layer", "Listener", "Publication", "Sequences"]


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published.

    Attributes:
        publisher: Who published it: a name that no other publisher has.
        sequence: Its number among all that the publisher published on the topic, from 1.
        messages: What each receiver gets, with nothing in between.
        room: The room whose members get it; ``None``: everybody.
        exclude: Ids of members that do not.
    """

    publisher: str
    sequence: int
    messages: tuple[str | bytes, ...]
    room: str | None = None
    exclude: frozenset[str] = frozenset()


Listener = Callable[[Publication], None]
"""Told what was published; must not raise."""


class Layer(Protocol):
    """Carries what is published on a topic (a Channel class is one) to all who listen to it."""

    async def subscribe(self, topic: str, listener: Listener) -> None:
        """Tell ``listener`` from now on what is published on ``topic``, on the running loop."""

    async def unsubscribe(self, topic: str, listener: Listener) -> None:
        """Stop telling it; nothing happens if it was not told."""

    async def publish(
        self,
        topic: str,
        messages: tuple[str | bytes, ...],
        *,
        room: str | None = None,
        exclude: frozenset[str] = frozenset(),
    ) -> None:
        """Publish ``messages`` on ``topic``; see :class:`Publication`."""

    async def join(self, topic: str, room: str, member: str) -> None:
        """Count ``member`` among those in ``room``."""

    async def leave(self, topic: str, room: str, member: str) -> None:
        """Stop counting it; nothing happens if it was not there."""

    async def members(self, topic: str, room: str) -> frozenset[str]:
        """Return the ids of all in ``room``, whatever process they are connected to."""


class Sequences:
    """What a listener has heard of each publisher on one topic, so that it sees a gap."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def missed(self, publication: Publication) -> int:
        """Return how many publications are missing before this one.

        The first that is heard of a publisher begins the count: who comes late missed nothing.
        """
        last = self._last.get(publication.publisher)
        if last is None or publication.sequence > last:
            self._last[publication.publisher] = publication.sequence
        return 0 if last is None else max(0, publication.sequence - last - 1)
