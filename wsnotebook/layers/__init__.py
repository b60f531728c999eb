"""Rooms across connections: what carries a broadcast to every process that has members.

A Layer carries and counts; it knows nothing of sockets. Who is connected here, and sending to
them, is ``channel``. The rules every layer keeps:

1. What is published on a topic reaches every listener of that topic, the publisher's own process
   included, and each listener gets what one publisher sent in the order in which it was sent, and
   nothing twice.
2. A layer may lose; it may not hide it. What a listener will never be told it is told of as a
   :class:`Gap`, once. What a publisher could not publish it is told of by ``LayerLost``.
3. Members are counted by id. A layer whose process may die unheard forgets them by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..redaction import redact_url

__all__ = ["Gap", "Layer", "Listener", "Publication", "layer_of", "use_layer", "used_layer"]


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published.

    Attributes:
        publisher: Who published it: a name that no other publisher has. One that has lost its
            connection goes on under another.
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


@dataclass(frozen=True, slots=True)
class Gap:
    """What a listener is told in place of publications that it will never be told.

    Attributes:
        missed: How many they are, of whichever publishers, for whichever rooms.
    """

    missed: int


Listener = Callable[[Publication | Gap], None]
"""Told what was published and what was lost; must not raise."""


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
        """Publish ``messages`` on ``topic``; see :class:`Publication`.

        Raises:
            LayerLost: It may not have arrived.
        """

    async def join(self, topic: str, room: str, member: str) -> None:
        """Count ``member`` among those in ``room``."""

    async def leave(self, topic: str, room: str, member: str) -> None:
        """Stop counting it; nothing happens if it was not there."""

    async def members(self, topic: str, room: str) -> frozenset[str]:
        """Return the ids of all in ``room``, whatever process they are connected to.

        Raises:
            LayerLost: They cannot be known.
        """


@functools.cache
def layer_of(url: str) -> Layer:
    """Return the layer that a URL names; always the same one for the same URL.

    Args:
        url: ``memory://`` for this process, or ``redis://host:port/database``, ``rediss://...``,
            ``unix://...`` for Redis.

    Raises:
        MissingExtra: redis-py is not installed.
        ValueError: It names no layer.
    """
    scheme, is_url, _ = url.partition("://")
    if is_url and scheme == "memory":
        from .memory import MemoryLayer

        return MemoryLayer()
    if is_url and scheme in ("redis", "rediss", "unix"):
        from .redis import RedisLayer

        return RedisLayer(url)
    raise ValueError(
        f"{redact_url(url)!r} names no layer; use memory://, redis://host:port/database, "
        "rediss:// or unix://"
    )


_used: list[Layer] = []


def use_layer(layer: Layer | str | None) -> None:
    """Let every Channel class that has no layer of its own use this one, in this process.

    A class that somebody is connected to goes on with what it has until all have left.

    Args:
        layer: A layer, or its URL, see :func:`layer_of`. ``None``: a MemoryLayer for each class
            and loop, as in the beginning.

    Raises:
        MissingExtra: redis-py is not installed.
        ValueError: The URL names no layer.
    """
    _used[:] = [] if layer is None else [_as_layer(layer)]


def used_layer(own: Layer | str | None) -> Layer | None:
    """Return the layer of a Channel class whose ``layer`` is ``own``; ``None``: a MemoryLayer.

    Raises:
        MissingExtra: redis-py is not installed.
        ValueError: The URL names no layer.
    """
    return _as_layer(own) if own is not None else next(iter(_used), None)


def _as_layer(layer: Layer | str) -> Layer:
    return layer_of(layer) if isinstance(layer, str) else layer
