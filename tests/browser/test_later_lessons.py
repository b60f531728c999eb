"""Lessons 06, 09 and 10 in JupyterLab: they run, and their exercises are solved with a keyboard."""

from __future__ import annotations

import pytest
from browser.pages import (
    expect_a_whole_lesson,
    expect_folded,
    expect_good_looks,
    expect_told,
)
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

REQUESTS = """\
def requests():
names = st.sampled_from(["ann", "bob"])
named = st.builds(Name, name=names)
said = st.builds(Say, text=st.text())
whispered = st.builds(Whisper, to=names, text=st.text())
return st.one_of(named, said, whispered)"""

# The oracles of the solution have more levels than one likes to type.
HUNT = "exec(lessons.property_based.hunt.code)"

ARRIVE = """\
async def arrive(chat):
room, name = chat.params["room"], chat.params["name"]
await chat.join(room)
count = len(await chat.members(room))
await chat.broadcast(f"{name} is here, we are {count}", room=room, exclude=chat)"""

ORDER_MILK = """\
from wsnotebook.apps.jobs import Retry


async def order_milk(ctx, ring):
if await ring(): return "milk is on its way"
if ctx["job_try"] < 3: raise Retry(defer=20)
raise RuntimeError("the line is always engaged")"""


def test_the_lesson_of_searches_runs_and_its_exercises_can_be_solved(open_lesson):
    lesson = open_lesson("06_property_based")
    expect_a_whole_lesson(lesson, drawings=0)
    report = lesson.cell("first-search").locator(".wsn-report")
    expect(report).to_contain_text("ValueError: not enough values to unpack (expected 2, got 0)")
    expect(report.locator(".wsn-picture")).to_contain_text("open /")
    panel = lesson.cell("make-the-panel").locator(".wsn-property")
    expect(panel).to_contain_text("step 1 of ")
    expect(lesson.cell("plot-the-shrinking").locator("img")).to_be_visible()
    expect(lesson.cell("search-two-clients").locator(".wsn-lanes")).to_contain_text("'total 6'")
    expect_good_looks(lesson, "06_property_based")
    expect_folded(lesson.cell("hints-hunt"), 4)

    expect_told(
        lesson,
        "requests",
        REQUESTS.replace(', "bob"', ""),
        "✗ not yet: your guests all want to be called 'ann'.",
    )
    expect_told(lesson, "requests", REQUESTS, "✓ right: your strategy gives all three")
    expect_told(
        lesson,
        "hunt",
        HUNT.replace("code", "code.replace('clients=2, ', '')"),
        "✗ not yet: your search passes a parlour in which everybody hears what is whispered.",
    )
    expect_told(lesson, "hunt", HUNT, "✓ right: your search passes the parlour")
    assert lesson.failures == []


def test_the_lesson_of_processes_runs_and_its_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("09_rooms_across_processes")
    expect_a_whole_lesson(lesson, drawings=1)
    expect(lesson.cell("half-of-the-room")).to_contain_text("ben heard nothing")
    for cell_id in ("see-half-of-the-room", "see-both-processes"):
        picture = lesson.cell(cell_id).locator(".wsn-lanes")
        expect(picture).to_contain_text("process 1")
        expect(picture).to_contain_text("process 2")
    expect(lesson.cell("tell-the-room")).to_contain_text("ben heard: The cake is ready.")
    expect(lesson.cell("stop-everything")).to_contain_text("<process 2: ended>")
    expect_good_looks(lesson, "09_rooms_across_processes")
    expect_folded(lesson.cell("hints-arrive"), 3)

    expect_told(
        lesson,
        "arrive",
        ARRIVE.replace("await chat.members", "chat.room_members"),
        "✗ not yet: ann was told 'cleo is here, we are 1', and not 'cleo is here, we are 3'.",
    )
    expect_told(lesson, "arrive", ARRIVE, "✓ right: everybody in the room was told")
    assert lesson.failures == []


def test_the_lesson_of_jobs_runs_and_its_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("10_background_jobs")
    expect_a_whole_lesson(lesson, drawings=1)
    expect(lesson.cell("see-the-slow-kitchen").locator(".wsn-lanes")).to_contain_text("180.000 s")
    expect(lesson.cell("what-they-were-told")).to_contain_text("gave up after 3 attempts")
    expect(lesson.cell("see-the-quick-kitchen").locator(".wsn-lanes")).to_contain_text("retrying")
    expect_good_looks(lesson, "10_background_jobs")
    expect_folded(lesson.cell("hints-order-milk"), 3)

    expect_told(
        lesson,
        "order-milk",
        ORDER_MILK.replace("defer=20", ""),
        "✗ not yet: the shop answers at the second call, and you rang again 0 s later, not 20 s.",
    )
    expect_told(lesson, "order-milk", ORDER_MILK, "✓ right: a free line took one")
    assert lesson.failures == []
