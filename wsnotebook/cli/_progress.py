"""What is seen while a campaign runs: a bar on a terminal, or a line for each example."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO
from unicodedata import east_asian_width

from ..draw.text import in_one_line
from ..properties.progress import ExampleRun, Progress, RouteStarted
from ._output import say, writable

__all__ = ["Bar", "Lines"]

_INTERVAL = 0.05  # seconds: twenty pictures in one are more than anybody reads
_CELLS = 20
_ROUTE = 24  # columns


class Bar:
    """One line, drawn over and over, and gone at the end of the ``with`` block.

    Args:
        stream: A terminal.
        clock: Tells the seconds.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._drawn_at = float("-inf")
        self._drawn = 0
        self._place = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._draw("")
        self._stream.write("\r")
        self._stream.flush()

    def __call__(self, event: Progress) -> None:
        """Draw what ``event`` tells, unless the last picture is fresh."""
        if isinstance(event, RouteStarted):
            self._place = f"{event.number}/{event.count} " if event.count > 1 else ""
            event = ExampleRun(event.route, 0, 0, 0, "generate", 0)
        if not isinstance(event, ExampleRun) or self._clock() - self._drawn_at < _INTERVAL:
            return
        self._drawn_at = self._clock()
        self._draw(f"{self._place}{_short(event.route)}  {_bar(event)}  {_counts(event)}")

    def _draw(self, text: str) -> None:
        # One column stays free: a full line would scroll.
        text, columns = _cut(writable(text, self._stream), _columns(self._stream) - 1)
        self._stream.write("\r" + text + " " * (self._drawn - columns))
        self._stream.flush()
        self._drawn = columns


class Lines:
    """A line for each example.

    Args:
        stream: Where it is written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Progress) -> None:
        """Tell of ``event`` if it is an example."""
        if isinstance(event, ExampleRun):
            phase = ", shrinking" if event.phase == "shrink" else ""
            say(f"{in_one_line(event.route)}  {_counts(event)}{phase}", self._stream)


def _short(route: str) -> str:
    """Return the route, or as much of it as leaves room for the rest."""
    route = in_one_line(route)
    shown, _ = _cut(route, _ROUTE)
    return route if shown == route else f"{shown}..."


def _bar(event: ExampleRun) -> str:
    if event.phase == "shrink":  # how long that takes, nobody knows
        return f"[{'shrinking'.center(_CELLS)}]"
    full = _CELLS * min(event.examples, event.wanted) // max(event.wanted, 1)
    return f"[{'#' * full}{'-' * (_CELLS - full)}]"


def _counts(event: ExampleRun) -> str:
    # What is shrunk takes as many examples as it takes.
    wanted = f"/{event.wanted}" if event.phase == "generate" and event.wanted else ""
    parts = [
        f"{event.examples}{wanted} examples",
        f"{event.messages} messages",
        f"{event.failures} failure{'' if event.failures == 1 else 's'}",
    ]
    return ", ".join(parts)


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):  # no terminal, or no file at all
        return 80


def _cut(text: str, width: int) -> tuple[str, int]:
    """Return what of ``text`` fits into ``width`` columns, and how many it fills."""
    filled = 0
    for place, character in enumerate(text):
        columns = 2 if east_asian_width(character) in ("W", "F") else 1
        if filled + columns > width:
            return text[:place], filled
        filled += columns
    return text, filled
