"""Six doors in JupyterLab: mouse and keyboard, a token that is typed, and what it looks like.

One notebook is loaded for all tests, and its cells are run once.
"""

from __future__ import annotations

import json
import re

import pytest
from browser.pages import Lesson, expect_no_failures, opened, run, take_pictures
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

CELLS = {
    "doors": """\
from wsnotebook.apps import Doors
from wsnotebook.widgets import AuthPanel

tokens = {name: Doors.token_for(name) for name in ("ann", "bob")}
expired = Doors.token_for("ann", now=0)
doors = AuthPanel(Doors, tokens, "/{via}", tickets=Doors.tickets, expired=expired)
doors""",
    "mean": """\
from wsnotebook import Channel


class Mean(Channel):
    async def on_connect(self):
        await self.send("<script>window.ran = 1</script>\\u202e" + "x" * 1000)
        await self.close(4401, "<img src=x onerror='window.ran = 1'>")


mean = AuthPanel(Mean, {"<img src=x onerror='window.ran = 1'>": "t" * 500})
mean""",
    "close": "await doors.aclose(); await mean.aclose()",
}

# All that is saved with the notebook.
SAVED = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.save();
    return JSON.stringify(panel.content.model.toJSON());
}"""
SECRET = "guess-0123456789"


@pytest.fixture(scope="module")
def lesson(lab, browser):
    """Open a notebook in which no cell has run yet."""
    with opened(lab, browser, "Six doors", CELLS) as lesson:
        yield lesson


def click(panel: Locator, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).click()


def test_the_doors_are_tried_by_mouse_and_keyboard(lesson: Lesson):
    panel = run(lesson, "doors").locator(".wsn-auth")
    expect(panel.locator(".wsn-badge")).to_have_text("not connected")
    expect(panel.locator(".wsn-facts")).to_contain_text("Authorization: Bearer <token>")

    click(panel, "Connect")
    expect(panel.locator(".wsn-badge")).to_have_text("ann open")
    expect(panel.locator(".wsn-lines").first).to_contain_text("Authorization: Bearer ***")
    expect(panel.locator(".wsn-window")).to_contain_text("authenticated")
    take_pictures(lesson, panel, "auth_panel_open")

    click(panel, "message")
    expect(panel.locator(".wsn-facts")).to_contain_text("known only after accepting")
    panel.get_by_role("button", name="Tampered token").focus()
    lesson.page.keyboard.press("Enter")
    expect(panel.locator(".wsn-verdict")).to_have_text(
        re.compile("✓ A token, one character changed, by message: accepted, told .* 4401")
    )
    expect(panel.get_by_role("button", name="Connect", exact=True)).to_be_enabled()
    take_pictures(lesson, panel, "auth_panel_tampered")

    click(panel, "Replayed ticket")
    expect(panel.locator(".wsn-verdict")).to_contain_text("the ticket was redeemed before")
    expect(panel.locator(".wsn-window title").first).to_contain_text("ann, mallory")
    take_pictures(lesson, panel, "auth_panel_replayed")
    expect_no_failures(lesson)


def test_a_typed_token_is_used_and_leaves_the_page(lesson: Lesson):
    panel = lesson.page.locator(".wsn-auth").first
    click(panel, "header")
    panel.locator("select").select_option("something else")
    box = panel.locator("input[type=password]")
    box.fill(SECRET)
    lesson.page.keyboard.press("Enter")
    expect(box).to_have_value("")
    expect(box).to_have_attribute("placeholder", "one is kept")
    click(panel, "Connect")
    expect(panel.locator(".wsn-lines").last).to_contain_text("401 Unauthorized: 'the token is malf")

    box.fill(SECRET)  # and a click takes it as well
    click(panel, "Connect")
    expect(box).to_have_value("")
    saved = lesson.page.evaluate(SAVED)
    assert SECRET not in saved
    assert not re.search(r"eyJ[\w-]+\.eyJ", saved)
    assert len(json.loads(saved)["cells"]) == 1 + len(CELLS)
    expect_no_failures(lesson)


def test_what_a_server_says_is_shown_and_never_run(lesson: Lesson):
    panel = run(lesson, "mean").locator(".wsn-auth")
    click(panel, "Speak too early")
    expect(panel.locator(".wsn-verdict")).to_contain_text("<img src=x onerror=")
    click(panel, "Connect")
    expect(panel.locator(".wsn-window")).to_contain_text("<script>")
    take_pictures(lesson, panel, "auth_panel_mean")
    assert lesson.page.evaluate("() => window.ran") is None
    expect(run(lesson, "close").locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
    expect_no_failures(lesson)
