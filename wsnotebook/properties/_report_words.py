"""What a failure and a report say, in words: the same in every form of a report.

How that is laid out, escaped and coloured is each form's own. What does not repeat from run to run
(times, rates) is left out unless it is asked for, so that a notebook's stored output does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..closecodes import describe_close
from ..draw.text import in_one_line
from ..errors import shorten
from ._asking import CODES

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport, Verdict

__all__ = [
    "STOPPED",
    "Remark",
    "columns",
    "facts",
    "number_of",
    "raised_by",
    "remarks",
    "row",
    "sent_in",
    "summary",
    "to_repeat",
    "to_repeat_all",
    "worst",
]

STOPPED = {"cancelled": "it was cancelled", "max_seconds": "max_seconds had passed"}
_WORST_FIRST: tuple[Verdict, ...] = ("failed", "error", "stopped", "passed")


def number_of(count: int, what: str) -> str:
    """Return ``1 route`` or ``2 routes``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# A failure


def facts(failure: Failure, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of whatever is known in a line or a few."""
    code, reply = failure.close_code, failure.last_reply
    known = [
        ("route", failure.route),
        ("cause", failure.cause.removeprefix(failure.code).removeprefix(": ")),
        ("sent", sent_in(failure)),
        ("expected", failure.expected),
        ("actual", failure.actual),
        ("state", failure.state),
        ("close code", "" if code is None or failure.state else describe_close(code)),
        ("last reply", "" if reply is None else shorten(reply)),
        ("counts", _counts(failure)),
        ("found", f"after {failure.elapsed:.2f} s" if verbose else ""),
        ("seed", f"{failure.seed}  (to repeat: {to_repeat(failure.seed, failure.route)})"),
        *[("note", note) for note in failure.notes],
        ("note", "" if failure.shrunk else "the search ended early: less may do as well"),
        ("help", _help(failure.code)),
    ]
    return ((name, text) for name, text in known if text)


def _help(code: str) -> str:
    """Return where it is written what ``code`` means and what to do."""
    # What a user's own oracle says has one page, whatever its code.
    return f"docs/reference/failures/{code if code in CODES else 'oracle'}.md"


def sent_in(failure: Failure) -> str:
    """Return the message that led to ``failure``, and its place; empty: none did."""
    if failure.sent is None:
        return ""
    text = shorten(failure.sent)
    if failure.index is None:
        return text
    return f"{text}  (message {failure.index + 1} of {failure.messages_sent})"


def _counts(failure: Failure) -> str:
    return ", ".join(
        [
            f"{failure.messages_sent} sent",
            f"{failure.messages_received} received",
            number_of(failure.connections, "connection"),
            f"seen in {number_of(failure.seen, 'example')}",
        ]
    )


def raised_by(failure: Failure) -> str:
    """Return whose traceback it is."""
    return "app" if failure.oracle is None else "oracle"


def to_repeat(seed: int, route: str = "") -> str:
    """Return the settings that repeat a search, or that of one route."""
    only = f", include=[{route!r}]" if route else ""
    return f"Settings(seed={seed}{only})"


# A report


def summary(report: Report) -> str:
    """Return ``3 routes, 1 failed``."""
    verdicts = [one.verdict for one in report.routes]
    bad = [
        f"{verdicts.count(verdict)} {word}"
        for verdict, word in (("failed", "failed"), ("error", "in error"), ("stopped", "stopped"))
        if verdict in verdicts
    ]
    good = ["all passed" if len(verdicts) > 1 else "passed"] if verdicts and not bad else []
    return ", ".join([number_of(len(verdicts), "route"), *bad, *good])


def worst(report: Report) -> Verdict:
    """Return the verdict of the route that did worst; nothing to search is an error."""
    found = {one.verdict for one in report.routes}
    return next((verdict for verdict in _WORST_FIRST if verdict in found), "error")


def to_repeat_all(report: Report, *, verbose: bool) -> str:
    """Return how to repeat the search, to follow its summary; ``verbose`` tells the time too."""
    took = f" in {report.elapsed:.2f} s" if verbose else ""
    if not report.routes:
        return took
    first = report.routes[0]
    if all(one.seed == first.seed for one in report.routes):
        return f"{took}; to repeat: {to_repeat(first.seed)}"
    one = next(one for one in report.routes if one.verdict == worst(report))
    repeat = to_repeat(one.seed, one.route)
    return f"{took}; each route has a seed of its own; to repeat: {repeat}"


def columns(*, verbose: bool) -> list[str]:
    """Return the head of the table of routes; the first two columns are words, then numbers."""
    head = ["route", "verdict", "examples", "messages", "connections", "failures"]
    return [*head, "seconds", "examples/s", "messages/s"] if verbose else head


def row(one: RouteReport, *, verbose: bool) -> list[str]:
    """Return the row of a route in that table."""
    counts = one.examples, one.messages, one.connections, len(one.failures)
    cells = [one.route, one.verdict, *map(str, counts)]
    if verbose:
        rates = [count / one.elapsed if one.elapsed else 0.0 for count in counts[:2]]
        cells += [f"{one.elapsed:.2f}", *(f"{rate:.0f}" for rate in rates)]
    return cells


class Remark(NamedTuple):
    """What is to be said of a route besides its failures, in one line."""

    kind: Literal["error", "note"]
    text: str


def remarks(routes: Iterable[RouteReport]) -> Iterator[Remark]:
    """Yield why routes could not be searched, what ended their search, and their notes."""
    for one in routes:
        route = in_one_line(one.route)
        if one.error:
            yield Remark("error", f"{route}: {in_one_line(one.error)}")
        if one.stopped:
            why = f"stopped after {number_of(one.examples, 'example')}: {STOPPED[one.stopped]}"
            yield Remark("note", f"{route}: {why}")
        for note in one.notes:
            yield Remark("note", f"{route}: {in_one_line(note)}")
