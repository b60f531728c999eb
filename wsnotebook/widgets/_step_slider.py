"""A slider over the steps of a failure.

Its browser half is ``step_slider.js``: the sliders of ipywidgets have no name for screen readers.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from anywidget import AnyWidget
from traitlets import Int, validate

__all__ = ["StepSlider"]


class StepSlider(AnyWidget):
    """A slider from 1 to ``max``.

    Attributes:
        value: The step; what is beyond an end is taken for the end.
        max: How many steps there are.
    """

    _esm = files(__package__).joinpath("step_slider.js").read_text("utf-8")
    value = Int(1).tag(sync=True)
    max = Int(1).tag(sync=True)

    @validate("value")
    def _within(self, proposal: Any) -> int:
        step: int = proposal.value
        return max(1, min(step, self.max))
