"""Rooms: the path says which, and what one member says all of them hear.

* On connecting to ``/rooms/{room_id}``: ``{"type": "joined", "room": room_id}``.
* ``{"type": "say", "text": T}``: every member of the room, the sender too, gets
  ``{"type": "said", "text": T}``.

Whatever else gets ``{"type": "error", "message": ...}``, and the connection lives.
"""

from __future__ import annotations

from typing import Any, Literal

from ..channel import Channel
from ..messages import Message

__all__ = ["RoomChannel"]


class Joined(Message):
    """Greets."""

    type: Literal["joined"] = "joined"
    room: str


class Say(Message):
    """Asks to tell the room."""

    type: Literal["say"] = "say"
    text: str


class Said(Message):
    """What a member said."""

    type: Literal["said"] = "said"
    text: str


class RoomChannel(Channel):
    """A client in the room that its path names."""

    path = "/rooms/{room_id}"
    accepts = Say
    sends = Joined | Said

    async def on_connect(self) -> None:
        """Let the client in."""
        await self.join(self.params["room_id"])
        await self.send(Joined(room=self.params["room_id"]))

    async def on_message(self, message: Say) -> None:
        """Tell the room."""
        await self.broadcast_to(self.params["room_id"], Said(text=message.text))

    @classmethod
    async def broadcast_to(cls, room: str, message: Any) -> None:
        """Send ``message`` to the members of ``room`` alone."""
        await cls.broadcast(message, room=room)
