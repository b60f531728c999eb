"""A search in JupyterLab: started, watched, stopped, started again, and what it looks like.

One notebook is loaded for all tests, and its cells are run once.
"""

from __future__ import annotations

import re

import pytest
from browser.pages import (
    Lesson,
    expect_no_failures,
    keep_for_docs,
    opened,
    run,
    take_pictures,
)
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

CELLS = {
    "app": """\
from typing import Literal

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from wsnotebook import Channel, Message, Settings


class Put(Message):
    action: Literal["put"] = "put"
    item: str
    count: int


class Share(Message):
    action: Literal["share"] = "share"
    people: int


class Basket(Channel):
    accepts = (Put, Share)

    async def on_connect(self):
        self.count = 0

    async def on_message(self, message):
        if isinstance(message, Put):
            self.count += message.count
            await self.send(f"{self.count} in the basket")
        elif self.count:
            await self.send(f"{self.count // message.people} each")
        else:
            await self.send("nothing to share")


class Shout(Channel):
    async def on_message(self, message):
        await self.send(message.upper() + "!")


class Echo(Channel):
    async def on_message(self, message):
        await self.send(message)


app = Starlette(
    routes=[
        WebSocketRoute("/basket", Basket.as_asgi()),
        WebSocketRoute("/shout", Shout.as_asgi()),
        WebSocketRoute("/echo", Echo.as_asgi()),
    ]
)""",
    "panel": """\
from wsnotebook.widgets import PropertyPanel

panel = PropertyPanel(app, settings=Settings(seed=2))
panel""",
    "meanwhile": "panel.campaign.done, 6 * 7",
    "mean": """\
image = "<img src=x onerror='window.ran = 1'>"


class Mean(Channel):
    async def on_message(self, message):
        await self.send(image + "\\u202e")
        raise RuntimeError(image + "\\u202e" + "x" * 1000)


mean = PropertyPanel(Mean, settings=Settings(seed=1))
mean""",
    "close": "await panel.aclose(); await mean.aclose(); panel.close()",
    "endless": """\
before = globals().get("endless")
endless = PropertyPanel(Echo, settings=Settings(max_examples=1_000_000))
endless""",
    "ended": "await before.wait_idle(); before.report.routes[0].stopped, before.comm",
    "left": """\
import asyncio
import threading

from comm import get_comm_manager

await endless.aclose(); endless.close(); mean.close()
names = [thread.name for thread in threading.enumerate()]
tasks = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
(
    [name for name in names if "wsnotebook" in name],
    [name for name in tasks if "Home" in name or "Property" in name],
    len(get_comm_manager().comms),
)""",
}


