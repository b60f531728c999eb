"""The same chat on every framework, each as its own docs would write it.

A client reaches ``/chat/{room}?token=...``; every message is ``{"action", "payload"}``.

* A token that is not known is refused: before the handshake is answered (with 403 on the wire), or
  after it, with an ``authentication`` of 401 and close code 4401.
* A token that is: ``authentication`` with 200 and ``{"user": ...}``; the others in the room hear
  ``joined``, and when the connection is over ``left``.
* ``say``: the room hears ``said``, the sender too. ``whisper``: only the others do.
* ``count`` to n: ``counted`` 1 to n, then the completion signal ``complete``.
* ``leave``: the connection is closed with 4000.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

USERS = {"tea-for-ann": "ann", "tea-for-bob": "bob", "tea-for-eve": "eve"}
LEFT = (4000, "bye")


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat, freshly made.

    Attributes:
        app: The ASGI app.
        broadcasts: What to give to ``capture_broadcasts``, if the framework has such a thing.
        lets_in_first: Whether it refuses after the handshake.
        consumer: What types its messages, if something does.
    """

    app: Any
    broadcasts: Any = None
    lets_in_first: bool = False
    consumer: Any = None


def message(action: str, payload: Any = None) -> dict[str, Any]:
    """Return a message."""
    return {"action": action, "payload": payload}


def said(user: str, text: str) -> dict[str, Any]:
    """Return what a room hears when ``user`` says ``text``."""
    return message("said", {"user": user, "text": text})


def welcome(user: str) -> dict[str, Any]:
    """Return what ``user`` is greeted with."""
    data = {"status_code": 200, "status_text": "OK", "data": {"user": user}}
    return message("authentication", data)


Send = Callable[[Any], Awaitable[Any]]


class Hub:
    """The rooms, for frameworks that have none of their own."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, Send]] = {}

    async def enter(self, room: str, user: str, send: Send) -> None:
        """Let ``user`` in, and tell those who are there."""
        await self._tell(room, message("joined", user))
        self._rooms.setdefault(room, {})[user] = send
        await send(welcome(user))

    async def leave(self, room: str, user: str) -> None:
        """Let ``user`` go, and tell those who stay."""
        self._rooms[room].pop(user)
        await self._tell(room, message("left", user))

    async def handle(self, room: str, user: str, received: Any) -> bool:
        """Do what a message of ``user`` asks for; return whether the connection goes on."""
        match received:
            case {"action": "say", "payload": text}:
                await self._tell(room, said(user, text))
            case {"action": "whisper", "payload": text}:
                await self._tell(room, said(user, text), exclude=user)
            case {"action": "count", "payload": to}:
                await count(self._rooms[room][user], to)
        return received["action"] != "leave"

    async def _tell(self, room: str, told: Any, exclude: str | None = None) -> None:
        members = list(self._rooms.get(room, {}).items())
        for user, send in members:
            if user != exclude:
                await send(told)


async def count(send: Send, to: int) -> None:
    """Stream the numbers to ``to``, letting others run in between."""
    for number in range(1, to + 1):
        await send(message("counted", number))
        await asyncio.sleep(0)
    await send(message("complete"))
