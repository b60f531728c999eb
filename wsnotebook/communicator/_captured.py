"""What a Channel or a consumer broadcasts, collected while it does so.

A Channel broadcasts by its class method, a consumer by ``group_send`` of its channel layer. Either
is replaced for the time of a ``with`` block. What is then received is the communicator's business.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..transports.targets import channel_of

__all__ = ["Broadcast", "capture_broadcasts"]

# What Chanx sends through a layer, and where in it the message stands.
_WRAPPED = {"handle_group_message": "message", "handle_channel_event": "event_data"}


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast.

    Attributes:
        message: What was broadcast: what a Channel's ``broadcast`` was given; the event that
            Channels' ``group_send`` was given; the JSON of a Chanx message.
        room: The room or group; ``None``: everybody.
        exclude: Who does not get it: Channels or sockets, or the channel names of consumers.
    """

    message: Any
    room: str | None = None
    exclude: tuple[Any, ...] = ()

    @property
    def group(self) -> str | None:
        """The room, as Channels calls it."""
        return self.room


@contextmanager
def capture_broadcasts(target: Any, *, deliver: bool = True) -> Iterator[list[Broadcast]]:
    """Collect what ``target`` broadcasts within a ``with`` block.

    ::

        with capture_broadcasts(Chat) as broadcasts:
            await client.send("hello")
            await client.settle()
        assert broadcasts == [Broadcast("hello", room="tea")]

    Blocks over one target end in the reverse of the order in which they began.

    Args:
        target: A Channel class, or its app: what this class broadcasts, not its subclasses. A
            consumer of Channels or Chanx, or its app: what anybody sends to a group of its channel
            layer. Or such a layer.
        deliver: Whether the broadcasts reach anybody; if not, they are only collected.

    Raises:
        TypeError: ``target`` is none of these, or its channel layer is not configured.
    """
    found: list[Broadcast] = []
    channel = channel_of(target)
    if channel is not None:
        name, spy = _replace_broadcast(channel, found, deliver=deliver)
        owner = channel
    else:
        owner = _layer_of(target)
        name, spy = _replace_group_send(owner, found, deliver=deliver)
    own = vars(owner).get(name)
    setattr(owner, name, spy)
    try:
        yield found
    finally:
        if own is None:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


def _replace_broadcast(
    channel: type[Any], found: list[Broadcast], *, deliver: bool
) -> tuple[str, Any]:
    original: Callable[..., Any] = channel.broadcast.__func__

    async def broadcast(
        cls: Any, message: Any, *, room: str | None = None, exclude: Any = None
    ) -> None:
        if cls is channel:
            cls._encode(message)  # what cannot be sent is no broadcast, delivered or not
            found.append(Broadcast(message, room, _several(exclude)))
        if deliver or cls is not channel:
            await original(cls, message, room=room, exclude=exclude)

    return "broadcast", classmethod(broadcast)


def _several(exclude: Any) -> tuple[Any, ...]:
    if exclude is None:
        return ()
    several: Iterable[Any] = (exclude,) if hasattr(exclude, "send") else exclude
    return tuple(several)


def _replace_group_send(layer: Any, found: list[Broadcast], *, deliver: bool) -> tuple[str, Any]:
    original = layer.group_send

    async def group_send(group: str, message: Any) -> None:
        found.append(_unwrapped(group, message))
        if deliver:
            await original(group, message)

    return "group_send", group_send


def _unwrapped(group: str, event: Any) -> Broadcast:
    kind = event.get("type") if isinstance(event, dict) else None
    if kind not in _WRAPPED or _WRAPPED[kind] not in event:
        return Broadcast(event, group)
    excluded = (event["from_channel"],) if event.get("exclude_current") else ()
    return Broadcast(event[_WRAPPED[kind]], group, excluded)


def _layer_of(target: Any) -> Any:
    """Return the channel layer that ``target`` is, or that its consumer class uses."""
    if hasattr(target, "group_send") and not isinstance(target, type):
        return target
    consumer = getattr(target, "consumer_class", target)
    alias = getattr(consumer, "channel_layer_alias", None)
    if not isinstance(consumer, type) or alias is None:
        raise TypeError(
            f"cannot capture what {target!r} broadcasts: expected a Channel class, a consumer "
            "class with a channel_layer_alias, or a channel layer"
        )
    for base in consumer.__mro__:
        # The framework that a consumer class comes from is loaded, and has this module.
        layers = sys.modules.get(f"{base.__module__.partition('.')[0]}.layers")
        get_layer = getattr(layers, "get_channel_layer", None)
        layer = None if get_layer is None else get_layer(alias)
        if layer is not None:
            return layer
    raise TypeError(f"the channel layer {alias!r} of {consumer.__name__} is not configured")
