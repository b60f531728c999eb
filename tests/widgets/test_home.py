"""A panel belongs to the loop it was made on, whichever thread its events come from."""

from __future__ import annotations

import asyncio

import pytest
from panels import text

from wsnotebook import SetupError
from wsnotebook.widgets import ClientPanel


async def test_clicks_from_another_thread_act_on_the_loop_of_the_panel(server, make_panel):
    panel = make_panel(server, name="alice")

    def on_a_thread_without_a_loop():
        panel.connect_button.click()

    async def on_a_loop_of_another_thread():
        await panel.wait_idle()
        panel.mode.value = "Binary"
        panel.composer.value = "48 69"
        panel.send_button.click()
        await panel.wait_idle()

    await asyncio.to_thread(on_a_thread_without_a_loop)
    await asyncio.to_thread(asyncio.run, on_a_loop_of_another_thread())
    assert await panel.client.wait_for_message(b"Hi") == b"Hi"
    assert text(panel.problem) == ""
    assert text(panel.size) == "2 bytes"

    await asyncio.to_thread(asyncio.run, panel.aclose())
    assert text(panel.state) == "alice closed 1000 (OK)"


def test_a_panel_needs_a_running_loop():
    with pytest.raises(SetupError) as caught:
        ClientPanel("ws://127.0.0.1")
    assert str(caught.value) == (
        "a ClientPanel needs a running event loop: "
        "make it in a notebook cell or inside an async function"
    )


def test_after_the_loop_has_ended_a_click_and_a_wait_say_so():
    async def make():
        return ClientPanel("ws://127.0.0.1")

    panel = asyncio.run(make())
    ended = "the event loop of this ClientPanel has ended; make a new one"
    panel.connect_button.click()
    assert text(panel.problem) == f"SetupError: {ended}"
    with pytest.raises(SetupError) as caught:
        asyncio.run(panel.wait_idle())
    assert str(caught.value) == ended
    panel.close()
