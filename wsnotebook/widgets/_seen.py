"""What a campaign has told so far, as far as a panel shows it: counts, and the steps of failures.

It is kept small however long a search goes on. How it looks is ``_property_face``.
"""

from __future__ import annotations

from ..properties import (
    ExampleRun,
    Failure,
    FailureFound,
    Progress,
    RouteFinished,
    RouteReport,
    RouteStarted,
)
from ._sent_counts import SentCounts

__all__ = ["Seen"]

MOST_FAILURES = 50  # of which each has its steps
MOST_STEPS = 100


class Seen:
    """Takes the events of one campaign.

    Args:
        routes: How many routes are searched.
        wanted: How many examples are to be run on each when nothing fails.

    Attributes:
        counts: What was sent.
        steps: The conversations that showed a failure, each smaller than the one before, by route
            and cause of the failure.
        more: How many failures have no steps here, because there were so many before.
        finished: The reports of the routes that are over.
        route: The route under way, or the last.
        run: The newest example of the route under way, if there is one.
        replies: How many messages came back.
        refused: How many handshakes the app refused.
    """

    def __init__(self, routes: int = 0, wanted: int = 0) -> None:
        self.counts = SentCounts()
        self.steps: dict[tuple[str, str], list[Failure]] = {}
        self.more = 0
        self.finished: list[RouteReport] = []
        self.route = ""
        self.run: ExampleRun | None = None
        self.replies = self.refused = 0
        self.routes, self.wanted = routes, wanted

    @property
    def examples(self) -> int:
        """How many conversations were held."""
        return sum([one.examples for one in self.finished]) + (self.run.examples if self.run else 0)

    @property
    def messages(self) -> int:
        """How many messages were sent in them."""
        return sum([one.messages for one in self.finished]) + (self.run.messages if self.run else 0)

    @property
    def done(self) -> int:
        """How many of all examples that are wanted need not be waited for any more."""
        over = [
            min(one.examples, self.wanted) if one.stopped else self.wanted for one in self.finished
        ]
        return sum(over) + min(self.run.examples if self.run else 0, self.wanted)

    def is_over(self, key: tuple[str, str]) -> bool:
        """Whether the route of a failure is over, so that no smaller conversation comes."""
        return any(one.route == key[0] for one in self.finished)

    def take(self, event: Progress) -> None:
        """Take the next event; more than a thousand may come in a second."""
        match event:
            case ExampleRun():
                self.run = event
                self.counts.add(event.sent)
                self.replies += event.replies
                self.refused += event.refused
            case FailureFound():
                self._add(event)
            case RouteStarted():
                self.route = event.route
            case RouteFinished():
                self.finished.append(event.report)
                self.run = None
                for failure in event.report.failures:
                    self._settle(failure)

    def _add(self, event: FailureFound) -> None:
        key = _key(event.failure)
        if key not in self.steps and len(self.steps) >= MOST_FAILURES:
            self.more += event.is_new
            return
        steps = self.steps.setdefault(key, [])
        steps.append(event.failure)
        if len(steps) > MOST_STEPS:  # every second one goes, never the first or the last
            del steps[1:-1:2]

    def _settle(self, failure: Failure) -> None:
        """Take a failure as the report has it: the last step, which may be one more."""
        steps = self.steps.get(_key(failure))
        if steps is None:
            return
        if steps[-1].example == failure.example:
            steps.pop()
        steps.append(failure)


def _key(failure: Failure) -> tuple[str, str]:
    return failure.route, failure.cause
