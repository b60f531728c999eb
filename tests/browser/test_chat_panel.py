"""A chat of three in JupyterLab: mouse, keyboard, hostile words, and what it looks like.

One notebook is loaded for all tests; each runs the cells that it needs, and no other's.
"""

from __future__ import annotations

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
    "chat": """\
from wsnotebook import serve
from wsnotebook.apps import GroupChat
from wsnotebook.widgets import ChatPanel

server = await serve(GroupChat(), name="tea-room")
quick = {
    "open tea": {"type": "CREATE_GROUP", "value": "tea"},
    "join tea": {"type": "JOIN_GROUP", "value": "tea"},
    "say": {"type": "MESSAGE_GROUP", "value": {"groupName": "tea", "groupMessage": "Tea?"}},
}
chat = ChatPanel(server, ["ann", "bob", "eve"], quick=quick)
chat""",
    "serve": """\
from wsnotebook import serve
from wsnotebook.apps import echo
from wsnotebook.widgets import ChatPanel

other = await serve(echo)""",
    "panel": """\
pair = ChatPanel(other, ["ann", "bob"])
pair""",
    "stop": "await other.stop()",
    "start": "await other.start()",
    "look": "await pair.wait_idle(); other, pair",
    "close": """\
pair.close()
await pair.clients["bob"].wait_until("closed")
await other.stop()""",
    "mean": """\
import asyncio

from wsnotebook.apps import echo
from wsnotebook.widgets import ChatPanel

script = "<script>window.ran = 1</script>"
image = "<img src=x onerror='window.ran = 1'>"
hostile = "\\u202eabc\\x00\\x1b[31m"
quick = {script: script, image: image, hostile: hostile, "long": "x" * 1_000_000}
mean = ChatPanel(echo, [script, image, "\\ud800\\u202eeve\\x07"], quick=quick)
mean""",
    "surrogate": """\
client = mean.clients[script]
client.timeline.record(asyncio.get_running_loop().time(), script, "message", "received", "\\ud800!")
await mean.wait_idle()""",
    "view": """\
from wsnotebook import connect
from wsnotebook.apps import echo
from wsnotebook.widgets import TimelineView

ann, bob = [await connect(echo, name=name) for name in ("ann", "bob")]
view = TimelineView(ann, bob, rows=6)
view""",
    "burst": """\
for number in range(2500):
    await ann.send(str(number))
await ann.wait_for_message("2499")""",
    "view-end": "await ann.close(); await bob.close(); await view.aclose()",
}


@pytest.fixture(scope="module")
def lesson(lab, browser):
    """Open a notebook in which no cell has run yet."""
    with opened(lab, browser, "A chat of three", CELLS) as lesson:
        yield lesson


def person(chat: Locator, name: str) -> Locator:
    """Return the column of one person."""
    badge = chat.page.locator(".wsn-badge", has_text=name)
    return chat.locator(".wsn-people > *").filter(has=badge)


def lanes(chat: Locator) -> Locator:
    return chat.locator(".wsn-window")


def test_three_people_talk_by_mouse_and_keyboard_and_the_third_hears_nothing(lesson: Lesson):
    chat = run(lesson, "chat").locator(".wsn-chat")
    ann, bob, eve = (person(chat, name) for name in ("ann", "bob", "eve"))
    chat.get_by_role("button", name="Connect all").click()
    expect(chat.get_by_text("3 of 3 open: ann, bob, eve")).to_be_visible()

    ann.get_by_role("button", name="open tea").click()
    expect(ann.locator(".wsn-received")).to_contain_text("GROUP_CREATED: tea")
    bob.get_by_role("button", name="join tea").focus()
    lesson.page.keyboard.press("Enter")
    expect(bob.locator(".wsn-received")).to_contain_text("GROUP_JOINED: tea")
    ann.get_by_role("button", name="say", exact=True).click()
    expect(bob.locator(".wsn-received").last).to_contain_text("Tea?")

    # What a button sent stands in the composer, to be changed and sent again.
    ann.locator("textarea").fill(ann.locator("textarea").input_value().replace("Tea?", "Cake!"))
    ann.get_by_role("button", name="Send").focus()
    lesson.page.keyboard.press("Enter")
    expect(bob.locator(".wsn-received").last).to_contain_text("Cake!")
    expect(eve.locator(".wsn-received")).to_have_count(0)
    expect(lanes(chat).locator("title").first).to_have_text("Timeline of ann, bob, eve: 13 events")
    expect(lanes(chat).get_by_role("img", name="Timeline of ann, bob, eve")).to_be_visible()
    expect(lanes(chat).locator(".wsn-words")).to_contain_text("bob  ← 'Cake!'")

    take_pictures(lesson, chat, "chat_panel")
    keep_for_docs(chat, "chat_panel")
    keep_for_docs(chat.locator(".wsn-timeline"), "timeline_view")
    expect_no_failures(lesson)


