"""What a campaign tells while it runs: event dataclasses, handed to each subscriber.

Each is a fact. How what was sent is found out is ``_tally``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport

__all__ = [
    "CampaignFinished",
    "ExampleRun",
    "FailureFound",
    "Progress",
    "RouteFinished",
    "RouteStarted",
    "Sent",
]


class Sent(NamedTuple):
    """One message that was sent, and what came next.

    Attributes:
        kind: ``"text"``, ``"bytes"``, or ``"json"`` for a text that is a JSON object or array.
        size: Bytes of payload on the wire; of a text in UTF-8.
        reply: What the same client saw first after it and before it sent its next message: a
            message of one of these kinds, ``"close"`` if the server ended the connection, or
            ``"nothing"``. In a burst nothing is waited for in between.
    """

    kind: Literal["text", "json", "bytes"]
    size: int
    reply: Literal["text", "json", "bytes", "close", "nothing"]


@dataclass(frozen=True, slots=True)
class RouteStarted:
    """The search of a route begins.

    Attributes:
        route: Its path, parameters in braces.
        number: Its place among the routes, from 1.
        count: How many routes there are.
    """

    route: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """A conversation was held.

    Attributes:
        route: The route's path.
        examples: How many conversations were held with it.
        messages: How many messages were sent in them.
        failures: How many different failures were seen.
        phase: ``"generate"``, or ``"shrink"`` once a failure is being made smaller.
        wanted: How many conversations are to be held when nothing fails.
        elapsed: Real seconds since the search of the route began.
        sent: What this conversation sent, in order.
        replies: How many messages came back in it.
        cause: The :class:`Failure`'s ``cause`` that it showed; ``None``: it passed.
        refused: How many handshakes the app refused in it.
    """

    route: str
    examples: int
    messages: int
    failures: int
    phase: Literal["generate", "shrink"]
    wanted: int
    elapsed: float = 0.0
    sent: tuple[Sent, ...] = ()
    replies: int = 0
    cause: str | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class FailureFound:
    """A failure was seen, or a smaller conversation that shows one that was seen before.

    Attributes:
        route: The route's path.
        failure: The failure, as far as it is shrunk.
        is_new: Whether it was not seen before.
    """

    route: str
    failure: Failure
    is_new: bool


@dataclass(frozen=True, slots=True)
class RouteFinished:
    """The search of a route is over.

    Attributes:
        report: What it found.
    """

    report: RouteReport


@dataclass(frozen=True, slots=True)
class CampaignFinished:
    """The campaign is over; nothing follows.

    Attributes:
        report: What it found.
    """

    report: Report


Progress: TypeAlias = RouteStarted | ExampleRun | FailureFound | RouteFinished | CampaignFinished
