"""Exercises of lesson 02: meeting in a group, a test that can fail, and who vanished."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from ..apps.group_chat import GroupChat
from ..client import Client, connect
from ..timeline import Timeline
from ._answer import Answer, Off, fails
from ._exercise import exercise

__all__ = ["meet", "only_members_hear", "who_vanished"]


class _Chat:
    """The group chat, seen from behind: it can be slowed down, and made to misbehave.

    Attributes:
        chat: The chat itself.
        pauses: How many seconds it takes over each type of message.
        asked: The time of the loop's clock at which each message came, and its type.
        done: Likewise when each was dealt with.
        connections: All that were ever opened.
    """

    def __init__(self, pauses: dict[str, float] | None = None) -> None:
        self.chat = GroupChat()
        self.pauses = pauses or {}
        self.asked: list[tuple[float, str]] = []
        self.done: list[tuple[float, str]] = []
        self.connections: list[_Connection] = []

    async def __call__(self, connection: Any) -> None:
        ours = _Connection(connection, self)
        self.connections.append(ours)
        await self.chat(ours)

    async def deliver(self, text: str, to: _Connection) -> None:
        """Send ``text`` to one client."""
        await to.connection.send(text)

    async def leak(self, text: str) -> None:
        """Send ``text`` to everybody who is in no group."""
        for other in self.connections:
            if not other.has_joined:
                await other.connection.send(text)


class _Connection:
    """A connection as the chat sees it."""

    def __init__(self, connection: Any, room: _Chat) -> None:
        self.connection = connection
        self.has_joined = False
        self._room = room

    async def __aiter__(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        async for message in self.connection:
            kind = _type_of(message)
            self._room.asked.append((loop.time(), kind))
            await asyncio.sleep(self._room.pauses.get(kind, 0.0))
            self._room.done.append((loop.time(), kind))
            yield message

    async def send(self, text: str) -> None:
        """What the chat calls."""
        if text.startswith(("GROUP_CREATED", "GROUP_JOINED")):
            self.has_joined = True
        await self._room.deliver(text, self)


def _type_of(message: str | bytes) -> str:
    try:
        return str(json.loads(message)["type"])
    except (ValueError, TypeError, KeyError):
        return ""


def _is_said(text: str) -> bool:
    """Whether it is what a member said, and not an answer of the chat."""
    return not text.startswith(("GROUP_", "ERROR"))


# Meeting in a group


@exercise(
    right="bob asked when the group was there, you went on when he was in, and no moment was lost.",
    hints="""
    bob may ask for the group only when it is there. Who knows when it is there? ann does: the chat
    tells her.

    Four steps: ann sends `CREATE_GROUP`; ann waits for `GROUP_CREATED: cake`; bob sends
    `JOIN_GROUP`; bob waits for `GROUP_JOINED: cake`.
    """,
    solution="""
    async def meet(ann, bob):
        await ann.send_json({"type": "CREATE_GROUP", "value": "cake"})
        await ann.wait_for_message("GROUP_CREATED: cake")
        await bob.send_json({"type": "JOIN_GROUP", "value": "cake"})
        await bob.wait_for_message("GROUP_JOINED: cake")
    """,
)
async def meet(answer: Answer) -> None:
    """Let ann open the group "cake" and bob join it; return when bob is in."""
    for create, join in ((0.0, 0.0), (0.6, 0.2)):
        room = _Chat({"CREATE_GROUP": create, "JOIN_GROUP": join})
        async with connect(room, name="ann") as ann, connect(room, name="bob") as bob:
            try:
                await answer(ann, bob)
            except Off:
                _judge_requests(ann, bob, create)  # why it raised, rather than that it did
                raise
            returned, was_in = _now(), room.chat.groups.get("cake") == 2
            await bob.settle()
            _judge_requests(ann, bob, create)
            if not was_in:
                raise Off(
                    "you returned before bob was in: the chat had not answered him yet. "
                    "Wait for 'GROUP_JOINED: cake'."
                )
            _judge_times(room, returned)


def _judge_requests(ann: Client, bob: Client, seconds: float) -> None:
    for client, wanted in ((ann, "CREATE_GROUP"), (bob, "JOIN_GROUP")):
        if not client.sent:
            raise Off(f"{client.name} sent nothing, and was to send `{wanted}`.")
        for request, reply in zip(client.sent, client.messages, strict=False):
            if str(reply).startswith("ERROR"):
                raise Off(f"{client.name} sent {request!r}, and the chat answered {reply!r}.")
        if _type_of(client.sent[0]) != wanted:
            raise Off(f"{client.name} was to send `{wanted}`, but sent {client.sent[0]!r}.")
        if json.loads(client.sent[0]).get("value") != "cake":
            raise Off(f"the group is called 'cake', but {client.name} sent {client.sent[0]!r}.")
    if "GROUP_UNAVAILABLE: cake" in bob.messages:
        raise Off(
            f"bob asked too early and got 'GROUP_UNAVAILABLE: cake': it took the chat {seconds:g} s"
            " to open the group. Let ann wait for 'GROUP_CREATED: cake' before bob asks."
        )


def _judge_times(room: _Chat, returned: float) -> None:
    created, joined = (_first(room.done, kind) for kind in ("CREATE_GROUP", "JOIN_GROUP"))
    for late, words in (
        (_first(room.asked, "JOIN_GROUP") - created, "bob asked {} s after the group was there"),
        (returned - joined, "you returned {} s after bob was in"),
    ):
        if late > 1e-6:
            raise Off(f"{words.format(f'{late:.3g}')}. Wait for the message; do not sleep.")


def _first(times: list[tuple[float, str]], kind: str) -> float:
    return next(time for time, this in times if this == kind)


def _now() -> float:
    return asyncio.get_running_loop().time()


# A test that can fail


@exercise(
    right="your test passes with a chat that works, and fails with each of three that do not.",
    hints="""
    Begin with the conversation of this lesson: ann creates a group, bob joins it, ann says
    something to it. eve only connects.

    Let bob wait for what ann said. Otherwise the test does not notice a chat that is broken for
    everybody.

    `await eve.receive_nothing()`, with nothing between the brackets, waits as long as the chat has
    something left to do. A number of seconds there is a guess.
    """,
    solution="""
    async def only_members_hear(chat):
        async with (
            connect(chat, name="ann") as ann,
            connect(chat, name="bob") as bob,
            connect(chat, name="eve") as eve,
        ):
            await ann.send_json({"type": "CREATE_GROUP", "value": "tea"})
            await ann.wait_for_message("GROUP_CREATED: tea")
            await bob.send_json({"type": "JOIN_GROUP", "value": "tea"})
            await bob.wait_for_message("GROUP_JOINED: tea")
            whisper = {"groupName": "tea", "groupMessage": "psst"}
            await ann.send_json({"type": "MESSAGE_GROUP", "value": whisper})
            await bob.wait_for_message("psst")
            await eve.receive_nothing()
    """,
)
async def only_members_hear(answer: Answer) -> None:
    """Write a test: what is said to a group reaches its members, and nobody else."""
    room = _Chat()
    await answer(room)
    _judge_conversation(room)
    for broken, what in (
        (_Leaky(), "a chat in which eve hears everything at once"),
        (_LeakyLater(), "a chat in which eve hears everything, half a second later"),
        (_Mute(), "a chat that delivers to nobody, so that bob hears nothing either"),
    ):
        if not await fails(answer, broken):
            raise Off(f"your test passes with {what}. It should fail there.")
    await answer(_Chat())  # it failed because of them, and not because it ran before


class _Leaky(_Chat):
    """Everybody hears what is said to a group, those outside of it first."""

    async def deliver(self, text: str, to: _Connection) -> None:
        if _is_said(text):
            await self.leak(text)
        await super().deliver(text, to)


class _LeakyLater(_Chat):
    """Everybody hears what is said to a group, those outside of it half a second later."""

    async def deliver(self, text: str, to: _Connection) -> None:
        await super().deliver(text, to)
        if _is_said(text):
            await asyncio.sleep(0.5)
            await self.leak(text)


class _Mute(_Chat):
    """Nobody hears what is said to a group."""

    async def deliver(self, text: str, to: _Connection) -> None:
        if not _is_said(text):
            await super().deliver(text, to)


def _judge_conversation(room: _Chat) -> None:
    count = len(room.connections)
    if count < 3:
        raise Off(f"three clients are needed: ann, bob, eve. Your test connected {count}.")
    kinds = {kind for _, kind in room.done}
    for kind, words in (
        ("CREATE_GROUP", "creates a group"),
        ("JOIN_GROUP", "joins the group"),
        ("MESSAGE_GROUP", "says anything to the group"),
    ):
        if kind not in kinds:
            raise Off(f"nobody {words} in your test: there is no `{kind}`.")
    if all(connection.has_joined for connection in room.connections):
        raise Off("all your clients are in a group. Somebody has to stay outside.")


# Who vanished


@exercise(
    right="you found bob in the first conversation, eve in the second, and nobody in the third.",
    hints="""
    Who vanishes sends no close frame. Which close code says so?

    `timeline.filter(kind="close")` keeps only the ends. Each event has a `client`, which is a name,
    and a `code`.
    """,
    solution="""
    def who_vanished(timeline):
        for event in timeline.filter(kind="close"):
            if event.code == 1006:
                return event.client
        return None
    """,
)
async def who_vanished(answer: Answer) -> None:
    """Return the name of the client that vanished, or None if nobody did."""
    for vanished in ("bob", "eve", None):
        timeline = await _conversation(vanished)
        who = vanished or "nobody"
        try:
            name = answer.now(timeline)
        except Off as off:
            if off.__cause__ is None:
                raise
            raise Off(f"{off}\nThat was a conversation in which {who} vanished.") from off.__cause__
        if name != vanished:
            raise Off(f"{who} vanished here, but you returned {name!r}:\n{timeline.text()}")


async def _conversation(vanishing: str | None) -> Timeline:
    """Return what three clients did, of which one may have vanished."""
    room = _Chat()
    clients = [await connect(room, name=name) for name in ("ann", "bob", "eve")]
    for client, code in zip(clients, (1000, 4006, 1001), strict=True):
        await client.send_json({"type": "ECHO", "value": "hello"})
        await client.receive()
        if client.name == vanishing:
            await client.abort()
        await client.close(code)
    return Timeline.merge(*(client.timeline for client in clients))
