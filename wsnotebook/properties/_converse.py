"""Holds one conversation: connects, sends, waits for the app, leaves, and looks at what is left.

What was seen is an :class:`Outcome`; whether it is right, ``_judge`` says. Which conversations are
held is ``_search``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..client import Client, State
from ..errors import (
    AppCrashed,
    Closed,
    ConnectFailed,
    ProtocolViolation,
    Refused,
    WaitTimeout,
    WsNotebookError,
)
from ..transports._tasks import where
from ._example import Example, Wire
from ._subject import Subject, inside, patience, task_name
from .settings import Settings

__all__ = ["Outcome", "converse"]

_NETWORK_CLOSE = 1.0  # seconds that a server on the network has for the closing handshake


@dataclass(slots=True)
class Outcome:
    """What was seen in one conversation.

    Attributes:
        clients: The clients, in order; one that was refused among them.
        denied: Why a client's handshake failed, by its place.
        sent: What was really sent.
        settled: Whether everything that was sent was dealt with before the end.
        stuck: What does not come back for the next message: client and line, in words.
        outliving: What goes on although it knows that its client is gone, likewise.
        ended: The names of the clients whose connection the server ended.
        crashes: What connections told: client, exception, and whether a background task raised it.
        elsewhere: What crashed and no connection told; and whether a background task raised it.
        left: Tasks that were left behind, and what they are, in words.
        unread: Whether a handler does not read, or not while it has something to say.
    """

    clients: list[Client] = field(default_factory=list)
    denied: dict[int, WsNotebookError] = field(default_factory=dict)
    sent: list[tuple[int, Wire]] = field(default_factory=list)
    settled: bool = True
    stuck: tuple[int, str] | None = None
    outliving: tuple[int, str] | None = None
    ended: tuple[str, ...] = ()
    crashes: list[tuple[int, BaseException, bool]] = field(default_factory=list)
    elsewhere: list[tuple[BaseException, bool]] = field(default_factory=list)
    left: dict[asyncio.Task[Any], str] = field(default_factory=dict)
    unread: bool = False


async def converse(
    subject: Subject,
    example: Example,
    settings: Settings,
    *,
    token: tuple[str, str] | None,
    keep_going: Callable[[], None],
) -> Outcome:
    """Hold the conversation ``example`` with ``subject``.

    Args:
        subject: What is searched; ``begin`` has been called.
        example: What to say.
        settings: The timeouts.
        token: What proves who the clients are, and how it travels.
        keep_going: Called between the steps; it raises what ends the search.
    """
    talk = _Talk(subject, example, settings, token)
    outcome = talk.outcome
    try:
        await talk.connect()
        keep_going()
        await talk.speak(keep_going)
    except BaseException:
        for client in outcome.clients:
            connection = client._session.connection
            if connection is not None:
                connection.abort()
        raise
    await talk.leave()
    outcome.left = {
        task: f"{task_name(task)}, which {where(task)}" for task in await subject.left_behind()
    }
    return outcome


class _Talk:
    """One conversation under way."""

    def __init__(
        self,
        subject: Subject,
        example: Example,
        settings: Settings,
        token: tuple[str, str] | None,
    ) -> None:
        self.outcome = Outcome()
        self._subject = subject
        self._example = example
        self._timeout = settings.message_timeout
        self._settings = settings
        self._token: str | None = None
        self._via = "header"
        if token is not None:
            self._token, self._via = token

    # Connecting

    async def connect(self) -> None:
        """Connect every client, and keep what was denied."""
        for place in range(len(self._example.paths)):
            client = self._client(place)
            self.outcome.clients.append(client)
            try:
                await client.open()
            except (
                AppCrashed,
                Closed,
                ConnectFailed,
                ProtocolViolation,
                Refused,
                WaitTimeout,
            ) as exc:
                self.outcome.denied[place] = exc
        if self._example.pace != "leave":
            await self._settle()

    def _client(self, place: int) -> Client:
        settings = self._settings
        return Client(
            self._subject.transport,
            self._example.paths[place],
            name=f"client-{place + 1}",
            subprotocols=self._example.subprotocols,
            token=self._token,
            via=self._via,
            timeout=self._timeout,
            open_timeout=settings.connection_timeout,
            close_timeout=_NETWORK_CLOSE,
            max_size=None,
        )

    # Speaking

    async def speak(self, keep_going: Callable[[], None]) -> None:
        """Send the messages, and wait for the app as the pace says."""
        outcome, clients = self.outcome, self.outcome.clients
        for place, message in self._example.messages:
            if outcome.stuck is not None:
                return
            client = clients[place]
            if client.state is not State.OPEN:
                outcome.settled = outcome.settled and self._example.pace == "step"
                continue
            try:
                await client.send(message)
            except (AppCrashed, Closed, ProtocolViolation):
                outcome.settled = False
                continue
            outcome.sent.append((place, message))
            if self._example.pace == "step":
                await self._settle()
                keep_going()
        if self._example.pace == "burst":
            await self._settle(max(1, len(outcome.sent)))
            if any(client.state is not State.OPEN for client in clients):
                outcome.settled = False
        elif self._example.pace == "leave":
            outcome.settled = not outcome.sent

    async def _settle(self, messages: int = 1) -> None:
        """Wait until the app has dealt with ``messages``, or see where it is stuck."""
        outcome = self.outcome
        connection = next(
            (
                client._session.connection
                for client in outcome.clients
                if client.state is State.OPEN and client._session.connection is not None
            ),
            None,
        )
        if connection is None:
            return
        if outcome.unread:  # it would be waited for in vain again
            await asyncio.sleep(0)
            return
        heard = self._heard()
        try:
            await connection.settle(self._subject.loop.time() + self._timeout * messages)
        except TimeoutError as exc:
            outcome.settled = False
            self._note_stuck(exc, spoke=self._heard() != heard)

    def _heard(self) -> int:
        return sum([len(client.messages) for client in self.outcome.clients])

    def _note_stuck(self, exc: TimeoutError, *, spoke: bool) -> None:
        outcome = self.outcome
        if self._subject.is_network:
            outcome.stuck = 0, str(exc) or "the server does not answer a ping"
            return
        for place, client in enumerate(outcome.clients):
            side = inside(client)
            if client.state is not State.OPEN or side is None or not side.busy:
                continue
            if side.has_read and not spoke:
                outcome.stuck = place, where(side.task)
                return
            # It does not read, or not now: it may have enough to say.
            outcome.unread = True

    # Leaving

    async def leave(self) -> None:
        """Close every connection, and see whether its handler ends."""
        clients = [client for client in self.outcome.clients if client._session.connection]
        closed = [client.name for client in clients if client.state is State.CLOSED]
        self.outcome.ended = tuple(closed)
        if len(clients) == 1:
            await self._close(clients[0])
        else:  # all at once: whoever is left behind may be what ends the others
            await asyncio.gather(*map(self._close, clients))
        if self.outcome.stuck is None:
            for client in clients:
                await self._watch_end(client)
        for client in clients:
            await self._finish(client)

    async def _watch_end(self, client: Client) -> None:
        side = inside(client)
        limit = patience(self._timeout, len(self.outcome.sent))
        if side is not None and not await self._subject.ended(side.task, limit):
            seen = self.outcome.clients.index(client), where(side.task)
            if side.has_read and not side.was_told:
                self.outcome.stuck = self.outcome.stuck or seen
            else:
                self.outcome.outliving = self.outcome.outliving or seen

    async def _finish(self, client: Client) -> None:
        session = client._session
        told = session.crash
        await session.finish()
        if session.crash is not None:
            place = self.outcome.clients.index(client)
            self.outcome.crashes.append((place, session.crash, told is None))

    async def _close(self, client: Client) -> None:
        session = client._session
        if session.state is State.CLOSED:
            return
        assert session.connection is not None
        session._set_state(State.CLOSING)
        await session.connection.close(self._example.close_code, "")
