"""What happened, in order, both ways: Event and Timeline.

The log stores plain tuples, because recording is on the path of every message; an Event is built
when one is read. Pictures are drawn by ``draw``. Secrets are masked before an event is recorded.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time as _time
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from heapq import merge as _merge
from typing import Any, Literal, NamedTuple, overload

from .draw.text import draw_text

__all__ = ["Direction", "Event", "Kind", "Timeline"]

Kind = Literal["open", "message", "ping", "pong", "close", "error"]
Direction = Literal["sent", "received"]
Entry = tuple[
    float, str, Kind, Direction | None, str | bytes | None, int | None, int | None, str | None
]

_log = logging.getLogger("wsnotebook")
_FORMAT = "wsnotebook.timeline/1"
_SHOWN_IN_A_CELL = 100

# Loop clock + offset = UTC. One offset a loop, so that the clients of a loop line up exactly.
_utc_offsets: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, float] = (
    weakref.WeakKeyDictionary()
)


class Event(NamedTuple):
    """One thing that happened on a connection.

    Attributes:
        time: Seconds of the loop's clock since the timeline's anchor.
        client: The name of the client.
        kind: ``open``, ``message``, ``ping``, ``pong``, ``close`` or ``error``.
        direction: ``sent`` or ``received``, seen from the client; ``None`` for ``open``, ``close``
            and ``error``.
        data: The payload; the path for ``open``, the error's text for ``error``.
        size: Bytes of payload on the wire (before compression); ``None`` where there is none.
        code: The close code of ``close``.
        reason: The close reason of ``close``.
    """

    time: float
    client: str
    kind: Kind
    direction: Direction | None = None
    data: str | bytes | None = None
    size: int | None = None
    code: int | None = None
    reason: str | None = None


class Timeline:
    """A log of events. It grows while its client lives; slices and filters are copies.

    Args:
        anchor: Seconds since the Unix epoch (UTC) that event times count from; ``None``: now.
    """

    __slots__ = ("__weakref__", "_anchor", "_entries", "_origin", "_subscribers")

    def __init__(self, *, anchor: float | None = None) -> None:
        self._anchor = _time.time() if anchor is None else anchor
        self._origin = 0.0
        self._entries: list[Entry] = []
        self._subscribers: list[Callable[[Event], object]] = []

    def start_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count times from now on the clock of ``loop``; called before anything is recorded."""
        self._origin = now = loop.time()
        offset = _utc_offsets.get(loop)
        if offset is None:
            offset = _utc_offsets[loop] = _time.time() - now
        self._anchor = now + offset

    @property
    def anchor(self) -> datetime:
        """The UTC time that event times count from."""
        return datetime.fromtimestamp(self._anchor, UTC)

    # Recording

    def record(self, entry: Entry) -> None:
        """Append an entry, its time read off the loop's clock, and tell the subscribers."""
        self._entries.append(entry)
        if self._subscribers:
            event = self._event(entry)
            for callback in list(self._subscribers):
                try:
                    callback(event)
                except Exception:
                    _log.exception("a timeline subscriber raised: %r", callback)

    def subscribe(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call ``callback(event)`` at once for every event recorded from now on.

        What the callback raises is logged under ``wsnotebook`` and does not disturb the client.

        Returns:
            A function that ends the subscription; calling it again does nothing.
        """
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    # Reading

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Event]:
        return map(self._event, iter(self._entries))

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Timeline: ...
    def __getitem__(self, index: int | slice) -> Event | Timeline:
        if isinstance(index, slice):
            return self._copy(self._entries[index])
        return self._event(self._entries[index])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timeline):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def filter(
        self,
        predicate: Callable[[Event], bool] | None = None,
        *,
        client: str | None = None,
        kind: Kind | None = None,
        direction: Direction | None = None,
    ) -> Timeline:
        """Return a timeline of the events that fit all that is given."""

        def fits(event: Event) -> bool:
            return (
                (client is None or event.client == client)
                and (kind is None or event.kind == kind)
                and (direction is None or event.direction == direction)
                and (predicate is None or predicate(event))
            )

        return self._copy([entry for entry in self._entries if fits(self._event(entry))])

    @classmethod
    def merge(cls, *timelines: Timeline) -> Timeline:
        """Return one timeline of all events in order of time; ties keep the order of arguments.

        Times count from the earliest anchor. Timelines of one loop line up exactly, others by UTC.
        """
        if not timelines:
            raise ValueError("nothing to merge: pass at least one timeline")
        merged = cls(anchor=min(t._anchor for t in timelines))
        shifted = (t._shifted(t._anchor - merged._anchor) for t in timelines)
        merged._entries = list(_merge(*shifted, key=lambda entry: entry[0]))
        return merged

    def _shifted(self, by: float) -> list[Entry]:
        return [(entry[0] - self._origin + by, *entry[1:]) for entry in self._entries]

    def _copy(self, entries: list[Entry]) -> Timeline:
        copy = Timeline(anchor=self._anchor)
        copy._origin = self._origin
        copy._entries = entries
        return copy

    def _event(self, entry: Entry) -> Event:
        time, client, kind, direction, data, size, code, reason = entry
        if size is None and data is not None and kind in ("message", "ping", "pong"):
            size = len(data) if isinstance(data, bytes) else len(data.encode(errors="replace"))
        return Event(time - self._origin, client, kind, direction, data, size, code, reason)

    # Showing

    def text(self, *, times: bool = False, width: int = 72, limit: int | None = None) -> str:
        """Return the text picture: one line an event, the same on every run.

        Args:
            times: Whether each line starts with its time in seconds; the picture then no longer
                repeats from run to run.
            width: Characters (bytes) of a payload that are shown.
            limit: How many lines at most; the middle is left out and counted.
        """
        return draw_text(self, times=times, width=width, limit=limit)

    def __repr__(self) -> str:
        clients = ", ".join(dict.fromkeys(entry[1] for entry in self._entries)) or "nobody"
        plural = "" if len(self) == 1 else "s"
        return f"<Timeline of {clients}: {len(self)} event{plural}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the text picture when a Timeline is the last value of a notebook cell."""
        del cycle
        printer.text(self.text(limit=_SHOWN_IN_A_CELL) or repr(self))

    # Storing

    def to_json(self) -> str:
        """Return the timeline as JSON text; binary payloads are base64 under ``data_base64``."""
        events = []
        for event in self:
            fields = {key: value for key, value in event._asdict().items() if value is not None}
            if isinstance(event.data, bytes):
                fields["data_base64"] = base64.b64encode(fields.pop("data")).decode("ascii")
            events.append(fields)
        return json.dumps({"format": _FORMAT, "anchor": self._anchor, "events": events})

    @classmethod
    def from_json(cls, text: str | bytes) -> Timeline:
        """Return the timeline that :meth:`to_json` stored.

        Raises:
            ValueError: ``text`` is not one.
        """
        try:
            stored = json.loads(text)
            if stored["format"] != _FORMAT:
                raise ValueError(f"format is {stored['format']!r}, not {_FORMAT!r}")
            timeline = cls(anchor=float(stored["anchor"]))
            for fields in stored["events"]:
                if (coded := fields.pop("data_base64", None)) is not None:
                    fields["data"] = base64.b64decode(coded, validate=True)
                timeline._entries.append(tuple(Event(**fields)))  # type: ignore[arg-type]
        except (ValueError, TypeError, KeyError) as exc:
            raise ValueError(f"not a stored timeline: {exc}") from exc
        return timeline
