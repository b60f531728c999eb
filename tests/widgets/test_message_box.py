"""The composer as a browser speaks to it: each message carries its text, in order."""

from __future__ import annotations

from panels import echoed, press, send, text, typed


async def test_enter_sends_what_stands_in_the_box_then(panel):
    press(panel, {"typed": "one", "submit": True})
    press(panel, {"typed": "two", "submit": True})
    await panel.wait_idle()
    assert panel.client.sent == ["one", "two"]
    assert panel.composer.value == "two"


async def test_what_was_typed_before_a_click_on_send_is_what_is_sent(panel):
    typed(panel, "old")
    typed(panel, "new")
    panel.send_button.click()
    await panel.wait_idle()
    assert panel.client.sent == ["new"]


async def test_typing_is_checked_and_never_sent_back_to_the_page(panel, monkeypatch):
    told = []
    monkeypatch.setattr(panel.composer, "_send", lambda message, **_: told.append(message))
    panel.mode.value = "JSON"
    told.clear()
    typed(panel, "{")
    assert panel.composer.value == "{"
    assert text(panel.problem) == (
        "not JSON: Expecting property name enclosed in double quotes at line 1, column 2"
    )
    assert told == []

    panel.composer.value = "{}"
    assert [message["state"] for message in told] == [{"value": "{}"}]


async def test_enter_on_a_closed_connection_says_so(server, make_panel):
    panel = make_panel(server, name="alice")
    press(panel, {"typed": "too early", "submit": True})
    await panel.wait_idle()
    assert text(panel.problem) == (
        "SetupError: alice is not open yet: await open() or wait_until('open') before sending"
    )
    assert panel.history == ()


async def test_a_message_that_is_none_of_these_does_nothing(panel):
    press(panel, {"typed": 42, "recall": "all", "submit": False})
    await panel.wait_idle()
    assert panel.composer.value == ""
    assert panel.client.sent == []


# The history


async def test_the_history_holds_what_was_sent_as_it_was_typed(panel):
    await send(panel, "hello")
    await send(panel, "48 69", mode="Binary")
    await send(panel, "nope", mode="JSON")
    assert panel.history == ("hello", "48 69")


async def test_up_and_down_take_up_text_and_mode_and_give_the_draft_back(panel):
    await send(panel, "hello")
    await send(panel, "48 69", mode="Binary")
    panel.mode.value = "Text"
    seen = []
    for by in (-1, -1, -1, 1, 1):
        draft = "draft" if not seen else panel.composer.value
        press(panel, {"typed": draft, "recall": by})
        seen.append((panel.mode.value, panel.composer.value))
    assert seen == [
        ("Binary", "48 69"),
        ("Text", "hello"),
        ("Text", "hello"),
        ("Binary", "48 69"),
        ("Text", "draft"),
    ]


async def test_the_history_can_be_chosen_from_newest_first(panel):
    assert panel.sent_before.layout.display == "none"
    await send(panel, "hello\n" + "x" * 100)
    await send(panel, "48 69", mode="Binary")
    assert panel.sent_before.layout.display is None
    labels = [label for label, _ in panel.sent_before.options]
    assert labels == ["", "Binary: 48 69", f"Text: hello\\n{'x' * 54}..."]

    for _ in range(2):
        panel.sent_before.index = 2
        assert (panel.mode.value, panel.composer.value) == ("Text", "hello\n" + "x" * 100)
        assert panel.sent_before.value is None
        panel.composer.value = ""


async def test_a_list_of_the_history_shows_what_would_reorder_it(panel):
    await echoed(panel, "a\u202etxt.exe")
    assert panel.sent_before.options[1][0] == "Text: a\\u202etxt.exe"
