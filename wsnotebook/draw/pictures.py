"""The pictures of whatever has events, as its methods; the module of each draws it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from .svg import SERVER, Far, Picture, draw_svg
from .text import Drawable, draw_text

if TYPE_CHECKING:
    from .plots import Plots

__all__ = ["Measured", "Pictures"]


class Measured(Drawable, Protocol):
    """What a plot needs to know of an event, besides."""

    @property
    def size(self) -> int | None: ...  # noqa: D102


class Pictures(Iterable[Measured]):
    """Something that, iterated over, gives events, oldest first, and can be looked at."""

    __slots__ = ()

    def text(self, *, times: bool = False, width: int = 72, limit: int | None = None) -> str:
        """Return the text picture: one line an event, the same on every run.

        Args:
            times: Whether each line starts with its time in seconds; the picture then no longer
                repeats from run to run.
            width: Characters (bytes) of a payload that are shown.
            limit: How many events are shown at most; the middle is left out and counted.

        Raises:
            ValueError: ``width`` or ``limit`` is negative.
        """
        return draw_text(self, times=times, width=width, limit=limit)

    def svg(
        self,
        *,
        times: bool = False,
        width: int = 48,
        limit: int | None = 60,
        mark: int | None = None,
        far: Far = SERVER,
    ) -> Picture:
        """Return the picture in swim lanes, as SVG: a lane for each client and for the server.

        What is returned is a string, to be stored as it is; as the last value of a notebook cell it
        shows as the picture.

        Args:
            times: Whether each row starts with its time in seconds; the picture then no longer
                repeats from run to run.
            width: Columns of text on an arrow. Hovering shows up to a thousand characters.
            limit: How many events are shown at most; the middle is left out and counted.
                ``None``: all.
            mark: The index of an event that stands out, and is shown wherever it is.
            far: What the other end is called; for a peer of a MockServer, say, ``"client"``. Where
                clients are connected to several, what each client's is called, by its name: then
                each end has a lane.

        Raises:
            ValueError: ``width`` or ``limit`` is negative, or there is no event ``mark``.
        """
        return draw_svg(self, times=times, width=width, limit=limit, mark=mark, far=far)

    @property
    def plots(self) -> Plots:
        """The plots: ``plots.latency()``, ``plots.messages()`` and ``plots.sizes()``.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from .plots import Plots

        return Plots(self)

    def _repr_html_(self) -> str | None:
        """Show the swim lanes where a cell of a notebook has this as its last value."""
        picture = self.svg()
        return picture._repr_html_() if picture.text else None
