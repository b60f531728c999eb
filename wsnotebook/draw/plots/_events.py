"""Plots of the numbers that events hold: how long, how many, how big."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..labels import cut
from ..pictures import Measured
from ._figure import COLOURS, LINES, MARKERS, Plot, add_legend, blank, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Plots"]

# Whose it is, ``sent``, ``received`` or ``None``, and a number.
Sample = tuple[str, str | None, float]
# How a line looks, and what it shows.
Series = tuple[dict[str, Any], list[float]]

_CLIENTS = len(COLOURS)

_UP = "messages"
_BINS = 20
_TICKS = 8
_NAME = 24  # columns of a client's name
_TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


class Plots:
    """The plots of what happened; each call draws what has happened by then.

    Messages count, pings and pongs do not. More than six clients are drawn as one.
    """

    def __init__(self, events: Iterable[Measured]) -> None:
        self._events = events

    def __repr__(self) -> str:
        return "<Plots: latency(), messages(), sizes()>"

    def latency(self) -> Plot:
        """Return a histogram of the time from a sent message to the next one received.

        For every message that a client sent it is the time until the same client received its next
        message, whether or not that one is an answer. Messages sent in a row all count to the same
        one; a message after which the client received nothing does not count.
        """
        messages = _messages(self._events)
        series = _series(_latencies(messages), _clients(messages))
        longest = max((max(values) for _, values in series), default=0.0)
        unit, name = next((unit for unit in _TIME_UNITS if longest >= unit[0]), _TIME_UNITS[-1])
        width = longest / unit / _BINS or 1.0
        plot, axes = blank("Latency", f"time to the next received message ({name})", _UP)
        for style, values in series:
            # The longest belongs into the last bin, not behind it.
            bins = [min(int(value / unit / width), _BINS - 1) for value in values]
            _outline(axes, bins, width, style)
        _finish(plot, axes, "no message was received after one was sent")
        return plot

    def messages(self) -> Plot:
        """Return how many messages had been sent and received at each time."""
        messages = _messages(self._events)
        last = max((event.time for event in messages), default=0.0)
        samples = ((event.client, event.direction, event.time) for event in messages)
        plot, axes = blank("Messages", "time (s)", _UP)
        for style, moments in _series(samples, _clients(messages)):
            # Every line starts from nothing and goes on until the last message of all.
            times = [moments[0], *moments, last]
            counts = [*range(len(moments) + 1), len(moments)]
            every = max(1, len(moments) // _BINS)
            axes.plot(times, counts, drawstyle="steps-post", markevery=every, **style)
        _finish(plot, axes, "no messages")
        return plot

    def sizes(self) -> Plot:
        """Return a histogram of the bytes of payload of messages sent and received."""
        messages = _messages(self._events)
        # One bin for 0 bytes, one for 1, one for 2 and 3, one for 4 to 7 and so on.
        bins = [(event.size or 0).bit_length() for event in messages]
        samples = (
            (event.client, event.direction, number)
            for event, number in zip(messages, bins, strict=True)
        )
        plot, axes = blank("Sizes", "bytes of payload", _UP)
        for style, numbers in _series(samples, _clients(messages)):
            _outline(axes, [int(number) for number in numbers], 1.0, style)
        edges = range(min(bins, default=0), max(bins, default=0) + 2)
        shown = edges[:: len(edges) // _TICKS + 1]
        axes.set_xticks(shown, [_bytes(edge) for edge in shown])
        _finish(plot, axes, "no messages")
        return plot


# Numbers


def _messages(events: Iterable[Measured]) -> list[Measured]:
    return [event for event in events if event.kind == "message"]


def _clients(messages: Iterable[Measured]) -> list[str]:
    return list(dict.fromkeys(event.client for event in messages))


def _latencies(messages: Iterable[Measured]) -> Iterator[Sample]:
    waiting: dict[str, list[float]] = {}
    for event in messages:
        if event.direction == "sent":
            waiting.setdefault(event.client, []).append(event.time)
        else:
            for sent in waiting.pop(event.client, ()):
                yield event.client, None, event.time - sent


def _series(samples: Iterable[Sample], clients: Sequence[str]) -> list[Series]:
    """Return the samples of each client and direction, with a look that is theirs in every plot."""
    if len(clients) > _CLIENTS:
        everyone = f"{len(clients)} clients"
        samples = [(everyone, direction, value) for _, direction, value in samples]
        clients = [everyone]
    groups: dict[tuple[str, str | None], list[float]] = {}
    for client, direction, value in samples:
        groups.setdefault((client, direction), []).append(value)
    return [
        (_style(client, number, direction), groups[client, direction])
        for number, client in enumerate(clients)
        for direction in (None, "sent", "received")
        if (client, direction) in groups
    ]


def _bytes(edge: int) -> str:
    size = 1 << edge >> 1
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return str(size)


# Drawing


def _style(client: str, number: int, direction: str | None) -> dict[str, Any]:
    colour = COLOURS[number]
    line = LINES[number] if direction is None else "-" if direction == "sent" else "--"
    return {
        "label": " ".join(filter(None, [cut(client, _NAME), direction])),
        "color": colour,
        "marker": MARKERS[number],
        "markerfacecolor": "none" if direction == "received" else colour,
        "linestyle": line,
    }


def _outline(axes: Axes, bins: list[int], width: float, style: dict[str, Any]) -> None:
    """Draw a histogram as one line, with a marker on every bin that is not empty."""
    counts = Counter(bins)
    drawn = range(min(counts) - 1, max(counts) + 2)
    middles = [(number + 0.5) * width for number in drawn]
    heights = [counts[number] for number in drawn]
    marked = [index for index, height in enumerate(heights) if height]
    axes.plot(middles, heights, drawstyle="steps-mid", markevery=marked, **style)


def _finish(plot: Plot, axes: Axes, nothing: str) -> None:
    lines = axes.get_lines()
    if not lines:
        say(axes, nothing)
        return
    axes.set_ylim(bottom=0)
    add_legend(plot, lines, [str(line.get_label()) for line in lines])
