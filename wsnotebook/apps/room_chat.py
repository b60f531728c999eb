"""A chat in rooms, which may span processes: the path says which room, the query who comes.

* On connecting to ``/rooms/{room}?name=N``: ``{"type": "welcome", "room": room}``; all others in
  the room get ``{"type": "joined", "name": N}``, and ``{"type": "left", "name": N}`` in the end.
  Who gives no name is ``"somebody"``.
* ``{"type": "say", "text": T}``: all in the room, the sender too, get
  ``{"type": "said", "name": N, "text": T}``.
* ``{"type": "missed", "count": C}``: so many messages of this chat, of whatever room, were lost on
  their way between processes.

Whatever else gets ``{"type": "error", "message": ...}``, and the connection lives.
"""

from __future__ import annotations

from typing import Literal

from ..channel import Channel
from ..messages import Message

__all__ = ["RoomChat"]


class Say(Message):
    """Asks to tell the room."""

    type: Literal["say"] = "say"
    text: str


class Welcome(Message):
    """Greets who is in the room now."""

    type: Literal["welcome"] = "welcome"
    room: str


class Joined(Message):
    """Says who has come."""

    type: Literal["joined"] = "joined"
    name: str


class Said(Message):
    """What somebody told the room."""

    type: Literal["said"] = "said"
    name: str
    text: str


class Left(Message):
    """Says who has gone."""

    type: Literal["left"] = "left"
    name: str


class Missed(Message):
    """Says how many messages were lost."""

    type: Literal["missed"] = "missed"
    count: int


class RoomChat(Channel):
    """Somebody in the room that the path names."""

    path = "/rooms/{room}"
    accepts = Say
    sends = Welcome | Joined | Said | Left | Missed

    @property
    def room(self) -> str:
        """Where they are."""
        room: str = self.params["room"]
        return room

    @property
    def name(self) -> str:
        """What they are called."""
        name: str = self.params.get("name", "somebody")
        return name

    async def on_connect(self) -> None:
        """Let them in, and tell the others."""
        await self.join(self.room)
        await self.broadcast(Joined(name=self.name), room=self.room, exclude=self)
        await self.send(Welcome(room=self.room))

    async def on_message(self, message: Say) -> None:
        """Tell the room."""
        await self.broadcast(Said(name=self.name, text=message.text), room=self.room)

    async def on_missed(self, count: int) -> None:
        """Tell them what they cannot know by themselves."""
        await self.send(Missed(count=count))

    async def on_close(self, code: int, reason: str) -> None:  # noqa: ARG002
        """Tell the others."""
        await self.broadcast(Left(name=self.name), room=self.room)
