"""The log of a panel: the newest events that are wanted, drawn at most 20 times a second.

It owns no messages. It reads timelines from where it stopped, when it draws: an event that is
recorded costs nothing here until then, and of a burst without a filter only the rows that will be
shown are looked at. Looking through a long timeline is done in slices, between which the loop is
free. How a row looks is ``_log_html``, what is wanted ``_log_filter``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..timeline import Event, Timeline
from ._formats import FORMS
from ._log_filter import LogFilter
from ._log_html import EMPTY, note, row, table

__all__ = ["INTERVAL", "SHOWN_ROWS", "SLICE", "LogView"]

SHOWN_ROWS = 200
INTERVAL = 0.05  # seconds between two drawings
SLICE = 200_000  # characters looked through at once, some milliseconds
_AN_EVENT = 100  # characters that looking at any event is reckoned as


@dataclass
class _Chapter:
    """One connection: its timeline, kept for the filter, and how far it belongs to the log."""

    timeline: Timeline
    end: int | None = None

    def __len__(self) -> int:
        return len(self.timeline) if self.end is None else self.end


@dataclass
class _Row:
    event: Event
    chapter: int
    html: str = ""


class LogView:
    """Draws the newest events of one timeline after another.

    Args:
        loop: The loop that events are recorded on.
        show: Called with the HTML of the log, and how much of it a filter lets through in words.
            The first change is shown at once, what follows within ``INTERVAL`` together at its end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, show: Callable[[str, str], None]) -> None:
        self._loop = loop
        self._show = show
        self._filter = LogFilter()
        self._form = next(iter(FORMS))
        self._chapters: list[_Chapter] = []
        self._cleared = 0  # of all events, how many Clear took out of view
        self._stale = False
        self._stopped = False
        self._next: asyncio.Handle | None = None
        self._start_over()
        show(EMPTY, "")

    # What it shows

    def follow(self, timeline: Timeline) -> None:
        """Show ``timeline`` below what is shown; the one before grows no longer."""
        self._let_go()
        self._chapters.append(_Chapter(timeline))

    def _let_go(self) -> None:
        for chapter in self._chapters[-1:]:
            chapter.end = len(chapter)

    def want(self, wanted: LogFilter) -> None:
        """Show only what ``wanted`` wants of all that was recorded since the view was cleared."""
        if wanted != self._filter:
            self._filter = wanted
            self._start_over()
            self.changed()

    def write_as(self, form: str) -> None:
        """Write payloads as one of ``FORMS``."""
        self._form = form
        for shown in self._tail:
            shown.html = ""
        self.changed()

    def clear(self) -> None:
        """Empty the view; the timelines keep what they hold."""
        self._cleared = sum(map(len, self._chapters))
        self._start_over()
        self.changed()

    def _start_over(self) -> None:
        self._tail: deque[_Row] = deque(maxlen=SHOWN_ROWS)
        self._wanted = 0
        self._chapter, self._place = 0, self._cleared
        while self._chapter < len(self._chapters) - 1 and self._place >= len(self._here()):
            self._place -= len(self._here())
            self._chapter += 1

    # When it draws

    def changed(self) -> None:
        """Draw what is new, soon."""
        self._stale = True
        if self._stopped:
            self.flush()
        elif self._next is None:
            self._draw_and_rest()

    def flush(self) -> None:
        """Show now whatever is not shown yet."""
        if self._stale:
            self._read_on(float("inf"))
            self._draw()

    def stop(self) -> None:
        """Show what is not shown yet, leave no timer behind, and look at nothing newer."""
        self._let_go()
        self._stale |= bool(self._chapters) and self._place < len(self._chapters[-1])
        self.flush()
        self._stopped = True
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _draw_and_rest(self) -> None:
        if not self._read_on(SLICE):
            self._next = self._loop.call_soon(self._draw_and_rest)
            return
        self._draw()
        self._next = self._loop.call_later(INTERVAL, self._rested)

    def _rested(self) -> None:
        self._next = None
        if self._stale:
            self._draw_and_rest()

    # Reading

    def _read_on(self, most: float) -> bool:
        """Look at what was recorded since, or about ``most`` of it; return whether that is all."""
        while self._chapters:
            here = self._here()
            if self._filter.is_open:
                self._skip(len(here) - SHOWN_ROWS)
            while self._place < len(here) and most > 0:
                most -= self._look_at(here.timeline[self._place])
            if self._place < len(here):
                return False
            if self._chapter == len(self._chapters) - 1:
                return True
            self._chapter, self._place = self._chapter + 1, 0
        return True

    def _here(self) -> _Chapter:
        return self._chapters[self._chapter]

    def _skip(self, place: int) -> None:
        if place > self._place:
            self._wanted += place - self._place
            self._place = place

    def _look_at(self, event: Event) -> int:
        if self._filter.wants(event):
            self._wanted += 1
            self._tail.append(_Row(event, self._chapter))
        self._place += 1
        return _AN_EVENT + (len(event.data or "") if self._filter.text else 0)

    # Drawing

    def _draw(self) -> None:
        self._stale = False
        if any(map(len, self._chapters)):
            words = self._in_words()
            self._show(table([*map(note, self._notes(words)), *self._rows()]), words)

    def _rows(self) -> list[str]:
        rows = []
        chapter = self._tail[0].chapter if self._tail else 0
        for shown in self._tail:
            if shown.chapter != chapter:
                chapter = shown.chapter
                rows.append(note(f"connection {chapter + 1}"))
            shown.html = shown.html or row(shown.event, FORMS[self._form])
            rows.append(shown.html)
        return rows

    def _notes(self, words: str) -> list[str]:
        notes = []
        if self._cleared:
            notes.append(
                f"{_rows(self._cleared, 'earlier ')} cleared from view; the timeline holds "
                + ("it" if self._cleared == 1 else "them")
            )
        if words:
            notes.append(words)
        if hidden := self._wanted - len(self._tail):
            notes.append(f"{_rows(hidden, 'earlier ')} not shown")
        return notes

    def _in_words(self) -> str:
        """Say how much the filter lets through, if there is one."""
        if self._filter.is_open:
            return ""
        total = sum(map(len, self._chapters)) - self._cleared
        return f"{self._wanted:,} of {_rows(total)} fit the filter"


def _rows(count: int, adjective: str = "") -> str:
    return f"{count:,} {adjective}row{'' if count == 1 else 's'}"
