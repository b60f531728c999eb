"""Lessons 01 to 05 in JupyterLab: they run, and an exercise is solved with a keyboard.

Each notebook is loaded once, and its look switched in place: light and dark, wide and narrow. What
that looks like is in the pictures, ``build/screenshots``.
"""

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

# JupyterLab indents as one types.
SHOUT = """\
async def wait_for_shout(client, word):
await client.send(word)
return await client.wait_for_message(word.upper())"""

ECHOES = """\
async def echoes(handler):
said = ["tea", "", b"cake"]
socket = MockWebSocket(said)
socket.disconnect()
await handler(socket)
assert socket.sent_messages == said"""

WHO_IS_IT = """\
from wsnotebook.auth import check_origin, read_token, verify_token


def who_is_it(socket, key):
check_origin(socket, ["https://tea.example"])
token = read_token(socket, via="header")
return verify_token(token, key, audience="tea")["sub"]"""

VANISHED = """\
def who_vanished(timeline):
for event in timeline.filter(kind="close"):
if event.code == 1006:
return event.client"""


def test_the_echo_lesson_runs_and_its_first_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("01_echo")
    expect_a_whole_lesson(lesson, drawings=2)
    expect(lesson.cell("three-days-asleep")).to_contain_text("Wednesday  FAILED")
    panel = lesson.page.locator(".wsn-panel")
    expect(panel.locator(".wsn-badge")).to_have_text("you closed 4000 'come again'")
    expect(lesson.cell("check-wait-for-shout")).to_contain_text("○ not attempted:")
    expect_good_looks(lesson, "01_echo")
    expect_folded(lesson.cell("hints-wait-for-shout"), 2)
    expect_folded(lesson.cell("solution-wait-for-shout"), 1)

    expect_told(
        lesson,
        "wait-for-shout",
        SHOUT.replace(".upper()", ""),
        "✗ not yet: wait_for_shout raised WaitTimeout at line 3, "
        "return await client.wait_for_message(word).no message 'hello' within 5 s",
    )
    expect_told(lesson, "wait-for-shout", SHOUT, "✓ right: the shouts took 0.1 s")
    assert lesson.failures == []


def test_the_chat_lesson_runs_and_its_last_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("02_group_chat")
    expect_a_whole_lesson(lesson, drawings=1)
    (report,) = lesson.outputs()["run-pytest"]
    assert report["text"].endswith("2 passed\nexit code: 0\n")
    panel = lesson.cell("make-the-panel").locator(".wsn-panel")
    expect(panel.locator(".wsn-received")).to_contain_text(["GROUP_JOINED: tea", "Take a seat."])
    room = lesson.cell("make-the-room")
    expect(room.locator(".wsn-who")).to_have_text("0 of 2 open")
    expect(room.locator(".wsn-lanes")).to_contain_text("dan sent")
    expect_good_looks(lesson, "02_group_chat")
    expect_folded(lesson.cell("hints-only-members-hear"), 3)

    expect(lesson.cell("check-who-vanished")).to_contain_text("○ not attempted:")
    expect_told(lesson, "who-vanished", VANISHED, "✓ right: you found bob")
    assert lesson.failures == []


def test_the_lesson_of_mock_sockets_runs_and_its_last_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("03_mock_sockets")
    expect_a_whole_lesson(lesson, drawings=0)
    expect(lesson.cell("polite-by-hand")).to_contain_text("['ConnectionClosedOK'] ['TEA']")
    expect(lesson.cell("both-connections").locator(".wsn-lanes")).to_contain_text("connection-2")
    expect_good_looks(lesson, "03_mock_sockets")
    expect_folded(lesson.cell("hints-echoes"), 3)

    expect_told(
        lesson,
        "echoes",
        ECHOES.replace(', b"cake"', ""),
        "✗ not yet: your test passes with a handler that makes text of bytes.",
    )
    expect_told(lesson, "echoes", ECHOES, "✓ right: your test passes with")
    assert lesson.failures == []


def test_the_lesson_of_authentication_runs_and_its_first_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("04_auth")
    expect_a_whole_lesson(lesson, drawings=0)
    expect(lesson.cell("table-of-ways").locator("table tr")).to_have_count(7)
    expect(lesson.cell("the-log")).to_contain_text('"WebSocket /tea?token=eyJ')
    panel = lesson.cell("make-the-panel").locator(".wsn-auth")
    expect(panel.locator(".wsn-verdict")).to_contain_text("the ticket was redeemed before")
    expect_good_looks(lesson, "04_auth")
    expect_folded(lesson.cell("hints-stays-shut"), 3)

    expect_told(
        lesson,
        "who-is-it",
        WHO_IS_IT.replace(', audience="tea"', ""),
        "✗ not yet: you refused ann, whose token is good.",
    )
    expect_told(lesson, "who-is-it", WHO_IS_IT, "✓ right: you let in who has")
    assert lesson.failures == []


def test_the_lesson_in_process_runs(open_lesson):
    lesson = open_lesson("05_in_process")
    expect_a_whole_lesson(lesson, drawings=1)
    expect(lesson.cell("not-fooled")).to_contain_text("not silent: anybody there?")
    expect(lesson.cell("see-crash-picture").locator(".wsn-lanes")).to_contain_text(
        "KeyError('umbrella')"
    )
    expect(lesson.cell("wait-an-hour").locator(".wsn-lanes")).to_contain_text("3600.000 s")
    expect(lesson.page.locator(".wsn-panel .wsn-received")).to_contain_text("CAN YOU HEAR ME?")
    expect_good_looks(lesson, "05_in_process")
    assert lesson.failures == []
