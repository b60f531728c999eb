"""A ClientPanel in JupyterLab: keyboard, log tools, hostile payloads, a burst, ends of all kinds.

One notebook is loaded for all tests; each runs the cells that it needs, and no other's. How it all
looks is in the pictures, ``build/screenshots/client_panel*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser.pages import LISTEN, Lesson, window
from browser.panel_notebook import (
    IS_CUT_OFF,
    TYPE_AND_CLICK_SEND,
    connected,
    notebook,
    payloads,
    picture,
    run,
    start,
)
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lesson(lab, browser: Browser) -> Iterator[Lesson]:
    """Open the notebook, with a kernel of its own, and start the server."""
    (lab.folder / "client_panel.ipynb").write_text(notebook())
    with window(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        lesson = Lesson(page, f"{lab.url}/lab/tree/client_panel.ipynb?reset")
        lesson.command("application:toggle-left-area")
        page.evaluate(LISTEN)
        run(lesson, "start")
        yield lesson


@pytest.fixture(autouse=True)
def _nothing_goes_wrong_unseen(lesson: Lesson) -> Iterator[None]:
    yield
    assert lesson.failures == []
    assert lesson.page.evaluate("() => window.said") == []
    assert lesson.page.evaluate("() => window.ran") is None


def test_enter_sends_shift_and_enter_breaks_the_line_and_up_recalls(lesson):
    panel = connected(lesson, "panel")
    prompt = lesson.cell("panel").locator(".jp-InputPrompt").inner_text()
    composer, keyboard = panel.get_by_role("textbox", name="Message to send"), lesson.page.keyboard
    composer.click()
    for message in ("first", "second"):
        keyboard.type(message)
        keyboard.press("Enter")
    keyboard.type("third")
    keyboard.press("Shift+Enter")
    keyboard.type("line")
    keyboard.press("Enter")
    expect(payloads(panel)).to_have_text(["'first'", "'second'", r"'third\nline'"])
    expect(composer).to_have_value("third\nline")
    assert lesson.cell("panel").locator(".jp-InputPrompt").inner_text() == prompt

    composer.fill("draft")
    keyboard.press("ArrowUp")
    expect(composer).to_have_value("third\nline")
    keyboard.press("ArrowUp")
    expect(composer).to_have_value("third\nline")
    keyboard.press("ArrowUp")
    expect(composer).to_have_value("second")
    for expected in ("third\nline", "draft", "draft"):
        keyboard.press("ArrowDown")
        expect(composer).to_have_value(expected)

    panel.get_by_label("sent before").select_option("Text: first")
    expect(composer).to_have_value("first")
    for quick in ("quick", "long " * 4000):
        panel.evaluate(TYPE_AND_CLICK_SEND, quick)
        expect(payloads(panel).last).to_contain_text(f"'{quick[:300]}'")


def test_the_log_is_filtered_written_otherwise_cleared_and_copied(lesson):
    panel = connected(lesson, "panel")
    composer = panel.get_by_role("textbox", name="Message to send")
    for message in ('{"type": "ECHO", "value": [1, {}]}', "tea", "coffee"):
        composer.fill(message)
        composer.press("Enter")
    expect(payloads(panel)).to_have_count(3)
    expect(panel.get_by_label("filter")).not_to_be_visible()
    panel.get_by_role("button", name="Log tools").click()

    panel.get_by_label("filter").fill("E")
    expect(payloads(panel)).to_have_count(3)
    panel.get_by_label("filter").fill("TEA")
    expect(payloads(panel)).to_have_text(["'tea'"])
    expect(panel.locator(".wsn-note")).to_contain_text(["2 of 7 rows fit the filter"])
    panel.get_by_label("filter").fill("")
    panel.get_by_label("show").select_option("received")
    expect(panel.locator(".wsn-sent")).to_have_count(0)
    panel.get_by_label("show").select_option("all")

    panel.get_by_label("payloads as").select_option("JSON, laid out")
    expect(payloads(panel).first).to_contain_text('{\n  "type": "ECHO",\n  "value": [\n    1,')
    panel.get_by_label("payloads as").select_option("hex dump")
    expect(payloads(panel).nth(1)).to_contain_text("00000000  74 65 61")
    panel.get_by_label("payloads as").select_option("Python")

    panel.get_by_role("button", name="Copy as test code").click()
    expect(panel.locator(".wsn-copied")).to_have_text("copied")
    code = panel.get_by_role("textbox", name="The conversation as a pytest test")
    copied = lesson.page.evaluate("() => navigator.clipboard.readText()")
    assert code.input_value() == copied
    assert 'await client.send_json({"type": "ECHO", "value": [1, {}]})' in copied
    assert copied.count("await client.receive") == 3

    panel.get_by_role("button", name="Clear").click()
    expect(payloads(panel)).to_have_count(0)
    expect(panel.locator(".wsn-note")).to_contain_text(
        ["7 earlier rows cleared from view; the timeline holds them"]
    )


LAID_OUT = {
    "Python": r"""{"lone": "\\ud800", "image": "<img""",
    "JSON, laid out": '{\n  "lone": "\\ud800",\n  "image": "<img',
    "hex dump": "00000000  7b 22 6c 6f 6e 65 22 3a 20 22 5c",
}


