"""The log of a panel: the newest events as an HTML table, drawn at most 20 times a second.

It keeps the tail that it shows; the Timeline holds everything. What a browser copes with is in
the figures below: an HTML value of 200 rows at 20 Hz keeps up with thousands of messages a second,
an update for each message does not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ..closecodes import describe_close
from ..timeline import Event
from ._html import payload, visible

__all__ = ["LogView"]

SHOWN_ROWS = 200
SHOWN_PAYLOAD = 300
INTERVAL = 0.05  # seconds between two drawings

_MARKS = {"sent": "→", "received": "←"}
_WORDS = {"open": "● open", "close": "○ closed", "error": "✗ error"}
_HEAD = "".join(f'<th scope="col">{name}</th>' for name in ("time", "event", "bytes", "payload"))
_EMPTY = '<p class="wsn-note">Nothing has happened yet. Connect, then send.</p>'


class LogView:
    """Draws the newest events of one client after another.

    Args:
        loop: The loop that events are added on.
        show: Called with the HTML. The first change is shown at once, what follows within
            ``INTERVAL`` together at its end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, show: Callable[[str], None]) -> None:
        self._loop = loop
        self._show = show
        self._rows: deque[Event | str] = deque(maxlen=SHOWN_ROWS)
        self._added = 0
        self._stale = False
        self._timer: asyncio.TimerHandle | None = None
        show(_EMPTY)

    def add(self, row: Event | str) -> None:
        """Append an event, or a line of words across the table."""
        self._rows.append(row)
        self._added += 1
        self._stale = True
        if self._timer is None:
            self._draw_and_rest()

    def flush(self) -> None:
        """Show now whatever is not shown yet."""
        if self._stale:
            self._stale = False
            self._show(self._html())

    def stop(self) -> None:
        """Show what is not shown yet and leave no timer behind."""
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _draw_and_rest(self) -> None:
        self.flush()
        self._timer = self._loop.call_later(INTERVAL, self._rested)

    def _rested(self) -> None:
        self._timer = None
        if self._stale:
            self._draw_and_rest()

    def _html(self) -> str:
        rows = [_html_row(row) for row in self._rows]
        if hidden := self._added - len(rows):
            plural = "" if hidden == 1 else "s"
            rows.insert(0, _across(f"{hidden:,} earlier row{plural} not shown"))
        return (
            '<table class="wsn-log" aria-label="log">'
            f"<thead><tr>{_HEAD}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )


def _html_row(row: Event | str) -> str:
    if isinstance(row, str):
        return _across(row)
    size = "" if row.size is None else f"{row.size:,}"
    cells = (f"{row.time:.3f} s", _what(row), size, _content(row))
    tds = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="wsn-{row.direction or row.kind}">{tds}</tr>'


def _across(words: str) -> str:
    return f'<tr class="wsn-note"><td colspan="4">{visible(words)}</td></tr>'


def _what(event: Event) -> str:
    if event.direction is None:
        return _WORDS[event.kind]
    words = event.direction if event.kind == "message" else event.kind
    return f"{_MARKS[event.direction]} {words}"


def _content(event: Event) -> str:
    if event.kind == "close":
        return visible(describe_close(event.code, event.reason))
    data = "" if event.data is None else event.data
    if event.kind in ("open", "error"):
        return visible(str(data))
    return payload(data, SHOWN_PAYLOAD)
