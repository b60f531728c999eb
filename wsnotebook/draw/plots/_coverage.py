"""What was sent and what came back, as two tables of counts whose shade follows the count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, Protocol

from ..counted import KINDS, REPLIES, SIZES, size_name
from ._figure import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Said", "draw_coverage"]

_NARROW = 8  # characters below a column
_WIDE = 10_000  # from here on a count is told in thousands
_DARK = 0.7  # the shade on which white is read better than black


class Said(Protocol):
    """A message that was sent."""

    @property
    def kind(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def reply(self) -> str: ...


def draw_coverage(sent: Sequence[Said]) -> Plot:
    """Return a table of kinds and sizes, and one of kinds and what came back."""
    plot = Plot(figsize=(7, 2.9), layout="constrained")
    sizes, replies = plot.subplots(1, 2, sharey=True, width_ratios=(len(SIZES), len(REPLIES)))
    below = {name: fill(name, _NARROW) for name in SIZES}
    _table(sizes, [(one.kind, size_name(one.size)) for one in sent], below)
    sizes.set(title="Messages sent", xlabel="bytes of payload", ylabel="sent as")
    sizes.set_yticks(range(len(KINDS)), KINDS.values())
    _table(replies, [(one.kind, one.reply) for one in sent], REPLIES)
    replies.set(title="What came back", xlabel="seen first after the message")
    return plot


def _table(axes: Axes, pairs: Iterable[tuple[str, Any]], columns: Mapping[Any, str]) -> None:
    """Draw how often each kind occurs together with each of the ``columns``."""
    counts = Counter(pairs)
    # The square root: a cell with few messages is to be told from one with none.
    most = max(counts.values(), default=1)
    shades = [[(counts[kind, column] / most) ** 0.5 for column in columns] for kind in KINDS]
    axes.imshow(shades, cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
    for y, kind in enumerate(KINDS):
        for x, column in enumerate(columns):
            _write(axes, x, y, counts[kind, column], shade=shades[y][x])
    axes.set_xticks(range(len(columns)), columns.values(), size="small")
    for x in range(1, len(columns)):
        axes.axvline(x - 0.5, color="white")
    for y in range(1, len(KINDS)):
        axes.axhline(y - 0.5, color="white")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _write(axes: Axes, x: int, y: int, count: int, *, shade: float) -> None:
    axes.text(
        x,
        y,
        f"{count // 1000:,}k" if count >= _WIDE else f"{count:,}",
        ha="center",
        va="center",
        size="small",
        color="white" if shade > _DARK else "black" if count else "dimgrey",
    )
