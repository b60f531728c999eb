"""Rooms within this process and one event loop: the layer that a Channel has unless given another.

What is published is told before ``publish`` returns; nothing waits and nothing is lost.
"""

from __future__ import annotations

import uuid

from . import Listener, Publication
from ._per_loop import PerLoop

__all__ = ["MemoryLayer"]


class _Topic:
    """What one topic is on one loop."""

    __slots__ = ("listeners", "publisher", "rooms", "sequence")

    def __init__(self) -> None:
        self.publisher = uuid.uuid4().hex
        self.sequence = 0
        self.listeners: list[Listener] = []
        self.rooms: dict[str, set[str]] = {}


class MemoryLayer:
    """Carries broadcasts within this process.

    Each event loop has topics and rooms of its own, so that one test sees nothing of another even
    where a layer is made once, at import. Classes that are given one layer still have topics of
    their own.
    """

    def __init__(self) -> None:
        self._topics: PerLoop[dict[str, _Topic]] = PerLoop(dict)

    def __repr__(self) -> str:
        return "MemoryLayer()"

    async def subscribe(self, topic: str, listener: Listener) -> None:
        """See :meth:`Layer.subscribe`."""
        listeners = self._topic(topic).listeners
        if listener not in listeners:
            listeners.append(listener)

    async def unsubscribe(self, topic: str, listener: Listener) -> None:
        """See :meth:`Layer.unsubscribe`."""
        listeners = self._topic(topic).listeners
        if listener in listeners:
            listeners.remove(listener)

    async def publish(
        self,
        topic: str,
        messages: tuple[str | bytes, ...],
        *,
        room: str | None = None,
        exclude: frozenset[str] = frozenset(),
    ) -> None:
        """See :meth:`Layer.publish`; the listeners have been told when it returns."""
        its = self._topic(topic)
        its.sequence += 1
        publication = Publication(its.publisher, its.sequence, messages, room, exclude)
        for listener in tuple(its.listeners):
            listener(publication)

    async def join(self, topic: str, room: str, member: str) -> None:
        """See :meth:`Layer.join`."""
        self._topic(topic).rooms.setdefault(room, set()).add(member)

    async def leave(self, topic: str, room: str, member: str) -> None:
        """See :meth:`Layer.leave`; a room that nobody is in any more is gone."""
        rooms = self._topic(topic).rooms
        members = rooms.get(room, set())
        members.discard(member)
        if not members:
            rooms.pop(room, None)

    async def members(self, topic: str, room: str) -> frozenset[str]:
        """See :meth:`Layer.members`."""
        return frozenset(self._topic(topic).rooms.get(room, ()))

    def _topic(self, name: str) -> _Topic:
        topics = self._topics.get()
        topic = topics.get(name)
        if topic is None:
            topic = topics[name] = _Topic()
        return topic
