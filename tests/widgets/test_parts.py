"""Closing a widget closes what it is made of: boxes, buttons, layouts, styles."""

from __future__ import annotations

import pytest
from baskets import Basket, Echo, Shout, routed
from comm import get_comm_manager
from panels import click

from wsnotebook import Settings, connect
from wsnotebook.apps import Doors, echo
from wsnotebook.widgets import AuthPanel, ChatPanel, ClientPanel, PropertyPanel, TimelineView

SEEDED = Settings(seed=1, max_examples=20)


async def searched():
    panel = PropertyPanel(routed(Basket, Echo, Shout), settings=SEEDED)
    await click(panel.start_button, panel)
    panel.routes.value = ["/shout"]
    await click(panel.start_button, panel)  # now there are fewer failures to choose from
    return panel


async def read_again():
    app = routed()
    panel = PropertyPanel(app, settings=SEEDED)
    app.routes.extend(routed(Echo).routes)
    await click(panel.start_button, panel)
    return panel


async def asked():
    panel = ClientPanel(echo)
    await click(panel.connect_button, panel)
    return panel


async def chatted():
    chat = ChatPanel(echo, ["ann", "bob"], quick={"greet": "hello"})
    await click(chat.connect_button, chat)
    return chat


async def knocked():
    panel = AuthPanel(Doors, {"ann": Doors.token_for("ann")}, "/{via}")
    for _ in range(2):  # whose lanes take the place of the first
        await click(panel.connect_button, panel)
        await click(panel.close_button, panel)
    return panel


async def seen():
    async with connect(echo) as client:
        return TimelineView(client)


@pytest.mark.parametrize("make", [searched, read_again, asked, chatted, knocked, seen])
@pytest.mark.parametrize("is_ended_first", [False, True])
async def test_a_closed_widget_leaves_no_comm(make, is_ended_first):
    comms = get_comm_manager().comms
    before = set(comms)
    widget = await make()
    assert set(comms) > before
    if is_ended_first:
        await widget.aclose()
    widget.close()
    assert set(comms) == before
    await widget.aclose()
