"""What may be typed into a panel, and what is said about the rest."""

from __future__ import annotations

import pytest
from panels import click, echoed, text

from wsnotebook.widgets._composer import read_payload


@pytest.mark.parametrize(
    ("mode", "typed", "problem"),
    [
        ("JSON", "", "not JSON: nothing typed"),
        ("JSON", '{"a": }', "not JSON: Expecting value at line 1, column 7"),
        ("JSON", '{"a": 1,\n "b" 2}', "not JSON: Expecting ':' delimiter at line 2, column 6"),
        ("JSON", "[1] [2]", "not JSON: Extra data at line 1, column 5"),
        ("JSON", "[NaN]", "not JSON: NaN is no JSON value (RFC 8259 section 6)"),
        ("JSON", "[" * 100_000, "not JSON that can be checked: nested too deeply"),
        ("Binary", "48 6x", "not hex: 'x' at character 5"),
        ("Binary", "48 6\u202e5", "not hex: '\\u202e' at character 5"),
        ("Binary", "٣٣", "not hex: '٣' at character 1"),
        ("Binary", "48 6", "not hex: 3 digits, but every byte takes two"),
        ("Binary", "4", "not hex: 1 digit, but every byte takes two"),
        (
            "Text",
            "\ud800",
            (
                "cannot send '\\ud800' as text: lone surrogate at character 0; "
                "a text message is UTF-8 (RFC 6455 section 5.6), send bytes instead"
            ),
        ),
    ],
)
async def test_what_cannot_be_sent_is_told_while_typing(panel, mode, typed, problem):
    panel.mode.value = mode
    panel.composer.value = typed
    assert text(panel.problem) == problem
    assert panel.send_button.disabled
    assert text(panel.size) == ""

    await click(panel.send_button, panel)
    assert panel.client.sent == []
    assert text(panel.problem) == f"ValueError: {problem}\n{problem}"

    panel.mode.value, panel.composer.value = "Text", "mended"
    assert text(panel.problem) == f"ValueError: {problem}"
    assert not panel.send_button.disabled


@pytest.mark.parametrize(
    ("mode", "typed", "message", "size"),
    [
        ("Text", "hello", "hello", "5 bytes"),
        ("Text", "", "", "0 bytes"),
        ("Text", " é\n", " é\n", "4 bytes"),
        ("JSON", '{ "a" : [1, 2] }', '{ "a" : [1, 2] }', "16 bytes"),
        ("JSON", "1" * 5000, "1" * 5000, "5,000 bytes"),
        ("Binary", "48 65 6C\n6c6F", b"Hello", "5 bytes"),
        ("Binary", "ff", b"\xff", "1 byte"),
        ("Binary", "", b"", "0 bytes"),
    ],
)
async def test_what_can_be_sent_is_sent_as_typed(panel, mode, typed, message, size):
    panel.mode.value = mode
    panel.composer.value = typed
    assert text(panel.problem) == ""
    assert text(panel.size) == size
    await echoed(panel, typed, mode=mode)
    assert panel.client.sent == panel.client.messages == [message]
    assert panel.composer.value == typed


async def test_each_click_sends_what_stood_there_then(panel):
    for typed in ("one", "two"):
        panel.composer.value = typed
        panel.send_button.click()
    await panel.wait_idle()
    assert panel.client.sent == ["one", "two"]


async def test_the_mode_says_what_to_type(panel):
    shown = {}
    for mode in panel.mode.options:
        panel.mode.value = mode
        shown[mode] = panel.composer.placeholder
    assert list(shown) == ["Text", "JSON", "Binary"]
    assert len(set(shown.values())) == 3
    assert read_payload("JSON", shown["JSON"]) == shown["JSON"]
