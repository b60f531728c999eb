"""How every plot looks: the figure, its colours, markers and lines, and its legend.

Figures are made without pyplot: no backend is chosen, nothing stays open, and a notebook shows one
that is the last value of a cell once. Whatever has a colour of its own, from the palette of Okabe
and Ito, is also told apart by its marker and its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "LINES", "MARKERS", "Plot", "add_legend", "blank", "say", "trim"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "os^DvP"
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 2, 1, 2, 1, 2)), (0, (2, 4)))


class Plot(Figure):
    """A matplotlib figure that a notebook shows although pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        png = BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


def blank(title: str, across: str, up: str) -> tuple[Plot, Axes]:
    """Return a plot with one pair of axes, which counts ``up``."""
    plot = Plot(figsize=(7, 3.5), layout="constrained")
    axes = plot.add_subplot()
    axes.set(title=title, xlabel=across, ylabel=up)
    trim(axes)
    return plot, axes


def trim(axes: Axes) -> None:
    """Give ``axes`` whole numbers upwards, and no frame where there is no scale."""
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)


def say(axes: Axes, nothing: str) -> None:
    """Write ``nothing`` where there is nothing to draw."""
    axes.text(0.5, 0.5, nothing, transform=axes.transAxes, ha="center")


def add_legend(
    plot: Plot,
    drawn: Sequence[Artist],
    names: Sequence[str],
    *,
    loc: Literal["outside right upper", "outside lower left"] = "outside right upper",
) -> None:
    """Tell what is ``drawn`` by its ``names``, as they are, beside the axes."""
    legend = plot.legend(drawn, names, loc=loc)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a name is a name, also with a $ in it