def test_hostile_payloads_names_reasons_and_filters_are_shown_and_do_nothing(lesson):
    panel = connected(lesson, "mean")
    expect(payloads(panel)).to_have_count(8)
    expect(panel.locator(".wsn-badge")).to_contain_text(
        r"<img src=x onerror='window.ran = 1'>\u202e\x07 open"
    )
    panel.get_by_role("button", name="Log tools").click()
    for form, laid_out in LAID_OUT.items():
        panel.get_by_label("payloads as").select_option(form)
        expect(payloads(panel).nth(2)).to_contain_text(laid_out)
        expect(payloads(panel)).to_have_count(8)
        assert panel.locator("script, img").count() == 0
        assert not re.search("[\u202e\x00\x07\x1b]", panel.inner_text())
        assert len(payloads(panel).last.inner_text()) < 4000
    panel.get_by_label("payloads as").select_option("Python")
    expect(payloads(panel)).to_contain_text(
        [
            "<script>window.ran = 1</script>",
            "<img src=x onerror='window.ran = 1'>",
            r"\\ud800",
            r"'a\u202etxt.exe'",
            "'שלום'",
            r"'\x00\x07\x1b[31m'",
            r"b'\x00\xff<b>'",
            "... (1,000,000 characters)",
        ]
    )

    panel.get_by_label("filter").fill("<img src=x onerror='window.ran = 1'>")
    expect(payloads(panel)).to_have_count(2)
    panel.get_by_label("filter").fill("\u202e")
    expect(payloads(panel)).to_have_text([r"'a\u202etxt.exe'"])
    panel.get_by_label("filter").fill("")
    panel.get_by_role("button", name="Copy as test code").click()
    expect(panel.locator(".wsn-copied")).to_have_text("copied")

    panel.get_by_role("textbox", name="Message to send").press("Enter")
    reason = r'''"<img src=x onerror='window.ran = 1'>\u202e\x07"'''
    expect(panel.locator(".wsn-badge")).to_contain_text(f"closed 4002 {reason}")
    expect(panel.locator(".wsn-close")).to_contain_text(f"4002 {reason}")
    panel.get_by_label("filter").fill("ONERROR")
    expect(panel.locator(".wsn-close")).to_have_count(1)
    panel.get_by_label("filter").fill("")
    assert panel.locator("script, img").count() == 0
    picture(panel, "hostile")


