"""An echo server, and panels that end with the test."""

from __future__ import annotations

import pytest
from panels import click

from wsnotebook import serve
from wsnotebook.apps import echo
from wsnotebook.widgets import ClientPanel


@pytest.fixture
async def server():
    async with serve(echo) as server:
        yield server


@pytest.fixture
async def make_panel():
    """Return a maker of panels, which ends them all after the test."""
    panels = []

    def make(*args, **options):
        panels.append(ClientPanel(*args, **options))
        return panels[-1]

    yield make
    for panel in panels:
        await panel.aclose()
        panel.close()


@pytest.fixture
async def panel(server, make_panel):
    """Return a panel that is connected to an echo server."""
    panel = make_panel(server, name="alice")
    await click(panel.connect_button, panel)
    return panel
