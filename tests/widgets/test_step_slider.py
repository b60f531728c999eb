"""The slider over steps, without its browser half."""

from __future__ import annotations

from wsnotebook.widgets._step_slider import StepSlider


def test_a_step_beyond_an_end_is_taken_for_the_end():
    slider = StepSlider()
    slider.max = 3
    slider.value = 7
    assert slider.value == 3
    slider.value = -1
    assert slider.value == 1
    slider.value = 2
    assert slider.value == 2
