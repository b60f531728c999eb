"""Notifications: clients subscribe to topics and are told what is published on them.

Every message is a JSON object with a ``type``:

* On connecting: ``{"type": "connected"}``.
* ``{"type": "ping"}``: answers ``{"type": "pong"}``.
* ``{"type": "subscribe", "topic": T}``: answers ``{"type": "subscribed", "topic": T}``.
* ``{"type": "unsubscribe", "topic": T}``: answers ``{"type": "unsubscribed", "topic": T}``.

Whatever else gets ``{"type": "error", "message": ...}``, and the connection lives.
"""

from __future__ import annotations

from typing import Literal

from ..channel import Channel
from ..messages import Message

__all__ = ["NotificationChannel"]


class Connected(Message):
    """Greets."""

    type: Literal["connected"] = "connected"


class Ping(Message):
    """Asks for a pong."""

    type: Literal["ping"] = "ping"


class Pong(Message):
    """Answers a ping."""

    type: Literal["pong"] = "pong"


class Subscribe(Message):
    """Asks for what is published on a topic."""

    type: Literal["subscribe"] = "subscribe"
    topic: str


class Subscribed(Message):
    """Answers it."""

    type: Literal["subscribed"] = "subscribed"
    topic: str


class Unsubscribe(Message):
    """Asks for no more of it."""

    type: Literal["unsubscribe"] = "unsubscribe"
    topic: str


class Unsubscribed(Message):
    """Answers it."""

    type: Literal["unsubscribed"] = "unsubscribed"
    topic: str


class Notification(Message):
    """What was published."""

    type: Literal["notification"] = "notification"
    topic: str
    text: str


class NotificationChannel(Channel):
    """A client that is told what is published on the topics that it subscribed to."""

    accepts = Ping | Subscribe | Unsubscribe
    sends = Connected | Pong | Subscribed | Unsubscribed | Notification

    async def on_connect(self) -> None:
        """Greet."""
        await self.send(Connected())

    async def on_message(self, message: Ping | Subscribe | Unsubscribe) -> None:
        """Answer."""
        match message:
            case Ping():
                await self.send(Pong())
            case Subscribe(topic=topic):
                await self.join(topic)
                await self.send(Subscribed(topic=topic))
            case Unsubscribe(topic=topic):
                await self.leave(topic)
                await self.send(Unsubscribed(topic=topic))

    @classmethod
    async def notify(cls, topic: str, text: str) -> None:
        """Tell ``text`` to all that subscribed to ``topic``."""
        await cls.broadcast(Notification(topic=topic, text=text), room=topic)
