"""Exercise of lesson 09: arriving in a room that spans two processes.

Two processes are played by two Channel classes of one name, which have nothing in common but a
layer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..client import Client, connect
from ..errors import WaitTimeout
from ..layers.memory import MemoryLayer
from ._answer import Answer, Off
from ._exercise import exercise

if TYPE_CHECKING:
    from ..channel import Channel

__all__ = ["arrive"]


class _House:
    """Rooms in two processes, where whoever comes arrives as the answer says.

    Attributes:
        processes: What each process serves.
        off: The first thing that was off with the answer.
    """

    def __init__(self, answer: Answer) -> None:
        self.off: Exception | None = None
        self._answer = answer
        self._layer = MemoryLayer()
        self._guests: list[_Guest] = []
        self._arrived = asyncio.Event()
        self.processes = (self._process(), self._process())

    def _process(self) -> type[Channel]:
        from ..channel import Channel

        house = self

        class Room(Channel):
            path = "/{room}/{name}"
            layer = house._layer

            async def on_connect(self) -> None:
                await house.arrive(self)

        return Room

    async def arrive(self, chat: Channel) -> None:
        """Have the answer deal with who comes."""
        try:
            await self._answer(chat)
        except Exception as exc:  # for the check, not for the server
            self.off = self.off or exc
        self._arrived.set()

    async def let_in(self, name: str, process: int, room: str) -> None:
        """Let somebody connect to process 1 or 2, and judge what everybody was told of it.

        Raises:
            Off: It was not what it should be.
        """
        channel = self.processes[process - 1]
        self._arrived.clear()
        client = await connect(channel, f"/{room}/{name}", name=name)
        new = _Guest(client, process, room)
        self._guests.append(new)
        await self._arrived.wait()
        if self.off is not None:
            raise self.off
        await self._settle()
        _judge_there(self._guests, new)
        _judge_joined(channel.connections[-1], new)
        for guest in self._guests:
            _judge_told(guest, new, sum(one.room == room for one in self._guests))

    async def _settle(self) -> None:
        for guest in self._guests:
            try:
                await guest.client.settle()
            except WaitTimeout as exc:
                reason = str(exc).partition("\n")[0]
                raise Off(f"`arrive` has started something that does not end.\n{reason}") from None


@dataclass(slots=True)
class _Guest:
    """Somebody who is there.

    Attributes:
        client: Their connection.
        process: 1 or 2.
        room: Where they are.
        seen: How many of their messages have been judged.
    """

    client: Client
    process: int
    room: str
    seen: int = 0

    @property
    def name(self) -> str:
        return self.client.name

    def unseen(self) -> list[str]:
        """Return the messages that have not been judged."""
        messages = [str(message) for message in self.client.messages[self.seen :]]
        self.seen += len(messages)
        return messages


@exercise(
    right="everybody in the room was told, in both processes; the count was right, and nobody was "
    "told of themselves.",
    hints="""
    `chat` is the Channel of who arrives. `chat.params["room"]` and `chat.params["name"]` are in the
    path. Being in a room begins with `await chat.join(room)`.

    `chat.connections` and `chat.room_members(room)` know this process, and no other. What reaches
    all processes is `await chat.broadcast(text, room=room)`; `exclude=chat` leaves out who arrives.

    How many are in the room, wherever they are connected, is `len(await chat.members(room))`.
    """,
    solution="""
    async def arrive(chat):
        room, name = chat.params["room"], chat.params["name"]
        await chat.join(room)
        count = len(await chat.members(room))
        await chat.broadcast(f"{name} is here, we are {count}", room=room, exclude=chat)
    """,
)
async def arrive(answer: Answer) -> None:
    """Let who connects into the room, and tell the others there who came and how many they are."""
    house = _House(answer)
    await house.let_in("eve", 1, "garden")
    for name, process in (("ann", 1), ("ben", 1), ("cleo", 2), ("dan", 1)):
        await house.let_in(name, process, "tea")


def _judge_there(guests: list[_Guest], new: _Guest) -> None:
    for guest in guests:
        if guest.client.close_code is not None:
            raise Off(
                f"{new.name} came, and {guest.name} is not connected any more. Let them stay."
            )


def _judge_joined(chat: Channel, new: _Guest) -> None:
    if new.room not in chat.subscriptions:
        raise Off(
            f"{new.name} came and is not in the room {new.room!r}: `await chat.join(room)`, whose "
            'name is `chat.params["room"]`.'
        )


def _judge_told(guest: _Guest, new: _Guest, count: int) -> None:
    told, wanted = guest.unseen(), f"{new.name} is here, we are {count}"
    if guest is new:
        if told:
            raise Off(f"{new.name} was told {told[0]!r}. Who arrives knows that already.")
    elif guest.room != new.room:
        if told:
            raise Off(f"{guest.name} is in another room, {guest.room!r}, and was told {told[0]!r}.")
    elif not told:
        raise Off(f"{new.name} came, and {guest.name} was told nothing.{_why(guest, new)}")
    elif told[0] != wanted:
        why = _why_wrong(told[0], f"{new.name} is here, we are ", count)
        raise Off(f"{guest.name} was told {told[0]!r}, and not {wanted!r}.{why}")
    elif len(told) > 1:
        raise Off(f"{guest.name} was told {len(told)} times that {new.name} came: {told}.")


def _why(guest: _Guest, new: _Guest) -> str:
    if guest.process == new.process:
        return ""
    return (
        f"\n{new.name} came to process {new.process}, {guest.name} is connected to process "
        f"{guest.process}. `connections` and `room_members` know one process; `broadcast` reaches "
        "all of them."
    )


def _why_wrong(told: str, words: str, count: int) -> str:
    if not (told.startswith(words) and told.removeprefix(words).isdigit()):
        return ""
    if int(told.removeprefix(words)) > count:
        return "\nWho is in another room does not count here, and is among the `connections`, too."
    if count < 3:  # nobody is in the other process yet
        return "\nWho arrives is one of them."
    return (
        "\nThey are connected to two processes. `connections` and `room_members` know one of them; "
        "`await chat.members(room)` knows both."
    )
