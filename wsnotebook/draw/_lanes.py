"""What the swim lanes show: which events get a row, which clients a lane, who was connected when.

Nothing here knows about SVG or pixels; ``svg`` does. Rows are counted from 0, from the top.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from .text import Drawable, in_stable_order

__all__ = ["Gap", "Life", "Plan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A row that stands for events left out, some of them of clients that have no lane."""

    events: int
    clients: int

    def __str__(self) -> str:
        words = f"{self.events:,} more event{'' if self.events == 1 else 's'}"
        if self.clients:
            words += f", {self.clients:,} more client{'' if self.clients == 1 else 's'}"
        return f"({words})"


@dataclass(frozen=True, slots=True)
class Life:
    """The rows between which a client was connected; ``None``: beyond the edge of the picture."""

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is shown.

    Attributes:
        rows: From the top down.
        marked: The row that stands out.
        clients: Whose lanes there are, from the left.
        lives: When each of them was connected.
        events: How many there are, shown or not.
    """

    rows: Sequence[Drawable | Gap]
    marked: int | None
    clients: Sequence[str]
    lives: Mapping[str, Sequence[Life]]
    events: int


def make_plan(
    events: Iterable[Drawable], *, times: bool, limit: int | None, mark: int | None
) -> Plan:
    """Decide what is shown of ``events``; the arguments are those of ``draw_svg``."""
    ordered, place = _in_order(list(events), mark, sort=not times)
    rows, starts = _rows(ordered, limit, place)
    clients = dict.fromkeys(row.client for row in rows if not isinstance(row, Gap))

    def row_of(index: int) -> int:
        return bisect_right(starts, index) - 1

    return Plan(
        rows=rows,
        marked=None if place is None else row_of(place),
        clients=list(clients),
        lives=_lives(ordered, clients, row_of),
        events=len(ordered),
    )


def _in_order(
    events: list[Drawable], mark: int | None, *, sort: bool
) -> tuple[list[Drawable], int | None]:
    """Return the events as they are drawn, and where the marked one is among them."""
    if mark is None:
        return (in_stable_order(events) if sort else events), None
    if not -len(events) <= mark < len(events):
        raise ValueError(f"mark must be the index of one of {len(events)} events, not {mark!r}")
    # A copy is found again after sorting, even where one event stands twice.
    marked = events[mark] = copy(events[mark])
    ordered = in_stable_order(events) if sort else events
    return ordered, next(index for index, event in enumerate(ordered) if event is marked)


def _rows(
    events: Sequence[Drawable], limit: int | None, place: int | None
) -> tuple[list[Drawable | Gap], list[int]]:
    """Return the rows, and for each of them the index of the first event it stands for."""
    total = len(events)
    limit = total if limit is None else min(limit, total)
    # First the head; then the tail, or what surrounds a marked event that would be hidden.
    head = limit // 2
    length = limit - head
    second = total - length
    if place is not None and length and head <= place < second:
        second = max(head, place - length // 2)
    rows: list[Drawable | Gap] = [*events[:head]]
    starts = [*range(head)]
    shown = {event.client for event in (*events[:head], *events[second : second + length])}

    def hide(start: int, stop: int) -> None:
        if start < stop:
            clients = {event.client for event in events[start:stop]} - shown
            rows.append(Gap(stop - start, len(clients)))
            starts.append(start)

    hide(head, second)
    rows += events[second : second + length]
    starts += range(second, second + length)
    hide(second + length, total)
    return rows, starts


def _lives(
    events: Iterable[Drawable], clients: Iterable[str], row_of: Callable[[int], int]
) -> dict[str, list[Life]]:
    """Return when each of ``clients`` was connected, the earliest first."""
    lives: dict[str, list[Life]] = {client: [] for client in clients}
    opened: dict[str, int | None] = {}
    seen: set[str] = set()
    for index, event in enumerate(events):
        client = event.client
        if client not in lives:
            continue
        if client not in seen:
            seen.add(client)
            if event.kind not in ("open", "error"):
                opened[client] = None  # what is drawn begins in the middle of it
        if event.kind in ("open", "close") and client in opened:
            lives[client].append(Life(opened.pop(client), row_of(index)))
        if event.kind == "open":
            opened[client] = row_of(index)
    for client, first in opened.items():
        lives[client].append(Life(first, None))
    return lives
