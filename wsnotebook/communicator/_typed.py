"""How a consumer types what arrives: Chanx's outgoing messages, or what a Channel ``sends``.

Consumers are known by their attributes, so that no framework is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import SetupError, UndecodableMessage, shorten
from ..messages import Message, MessageReader, first_problem
from ..transports.targets import channel_of

__all__ = ["Typed", "typed_by"]

Read = Callable[[str | bytes], Any]


@dataclass(frozen=True, slots=True)
class Typed:
    """What is known of the messages that a consumer sends.

    Attributes:
        read: Reads one as its class.
        key: The field that tells them apart.
        sends_completion: Whether completion signals follow; ``None``: that is not known.
    """

    read: Read
    key: str = "action"
    sends_completion: bool | None = None


def typed_by(consumer: Any, application: Any) -> Typed:
    """Return what ``consumer`` says of its messages; if it is ``None``, what the application says.

    Raises:
        TypeError: ``consumer`` is neither a Chanx consumer nor a Channel.
    """
    if consumer is not None:
        typed = _typed(consumer)
        if typed is None:
            raise TypeError(
                "consumer must be a Chanx consumer (with outgoing_message_adapter) or a Channel, "
                f"not {consumer!r}; leave it out to receive JSON and text"
            )
        return typed
    # What as_asgi() of a consumer returns has the class as consumer_class.
    served = getattr(application, "consumer_class", None)
    return _typed(application) or _typed(served) or Typed(_read_nothing)


def _typed(consumer: Any) -> Typed | None:
    adapter = getattr(consumer, "outgoing_message_adapter", None)
    if adapter is not None:
        return Typed(
            _reader_of(adapter, getattr(consumer, "__name__", repr(consumer))),
            getattr(consumer, "discriminator_field", "action"),
            getattr(consumer, "send_completion", None),
        )
    channel = channel_of(consumer)
    if channel is None:
        return None
    read = _read_nothing if channel.sends is None else MessageReader(channel.sends)
    return Typed(read, sends_completion=channel.send_completion)


def _reader_of(adapter: Any, name: str) -> Read:
    def read(message: str | bytes) -> Any:
        try:
            return adapter.validate_json(message)
        except ValueError as exc:
            raise UndecodableMessage(message, f"sent by {name}", first_problem(exc)) from None

    return read


def _read_nothing(message: str | bytes) -> Message:
    raise SetupError(
        f"cannot read {shorten(message)} as a Message without knowing the classes: "
        "WebsocketCommunicator(..., consumer=MyConsumer), or receive_json"
    )
