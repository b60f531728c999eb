"""What was said in one example, as facts to judge: Conversation, Side, Exchange.

Judging it is ``oracles``; holding it is the campaign's business. Everything here is what really
was on the wire: only ``events`` and paths have their secrets masked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..client import Client
from ..errors import Refused
from ..redaction import redact_url
from ..timeline import Event, Timeline
from ._example import Wire
from .routes import Route

__all__ = ["Conversation", "Exchange", "Side", "Wire"]

_LEAVING = (1000, 1001)  # what clients leave with


@dataclass(frozen=True, slots=True)
class Side:
    """One client's part in a conversation.

    Attributes:
        name: The client's name.
        path: What it asked for, with the query, secrets masked.
        sent: What it sent, in order.
        received: What it received (since ``clear_messages``), in order.
        subprotocol: What the handshake chose; ``None``: nothing, or it never opened.
        close_code: 1006 if it never opened or the server vanished; ``None`` while it is not closed.
        close_reason: What came with the code, possibly empty.
        refused: The server's refusal of the handshake, if that is how it went.
        ended: Whether the server ended the connection, as far as it is known: its last replies may
            be missing, which is no fault of its own.
    """

    name: str
    path: str
    sent: tuple[Wire, ...] = ()
    received: tuple[Wire, ...] = ()
    subprotocol: str | None = None
    close_code: int | None = None
    close_reason: str = ""
    refused: Refused | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message, and what came until anybody sent the next, or until the end.

    In a burst nothing comes in between: all replies stand in the last exchange.

    Attributes:
        client: The name of the client that sent it.
        sent: The message.
        replies: What that client received.
        heard: The name of the client and the message, for all that any client received.
    """

    client: str
    sent: Wire
    replies: tuple[Wire, ...] = ()
    heard: tuple[tuple[str, Wire], ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Conversation:
    """What one or several clients said to a server, and heard. Made by :meth:`of`.

    ``sent``, ``received``, ``path``, ``subprotocol``, ``close_code``, ``close_reason`` and
    ``refused`` are those of the first side.

    Attributes:
        sides: One for each client.
        settled: Whether the server had dealt with everything sent before the conversation ended.
            If not, the last replies may be missing, which is then no fault.
        route: What was talked to, if it was found as a route.
    """

    sides: tuple[Side, ...]
    settled: bool
    route: Route | None
    _timelines: tuple[Timeline, ...]

    @classmethod
    def of(
        cls,
        *clients: Client,
        route: Route | None = None,
        settled: bool = True,
        ended: Collection[str] = (),
    ) -> Conversation:
        """Return what was said up to now by ``clients``, whatever became of them.

        Args:
            clients: Each with a name of its own.
            route: What was talked to.
            settled: See the class.
            ended: Names of clients whose connection the server ended. Every close code but 1000
                and 1001, which clients leave with, says so by itself.

        Raises:
            ValueError: There is no client, two have one name, or none has one that ended.
        """
        if len(clients) != 1 or ended:
            _check_names([client.name for client in clients], ended)
        return cls(
            tuple([_side(client, client.name in ended) for client in clients]),
            settled,
            route,
            tuple([client.timeline[:] for client in clients]),
        )

    def __repr__(self) -> str:
        sent = sum(len(side.sent) for side in self.sides)
        received = sum(len(side.received) for side in self.sides)
        return f"<Conversation at {self.path!r}: {sent} sent, {received} received>"

    @property
    def sent(self) -> tuple[Wire, ...]:
        """What the first client sent."""
        return self.sides[0].sent

    @property
    def received(self) -> tuple[Wire, ...]:
        """What the first client received."""
        return self.sides[0].received

    @property
    def path(self) -> str:
        """What the first client asked for, with the query."""
        return self.sides[0].path

    @property
    def subprotocol(self) -> str | None:
        """What the first client's handshake chose."""
        return self.sides[0].subprotocol

    @property
    def close_code(self) -> int | None:
        """What the first client's connection was closed with."""
        return self.sides[0].close_code

    @property
    def close_reason(self) -> str:
        """What came with the first client's close code."""
        return self.sides[0].close_reason

    @property
    def refused(self) -> Refused | None:
        """How the server refused the first client's handshake, if it did."""
        return self.sides[0].refused

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What happened, of all clients, in order; secrets masked."""
        # A Timeline promises, as Pictures, less of its events than it gives.
        return tuple(Timeline.merge(*self._timelines))  # type: ignore[arg-type]

    @cached_property
    def greeting(self) -> tuple[tuple[str, Wire], ...]:
        """The name of the client and the message, for all received before anybody sent."""
        return self._parts[0]

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every message sent, by any client, in order, with what came of it."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[tuple[tuple[str, Wire], ...], tuple[Exchange, ...]]:
        greeting: list[tuple[str, Wire]] = []
        begun: list[tuple[str, Wire, list[tuple[str, Wire]]]] = []
        heard = greeting
        for name, direction, data in self._moves():
            if direction == "sent":
                begun.append((name, data, heard := []))
            else:
                heard.append((name, data))
        return tuple(greeting), tuple([_exchange(*one) for one in begun])

    def _moves(self) -> Iterator[tuple[str, str, Wire]]:
        """Yield client, direction and message in order: when from the events, what as it was."""
        sides = {side.name: side for side in self.sides}
        data = {
            (name, direction): iter(getattr(side, direction))
            for name, side in sides.items()
            for direction in ("sent", "received")
        }
        messages = [event for event in self.events if event.kind == "message"]
        arrived = Counter(event.client for event in messages if event.direction == "received")
        forgotten = {name: arrived[name] - len(side.received) for name, side in sides.items()}
        for event in messages:
            name, direction = event.client, str(event.direction)
            if direction == "received" and forgotten[name] > 0:
                forgotten[name] -= 1
            else:
                yield name, direction, next(data[name, direction])


def _side(client: Client, is_ended: bool) -> Side:
    session = client._session
    closure, connection, failure = session.closure, session.connection, session._failure
    path = session.handshake.join("") if connection is None else connection.path
    return Side(
        session.name,
        redact_url(session.mask(path)),
        tuple(session.sent),
        tuple(client.messages),
        None if connection is None else connection.subprotocol,
        None if closure is None else closure.code,
        "" if closure is None else closure.reason,
        failure if isinstance(failure, Refused) else None,
        is_ended or (closure is not None and closure.code not in _LEAVING),
    )


def _exchange(client: str, sent: Wire, heard: list[tuple[str, Wire]]) -> Exchange:
    replies = tuple([message for name, message in heard if name == client])
    return Exchange(client, sent, replies, tuple(heard))


def _check_names(names: list[str], ended: Collection[str]) -> None:
    if not names:
        raise ValueError("no conversation without a client: pass at least one")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"two clients are named {name!r}, so nobody could tell who said what: "
                "connect(..., name=...) gives each a name"
            )
    if isinstance(ended, str) or not set(ended) <= set(names):
        raise ValueError(f"ended={ended!r} must be a collection of names out of {names!r}")
