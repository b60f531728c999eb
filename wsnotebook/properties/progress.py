"""What a campaign tells while it runs: event dataclasses, handed to each subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .failures import Failure, Report, RouteReport

__all__ = [
    "CampaignFinished",
    "ExampleRun",
    "FailureFound",
    "Progress",
    "RouteFinished",
    "RouteStarted",
]


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
    """

    route: str
    examples: int
    messages: int
    failures: int
    phase: Literal["generate", "shrink"]
    wanted: int


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
