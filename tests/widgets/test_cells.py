"""A cell that is run again: what it made before is closed, and nothing else."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from baskets import Echo
from ipywidgets import HTML

from wsnotebook import Settings
from wsnotebook.widgets import PropertyPanel, _cells

ENDLESS = Settings(seed=1, max_examples=1_000_000)


class Shell:
    """What IPython tells of the cell that is run."""

    def get_parent(self):
        return self.parent


@pytest.fixture
def run(monkeypatch):
    """Return a function that says which cell is run, and which run of it."""
    shell = Shell()
    monkeypatch.setattr(_cells, "get_ipython", lambda: shell)

    def run(cell, number):
        metadata = {} if cell is None else {"cellId": cell}
        shell.parent = {"header": {"msg_id": f"{number}"}, "metadata": metadata}

    return run


def made():
    widget = HTML()
    _cells.take_over(widget)
    return widget


def open_ones(*widgets):
    return [widget.comm is not None for widget in widgets]


def test_what_the_same_cell_made_before_is_closed_and_what_this_run_made_is_not(run):
    run("one", 1)
    first, beside = made(), made()
    run("two", 2)
    other = made()
    assert open_ones(first, beside, other) == [True, True, True]
    run("one", 3)
    again = [made(), made()]
    assert open_ones(first, beside, other, *again) == [False, False, True, True, True]


def test_where_nothing_tells_the_cell_nothing_is_closed(run, monkeypatch):
    run(None, 1)
    first = made()
    run(None, 2)
    assert open_ones(first, made()) == [True, True]
    monkeypatch.setattr(_cells, "get_ipython", lambda: None)
    assert open_ones(first, made()) == [True, True]


async def test_a_panel_that_is_made_again_ends_the_search_of_the_one_before(run):
    run("one", 1)
    first = PropertyPanel(Echo, settings=ENDLESS)
    first.start_button.click()
    run("one", 2)
    async with aclosing(PropertyPanel(Echo, settings=ENDLESS)) as again:
        report = await first.campaign
        assert report.routes[0].stopped == "cancelled"
        assert open_ones(first, again) == [False, True]
