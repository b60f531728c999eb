"""Plots of what a search did: how many conversations, of what, and how failures grew smaller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..labels import cut
from ._coverage import Said, draw_coverage
from ._figure import COLOURS, LINES, MARKERS, Plot, add_legend, blank, say, trim

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["ReportPlots"]

_ROUTE = 32  # columns of a route's path
_CAUSE = 72
_MARKED = 0.08  # from one marker to the next, as part of the diagonal of the axes
_FLAG = 14  # points from a cross to its number
_FLAGS = 6  # heights of numbers, so that those of neighbours do not cover each other
_ROWS = 6  # failures that grow smaller in one figure
_LINEAR = 100  # up to so many bytes the scale is not logarithmic
_TICKS = 5
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class Held(Protocol):
    """A conversation that was held."""

    @property
    def examples(self) -> int: ...
    @property
    def elapsed(self) -> float: ...
    @property
    def sent(self) -> Sequence[Said]: ...
    @property
    def cause(self) -> str | None: ...


class Searched(Protocol):
    """A route that was searched."""

    @property
    def route(self) -> str: ...
    @property
    def history(self) -> Sequence[Held]: ...


@dataclass(frozen=True, slots=True)
class _Found:
    """A failure: its number, what it is called, and the conversations that showed it, in order."""

    number: int
    name: str
    shown: list[Held]


class ReportPlots:
    """The plots of a search. A failure has the same number in each."""

    def __init__(self, routes: Iterable[Searched]) -> None:
        self._routes = [one for one in routes if one.history]
        self._found = list(_found(self._routes))

    def __repr__(self) -> str:
        return "<ReportPlots: examples(), coverage(), shrinking()>"

    def examples(self) -> Plot:
        """Return how many conversations had been held at each time, a line for each route.

        Each route's time begins with its own search. A numbered cross marks where a failure was
        seen first; from there on, the search also spends conversations on making it smaller.
        """
        plot, axes = blank("Conversations held", "time (s)", "conversations")
        drawn: list[Artist] = []
        names: list[str] = []
        for number, one in enumerate(self._routes):
            drawn.append(_climb(axes, number, one.history))
            names.append(_words(one.route, _ROUTE))
        for found in self._found:
            drawn.append(_cross(axes, found))
            names.append(found.name)
        if not drawn:
            say(axes, "no conversations")
            return plot
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        plot.set_figheight(3.5 + 0.2 * len(drawn))
        add_legend(plot, drawn, names, loc="outside lower left")
        return plot

    def coverage(self) -> Plot:
        """Return which kinds and sizes of messages were sent, and what came back, as counts.

        What came back is what the same client saw first after the message and before it sent the
        next: in a burst it waits for nothing in between, so there most messages have nothing.
        """
        return draw_coverage(
            [said for one in self._routes for held in one.history for said in held.sent]
        )

    def shrinking(self) -> Plot:
        """Return how large each conversation was that showed a failure, and the smallest so far.

        The smallest has the fewest messages, and of those the fewest bytes. The first six failures
        have a row each.
        """
        rows = self._found[:_ROWS]
        if not rows:
            plot, axes = blank("Shrinking", "conversation", "messages")
            say(axes, "no failure was found")
            return plot
        plot = Plot(figsize=(7, 0.7 + 1.9 * len(rows)), layout="constrained")
        some = f": the first {_ROWS} of {len(self._found)} failures"
        plot.suptitle("Shrinking" + (some if len(self._found) > _ROWS else ""))
        for row, found in zip(plot.subplots(len(rows), 2, squeeze=False), rows, strict=True):
            _shrink(row[0], row[1], found)
        for axes in plot.axes[-2:]:
            axes.set_xlabel("conversation")
        drawn = plot.axes[0].get_lines()
        names = ["failed so", "smallest so far: fewest messages, then fewest bytes"]
        plot.legend(drawn, names, loc="outside lower center", ncols=2)
        return plot


# What was found


def _found(routes: Sequence[Searched]) -> Iterator[_Found]:
    number = 0
    for one in routes:
        shown: dict[str, list[Held]] = {}
        for held in one.history:
            if held.cause is not None:
                shown.setdefault(held.cause, []).append(held)
        where = f"{one.route}: " if len(routes) > 1 else ""
        for cause, conversations in shown.items():
            number += 1
            yield _Found(number, f"{number}  {_words(where + cause, _CAUSE)}", conversations)


def _words(text: str, width: int) -> str:
    """Return ``text`` as the font can show it: for what it lacks, matplotlib would warn."""
    font = get_font(findfont(FontProperties()))
    line = cut(text, width)
    return "".join([one if font.get_char_index(ord(one)) else _UNKNOWN for one in line])


# Drawing


def _climb(axes: Axes, number: int, history: Sequence[Held]) -> Artist:
    """Draw how many conversations were held on a route."""
    turn, place = divmod(number, len(COLOURS))
    [line] = axes.plot(
        [0.0, *[held.elapsed for held in history]],
        [0, *[held.examples for held in history]],
        drawstyle="steps-post",
        color=COLOURS[place],
        marker=MARKERS[place],
        linestyle=LINES[(place + turn) % len(LINES)],
        markevery=_MARKED,
    )
    return line


def _cross(axes: Axes, found: _Found) -> Artist:
    """Mark where a failure was seen first."""
    first = found.shown[0]
    where = first.elapsed, first.examples
    [cross] = axes.plot(
        [where[0]],
        [where[1]],
        linestyle="none",
        marker="X",
        markersize=9,
        color="black",
        markeredgecolor="white",
        clip_on=False,
        zorder=4,
    )
    axes.annotate(
        str(found.number),
        where,
        (0, _FLAG * (1 + (found.number - 1) % _FLAGS)),
        textcoords="offset points",
        ha="center",
        weight="bold",
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "black"},
        arrowprops={"arrowstyle": "-"},
        zorder=3,
    )
    return cross


def _shrink(messages: Axes, size: Axes, found: _Found) -> None:
    """Draw the sizes of the conversations that showed a failure."""
    numbers = [held.examples for held in found.shown]
    sizes = [(len(held.sent), sum([said.size for said in held.sent])) for held in found.shown]
    best = list(accumulate(sizes, min))
    for axes, part, name in ((messages, 0, "messages"), (size, 1, "bytes")):
        points = [one[part] for one in sizes]
        axes.plot(numbers, points, "o", color=COLOURS[0], fillstyle="none", clip_on=False, zorder=3)
        lowest = [one[part] for one in best]
        axes.plot(numbers, lowest, color=COLOURS[1], drawstyle="steps-post", clip_on=False)
        trim(axes)
        axes.xaxis.set_major_locator(MaxNLocator(_TICKS, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(_TICKS, integer=True))
        axes.set_ylabel(name)
    if max(sizes, key=lambda one: one[1])[1] > _LINEAR:
        size.set_yscale("symlog", linthresh=1)
        size.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for axes in (messages, size):
        axes.set_ylim(bottom=0)
    messages.set_title(found.name, loc="left", fontsize="medium", parse_math=False)
