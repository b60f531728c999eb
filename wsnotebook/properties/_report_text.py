"""How a failure and a report are laid out on terminals; what they say is ``_report_words``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..draw.text import in_one_line
from ._report_words import (
    columns,
    facts,
    raised_by,
    remarks,
    row,
    summary,
    to_repeat_all,
)
from ._writing import indented

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport

__all__ = ["failure_text", "report_text"]

_CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2"}
_COLORS = {"passed": "green", "failed": "red", "error": "red", "stopped": "yellow"}
_REMARKS = {"error": "red", "note": "yellow"}


class _Paint:
    """Wraps text in ANSI colours, or does not."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def __call__(self, color: str, text: str) -> str:
        return f"\033[{_CODES[color]}m{text}\033[0m" if self._color and text else text


def failure_text(failure: Failure, *, color: bool = False, verbose: bool = False) -> str:
    """Return all that is known of ``failure``."""
    paint = _Paint(color=color)
    head = f"{paint('red', failure.code)}: {in_one_line(failure.title)}"
    known = list(facts(failure, verbose=verbose))
    width = max(len(name) for name, _ in known)
    lines = [head]
    for name, text in known:
        first, *more = _safe_lines(text) or [""]
        lines.append(f"  {paint('dim', name.ljust(width))}  {first}")
        lines += [" " * (width + 4) + line for line in more]
    for title, text in (
        ("what happened", failure.transcript),
        (f"traceback of the {raised_by(failure)}", failure.traceback),
    ):
        if text:
            lines += ["", f"  {paint('dim', title)}", *indented(_safe_lines(text))]
    # Not indented: it is there to be copied.
    lines += ["", f"  {paint('dim', 'a program that reproduces it')}", "", failure.program()]
    return "\n".join(lines)


def _safe_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without anything that could move a terminal's cursor."""
    return [in_one_line(line) for line in text.expandtabs().splitlines()]


def report_text(report: Report, *, color: bool = False, verbose: bool = False) -> str:
    """Return a table of the routes, their failures, remarks, and the verdict."""
    paint = _Paint(color=color)
    parts = ["\n".join(_table(report.routes, paint, verbose=verbose))]
    parts += [
        failure_text(failure, color=color, verbose=verbose).rstrip() for failure in report.failures
    ]
    said = [
        f"{paint(_REMARKS[kind], kind.ljust(5))}  {text}" for kind, text in remarks(report.routes)
    ]
    parts += ["\n".join(said)] if said else []
    verdict = paint("green" if report.ok else "red", summary(report))
    return "\n\n".join([*parts, verdict + to_repeat_all(report, verbose=verbose)])


def _table(routes: Iterable[RouteReport], paint: _Paint, *, verbose: bool) -> list[str]:
    head = columns(verbose=verbose)
    rows = [[in_one_line(cell) for cell in row(one, verbose=verbose)] for one in routes]
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
