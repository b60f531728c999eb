"""A report in the real Chromium: as a page of its own, from a file, and in a notebook."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from browser.pages import DOCS_PICTURES, PICTURES, ROOT, Lesson
from nbformat.v4 import new_code_cell, new_notebook, writes
from playwright.sync_api import Browser, Page, expect
from test_docs import DOCS, blocks
from test_readme import run_python

from wsnotebook.properties import Campaign, Report, Settings

pytestmark = pytest.mark.browser

APP = """\
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

EVIL = "<script>ran = 1</script><img src=x onerror='ran = 1'>]]>\\x00\\x1b[31m\\u202egnp.exe"


async def prices(socket):
    await socket.accept()
    async for item in socket.iter_text():
        await socket.send_text(str({"tea": 3}[item]))


async def evil(socket):
    await socket.accept()
    await socket.send_text(EVIL)
    async for text in socket.iter_text():
        raise LookupError(EVIL + "x" * 65536)


async def echo(socket):
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


app = Starlette(
    routes=[
        WebSocketRoute("/prices", prices),
        WebSocketRoute("/a/route/with/a/long/path/{room:int}/and/{person:str}", evil),
        WebSocketRoute("/echo", echo),
    ]
)
"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDER_THAN_THE_CELL = """() => {
    const output = document.querySelector('.jp-OutputArea-output:has(.wsn-report)');
    return output.scrollWidth - output.clientWidth;
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    module = tmp_path_factory.mktemp("shop") / "shop.py"
    module.write_text(APP, encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(APP, module, "exec"), names)
    settings = Settings(seed=1, max_examples=40)
    return Campaign(names["app"], settings=settings, name="shop:app").start().join()


@pytest.fixture
def opened(browser: Browser, report: Report, tmp_path: Path):
    """Return a function that opens a report from a file: in which colours, how wide."""
    file = tmp_path / "report.html"
    file.write_text(report.to_html(), encoding="ascii")
    contexts = []

    def opened(scheme: str, width: int) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, device_scale_factor=1.5
        )
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(file.as_uri())
        assert page.asked == [file.as_uri()]
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 400])
def test_a_page_loads_nothing_runs_nothing_and_fits(opened, scheme, width):
    page = opened(scheme, width)
    assert page.evaluate(TOO_WIDE) == 0
    assert page.said == []
    assert page.evaluate("() => typeof ran") == "undefined"
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"report-{scheme}-{width}.png", full_page=True)


def test_the_verdict_and_the_first_failure_are_seen_at_once(opened):
    page = opened("light", 400)
    for words in ("✗ failed", "shop:app: 3 routes, 2 failed", "KeyError: ''", "(message 1 of 1)"):
        expect(page.get_by_text(words).first).to_be_in_viewport(ratio=1)


def test_the_page_of_the_docs_shows_its_report(opened, tmp_path):
    module, command, *_ = [one.content for one in blocks(DOCS / "howto" / "read-a-report.md")]
    (tmp_path / "shop.py").write_text(module, encoding="utf-8")
    run_python("-m", *shlex.split(command), folder=tmp_path)
    page = opened("light", 800)
    page.set_viewport_size({"width": 800, "height": 840})
    expect(page.get_by_text("app-crashed: KeyError at shop.py:11")).to_be_in_viewport()
    expect(page.locator("svg tspan", has_text="closed 1006")).to_be_in_viewport()
    if DOCS_PICTURES is not None:
        page.screenshot(path=ROOT / DOCS_PICTURES / "report.png")


def test_a_line_at_the_top_leads_to_its_failure(opened):
    page = opened("light", 1200)
    page.get_by_role("link", name=re.compile("LookupError")).click()
    failure = page.get_by_role("article").nth(1)
    expect(failure.get_by_role("heading")).to_be_in_viewport()
    expect(failure.get_by_text("LookupError(EVIL")).to_be_visible()


def test_a_program_is_copied_as_it_is(opened, report):
    page = opened("light", 1200)
    program = page.get_by_role("article").first.locator("pre").nth(1)
    chosen = program.evaluate(
        "part => { getSelection().selectAllChildren(part); return getSelection().toString(); }"
    )
    assert chosen.strip() == report.failures[0].program().strip()


def test_what_is_folded_is_printed_as_well(opened):
    page = opened("dark", 1200)
    transcript = page.get_by_role("article").first.locator("pre").last
    expect(transcript).to_be_hidden()
    page.emulate_media(media="print")
    expect(transcript).to_be_visible()
    # On white paper, whatever colours the reader prefers on a screen.
    color = "part => getComputedStyle(part).color"
    assert page.locator("body").evaluate(color) == "rgb(0, 0, 0)"
    assert page.locator("h1 span").evaluate(color) == "rgb(179, 38, 30)"


def test_a_notebook_shows_a_report(lab, browser, tmp_path):
    (lab.folder / "evil_shop.py").write_text(APP, "utf-8")
    code = """\
from evil_shop import app
from wsnotebook import Campaign, Settings

await Campaign(app, settings=Settings(seed=1, max_examples=40))"""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(
        cells=[new_code_cell(code, id="report")], metadata={"kernelspec": kernel}
    )
    (lab.folder / "a_report.ipynb").write_text(writes(notebook), "utf-8")
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(60_000)
    lesson = Lesson(context.new_page(), f"{lab.url}/lab/tree/a_report.ipynb?reset")
    lesson.run_down_to("report")
    shown = lesson.page.locator(".wsn-report")
    expect(shown.get_by_text("3 routes, 2 failed")).to_be_visible()
    for theme, width in (("Light", 1200), ("Dark", 1200), ("Dark", 400), ("Light", 400)):
        lesson.look(theme, width)
        assert lesson.page.evaluate(WIDER_THAN_THE_CELL) == 0
        lesson.page.set_viewport_size({"width": width, "height": 4000})
        shown.screenshot(path=PICTURES / f"report-notebook-{theme.lower()}-{width}.png")
    assert lesson.page.evaluate("() => typeof ran") == "undefined"
    assert lesson.failures == []
    context.close()
