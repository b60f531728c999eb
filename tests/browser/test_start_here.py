"""The first lesson, as a learner meets it: JupyterLab, a mouse, a keyboard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
# Set by tools/make_screenshots.py: where the pictures go that the docs show.
DOCS_PICTURES = os.environ.get("WSNOTEBOOK_SCREENSHOTS")

_READY = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return context?.isReady && context.session?.kernel?.status === 'idle';
}"""
# Counts are cleared before cells run, so a count says that the cell ran here and now.
_ALL_RAN = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel.sessionContext.session.kernel.status === 'idle'
        && panel.content.widgets.every(
            cell => cell.model.type !== 'code' || cell.model.executionCount !== null);
}"""


class Lesson:
    """A notebook in JupyterLab, open in a page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.failures: list[str] = []
        self.hosts: set[str] = set()
        page.on("pageerror", lambda error: self.failures.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.goto(url)
        page.wait_for_function(_READY)
        self.command("notebook:clear-all-cell-outputs")

    def command(self, name: str) -> None:
        """Give JupyterLab a command and do not wait for what comes of it."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name); }", name)

    def cell(self, cell_id: str) -> Locator:
        """Return a cell by its id; it becomes the active one."""
        index = self.page.evaluate(
            """id => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex =
                    notebook.widgets.findIndex(cell => cell.model.id === id);
                return notebook.activeCellIndex;
            }""",
            cell_id,
        )
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def run_all(self) -> None:
        """Run all cells and wait until the last is done."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(_ALL_RAN)

    def run_down_to(self, cell_id: str) -> Locator:
        """Run all cells above one, then that one as a learner does: click, Shift and Enter."""
        cell = self.cell(cell_id)
        self.command("notebook:run-all-above")
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        return cell

    def outputs(self) -> dict[str, list[dict[str, Any]]]:
        """Return the outputs of each code cell, by its id."""
        return self.page.evaluate(
            """() => Object.fromEntries(
                window.jupyterapp.shell.currentWidget.content.widgets
                    .filter(cell => cell.model.type === 'code')
                    .map(cell => [cell.model.id, cell.model.outputs.toJSON()]))"""
        )

    def picture(self, path: Path) -> None:
        """Take a picture of all cells, in a window high enough to show them at once."""
        self.page.mouse.move(0, 0)
        self.cell("start-here")
        height = self.page.evaluate(
            "() => document.querySelector('.jp-WindowedPanel-viewport').scrollHeight"
        )
        self.page.set_viewport_size({"width": 1200, "height": height + 300})
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.locator(".jp-WindowedPanel-viewport").screenshot(path=path)


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
    lesson.picture(PICTURES / "00_start_here.png")
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
    keep_for_docs(panel)

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


def keep_for_docs(panel: Locator) -> None:
    """Take the picture that the README shows, when asked to."""
    if DOCS_PICTURES is not None:
        panel.page.mouse.move(0, 0)
        panel.screenshot(path=ROOT / DOCS_PICTURES / "panel.png")
