"""The text picture: one line an event, in order, the same on every run.

Times are left out unless asked for, and deliveries that nothing orders are grouped by client, so
that a notebook's stored output repeats. Other pictures live beside this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Protocol

from ..closecodes import describe_close
from ..errors import shorten

__all__ = [
    "Drawable",
    "draw_text",
    "in_one_line",
    "in_stable_order",
    "line_of",
    "printable",
    "what_happened",
]

_MARKS = {
    ("open", None): "●",
    ("close", None): "○",
    ("error", None): "✗",
    ("message", "sent"): "→",
    ("message", "received"): "←",
    ("ping", "sent"): "→",
    ("ping", "received"): "←",
    ("pong", "sent"): "→",
    ("pong", "received"): "←",
}


class Drawable(Protocol):
    """What a picture needs to know of an event."""

    @property
    def time(self) -> float: ...  # noqa: D102
    @property
    def client(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def direction(self) -> str | None: ...  # noqa: D102
    @property
    def data(self) -> str | bytes | None: ...  # noqa: D102
    @property
    def code(self) -> int | None: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102


def draw_text(
    events: Iterable[Drawable], *, times: bool = False, width: int = 72, limit: int | None = None
) -> str:
    """Return a picture of ``events`` in text.

    Args:
        events: What happened, oldest first.
        times: Whether each line starts with its time in seconds. Then order is by time alone.
        width: Characters (bytes) of a payload that are shown.
        limit: How many events are shown at most; the middle is left out and counted. ``None``: all.

    Raises:
        ValueError: ``width`` or ``limit`` is negative.
    """
    if width < 0 or (limit is not None and limit < 0):
        name, value = ("width", width) if width < 0 else ("limit", limit)
        raise ValueError(f"{name} must be 0 or more, not {value!r}")
    rows = list(events) if times else in_stable_order(events)
    names = max((len(in_one_line(event.client)) for event in rows), default=0)
    lines = [line_of(event, names, times, width) for event in rows]
    if limit is not None and len(lines) > limit:
        head = limit // 2
        hidden = len(lines) - limit
        lines[head : head + hidden] = [f"({hidden:,} more)"]
    return "\n".join(lines)


def in_stable_order(events: Iterable[Drawable]) -> list[Drawable]:
    """Return ``events`` with deliveries that nothing orders grouped by client.

    Between two things that a client did (open, send, ping), what several clients receive may
    arrive in any order among them. Such a run is sorted by client, each client's own order kept:
    the clients in order of the first thing they did, then those who did nothing, by name.
    """
    rows = list(events)
    silent = sorted({event.client for event in rows}, key=_natural)
    acting = [event.client for event in rows if not _arrives(event)]
    rank = {client: index for index, client in enumerate(dict.fromkeys([*acting, *silent]))}
    ordered: list[Drawable] = []
    for arriving, grouped in groupby(rows, key=_arrives):
        run = list(grouped)
        ordered += sorted(run, key=lambda event: rank[event.client]) if arriving else run
    return ordered


def _natural(name: str) -> tuple[list[str | int], str]:
    # "client-2" before "client-10"; text and numbers alternate, so like meets like.
    parts = re.split(r"(\d+)", name)
    return [int(part) if part.isdecimal() else part for part in parts], name


def _arrives(event: Drawable) -> bool:
    # A pong is sent by itself, when its ping arrives.
    return event.direction == "received" or event.kind in ("close", "error", "pong")


def line_of(event: Drawable, names: int, times: bool, width: int) -> str:
    """Return the line of one event; ``names`` columns are for the client's name."""
    clock = f"{event.time:9.3f} s  " if times else ""
    name = in_one_line(event.client)
    return f"{clock}{name:<{names}}  {_MARKS[_key(event)]} {what_happened(event, width)}".rstrip()


def _key(event: Drawable) -> tuple[str, str | None]:
    return event.kind, None if event.kind in ("open", "close", "error") else event.direction


def what_happened(event: Drawable, width: int) -> str:
    """Return an event in words, ``width`` characters of its payload."""
    if event.kind == "close":
        return f"closed {describe_close(event.code, event.reason)}"
    if event.kind == "error":
        return f"error: {in_one_line(str(event.data))}"
    if event.kind == "open":
        return f"open {in_one_line(str(event.data))}"
    shown = shorten(event.data if event.data is not None else "", width)
    return shown if event.kind == "message" else f"{event.kind} {shown}"


def in_one_line(text: str) -> str:
    """Return ``text`` with what does not print, line breaks too, as Python escapes."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def printable(text: str) -> str:
    """Return ``text`` with Python escapes for characters that do not print; line breaks stay.

    Control characters, lone surrogates and the marks that reorder text (U+202E and its kind) do not
    print. Nor does anything that XML cannot hold.
    """
    return "\n".join(map(in_one_line, text.split("\n")))
