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
from itertools import count
from typing import Any, Literal, NamedTuple, get_args, overload

from .draw.pictures import Pictures

__all__ = ["Direction", "Event", "Kind", "Timeline"]

Kind = Literal["open", "message", "ping", "pong", "close", "error"]
Direction = Literal["sent", "received"]
# Time, place in the order of everything recorded in this process (times may tie), and the rest.
Entry = tuple[
    float, int, str, Kind, Direction | None, str | bytes | None, int | None, int | None, str | None
]

_log = logging.getLogger("wsnotebook")
_FORMAT = "wsnotebook.timeline/1"
_LINES_IN_A_CELL = 100

_LATEST = 253_402_300_800.0  # the end of the year 9999, in seconds since the Unix epoch

# What each stored field must be, besides ``time``.
_STORED = {
    "client": str,
    "kind": str,
    "direction": str,
    "data": str | bytes,
    "size": int,
    "code": int,
    "reason": str,
}

# Numbers the events of all timelines in the order of recording: clocks are coarse, virtual ones
# stand still, and what happened at the same reading must not change places.
_ordinals = count()

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


class Timeline(Pictures):
    """A log of events. It grows while its client lives; slices and filters are copies.

    As the last value of a notebook cell it shows as :meth:`svg`.

    Args:
        anchor: Seconds since the Unix epoch (UTC) that event times count from; ``None``: now.
    """

    __slots__ = ("__weakref__", "_entries", "_origin", "_subscribers", "_utc_offset")

    def __init__(self, *, anchor: float | None = None) -> None:
        # Entries hold readings of a clock; the origin is the anchor on that clock.
        self._origin = 0.0
        self._utc_offset = _time.time() if anchor is None else anchor
        self._entries: list[Entry] = []
        self._subscribers: dict[object, Callable[[Event], object]] = {}

    def start_on(self, loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
        """Count times from now on the clock of ``loop``; called before anything is recorded.

        Returns:
            What reads that clock.
        """
        # asyncio's own loops read the monotonic clock: doing it directly saves a call.
        own = getattr(type(loop), "time", None) is asyncio.BaseEventLoop.time
        clock = _time.monotonic if own else loop.time
        self._origin = now = clock()
        offset = _utc_offsets.get(loop)
        if offset is None:
            offset = _utc_offsets[loop] = _time.time() - now
        self._utc_offset = offset
        return clock

    @property
    def anchor(self) -> datetime:
        """The UTC time that event times count from."""
        return datetime.fromtimestamp(self._anchor, UTC)

    @property
    def _anchor(self) -> float:
        return self._origin + self._utc_offset

    # Recording

    def record(  # noqa: PLR0917  # one call for every message: keywords would cost
        self,
        time: float,
        client: str,
        kind: Kind,
        direction: Direction | None = None,
        data: str | bytes | None = None,
        size: int | None = None,
        code: int | None = None,
        reason: str | None = None,
    ) -> None:
        """Append an event, ``time`` read off the loop's clock, and tell the subscribers."""
        entry = (time, next(_ordinals), client, kind, direction, data, size, code, reason)
        self._entries.append(entry)
        if self._subscribers:
            event = self._event(entry)
            for callback in list(self._subscribers.values()):
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
        key = object()
        self._subscribers[key] = callback

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)

        return unsubscribe

    # Reading

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Event]:
        return map(self._event, self._entries)

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
        """Return a timeline of the events that fit all that is given.

        Args:
            predicate: Whether an event is wanted.
            client: The name of a client.
            kind: ``open``, ``message``, ``ping``, ``pong``, ``close`` or ``error``.
            direction: ``sent`` or ``received``.

        Raises:
            ValueError: ``kind`` or ``direction`` is none of these.
        """
        _check_choice("kind", kind, Kind)
        _check_choice("direction", direction, Direction)

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
        """Return one timeline of all events in order of time; ties keep the order of recording.

        Times count from the earliest anchor. Timelines of one loop line up exactly, others by UTC.

        Raises:
            ValueError: No timeline is given.
        """
        if not timelines:
            raise ValueError("nothing to merge: pass at least one timeline")
        first = min(timelines, key=lambda timeline: timeline._anchor)
        entries = [entry for t in timelines for entry in t._on_the_clock_of(first)]
        return first._copy(sorted(entries, key=lambda entry: entry[:2]))

    def _on_the_clock_of(self, other: Timeline) -> list[Entry]:
        # One loop, one offset: then nothing is shifted, and nothing is lost to rounding.
        shift = self._utc_offset - other._utc_offset
        if not shift:
            return self._entries
        return [(entry[0] + shift, *entry[1:]) for entry in self._entries]

    def _copy(self, entries: list[Entry]) -> Timeline:
        copy = Timeline(anchor=self._utc_offset)
        copy._origin = self._origin
        copy._entries = entries
        return copy

    def _event(self, entry: Entry) -> Event:
        time, _, client, kind, direction, data, size, code, reason = entry
        if size is None and data is not None and kind in ("message", "ping", "pong"):
            size = len(data) if isinstance(data, bytes) else len(data.encode(errors="replace"))
        return Event(time - self._origin, client, kind, direction, data, size, code, reason)

    def __repr__(self) -> str:
        clients = ", ".join(dict.fromkeys(event.client for event in self)) or "nobody"
        plural = "" if len(self) == 1 else "s"
        return f"<Timeline of {clients}: {len(self)} event{plural}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the text picture where a notebook, or IPython, cannot show another."""
        del cycle
        printer.text(self.text(limit=_LINES_IN_A_CELL) or repr(self))

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
            _check_stored(stored)
            timeline = cls(anchor=float(stored["anchor"]))
            timeline._entries = [_restored(event) for event in stored["events"]]
        except RecursionError:
            raise ValueError("not a stored timeline: it is nested too deeply") from None
        except ValueError as exc:
            raise ValueError(f"not a stored timeline: {exc}") from exc
        return timeline


