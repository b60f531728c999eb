"""What pytest says of the routes that were searched: a failed item's text, the table at the end.

The counts travel in the report's ``user_properties``: workers of xdist send them, JUnit shows them.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ..draw.text import in_one_line
from ._options import configuration

if TYPE_CHECKING:
    from ..properties.failures import RouteReport

__all__ = ["headline", "properties_of", "text_of"]

_PREFIX = "ws_"
_COLUMNS = ("route", "verdict", "examples", "messages", "connections", "failures", "seed")
_WORDS = 2  # so many of them are words, the others numbers
_COLORS = {"passed": "green", "stopped": "yellow"}


def headline(report: RouteReport) -> str:
    """Return in a line what is wrong with a route."""
    if report.failures:
        first, *more = report.failures
        codes = ", ".join(failure.code for failure in report.failures)
        text = f"{len(report.failures)} failures: {codes}" if more else _head(first)
    else:
        text = f"error: {report.error}" if report.error else _stopped(report)
    return in_one_line(text)


def _head(failure: Any) -> str:
    return f"{failure.code}: {failure.title}"


def _stopped(report: RouteReport) -> str:
    why = "max_seconds had passed" if report.stopped == "max_seconds" else "it was cancelled"
    return f"stopped after {report.examples} examples: {why}"


def text_of(report: RouteReport, *, verbose: bool) -> str:
    """Return all that is wrong with a route: each failure, and what prevented the search."""
    count = len(report.failures)
    parts = []
    for number, failure in enumerate(report.failures, 1):
        parts += [f"failure {number} of {count}"] if count > 1 else []
        parts.append(failure.text(verbose=verbose).rstrip())
    if report.error:
        parts.append(f"error: {report.error}")
    return "\n\n".join(parts or [headline(report)])


def properties_of(report: RouteReport, place: int, keyword: str) -> list[tuple[str, object]]:
    """Return what the summary tells of a route.

    Args:
        report: What was found.
        place: Its place among the routes of the app.
        keyword: What selects it after ``-k``.
    """
    facts = {name: getattr(report, name) for name in _COLUMNS}
    facts |= {"failures": len(report.failures), "elapsed": round(report.elapsed, 3)}
    facts |= {"keyword": keyword, "place": place}
    notes = [*report.notes, *([_stopped(report)] if report.stopped else [])]
    return [
        *((_PREFIX + name, value) for name, value in facts.items()),
        *((f"{_PREFIX}note", note) for note in notes),
        *([(f"{_PREFIX}error", report.error)] if report.error else []),
    ]


# The terminal


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write a table of the routes, remarks on them, and how to repeat."""
    routes = sorted(_routes(terminalreporter), key=lambda facts: int(facts["place"]))
    if not routes:
        return
    terminalreporter.write_sep("=", "WebSocket routes")
    for line, verdict in _table(routes, verbose=configuration(config).settings.verbose):
        terminalreporter.write_line(line, **{_COLORS.get(verdict, "red"): bool(verdict)})
    for line in _remarks(routes):
        terminalreporter.write_line(line)


def _routes(terminalreporter: Any) -> Iterator[dict[str, Any]]:
    """Yield the facts of each route that was searched, its notes in a list."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            own = [
                (name.removeprefix(_PREFIX), value)
                for name, value in report.user_properties
                if name.startswith(_PREFIX)
            ]
            if {"place", "keyword"} <= dict(own).keys():
                yield {**dict(own), "notes": [value for name, value in own if name == "note"]}


def _table(routes: list[dict[str, Any]], *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Yield each line with the verdict that it tells; the head tells none."""
    head = [*_COLUMNS, *(("seconds", "examples/s", "messages/s") if verbose else ())]
    rows = [_row(facts, verbose=verbose) for facts in routes]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for cells, verdict in [(head, ""), *((row, row[1]) for row in rows)]:
        padded = [
            cell.ljust(width) if place < _WORDS else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        yield "  ".join(padded), verdict


def _row(facts: dict[str, Any], *, verbose: bool) -> list[str]:
    cells = [in_one_line(str(facts[name])) for name in _COLUMNS]
    if verbose:
        seconds = facts["elapsed"]
        rates = [facts[name] / seconds if seconds else 0.0 for name in ("examples", "messages")]
        cells += [f"{seconds:.2f}", *(f"{rate:.0f}" for rate in rates)]
    return cells


def _remarks(routes: list[dict[str, Any]]) -> Iterator[str]:
    for facts in routes:
        if "error" in facts:
            yield f"error  {facts['route']}: {in_one_line(facts['error'])}"
        for note in facts["notes"]:
            yield f"note  {facts['route']}: {in_one_line(note)}"
    searched = [facts for facts in routes if facts["examples"]]
    bad = [facts for facts in searched if facts["verdict"] != "passed"]
    for facts in bad or searched[:1]:
        options = f"--ws-seed={facts['seed']} -k {shlex.quote(facts['keyword'])}"
        yield f"to repeat {facts['route']}: {options}"
