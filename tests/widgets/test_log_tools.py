"""The tools of a log, behind their toggle: filter, format, Clear, and the test code."""

from __future__ import annotations

import ast

from panels import echoed, log, text

from wsnotebook.widgets import ClientPanel


async def test_a_first_look_shows_the_toggle_alone(panel):
    assert panel.tools.layout.display == "none"
    panel.tools.toggle.value = True
    assert panel.tools.layout.display is None
    panel.tools.toggle.value = False
    assert panel.tools.layout.display == "none"


async def test_a_filter_by_text_and_kind_says_how_many_rows_fit(panel):
    for message in ("tea", "coffee", "tea, please"):
        await echoed(panel, message)
    panel.tools.text.value = "TEA"
    await panel.wait_idle()
    assert log(panel) == [
        "4 of 7 rows fit the filter",
        "→ sent  3  'tea'",
        "← received  3  'tea'",
        "→ sent  11  'tea, please'",
        "← received  11  'tea, please'",
    ]
    assert text(panel.tools.wanted) == "4 of 7 rows fit the filter"
    assert 'role="status"' in panel.tools.wanted.value

    panel.tools.kind.label = "received"
    await panel.wait_idle()
    assert log(panel)[1:] == ["← received  3  'tea'", "← received  11  'tea, please'"]

    panel.tools.text.value = ""
    panel.tools.kind.label = "open, close, error"
    await panel.wait_idle()
    assert log(panel) == ["1 of 7 rows fit the filter", "● open    /"]

    panel.tools.kind.label = "all"
    await panel.wait_idle()
    assert len(log(panel)) == 7
    assert panel.tools.wanted.value == ""


async def test_payloads_are_written_as_chosen(panel):
    await echoed(panel, '{"a":1}')
    panel.tools.form.label = "JSON, laid out"
    await panel.wait_idle()
    assert '{\n  "a": 1\n}' in text(panel.log)
    panel.tools.form.label = "hex dump"
    await panel.wait_idle()
    assert "00000000  7b 22 61 22 3a 31 7d" in text(panel.log)
    assert panel.log.value.count('<span class="wsn-hex">') == 2
    panel.tools.form.label = "Python"
    await panel.wait_idle()
    assert log(panel)[1:] == ["→ sent  7  '{\"a\":1}'", "← received  7  '{\"a\":1}'"]


async def test_clear_empties_the_view_and_not_the_timeline(panel):
    await echoed(panel, "hello")
    panel.tools.clear_button.click()
    await panel.wait_idle()
    assert log(panel) == ["3 earlier rows cleared from view; the timeline holds them"]
    assert len(panel.timeline) == 3
    assert panel.client.messages == ["hello"]

    await echoed(panel, "again")
    assert log(panel)[1:] == ["→ sent  5  'again'", "← received  5  'again'"]


async def test_copy_gives_the_test_to_the_page_that_asked(panel, monkeypatch):
    await echoed(panel, "hello")
    told = []
    box = panel.tools.copy_box
    monkeypatch.setattr(box, "_send", lambda message, **_: told.append(message))
    box._handle_custom_msg({"ask": True}, [])
    assert box.text == panel.test_code()
    assert 'await client.send("hello")' in box.text
    # The text first: the page copies what it has when it is told that it is ready.
    assert told == [
        {"method": "update", "state": {"text": box.text}, "buffer_paths": []},
        {"method": "custom", "content": {"ready": True}},
    ]


async def test_test_code_that_cannot_be_made_is_told(panel, monkeypatch):
    def fail(conversation):
        raise RuntimeError("no tea")

    monkeypatch.setattr("wsnotebook.widgets.client_panel.replay", fail)
    panel.tools.copy_box.click()
    assert text(panel.problem) == "RuntimeError: no tea"


async def test_a_panel_that_was_never_used_has_a_test_that_connects(server):
    panel = ClientPanel(server, name="alice")
    code = panel.test_code()
    ast.parse(code)
    assert "pass  # nothing was said" in code
    await panel.aclose()