# What stands out of the panel, but for what can be scrolled.
IS_CUT_OFF = """panel => [...panel.querySelectorAll(':not(.wsn-window *, .wsn-heard)')]
    .filter(part => part.getBoundingClientRect().right > panel.getBoundingClientRect().right)
    .map(part => part.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def lesson(lab, browser):
    """Open a notebook in which no cell has run yet."""
    with opened(lab, browser, "A search", CELLS) as lesson:
        yield lesson


def run_to_its_end(lesson: Lesson, cell_id: str) -> Locator:
    """Run one cell, wait until it is done, and return it."""
    cell = run(lesson, cell_id)
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
    return cell


def click(panel: Locator, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).click()


def examples(panel: Locator) -> int:
    """Return how many examples the panel says it has held on the route under way."""
    words = panel.locator(".wsn-note").first.text_content()
    return int(re.search(r": ([\d,]+) of", words)[1].replace(",", ""))


def test_a_long_search_moves_leaves_the_kernel_free_and_stops(lesson: Lesson):
    run_to_its_end(lesson, "app")
    panel = run_to_its_end(lesson, "panel").locator(".wsn-property")
    expect(panel.locator(".wsn-badge")).to_have_text("not started")
    take_pictures(lesson, panel, "property_panel_new", IS_CUT_OFF)

    panel.get_by_label("/basket").uncheck()
    panel.get_by_label("/shout").uncheck()
    panel.get_by_label("examples").fill("100000")
    panel.get_by_label("examples").press("Tab")
    click(panel, "Start")
    expect(panel.locator(".wsn-badge")).to_have_text("searching")
    expect(panel.locator(".wsn-note").first).to_have_text(
        re.compile(r"/echo: [\d,]+ of 100,000 examples")
    )
    before = examples(panel)
    expect(panel.locator(".wsn-note").first).not_to_have_text(
        f"/echo: {before:,} of 100,000 examples"
    )
    assert examples(panel) > before
    expect(panel.get_by_label("/echo")).to_be_disabled()

    cell = run_to_its_end(lesson, "meanwhile")
    expect(cell.locator(".jp-OutputArea-output")).to_have_text("(False, 42)")
    take_pictures(lesson, panel, "property_panel_searching", IS_CUT_OFF)

    click(panel, "Stop")
    expect(panel.locator(".wsn-badge")).to_contain_text("1 stopped")
    expect(panel.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    expect(panel.locator(".wsn-results")).to_contain_text("stopped")
    expect_no_failures(lesson)


def test_a_second_search_shows_its_failures_and_how_they_were_made_smaller(lesson: Lesson):
    panel = lesson.page.locator(".wsn-property").first
    panel.get_by_label("/basket").check()
    panel.get_by_label("/shout").focus()
    lesson.page.keyboard.press("Space")
    expect(panel.get_by_label("/shout")).to_be_checked()
    panel.get_by_label("examples").fill("0")
    panel.get_by_label("examples").press("Tab")
    click(panel, "Start")
    expect(panel.get_by_role("alert")).to_have_text(
        "ValueError: max_examples must be an int, 1 or more, not 0"
    )
    panel.get_by_label("examples").fill("100")
    panel.get_by_label("examples").press("Tab")
    panel.get_by_role("button", name="Start", exact=True).focus()
    lesson.page.keyboard.press("Enter")
    first = panel.locator(".wsn-failures button").first
    first.focus()
    expect(panel.locator(".wsn-badge")).to_have_text("✗ 3 routes, 2 failed")
    expect(first).to_be_focused()  # though another has come meanwhile
    first.blur()
    expect(panel.get_by_role("alert")).to_have_count(0)
    expect(panel.locator(".wsn-results tbody tr")).to_have_count(3)
    expect(panel.locator(".wsn-failures button")).to_have_count(2)
    expect(panel.get_by_role("heading")).to_contain_text("ZeroDivisionError")
    expect(panel.locator(".wsn-lanes .wsn-marked")).to_contain_text('"share"')
    expect(panel.get_by_label("A program that reproduces")).to_have_value(re.compile("connect"))
    take_pictures(lesson, panel, "property_panel_failed", IS_CUT_OFF)
    keep_for_docs(panel, "property_panel")
    expect_no_failures(lesson)


def test_the_steps_are_gone_through_and_the_program_is_copied_by_keyboard(lesson: Lesson):
    panel = lesson.page.locator(".wsn-property").first
    words = panel.locator(".wsn-failure .wsn-note")
    expect(words).to_contain_text("as short as the search could make it")
    slider = panel.get_by_role("slider", name="step")
    slider.focus()
    lesson.page.keyboard.press("Home")
    expect(words).to_contain_text("step 1 of")
    lesson.page.keyboard.press("ArrowUp")
    expect(words).to_contain_text("step 2 of")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"2 of \d+"))
    program = panel.get_by_label("A program that reproduces")
    click(panel, "More settings")
    take_pictures(lesson, panel, "property_panel_step", IS_CUT_OFF)

    lesson.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.get_by_role("button", name="Copy program").focus()
    lesson.page.keyboard.press("Enter")
    expect(panel.get_by_text("copied", exact=True)).to_be_visible()
    assert lesson.page.evaluate("() => navigator.clipboard.readText()") == program.input_value()

    other = panel.get_by_role("button", name="TypeError")
    other.focus()
    lesson.page.keyboard.press("Enter")
    expect(panel.get_by_role("heading")).to_contain_text("TypeError")
    expect(other).to_be_focused()
    expect(other).to_have_class(re.compile("wsn-chosen"))
    expect(program).to_have_value(re.compile('"/shout"'))
    expect_no_failures(lesson)


def test_what_an_app_says_is_shown_and_never_run(lesson: Lesson):
    panel = run_to_its_end(lesson, "mean").locator(".wsn-property")
    click(panel, "Start")
    expect(panel.locator(".wsn-badge")).to_have_text("✗ 1 route, 1 failed")
    expect(panel.get_by_role("heading")).to_contain_text("<img src=x onerror=")
    expect(panel.locator(".wsn-failures button")).to_contain_text("<img src=x")
    panel.get_by_text("traceback of the app").click()
    take_pictures(lesson, panel, "property_panel_mean", IS_CUT_OFF)
    assert lesson.page.evaluate("() => window.ran") is None
    run_to_its_end(lesson, "close")
    expect(lesson.page.locator(".wsn-property")).to_have_count(1)
    expect_no_failures(lesson)


def test_a_cell_that_is_run_again_ends_its_search_and_nothing_is_left_behind(lesson: Lesson):
    panel = run_to_its_end(lesson, "endless").locator(".wsn-property")
    click(panel, "Start")
    expect(panel.locator(".wsn-badge")).to_have_text("searching")
    panel = run_to_its_end(lesson, "endless").locator(".wsn-property")
    expect(panel.locator(".wsn-badge")).to_have_text("not started")
    cell = run_to_its_end(lesson, "ended")
    expect(cell.locator(".jp-OutputArea-output")).to_have_text("('cancelled', None)")

    click(panel, "Start")
    expect(panel.locator(".wsn-badge")).to_have_text("searching")
    cell = run_to_its_end(lesson, "left")
    expect(cell.locator(".jp-OutputArea-output")).to_have_text("([], [], 0)")
    expect(lesson.page.locator(".wsn-property")).to_have_count(0)
    expect_no_failures(lesson)
