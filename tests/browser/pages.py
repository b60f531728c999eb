"""What the browser tests share: a notebook in JupyterLab, open in a page, and its pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from playwright.sync_api import Browser, Locator, Page, expect

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
# Set by tools/make_screenshots.py: where the pictures go that the docs show.
DOCS_PICTURES = os.environ.get("WSNOTEBOOK_SCREENSHOTS")
PATIENCE = 60.0  # seconds, for a machine that is busy; nothing waits longer than it must
# Pictures twice as large take twice the time: only those of the docs need be that sharp.
_SHARPNESS = 1.5 if DOCS_PICTURES else 1.0

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

# Tables and code may be scrolled sideways, and the pictures of a report, which say so by their
# class; other pictures, panels, headings and prose need not be.
TOO_WIDE = """() => {
    const shown = document.querySelector('.jp-WindowedPanel-viewport').getBoundingClientRect();
    const parts = '.jp-RenderedMarkdown :is(h1, h2, p, img), .wsn-panel, .wsn-picture svg, details';
    return [...document.querySelectorAll(parts)]
        .filter(part => !part.closest('.wsn-scroll'))
        .filter(part => part.getBoundingClientRect().right > shown.right + 1)
        .map(part => part.outerHTML.slice(0, 80));
}"""


_SCROLLED_SIDEWAYS = "part => part.scrollWidth - part.clientWidth"


class Lesson:
    """A notebook in JupyterLab, open in a page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.failures: list[str] = []
        self.hosts: set[str] = set()
        self.typed: dict[str, list[str]] = {}  # lines, by the id of a cell
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

    def look(self, theme: str = "Light", width: int = 1200) -> None:
        """Switch the theme, ``Light`` or ``Dark``, and the width of the window, in place."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            f"JupyterLab {theme}",
        )
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg=str(theme == "Light").lower(),
        )
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.page.set_viewport_size({"width": width, "height": 1000})

    def picture(self, name: str) -> None:
        """Take a picture of all cells, in a window high enough to show them at once."""
        page = self.page
        page.mouse.move(0, 0)
        page.evaluate(
            "() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }"
        )
        height = page.evaluate(
            "() => document.querySelector('.jp-WindowedPanel-viewport').scrollHeight"
        )
        size = dict(page.viewport_size)
        page.set_viewport_size({**size, "height": height + 300})
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.locator(".jp-WindowedPanel-viewport").screenshot(path=PICTURES / f"{name}.png")
        page.set_viewport_size(size)


# What a kernel says outside of cells: an exception of a callback, a warning of asyncio's. As soon
# as a notebook is open, JupyterLab asks its kernel for widgets; one that has not loaded ipywidgets
# yet says that it does not know what that is, and on a busy machine it says so late.
LISTEN = """() => {
    window.said = [];
    const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
    let asked = false;
    const isAnswer = text => {
        const isRest = asked && /^No such comm: [\\w-]+\\n$/.test(text);
        asked = text === 'No such comm target registered: jupyter.widget.control\\n';
        return asked || isRest;
    };
    session.kernel.iopubMessage.connect((_, message) => {
        const inCell = message.parent_header.msg_type === 'execute_request';
        if (inCell || !['error', 'stream'].includes(message.header.msg_type)) return;
        if (!isAnswer(message.content.text)) window.said.push(message.content);
    });
}"""


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[Page]:
    """Open a page in a window of its own, whose cookies and settings are gone with it."""
    context = browser.new_context(
        viewport={"width": 1200, "height": 1000},
        device_scale_factor=_SHARPNESS,
        color_scheme="light",
        **options,
    )
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


@contextmanager
def opened(lab: Any, browser: Browser, title: str, cells: Mapping[str, str]) -> Iterator[Lesson]:
    """Open a notebook of these cells, by their ids, of which none has run; hear what it says."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(
        cells=[
            new_markdown_cell(f"# {title}"),
            *(new_code_cell(source, id=cell_id) for cell_id, source in cells.items()),
        ],
        metadata={"kernelspec": kernel},
    )
    name = title.lower().replace(" ", "_")
    (lab.folder / f"{name}.ipynb").write_text(writes(notebook), "utf-8")
    with window(browser) as page:
        lesson = Lesson(page, f"{lab.url}/lab/tree/{name}.ipynb?reset")
        page.evaluate(LISTEN)
        yield lesson


def expect_good_looks(lesson: Lesson, name: str) -> None:
    """Expect that nothing is wider than the window; take a picture of each look."""
    for theme, width in (("Dark", 1200), ("Dark", 400), ("Light", 400), ("Light", 1200)):
        lesson.look(theme, width)
        assert lesson.page.evaluate(TOO_WIDE) == [], (theme, width)
        lesson.picture(f"{name}_{theme}_{width}".lower())


