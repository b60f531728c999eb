"""Lessons from 01 on in JupyterLab: they run, and an exercise is solved with a keyboard.

Each notebook is loaded once, and its look switched in place: light and dark, wide and narrow. What
that looks like is in the pictures, ``build/screenshots``.
"""

from __future__ import annotations

import pytest
from browser.pages import Lesson, expect_good_looks
from playwright.sync_api import Locator, expect

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

VANISHED = """\
def who_vanished(timeline):
for event in timeline.filter(kind="close"):
if event.code == 1006:
return event.client"""


@pytest.fixture
def open_lesson(lab, page, request: pytest.FixtureRequest):
    """Return a function that opens a lesson, with a kernel of its own, and runs all of it."""

    def open_and_run(name: str) -> Lesson:
        lesson = Lesson(page, f"{lab.copy_of_the_notebooks(request.node.name)}/{name}.ipynb?reset")
        lesson.run_all()
        return lesson

    return open_and_run


def run(lesson: Lesson, cell_id: str) -> Locator:
    """Run one cell as a learner does, and return it."""
    cell = lesson.cell(cell_id)
    cell.locator(".cm-content").click()
    lesson.page.keyboard.press("Shift+Enter")
    return cell


def write(lesson: Lesson, cell_id: str, code: str) -> None:
    """Type ``code`` over what a cell holds, and run it."""
    lesson.cell(cell_id).locator(".cm-content").click()
    lesson.page.keyboard.press("ControlOrMeta+a")
    lesson.page.keyboard.type(code)
    lesson.page.keyboard.press("Shift+Enter")


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

    write(lesson, "wait-for-shout", SHOUT.replace(".upper()", ""))
    expect(run(lesson, "check-wait-for-shout")).to_contain_text(
        "✗ not yet: wait_for_shout raised WaitTimeout at line 3, "
        "return await client.wait_for_message(word).no message 'hello' within 5 s"
    )
    write(lesson, "wait-for-shout", SHOUT)
    expect(run(lesson, "check-wait-for-shout")).to_contain_text("✓ right: the shouts took 0.1 s")
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
    write(lesson, "who-vanished", VANISHED)
    expect(run(lesson, "check-who-vanished")).to_contain_text("✓ right: you found bob")
    assert lesson.failures == []


def test_the_lesson_of_mock_sockets_runs_and_its_last_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("03_mock_sockets")
    expect_a_whole_lesson(lesson, drawings=0)
    expect(lesson.cell("polite-by-hand")).to_contain_text("['ConnectionClosedOK'] ['TEA']")
    expect(lesson.cell("both-connections").locator(".wsn-lanes")).to_contain_text("connection-2")
    expect_good_looks(lesson, "03_mock_sockets")
    expect_folded(lesson.cell("hints-echoes"), 3)

    write(lesson, "echoes", ECHOES.replace(', b"cake"', ""))
    expect(run(lesson, "check-echoes")).to_contain_text(
        "✗ not yet: your test passes with a handler that makes text of bytes."
    )
    write(lesson, "echoes", ECHOES)
    expect(run(lesson, "check-echoes")).to_contain_text("✓ right: your test passes with")
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

    write(lesson, "who-is-it", WHO_IS_IT.replace(', audience="tea"', ""))
    expect(run(lesson, "check-who-is-it")).to_contain_text(
        "✗ not yet: you refused ann, whose token is good."
    )
    write(lesson, "who-is-it", WHO_IS_IT)
    expect(run(lesson, "check-who-is-it")).to_contain_text("✓ right: you let in who has")
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

    write(lesson, "requests", REQUESTS.replace(', "bob"', ""))
    expect(run(lesson, "check-requests")).to_contain_text(
        "✗ not yet: your guests all want to be called 'ann'."
    )
    write(lesson, "requests", REQUESTS)
    expect(run(lesson, "check-requests")).to_contain_text("✓ right: your strategy gives all three")
    write(lesson, "hunt", HUNT.replace("code", "code.replace('clients=2, ', '')"))
    expect(run(lesson, "check-hunt")).to_contain_text(
        "✗ not yet: your search passes a parlour in which everybody hears what is whispered."
    )
    write(lesson, "hunt", HUNT)
    expect(run(lesson, "check-hunt")).to_contain_text("✓ right: your search passes the parlour")
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

    write(lesson, "arrive", ARRIVE.replace("await chat.members", "chat.room_members"))
    expect(run(lesson, "check-arrive")).to_contain_text(
        "✗ not yet: ann was told 'cleo is here, we are 1', and not 'cleo is here, we are 3'."
    )
    write(lesson, "arrive", ARRIVE)
    expect(run(lesson, "check-arrive")).to_contain_text("✓ right: everybody in the room was told")
    assert lesson.failures == []


def test_the_lesson_of_jobs_runs_and_its_exercise_can_be_solved(open_lesson):
    lesson = open_lesson("10_background_jobs")
    expect_a_whole_lesson(lesson, drawings=1)
    expect(lesson.cell("see-the-slow-kitchen").locator(".wsn-lanes")).to_contain_text("180.000 s")
    expect(lesson.cell("what-they-were-told")).to_contain_text("gave up after 3 attempts")
    expect(lesson.cell("see-the-quick-kitchen").locator(".wsn-lanes")).to_contain_text("retrying")
    expect_good_looks(lesson, "10_background_jobs")
    expect_folded(lesson.cell("hints-order-milk"), 3)

    write(lesson, "order-milk", ORDER_MILK.replace("defer=20", ""))
    expect(run(lesson, "check-order-milk")).to_contain_text(
        "✗ not yet: the shop answers at the second call, and you rang again 0 s later, not 20 s."
    )
    write(lesson, "order-milk", ORDER_MILK)
    expect(run(lesson, "check-order-milk")).to_contain_text("✓ right: a free line took one")
    assert lesson.failures == []
