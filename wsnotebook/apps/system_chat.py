"""The system's own line: it greets, answers a ping, echoes, and makes announcements.

* On connecting: ``{"type": "welcome"}``.
* ``{"type": "ping"}``: answers ``{"type": "pong"}``.
* ``{"type": "echo", "text": T}``: answers ``{"type": "echoed", "text": T}``.
* At any time, to everybody: ``{"type": "announcement", "text": T}``.

Whatever else gets ``{"type": "error", "message": ...}``, and the connection lives.
"""

from __future__ import annotations

from typing import Literal

from ..channel import Channel
from ..messages import Message

__all__ = ["SystemChat"]


class Ping(Message):
    """Asks for a pong."""

    type: Literal["ping"] = "ping"


class Echo(Message):
    """Asks to have a text back."""

    type: Literal["echo"] = "echo"
    text: str


class Welcome(Message):
    """Greets."""

    type: Literal["welcome"] = "welcome"


class Pong(Message):
    """Answers a ping."""

    type: Literal["pong"] = "pong"


class Echoed(Message):
    """Brings the text back."""

    type: Literal["echoed"] = "echoed"
    text: str


class Announcement(Message):
    """Tells everybody something that nobody asked for."""

    type: Literal["announcement"] = "announcement"
    text: str


class SystemChat(Channel):
    """A client on the system's line."""

    path = "/system"
    accepts = Ping | Echo
    sends = Welcome | Pong | Echoed | Announcement

    async def on_connect(self) -> None:
        """Greet."""
        await self.send(Welcome())

    async def on_message(self, message: Ping | Echo) -> None:
        """Answer."""
        match message:
            case Ping():
                await self.send(Pong())
            case Echo(text=text):
                await self.send(Echoed(text=text))

    @classmethod
    async def announce(cls, text: str) -> None:
        """Tell everybody who is connected, in every process that shares the layer."""
        await cls.broadcast(Announcement(text=text))