def take_pictures(
    lesson: Lesson, part: Locator, name: str, cut_off: str = _SCROLLED_SIDEWAYS
) -> None:
    """Take a picture of each look of a part; nothing in it may be wider than it is.

    Args:
        lesson: Where it stands. The window stays light, wide, and high enough for one more.
        part: What is looked at.
        name: Of the pictures.
        cut_off: A function of the page, which returns what is too wide, or how much.
    """
    PICTURES.mkdir(parents=True, exist_ok=True)
    for theme, width in (("Light", 400), ("Dark", 400), ("Dark", 1200), ("Light", 1200)):
        lesson.look(theme, width)
        assert part.evaluate(cut_off) in (0, []), (theme, width)
        lesson.page.set_viewport_size({"width": width, "height": 5000})
        lesson.page.mouse.move(0, 0)
        part.screenshot(path=PICTURES / f"{name}_{theme}_{width}.png".lower())


def expect_no_failures(lesson: Lesson) -> None:
    """Expect no errors, in cells, in the page, and in what runs besides."""
    shown = [output for outputs in lesson.outputs().values() for output in outputs]
    assert [output for output in shown if "ename" in output] == []
    assert [output for output in shown if output.get("name") == "stderr"] == []
    assert lesson.failures == []
    assert lesson.page.evaluate("() => window.said") == []


def keep_for_docs(part: Locator, name: str) -> None:
    """Take a picture for the README or the docs, if tools/make_screenshots.py asks for it."""
    if DOCS_PICTURES is not None:
        page, size = part.page, dict(part.page.viewport_size)
        page.mouse.move(0, 0)
        page.set_viewport_size({**size, "height": 3000})  # so that none of it is out of sight
        part.screenshot(path=ROOT / DOCS_PICTURES / f"{name}.png")
        page.set_viewport_size(size)


def run(lesson: Lesson, cell_id: str) -> Locator:
    """Run one cell as a learner does, and return it."""
    cell = lesson.cell(cell_id)
    cell.locator(".cm-content").click()
    lesson.page.keyboard.press("Shift+Enter")
    return cell


# From its first letter on: what stands before is JupyterLab's to write.
_SELECT_LINE = """line => {
    const { editor } = window.jupyterapp.shell.currentWidget.content.activeCell;
    const text = editor.getLine(line);
    const start = { line, column: text.length - text.trimStart().length };
    editor.setSelection({ start, end: { line, column: text.length } });
}"""


def write(lesson: Lesson, cell_id: str, code: str) -> None:
    """Type ``code`` over what a cell holds, and run it; a second time, only the wrong lines."""
    lesson.cell(cell_id).locator(".cm-content").click()
    keyboard, lines = lesson.page.keyboard, code.split("\n")
    before = lesson.typed.get(cell_id, [])
    if len(before) == len(lines):
        for number, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old != new:
                lesson.page.evaluate(_SELECT_LINE, number)
                keyboard.type(new)
    else:
        keyboard.press("ControlOrMeta+a")
        keyboard.type(code)
    lesson.typed[cell_id] = lines
    keyboard.press("Shift+Enter")


def expect_a_whole_lesson(lesson: Lesson, drawings: int) -> None:
    """Expect no errors, nothing from elsewhere, and every drawing to be there."""
    shown = [output for outputs in lesson.outputs().values() for output in outputs]
    assert [output for output in shown if "ename" in output] == []
    assert [output for output in shown if output.get("name") == "stderr"] == []
    images = lesson.page.locator(".jp-Notebook .jp-RenderedMarkdown img")
    expect(images).to_have_count(drawings)
    for image in images.all():
        expect(image).to_be_visible()
        assert image.evaluate("image => image.complete && image.naturalWidth") == 760
    assert lesson.failures == []
    assert lesson.hosts == {lesson.page.url.split("/")[2]}


def expect_folded(cell: Locator, count: int) -> None:
    """Expect so many folded texts; open the first as a learner does."""
    folds = cell.locator("details")
    expect(folds).to_have_count(count)
    first = folds.first
    text = first.locator("p, pre")
    expect(text).not_to_be_visible()
    first.locator("summary").click()
    expect(text).to_be_visible()


def expect_told(lesson: Lesson, exercise: str, answer: str, said: str) -> None:
    """Type an answer to an exercise, run its check, and expect that it says ``said``."""
    write(lesson, exercise, answer)
    expect(run(lesson, f"check-{exercise}")).to_contain_text(said)
