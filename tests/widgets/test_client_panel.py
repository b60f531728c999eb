"""ClientPanel without a browser: click, await ``wait_idle()``, read what it shows."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

import ipywidgets
import pytest
from panels import click, disabled, echoed, log, send, text

from wsnotebook import MissingExtra, serve
from wsnotebook.widgets import ClientPanel

# Its life


async def test_state_and_repr_follow_the_connection(server, make_panel):
    panel = make_panel(server, name="alice")
    assert repr(panel) == "<ClientPanel alice: not connected>"
    assert text(panel.state) == "alice not connected"

    panel.connect_button.click()
    await asyncio.sleep(0)
    assert repr(panel) == "<ClientPanel alice: connecting>"
    assert text(panel.state) == "alice connecting"

    await panel.wait_idle()
    assert repr(panel) == "<ClientPanel alice: open>"
    assert text(panel.state) == "alice open"

    await click(panel.close_button, panel)
    assert repr(panel) == "<ClientPanel alice: closed>"
    assert text(panel.state) == "alice closed 1000 (OK)"


async def test_only_the_buttons_that_can_work_are_enabled(server, make_panel):
    panel = make_panel(server)
    assert disabled(panel) == (False, True, True)

    panel.connect_button.click()
    await asyncio.sleep(0)
    assert disabled(panel) == (True, False, True)

    await panel.wait_idle()
    assert disabled(panel) == (True, False, False)

    await click(panel.close_button, panel)
    assert disabled(panel) == (False, True, True)


async def test_a_closing_handshake_under_way_is_shown(panel):
    states = []
    panel.state.observe(lambda _: states.append((text(panel.state), disabled(panel))), "value")
    await click(panel.close_button, panel)
    assert states == [
        ("alice closing", (True, False, True)),
        ("alice closed 1000 (OK)", (False, True, True)),
    ]


async def test_the_arguments_reach_the_client(make_panel):
    async def tell(connection):
        await connection.send(connection.request.path)
        await connection.send(connection.request.headers["Authorization"])

    async with serve(tell) as server:
        panel = make_panel(server, "/chat", name="bob", query={"room": "tea"}, token="s3cret")
        await click(panel.connect_button, panel)
        await panel.client.wait_for_close()
        await panel.wait_idle()

    assert panel.client.name == "bob"
    assert panel.client.messages == ["/chat?room=tea", "Bearer s3cret"]
    assert log(panel)[:3] == [
        "● open    /chat?room=tea",
        "← received  14  '/chat?room=tea'",
        "← received  13  'Bearer ***'",
    ]


async def test_a_wrong_argument_is_refused_when_the_panel_is_made():
    with pytest.raises(TypeError) as caught:
        ClientPanel(42)
    assert str(caught.value).startswith("cannot connect to 42: ")
    with pytest.raises(ValueError) as caught:
        ClientPanel("ws://127.0.0.1", timeout=-1)
    assert str(caught.value) == 'timeout must be 0 or more seconds (float("inf"): no limit), not -1'


async def test_close_sends_the_code_and_reason_that_were_typed(server, panel):
    panel.close_code.value = 4002
    panel.close_reason.value = "go away"
    await click(panel.close_button, panel)

    assert (panel.client.close_code, panel.client.close_reason) == (4002, "go away")
    assert text(panel.state) == "alice closed 4002 'go away'"
    assert log(panel)[-1] == "○ closed    4002 'go away'"


async def test_a_close_by_the_server_shows_its_code_and_reason(make_panel):
    async def go_away(connection):
        await connection.recv()
        await connection.close(4002, "go away")

    async with serve(go_away) as server:
        panel = make_panel(server, name="alice")
        await click(panel.connect_button, panel)
        await send(panel, "hello")
        await panel.client.wait_for_close()
        await panel.wait_idle()

        assert text(panel.state) == "alice closed 4002 'go away'"
        assert log(panel)[-1] == "○ closed    4002 'go away'"


async def test_what_a_cell_does_with_the_client_is_shown_without_a_click(panel):
    closed = asyncio.Event()
    panel.state.observe(lambda _: closed.set(), "value")
    await panel.client.send("from a cell")
    await panel.client.wait_for_message("from a cell")
    await panel.client.close(1001)
    await closed.wait()

    assert text(panel.state) == "alice closed 1001 (going away)"
    assert disabled(panel) == (False, True, True)
    await panel.wait_idle()
    assert log(panel)[1:] == [
        "→ sent  11  'from a cell'",
        "← received  11  'from a cell'",
        "○ closed    1001 (going away)",
    ]


async def test_connecting_again_makes_a_new_client_and_the_log_goes_on(server, panel):
    await echoed(panel, "first")
    before, timeline = panel.client, panel.timeline
    await click(panel.close_button, panel)
    await click(panel.connect_button, panel)
    await echoed(panel, "second")

    assert panel.client is not before
    assert panel.client.name == before.name == "alice"
    assert repr(panel) == "<ClientPanel alice: open>"
    assert panel.timeline is panel.client.timeline
    assert [event.data for event in timeline.filter(kind="message")] == ["first", "first"]
    assert log(panel) == [
        "● open    /",
        "→ sent  5  'first'",
        "← received  5  'first'",
        "○ closed    1000 (OK)",
        "connection 2",
        "● open    /",
        "→ sent  6  'second'",
        "← received  6  'second'",
    ]


async def test_a_second_click_on_connect_changes_nothing(server, make_panel):
    panel = make_panel(server)
    panel.connect_button.click()
    await click(panel.connect_button, panel)
    client = panel.client
    await click(panel.connect_button, panel)

    assert panel.client is client
    assert len(server.clients) == 1
    assert text(panel.problem) == ""


async def test_close_interrupts_a_handshake_that_hangs(make_panel):
    asked = asyncio.Event()

    async def answer_nothing(reader, writer):
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        panel = make_panel(f"ws://127.0.0.1:{port}", name="alice")
        panel.connect_button.click()
        await asked.wait()
        await click(panel.close_button, panel)

    assert text(panel.state) == "alice did not open"
    assert text(panel.problem).splitlines()[0] == (
        "Closed: the connection closed with 1006 (no close frame received) before alice was open"
    )
    assert disabled(panel) == (False, True, True)


async def test_aclose_closes_the_client_and_lets_go_of_it(server, panel):
    client = panel.client
    await panel.aclose()

    assert client.close_code == 1000
    assert text(panel.state) == "alice closed 1000 (OK)"
    assert log(panel)[-1] == "○ closed    1000 (OK)"
    assert disabled(panel) == (True, True, True)
    shown = panel.log.value
    client.timeline.record(0.0, "alice", "message", "received", "late")
    await panel.wait_idle()
    assert panel.log.value == shown

    await panel.aclose()
    await click(panel.connect_button, panel)
    assert text(panel.problem) == "SetupError: this panel was closed; make a new one"
    assert panel.client is client


async def test_aclose_of_a_panel_that_was_never_used_does_nothing(server, make_panel):
    panel = make_panel(server, name="alice")
    await panel.aclose()
    assert repr(panel) == "<ClientPanel alice: not connected>"
    assert text(panel.problem) == ""


def below(widget):
    children = getattr(widget, "children", ())
    return [*children, *(part for child in children for part in below(child))]


async def test_closing_the_widget_leaves_no_client_and_no_part_behind(server):
    panel = ClientPanel(server)
    await click(panel.connect_button, panel)
    parts = [panel, *below(panel)]
    panel.close()
    panel.close()
    await panel.client.wait_for_close(1000)
    await panel.wait_idle()

    assert {panel.composer, panel.log, panel.tools, panel.tools.copy_box} < set(parts)
    assert panel.tools.toggle in parts
    assert all(part.comm is None for part in parts)


async def test_a_panel_that_has_ended_can_be_taken_off_the_page_whole(panel):
    parts = [panel, *below(panel)]
    await panel.aclose()
    assert all(part.comm is not None for part in parts)
    panel.close()
    assert all(part.comm is None for part in parts)


# As a part of ipywidgets


async def test_its_names_hide_nothing_of_ipywidgets_but_two(panel):
    class Plain(ipywidgets.VBox):
        pass

    plain = Plain()
    own = {*vars(panel), *vars(ClientPanel)} - {*vars(plain), *vars(Plain), "__init__", "__repr__"}
    assert {name for name in own if hasattr(plain, name)} == {"close", "log"}


def test_without_ipywidgets_the_import_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("wsnotebook.widgets")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(MissingExtra) as caught:
        import_module("wsnotebook.widgets")
    assert str(caught.value) == (
        "ipywidgets is not installed; run: pip install 'wsnotebook[notebook]'"
    )
