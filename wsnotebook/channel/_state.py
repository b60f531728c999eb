"""Who is connected, class by class and loop by loop, and what a broadcast does with them.

A class and its subclasses have nothing in common here. What one connection goes through is
``_life``.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..layers import Gap, Layer, Publication, used_layer
from ..layers._per_loop import PerLoop
from ..layers.memory import MemoryLayer
from ._outbox import send_to_all

if TYPE_CHECKING:
    from ._life import Life

__all__ = ["Counts", "OfClass", "State"]

T = TypeVar("T")
_log = logging.getLogger("wsnotebook.channel")


class OfClass(Generic[T]):
    """A property of a class, read from the class or from an instance."""

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read

    def __get__(self, instance: object, owner: type[Any]) -> T:
        return self._read(owner)


@dataclass(slots=True)
class Counts:
    """What went wrong with the members of a Channel class on this loop.

    Attributes:
        dead: How many were dropped because a broadcast found them gone.
        behind: How many were closed with 1013 because too many messages waited for them.
        missed: How many broadcasts the layer lost on the way here.
        lost: How many hooks ended with ``LayerLost``, and how many clients were refused for it;
            each was told.
    """

    dead: int = 0
    behind: int = 0
    missed: int = 0
    lost: int = 0


class State:
    """What one Channel class is on one loop."""

    __slots__ = ("__weakref__", "_chosen", "_listens", "_memory", "_own", "_topic", "_turn",
                 "counts", "lives", "rooms")  # fmt: skip

    def __init__(self, channel: type[Any]) -> None:
        self.lives: dict[Life, None] = {}
        self.rooms: dict[str, dict[Life, None]] = {}
        self.counts = Counts()
        self._own: Layer | str | None = channel.layer
        self._memory = MemoryLayer()
        self._chosen: Layer = self._memory
        self._topic = f"{channel.__module__}.{channel.__qualname__}"
        self._listens = False
        self._turn = asyncio.Lock()  # held while it begins or ends to listen

    @classmethod
    def of(cls, channel: type[Any]) -> State:
        """Return the state of ``channel`` on the running loop."""
        states = _states.get()
        state = states.get(channel)
        if state is None:
            state = states[channel] = cls(channel)
        return state

    @staticmethod
    def peek(channel: type[Any]) -> State | None:
        """Return the state of ``channel``, if it has one here."""
        states = _states.peek()
        return None if states is None else states.get(channel)

    @property
    def _layer(self) -> Layer:
        if not self._listens:  # then it may become another
            self._chosen = used_layer(self._own) or self._memory
        return self._chosen

    # Members

    def remove(self, life: Life) -> None:
        """Deliver nothing to ``life`` any more."""
        self.lives.pop(life, None)
        for room in life.rooms:
            self._leave(life, room)

    def _leave(self, life: Life, room: str) -> None:
        members = self.rooms.get(room)
        if members is not None:
            members.pop(life, None)
            if not members:
                del self.rooms[room]

    async def join(self, life: Life, room: str) -> None:
        """Deliver to ``life`` what is broadcast to ``room``."""
        self.rooms.setdefault(room, {})[life] = None
        await self._layer.join(self._topic, room, life.id)

    async def leave(self, life: Life, room: str) -> None:
        """Stop doing so."""
        self._leave(life, room)
        await self._layer.leave(self._topic, room, life.id)

    async def members(self, room: str) -> frozenset[str]:
        """Return the ids of all in ``room``, whatever process they are connected to."""
        return await self._layer.members(self._topic, room)

    # Broadcasts

    async def listen(self) -> None:
        """Hear what is broadcast."""
        if self._listens:
            return
        async with self._turn:
            if not self._listens:
                layer = self._layer
                await layer.subscribe(self._topic, self._deliver)
                self._chosen, self._listens = layer, True

    async def rest(self) -> None:
        """Stop hearing it, if nobody is connected any more."""
        async with self._turn:
            if self._listens and not self.lives:
                layer, self._listens = self._layer, False
                await layer.unsubscribe(self._topic, self._deliver)

    async def broadcast(
        self, messages: tuple[str | bytes, ...], room: str | None, exclude: frozenset[str]
    ) -> None:
        """Have everybody that it is for get ``messages``, in whatever process they are."""
        if self.lives:
            await self.listen()  # a member registered by hand may be the first
        await self._layer.publish(self._topic, messages, room=room, exclude=exclude)

    def _deliver(self, what: Publication | Gap) -> None:
        if isinstance(what, Gap):
            self._note(what.missed)
            return
        room = what.room
        lives: Iterable[Life] = self.lives if room is None else self.rooms.get(room, ())
        exclude = what.exclude
        # A list: whoever turns out to be dead is removed meanwhile.
        outboxes = [life.outbox for life in lives if not exclude or life.id not in exclude]
        send_to_all(outboxes, what.messages)

    def _note(self, missed: int) -> None:
        self.counts.missed += missed
        plural = "" if missed == 1 else "s"
        _log.warning("%s: the layer lost %d broadcast%s", self._topic, missed, plural)
        for life in self.lives:
            life.missed(missed)


_states: PerLoop[weakref.WeakKeyDictionary[type[Any], State]] = PerLoop(weakref.WeakKeyDictionary)
