"""How a failure and a report are written for terminals.

What does not repeat from run to run (times, rates) is left out unless it is asked for, so that a
notebook's stored output does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..closecodes import describe_close
from ..draw.text import in_one_line
from ..errors import shorten
from ._asking import CODES
from ._writing import indented

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport

__all__ = ["failure_text", "report_text", "summary"]

_CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2"}
_COLORS = {"passed": "green", "failed": "red", "error": "red", "stopped": "yellow"}
_WORST_FIRST = ("failed", "error", "stopped", "passed")
_STOPPED = {"cancelled": "it was cancelled", "max_seconds": "max_seconds had passed"}


class _Paint:
    """Wraps text in ANSI colours, or does not."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def __call__(self, color: str, text: str) -> str:
        return f"\033[{_CODES[color]}m{text}\033[0m" if self._color and text else text


# A failure


def failure_text(failure: Failure, *, color: bool = False, verbose: bool = False) -> str:
    """Return all that is known of ``failure``."""
    paint = _Paint(color=color)
    head = f"{paint('red', failure.code)}: {in_one_line(failure.title)}"
    facts = list(_facts(failure, verbose=verbose))
    width = max(len(name) for name, _ in facts)
    lines = [head]
    for name, text in facts:
        first, *more = _safe_lines(text) or [""]
        lines.append(f"  {paint('dim', name.ljust(width))}  {first}")
        lines += [" " * (width + 4) + line for line in more]
    raised_by = "app" if failure.oracle is None else "oracle"
    for title, text in (
        ("what happened", failure.transcript),
        (f"traceback of the {raised_by}", failure.traceback),
    ):
        if text:
            lines += ["", f"  {paint('dim', title)}", *indented(_safe_lines(text))]
    # Not indented: it is there to be copied.
    lines += ["", f"  {paint('dim', 'a program that reproduces it')}", "", failure.program()]
    return "\n".join(lines)


def _facts(failure: Failure, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of whatever is known."""
    code, reply = failure.close_code, failure.last_reply
    known = [
        ("route", failure.route),
        ("cause", failure.cause.removeprefix(failure.code).removeprefix(": ")),
        ("sent", _sent(failure)),
        ("expected", failure.expected),
        ("actual", failure.actual),
        ("state", failure.state),
        ("close code", "" if code is None or failure.state else describe_close(code)),
        ("last reply", "" if reply is None else shorten(reply)),
        ("counts", _counts(failure)),
        ("found", f"after {failure.elapsed:.2f} s" if verbose else ""),
        ("seed", f"{failure.seed}  (to repeat: {_repeating(failure.seed, failure.route)})"),
        *[("note", note) for note in failure.notes],
        ("note", "" if failure.shrunk else "the search ended early: less may do as well"),
        ("help", _help(failure.code)),
    ]
    return ((name, text) for name, text in known if text)


def _help(code: str) -> str:
    """Return where it is written what ``code`` means and what to do."""
    # What a user's own oracle says has one page, whatever its code.
    return f"docs/reference/failures/{code if code in CODES else 'oracle'}.md"


def _sent(failure: Failure) -> str:
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
            _number(failure.connections, "connection"),
            f"seen in {_number(failure.seen, 'example')}",
        ]
    )


def _repeating(seed: int, route: str = "") -> str:
    only = f", include=[{route!r}]" if route else ""
    return f"Settings(seed={seed}{only})"


def _safe_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without anything that could move a terminal's cursor."""
    return [in_one_line(line) for line in text.expandtabs().splitlines()]


# A report


def report_text(report: Report, *, color: bool = False, verbose: bool = False) -> str:
    """Return a table of the routes, their failures, remarks, and the verdict."""
    paint = _Paint(color=color)
    parts = ["\n".join(_table(report.routes, paint, verbose=verbose))]
    parts += [
        failure_text(failure, color=color, verbose=verbose).rstrip() for failure in report.failures
    ]
    if remarks := list(_remarks(report.routes, paint)):
        parts.append("\n".join(remarks))
    parts.append(_verdict(report, paint, verbose=verbose))
    return "\n\n".join(parts)


def _table(routes: Iterable[RouteReport], paint: _Paint, *, verbose: bool) -> list[str]:
    head = ["route", "verdict", "examples", "messages", "connections", "failures"]
    head += ["seconds", "examples/s", "messages/s"] if verbose else []
    rows = [_row(one, verbose=verbose) for one in routes]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: list[str]) -> str:
        # The first two are words, the others numbers.
        padded = [
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        if cells is not head:
            padded[1] = paint(_COLORS[cells[1]], padded[1])
        return "  ".join(padded)

    return [paint("dim", line(head)), *map(line, rows)]


def _row(one: RouteReport, *, verbose: bool) -> list[str]:
    counts = one.examples, one.messages, one.connections, len(one.failures)
    cells = [in_one_line(one.route), one.verdict, *map(str, counts)]
    if verbose:
        rates = [count / one.elapsed if one.elapsed else 0.0 for count in counts[:2]]
        cells += [f"{one.elapsed:.2f}", *(f"{rate:.0f}" for rate in rates)]
    return cells


def _remarks(routes: Iterable[RouteReport], paint: _Paint) -> Iterator[str]:
    for one in routes:
        route = in_one_line(one.route)
        if one.error:
            yield f"{paint('red', 'error')}  {route}: {in_one_line(one.error)}"
        if one.stopped:
            why = f"stopped after {_number(one.examples, 'example')}: {_STOPPED[one.stopped]}"
            yield f"{paint('yellow', 'note ')}  {route}: {why}"
        for note in one.notes:
            yield f"{paint('yellow', 'note ')}  {route}: {in_one_line(note)}"


def _verdict(report: Report, paint: _Paint, *, verbose: bool) -> str:
    text = paint("green" if report.ok else "red", summary(report))
    if verbose:
        text += f" in {report.elapsed:.2f} s"
    if not report.routes:
        return text
    first = report.routes[0]
    if all(one.seed == first.seed for one in report.routes):
        return f"{text}; to repeat: {_repeating(first.seed)}"
    one = min(report.routes, key=lambda one: _WORST_FIRST.index(one.verdict))
    return f"{text}; each route has a seed of its own; to repeat: {_repeating(one.seed, one.route)}"


def summary(report: Report) -> str:
    """Return ``3 routes, 1 failed``."""
    verdicts = [one.verdict for one in report.routes]
    bad = [
        f"{verdicts.count(verdict)} {word}"
        for verdict, word in (("failed", "failed"), ("error", "in error"), ("stopped", "stopped"))
        if verdict in verdicts
    ]
    good = ["all passed" if len(verdicts) > 1 else "passed"] if verdicts and not bad else []
    return ", ".join([_number(len(verdicts), "route"), *bad, *good])


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