def _check_choice(name: str, value: object, choices: Any) -> None:
    if value is not None and value not in get_args(choices):
        known = ", ".join(map(repr, get_args(choices)))
        raise ValueError(f"{name} must be one of {known}, not {value!r}")


def _check_stored(stored: Any) -> None:
    if not isinstance(stored, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  # bad data, not a bad call
    if stored.get("format") != _FORMAT:
        raise ValueError(f"format is {stored.get('format')!r}, not {_FORMAT!r}")
    if not _is_seconds(stored.get("anchor")) or stored["anchor"] < 0:
        raise ValueError(f"anchor is {stored.get('anchor')!r}, not seconds since the Unix epoch")
    events = stored.get("events")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise ValueError("events is not a list of objects")


def _restored(stored: dict[str, Any]) -> Entry:
    fields = {name: value for name, value in stored.items() if value is not None}
    if isinstance(coded := fields.get("data_base64"), str):
        del fields["data_base64"]
        fields["data"] = base64.b64decode(coded, validate=True)
    for name in ("time", "client", "kind"):
        if name not in fields:
            raise ValueError(f"an event lacks its {name}")
    for name, value in fields.items():
        if not (_is_seconds(value) if name == "time" else _is(value, _STORED.get(name, ()))):
            raise ValueError(f"an event cannot have {name} {value!r}")
    event = Event(**fields)
    _check_choice("kind", event.kind, Kind)
    _check_choice("direction", event.direction, Direction)
    if (event.direction is None) is (event.kind in ("message", "ping", "pong")):
        raise ValueError(f"a stored {event.kind} cannot have direction {event.direction!r}")
    return (event.time, next(_ordinals), *event[1:])


def _is(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_seconds(value: object) -> bool:
    return _is(value, int | float) and -_LATEST < value < _LATEST  # type: ignore[operator]
