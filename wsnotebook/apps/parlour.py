"""The parlour of a tea house: guests take a name, tell all something, or whisper to one.

Every message is a JSON object with a ``type``. Who sends

* ``{"type": "name", "name": N}`` gets ``{"type": "named", "name": N}`` and is called so, or
  ``{"type": "taken", "name": N}`` if somebody else is.
* ``{"type": "say", "text": T}`` gets ``{"type": "sent", "by": N}``, where N is the name that the
  sender took last, or ``guest``. Everybody else gets ``{"type": "said", "by": N, "text": T}``.
* ``{"type": "whisper", "to": M, "text": T}`` gets the same, and M alone gets
  ``{"type": "whispered", "by": N, "to": M, "text": T}``. If nobody is called M, the sender gets
  ``{"type": "nobody", "to": M}`` instead.

Names are three to twelve letters from a to z. Whatever else gets ``{"type": "error", "message":
...}``, and the connection lives.

Below the parlour stand three faults, each a parlour that does one thing otherwise.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import StringConstraints

from ..channel import Channel
from ..errors import Closed
from ..messages import Message

__all__ = ["FaultyParlour", "Parlour"]

Called: TypeAlias = Annotated[str, StringConstraints(pattern="^[a-z]{3,12}$")]


class Name(Message):
    """Asks to be called so."""

    type: Literal["name"] = "name"
    name: Called


class Say(Message):
    """Asks to tell everybody."""

    type: Literal["say"] = "say"
    text: str


class Whisper(Message):
    """Asks to tell one."""

    type: Literal["whisper"] = "whisper"
    to: str
    text: str


class Named(Message):
    """Says what the guest is called from now on."""

    type: Literal["named"] = "named"
    name: str


class Taken(Message):
    """Says that somebody else is called so."""

    type: Literal["taken"] = "taken"
    name: str


class Sent(Message):
    """Says that it was told, and by whom."""

    type: Literal["sent"] = "sent"
    by: str


class Said(Message):
    """What somebody told everybody."""

    type: Literal["said"] = "said"
    by: str
    text: str


class Whispered(Message):
    """What somebody told one."""

    type: Literal["whispered"] = "whispered"
    by: str
    to: str
    text: str


class Nobody(Message):
    """Says that nobody is called so."""

    type: Literal["nobody"] = "nobody"
    to: str


class Parlour(Channel):
    """A guest in the parlour.

    Attributes:
        name: What they are called; ``None``: they have not said.
    """

    path = "/parlour"
    accepts = Name | Say | Whisper
    sends = Named | Taken | Sent | Said | Whispered | Nobody
    name: str | None = None

    async def on_message(self, message: Name | Say | Whisper) -> None:
        """Do what is asked."""
        match message:
            case Name(name=name):
                await self.be_called(name)
            case Say(text=text):
                await self.broadcast(Said(by=self.badge, text=text), exclude=self)
                await self.send(Sent(by=self.badge))
            case Whisper(to=to, text=text):
                await self.whisper(to, text)

    @property
    def badge(self) -> str:
        """What the others read."""
        return self.name or "guest"

    def look_for(self, name: str) -> Parlour | None:
        """Return who is called ``name``, if anybody is."""
        for guest in self.connections:
            if isinstance(guest, Parlour) and guest.name == name:
                return guest
        return None

    async def be_called(self, name: str) -> None:
        """Take ``name``, unless somebody else has it."""
        if self.look_for(name) not in (None, self):
            await self.send(Taken(name=name))
        else:
            self.name = name
            await self.send(Named(name=name))

    async def whisper(self, to: str, text: str) -> None:
        """Tell one guest."""
        listener = self.look_for(to)
        if listener is None:
            await self.send(Nobody(to=to))
        else:
            await self.pass_on(Whispered(by=self.badge, to=to, text=text), listener)
            await self.send(Sent(by=self.badge))

    async def pass_on(self, whispered: Whispered, listener: Parlour) -> None:
        """Bring a whisper to whom it is for."""
        with suppress(Closed):  # who has just gone misses it
            await listener.send(whispered)


# Three faults


class BusyParlour(Parlour):
    """Nobody disturbs the two who whisper; but what if they are one?"""

    def __init__(self) -> None:
        self.busy = asyncio.Lock()

    async def pass_on(self, whispered: Whispered, listener: Parlour) -> None:
        """Bring a whisper while neither takes part in another."""
        assert isinstance(listener, BusyParlour)
        async with self.busy, listener.busy:
            await super().pass_on(whispered, listener)


class WrittenParlour(Parlour):
    """The badge is written once, with the name of that moment."""

    @cached_property
    def badge(self) -> str:
        """What the others read."""
        return self.name or "guest"


class OpenParlour(Parlour):
    """Whispers are said aloud."""

    async def pass_on(
        self,
        whispered: Whispered,
        listener: Parlour,  # noqa: ARG002  # nobody looks at who it is for: that is the fault
    ) -> None:
        """Bring a whisper to everybody."""
        await self.broadcast(whispered)


class FaultyParlour(BusyParlour, WrittenParlour, OpenParlour):
    """The parlour with three faults, which lesson 06 hunts."""
