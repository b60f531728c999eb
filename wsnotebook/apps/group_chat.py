"""A chat with groups: the system under test of the second lesson.

Every message is a JSON object ``{"type": ..., "value": ...}``:

* ``ECHO``, value a text: answers the text.
* ``ECHO_TIMES_3``, value a text: answers the text three times.
* ``CREATE_GROUP``, value a name: ``GROUP_CREATED: name``, or ``GROUP_UNAVAILABLE: name`` if it is
  taken.
* ``JOIN_GROUP``, value a name: ``GROUP_JOINED: name``, or ``GROUP_UNAVAILABLE: name`` if there is
  no such group.
* ``LEAVE_GROUP``: ``GROUP_LEFT: name``.
* ``MESSAGE_GROUP``, value ``{"groupName": ..., "groupMessage": ...}``: the text goes to every
  member, the sender too; nothing happens if the sender is no member.

Whatever it cannot make sense of gets ``ERROR: ...``, and the connection lives.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

__all__ = ["GroupChat"]


class _Invalid(Exception):
    """What the client sent makes no sense; the text says why."""


class GroupChat:
    """A handler whose groups belong to it: each instance is a chat of its own.

    The creator of a group is a member. A client is in one group at a time; creating or joining
    another leaves the first. A group that nobody is in any more is gone.
    """

    def __init__(self) -> None:
        self._groups: dict[str, set[Any]] = {}

    def __repr__(self) -> str:
        count = len(self._groups)
        return f"<GroupChat: {count} group{'' if count == 1 else 's'}>"

    @property
    def groups(self) -> dict[str, int]:
        """How many members each group has."""
        return {name: len(members) for name, members in self._groups.items()}

    async def __call__(self, connection: Any) -> None:
        """Handle one ``websockets`` connection."""
        try:
            async for message in connection:
                try:
                    await self._dispatch(connection, message)
                except _Invalid as exc:
                    await connection.send(f"ERROR: {exc}")
        finally:
            self._leave(connection)

    async def _dispatch(self, connection: Any, message: str | bytes) -> None:
        kind, value = _parse(message)
        match kind:
            case "ECHO":
                await connection.send(_text(kind, value))
            case "ECHO_TIMES_3":
                for _ in range(3):
                    await connection.send(_text(kind, value))
            case "CREATE_GROUP":
                await connection.send(self._create(connection, _text(kind, value)))
            case "JOIN_GROUP":
                await connection.send(self._join(connection, _text(kind, value)))
            case "LEAVE_GROUP":
                name = self._leave(connection)
                if name is None:
                    raise _Invalid("LEAVE_GROUP, but you are in no group")
                await connection.send(f"GROUP_LEFT: {name}")
            case "MESSAGE_GROUP":
                await self._tell(connection, value)
            case _:
                raise _Invalid(f"unknown type {kind!r}")

    def _create(self, connection: Any, name: str) -> str:
        if name in self._groups:
            return f"GROUP_UNAVAILABLE: {name}"
        self._leave(connection)
        self._groups[name] = {connection}
        return f"GROUP_CREATED: {name}"

    def _join(self, connection: Any, name: str) -> str:
        members = self._groups.get(name)
        if members is None:
            return f"GROUP_UNAVAILABLE: {name}"
        if connection not in members:
            self._leave(connection)
            members.add(connection)
        return f"GROUP_JOINED: {name}"

    def _leave(self, connection: Any) -> str | None:
        for name, members in self._groups.items():
            if connection in members:
                members.remove(connection)
                if not members:
                    del self._groups[name]
                return name
        return None

    async def _tell(self, sender: Any, value: Any) -> None:
        if not isinstance(value, dict) or not all(
            isinstance(value.get(key), str) for key in ("groupName", "groupMessage")
        ):
            raise _Invalid("MESSAGE_GROUP needs a value with a groupName and a groupMessage")
        text = _text("MESSAGE_GROUP", value["groupMessage"])
        members = self._groups.get(value["groupName"], set())
        if sender in members:
            sends = [member.send(text) for member in members]
            # A member that has just gone must not keep the message from the others.
            await asyncio.gather(*sends, return_exceptions=True)


def _parse(message: str | bytes) -> tuple[Any, Any]:
    try:
        content = json.loads(message)
    except (ValueError, RecursionError):
        raise _Invalid("not JSON") from None
    if not isinstance(content, dict) or "type" not in content:
        raise _Invalid('not an object with a "type"')
    return content["type"], content.get("value")


def _text(kind: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Invalid(f"{kind} needs a text as its value")
    try:
        value.encode()  # JSON can spell a lone surrogate; a text message cannot carry one
    except UnicodeEncodeError:
        raise _Invalid(f"{kind} needs a text that UTF-8 can encode") from None
    return value
