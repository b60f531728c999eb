"""Plots of numbers: of what events hold, and of what a search did. matplotlib is loaded here.

What is plotted is read off whatever has the attributes that are asked for; ``_events`` and
``_search`` name them. How every plot looks is ``_figure``.
"""

from __future__ import annotations

from ...errors import MissingExtra

try:
    import matplotlib.figure  # noqa: F401
except ImportError:
    raise MissingExtra("matplotlib", "notebook") from None

from ._events import Plots
from ._figure import Plot
from ._search import ReportPlots

__all__ = ["Plot", "Plots", "ReportPlots"]