def test_every_input_has_a_name_and_the_keyboard_reaches_it(lesson):
    panel = lesson.cell("mean").locator(".wsn-panel")
    tree = panel.aria_snapshot()
    inputs = re.findall(r"^\s*- (textbox|combobox|spinbutton|button)\b(.*)$", tree, re.MULTILINE)
    assert [kind for kind, name in inputs if not re.match(' "[^"]+"', name)] == []
    assert {kind for kind, _ in inputs} == {"textbox", "combobox", "spinbutton", "button"}
    expect(panel.get_by_role("status")).not_to_have_count(0)
    panel.get_by_role("button", name="JSON", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text(["not JSON: nothing typed"])

    panel.get_by_role("button", name="Connect").focus()
    reached = []
    for _ in range(20):
        reached.append(
            lesson.page.evaluate("() => document.activeElement.textContent.trim().slice(0, 9)")
        )
        lesson.page.keyboard.press("Tab")
    assert [name for name in reached if name in {"JSON", "Log tools", "Clear", "Copy as t"}] == [
        "JSON",
        "Log tools",
        "Clear",
        "Copy as t",
    ]


def test_it_looks_right_wide_and_narrow_in_light_and_dark(lesson):
    panel = connected(lesson, "panel")
    picture(panel, "first_look")
    composer = panel.get_by_role("textbox", name="Message to send")
    for message in ("hello", '{"type": "ECHO", "value": {"tea": true, "cups": [1, 2]}}'):
        composer.fill(message)
        composer.press("Enter")
    panel.get_by_role("button", name="Binary").click()
    composer.fill("48 65 6c 6c 6f 00 ff e2 82 ac 20 61 6e 64 20 73 6f 20 6f 6e")
    composer.press("Enter")
    expect(payloads(panel)).to_have_count(3)
    panel.get_by_role("button", name="Log tools").click()
    for theme in ("Light", "Dark"):
        for width in (1200, 400, 360):
            lesson.look(theme, width)
            expect(lesson.page.locator("#jupyterlab-splash")).to_have_count(0)
            form = "JSON, laid out" if theme == "Light" else "hex dump"
            panel.get_by_label("payloads as").select_option(form)
            expect(panel.locator(".wsn-hex")).to_have_count(6 if theme == "Dark" else 0)
            picture(panel, f"{theme.lower()}_{width}")
            assert panel.evaluate(IS_CUT_OFF) == []
    lesson.look("Light", 1200)


def test_of_a_burst_all_is_counted_the_tail_shown_and_the_panel_answers(lesson):
    panel = connected(lesson, "burst")
    composer = panel.get_by_role("textbox", name="Message to send")
    composer.fill("go")
    composer.press("Enter")
    expect(payloads(panel).last).to_have_text("'message 4999'")
    expect(payloads(panel)).to_have_count(200)
    expect(payloads(panel).last).to_be_in_viewport()
    expect(panel.locator(".wsn-note")).to_contain_text(["4,802 earlier rows not shown"])
    expect(run(lesson, "counted")).to_contain_text("(5000, 5000)")

    panel.get_by_role("button", name="Log tools").click()
    panel.get_by_label("filter").fill("message 77")
    expect(panel.locator(".wsn-note")).to_contain_text(["11 of 5,002 rows fit the filter"])
    panel.get_by_role("button", name="Close", exact=True).click()
    expect(panel.locator(".wsn-badge")).to_have_text("busy closed 1000 (OK)")


def test_a_server_may_restart_under_a_panel_and_a_cell_may_run_again(lesson):
    panel = connected(lesson, "panel")
    shown_again = run(lesson, "restart").locator(".wsn-panel")
    for view in (panel, shown_again):
        expect(view.locator(".wsn-badge")).to_have_text("you closed 1001 'server stopped'")
    shown_again.get_by_role("button", name="Connect").click()
    expect(panel.locator(".wsn-problem")).to_contain_text("SetupError: <Server 'echo': stopped>")

    panel = connected(lesson, "panel")
    expect(panel.locator(".wsn-badge")).to_have_text("you open")
    composer = panel.get_by_role("textbox", name="Message to send")
    composer.fill("the new one")
    composer.press("Enter")
    expect(payloads(panel)).to_have_text(["'the new one'"])
    expect(run(lesson, "again")).to_contain_text("(0, None)")
    expect(panel).to_have_count(0)


def test_a_wait_on_its_client_can_be_interrupted(lesson):
    panel = connected(lesson, "panel")
    cell = start(lesson, "wait")
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[*]:")
    lesson.command("notebook:interrupt-kernel")
    expect(cell.locator(".jp-OutputArea-output")).to_contain_text("CancelledError")
    composer = panel.get_by_role("textbox", name="Message to send")
    composer.fill("still here")
    composer.press("Enter")
    expect(payloads(panel)).to_have_text(["'still here'"])


def test_nothing_is_left_behind(lesson):
    expect(run(lesson, "left").locator(".jp-OutputArea-output")).to_have_text("[]")