def test_what_anybody_says_or_is_called_is_shown_and_does_not_run(lesson: Lesson):
    mean = run(lesson, "mean").locator(".wsn-chat")
    mean.get_by_role("button", name="Connect all").click()
    expect(mean.get_by_text("3 of 3 open")).to_contain_text(
        "<script>window.ran = 1</script>, <img src=x onerror='window.ran = 1'>, "
        "\\ud800\\u202eeve\\x07"
    )
    first = mean.locator(".wsn-people > *").first
    for count, button in enumerate(first.locator("> .widget-hbox button").all(), 1):
        button.click()
        expect(first.locator(".wsn-received")).to_have_count(count)
    run(lesson, "surrogate")
    expect(lanes(mean).locator("svg > title")).to_have_text(
        "Timeline of <script>windo…, <img src=x on…, \\ud800\\u202ee…: 12 events"
    )
    rows = lanes(mean).locator(".wsn-row.wsn-received > text")
    expect(rows).to_have_text(
        [
            "'<script>window.ran = 1</script>'",
            """"<img src=x onerror='window.ran = 1'>\"""",
            "'\\u202eabc\\x00\\x1b[31m'",
            f"'{'x' * 52}'... (1,000,000 characters)",
            "'\\ud800!'",
        ]
    )
    assert mean.locator("script, img").count() == 0
    assert lesson.page.evaluate("() => window.ran") is None
    take_pictures(lesson, mean, "chat_panel_hostile")
    expect_no_failures(lesson)


def test_a_chat_outlives_its_server_and_its_cell_can_be_run_again(lesson: Lesson):
    run(lesson, "serve")
    pair = run(lesson, "panel").locator(".wsn-chat")
    everybody = pair.get_by_role("button", name="Connect all")
    everybody.click()
    expect(pair.get_by_text("2 of 2 open")).to_be_visible()

    run(lesson, "stop")
    expect(pair.get_by_text("0 of 2 open")).to_be_visible()
    everybody.click()
    expect(person(pair, "bob").locator(".wsn-problem")).to_contain_text("<Server: stopped>")
    run(lesson, "start")
    everybody.click()
    expect(pair.get_by_text("2 of 2 open: ann, bob")).to_be_visible()
    expect(lanes(pair).locator(".wsn-words")).to_contain_text("ann  ○ closed 1001 'server stopped'")

    run(lesson, "panel")
    expect(pair.get_by_text("0 of 2 open")).to_be_visible()
    expect(lanes(pair).locator("title").first).to_have_text("Timeline of ann, bob: 0 events")
    everybody.click()
    expect(pair.get_by_text("2 of 2 open")).to_be_visible()
    expect(run(lesson, "look")).to_contain_text(
        "(<Server: 2 clients>, <ChatPanel of ann, bob: 2 open>)"
    )
    run(lesson, "close")
    expect(pair).to_have_count(0)
    expect_no_failures(lesson)


def test_a_long_timeline_is_paged_by_keyboard(lesson: Lesson):
    view = run(lesson, "view").locator(".wsn-timeline")
    expect(lanes(view).locator("title").first).to_have_text("Timeline of ann, bob: 2 events")
    run(lesson, "burst")
    words, notes = lanes(view).locator(".wsn-words"), lanes(view).locator(".wsn-note")
    expect(words).to_contain_text("ann  ← '2499'")
    expect(notes).to_have_text("4,996 earlier events not shown")
    expect(lanes(view).locator(".wsn-name").nth(1)).to_have_text("bob")

    expect(view.get_by_role("button", name="First")).to_be_enabled()
    view.get_by_role("button", name="Pause").focus()
    lesson.page.keyboard.press("Tab")
    lesson.page.keyboard.press("Enter")
    expect(notes).to_have_text("4,996 later events not shown")
    expect(words).to_contain_text("bob  ● open /")
    view.get_by_role("checkbox", name="times").focus()
    lesson.page.keyboard.press("Space")
    expect(lanes(view).locator(".wsn-time")).to_have_count(6)
    take_pictures(lesson, view, "timeline_view")

    view.get_by_role("button", name="Follow").focus()
    lesson.page.keyboard.press("Enter")
    run(lesson, "view-end")
    expect(words).to_contain_text("bob  ○ closed 1000 (OK)")
    expect_no_failures(lesson)
