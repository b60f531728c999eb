"""The first lesson, as a learner meets it: JupyterLab, a mouse, a keyboard."""

from __future__ import annotations

import pytest
from browser.pages import Lesson, expect_good_looks, keep_for_docs
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def lesson(lab, page: Page, request: pytest.FixtureRequest) -> Lesson:
    """Open the first lesson, with a kernel of its own."""
    folder = lab.copy_of_the_notebooks(request.node.name)
    return Lesson(page, f"{folder}/00_start_here.ipynb?reset")


def test_every_cell_runs_and_the_page_shows_what_it_should(lesson: Lesson):
    lesson.run_all()

    outputs = lesson.outputs()
    errors = [output for shown in outputs.values() for output in shown if "ename" in output]
    assert errors == []
    (report,) = outputs["run-pytest"]
    assert report["text"].endswith("1 passed\nexit code: 0\n")
    page = lesson.page
    expect(page.get_by_role("heading", name="What is a WebSocket?")).to_be_visible()
    expect(lesson.cell("see-the-timeline")).to_contain_text(
        "alice  ● open /\nalice  → 'hello'\nalice  ← 'hello'"
    )
    panel = page.locator(".wsn-panel")
    expect(panel.locator(".wsn-badge")).to_have_text("panel closed 1000 (OK)")
    expect(panel.locator(".wsn-received")).to_contain_text("'hello from a button'")
    drawing = page.locator("img[alt^='Left: HTTP']")
    expect(drawing).to_be_visible()
    assert drawing.evaluate("image => image.complete && image.naturalWidth") == 760
    expect_good_looks(lesson, "00_start_here")
    assert lesson.failures == []
    assert lesson.hosts == {page.url.split("/")[2]}, "the lesson needs nothing from elsewhere"


def test_the_panel_obeys_mouse_and_keyboard(lesson: Lesson):
    panel = lesson.run_down_to("make-the-panel").locator(".wsn-panel")
    badge, received = panel.locator(".wsn-badge"), panel.locator(".wsn-received")
    composer, send = panel.locator("textarea"), panel.get_by_role("button", name="Send")
    expect(badge).to_have_text("panel not connected")
    expect(send).to_be_disabled()

    panel.get_by_role("button", name="Connect").click()
    expect(badge).to_have_text("panel open")
    composer.click()
    lesson.page.keyboard.type("hello by hand")
    expect(panel.locator(".wsn-size")).to_have_text("13 bytes")
    send.click()
    expect(received).to_contain_text("'hello by hand'")

    panel.get_by_role("button", name="JSON").click()
    expect(panel.locator(".wsn-problem")).to_have_text(
        "not JSON: Expecting value at line 1, column 1"
    )
    expect(send).to_be_disabled()
    composer.fill('{"type": "ECHO", "value": 42}')
    expect(panel.locator(".wsn-problem")).to_have_count(0)
    send.click()
    expect(received.last).to_contain_text('\'{"type": "ECHO", "value": 42}\'')

    panel.get_by_role("button", name="Binary").click()
    composer.fill("48 65 6C ff")
    expect(panel.locator(".wsn-size")).to_have_text("4 bytes")
    send.click()
    expect(received.last).to_contain_text("b'Hel\\xff'")
    keep_for_docs(panel, "panel")

    for _ in range(12):
        send.click()
    expect(received).to_have_count(15)
    expect(received.last).to_be_in_viewport()
    expect(received.first).not_to_be_in_viewport()

    panel.get_by_label("code").fill("4002")
    panel.get_by_label("reason").fill("enough")
    panel.get_by_role("button", name="Close").click()
    expect(badge).to_have_text("panel closed 4002 'enough'")
    assert lesson.failures == []


def test_a_script_that_a_server_sends_is_shown_and_does_not_run(lesson: Lesson):
    panel = lesson.run_down_to("make-the-panel").locator(".wsn-panel")
    panel.get_by_role("button", name="Connect").click()
    payload = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    panel.locator("textarea").fill(payload)
    expect(panel.locator(".wsn-size")).to_have_text(f"{len(payload)} bytes")
    panel.get_by_role("button", name="Send").click()

    expect(panel.locator(".wsn-received")).to_contain_text(f'"{payload}"')
    assert panel.locator("script, img").count() == 0
    assert lesson.page.evaluate("() => window.ran") is None
