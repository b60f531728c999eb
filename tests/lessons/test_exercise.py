"""What a learner sees: outcomes, hints, solutions, and that the notebooks fit the exercises."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest
from answers import named

from wsnotebook import MockWebSocket, connect, lessons
from wsnotebook.lessons._answer import Off
from wsnotebook.lessons._exercise import Folded, Outcome, exercise

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = {
    "01_echo": lessons.echo,
    "02_group_chat": lessons.group_chat,
    "03_mock_sockets": lessons.mock_sockets,
    "04_auth": lessons.auth,
    "06_property_based": lessons.property_based,
    "09_rooms_across_processes": lessons.rooms_across_processes,
    "10_background_jobs": lessons.background_jobs,
}
ALL = [(lesson, getattr(lessons, lesson[3:]), name) for lesson in LESSONS
       for name in LESSONS[lesson].__all__]  # fmt: skip
EXERCISES = [getattr(module, name) for _, module, name in ALL]


@exercise(
    hints="""
    Say `yes`,
    and <loud>.

    Or leave it.
    """,
    solution="""
    def agree():
        return "yes" < "z"
    """,
    right="so it is.",
)
async def agree(answer):
    """Say yes."""
    if answer.now() != "yes":
        raise Off("say `yes`, not <no>.\n<details>")


# Outcomes


def test_an_outcome_reads_as_a_line():
    assert repr(agree.check(lambda: "yes")) == "✓ right: so it is."
    assert repr(agree.check(lambda: "no")) == "✗ not yet: say `yes`, not <no>.\n<details>"
    assert repr(agree.check(...)) == (
        "○ not attempted: write `agree`, run its cell, then run this one again."
    )


def test_an_outcome_is_html_in_which_nothing_runs():
    html = agree.check(lambda: "no")._repr_html_()
    assert html == (
        '<div role="status" style="border-left: 4px solid var(--jp-error-color1, #d32f2f); '
        'padding: 4px 12px; max-width: 64rem"><b>✗ not yet:</b> say '
        '<code style="color: inherit">yes</code>, not &lt;no&gt;.'
        '<pre style="margin: 4px 0 8px 1em">&lt;details&gt;</pre></div>'
    )


def test_an_outcome_of_one_line_has_nothing_below_it():
    assert Outcome("right", "so it is.")._repr_html_().endswith("</b> so it is.</div>")


def test_an_outcome_keeps_the_exception_with_its_traceback():
    def raises():
        raise LookupError("nowhere")

    outcome = agree.check(raises)
    assert (outcome.state, str(outcome.error)) == ("wrong", "nowhere")
    assert outcome.error.__traceback__.tb_next.tb_frame.f_code is raises.__code__


def test_an_error_of_the_check_itself_comes_out():
    @exercise(hints="", solution="", right="")
    async def broken(answer):
        raise LookupError("a bug of the check")

    with pytest.raises(LookupError) as caught:
        broken.check(lambda: None)
    assert str(caught.value) == "a bug of the check"


async def test_a_check_works_while_a_loop_is_running():
    assert asyncio.get_running_loop().is_running()
    assert agree.check(lambda: "yes").state == "right"


def test_an_exercise_may_have_more_time_than_others(monkeypatch):
    waited = []

    def join(thread, timeout=None, join=threading.Thread.join):
        waited.append(timeout)
        join(thread, timeout)

    @exercise(hints="", solution="", right="", limit=60.0)
    async def search(answer):
        answer.now()

    monkeypatch.setattr(threading.Thread, "join", join)
    agree.check(lambda: "yes")
    search.check(lambda: None)
    assert waited == [5.0, 60.0]


# Hints and solutions


def test_hints_are_folded_each_on_its_own():
    hints = agree.hint()
    assert repr(hints) == "<2 hints for 'agree', folded>"
    assert str(hints) == "Hint 1 of 2:\nSay `yes`, and <loud>.\n\nHint 2 of 2:\nOr leave it."
    assert hints._repr_html_() == (
        '<details style="max-width: 64rem"><summary>Hint 1 of 2</summary>'
        '<p style="margin: 4px 0 8px 1em">Say '
        '<code style="color: inherit">yes</code>, and &lt;loud&gt;.</p></details>'
        '<details style="max-width: 64rem"><summary>Hint 2 of 2</summary>'
        '<p style="margin: 4px 0 8px 1em">Or leave it.</p></details>'
    )


def test_a_single_hint_is_not_counted():
    @exercise(hints="Think.", solution="", right="")
    async def think(answer):
        pass

    assert repr(think.hint()) == "<1 hint for 'think', folded>"
    assert str(think.hint()) == "Hint:\nThink."


def test_a_solution_is_folded_as_it_stands():
    solution = agree.solution()
    assert repr(solution) == "<solution of 'agree', folded>"
    assert str(solution) == 'Solution:\ndef agree():\n    return "yes" < "z"'
    assert solution._repr_html_() == (
        '<details style="max-width: 64rem"><summary>Solution</summary>'
        '<pre style="margin: 4px 0 8px 1em">def agree():\n    return &quot;yes&quot; &lt; '
        "&quot;z&quot;</pre></details>"
    )


def test_what_is_folded_has_no_text_that_spoils():
    assert repr(Folded("a secret", (("title", "text"),))) == "<a secret, folded>"


# The exercises of the lessons


@pytest.mark.parametrize("exercise", EXERCISES, ids=named)
def test_the_solution_is_right(exercise):
    # What the notebook has imported by then.
    namespace = {"connect": connect, "MockWebSocket": MockWebSocket}
    if exercise is lessons.property_based.hunt:
        exec(lessons.property_based.requests.code, namespace)
    exec(exercise.code, namespace)
    outcome = exercise.check(namespace[exercise.name])
    assert (outcome.state, outcome.error) == ("right", None)


@pytest.mark.parametrize("exercise", EXERCISES, ids=named)
def test_an_exercise_says_what_it_is(exercise):
    assert repr(exercise) == f"<exercise {exercise.name!r}: {exercise.task}>"
    assert exercise.task.endswith(".")
    assert "\n" not in exercise.task


@pytest.mark.parametrize(("lesson", "module", "name"), ALL)
def test_a_notebook_has_its_stub_its_check_its_hints_and_its_solution(lesson, module, name):
    cells = {cell["id"]: cell for cell in notebook(lesson)}
    room, slug = module.__name__.rpartition(".")[2], name.replace("_", "-")
    namespace = {}
    exec("".join(cells[slug]["source"]), namespace)
    unattempted = getattr(module, name).check(namespace[name])
    shown = "".join(cells[f"check-{slug}"]["outputs"][0]["data"]["text/plain"])
    assert shown == repr(unattempted)
    assert unattempted.state == "not attempted"
    for prefix, call in (
        ("check", f"check({name})"),
        ("hints", "hint()"),
        ("solution", "solution()"),
    ):
        last = "".join(cells[f"{prefix}-{slug}"]["source"]).splitlines()[-1]
        assert last == f"lessons.{room}.{name}.{call}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_notebook_begins_with_its_time_and_its_aims(lesson):
    first = "".join(notebook(lesson)[0]["source"])
    assert "minutes.** When you have finished you can\n\n- " in first


def notebook(lesson):
    return json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text("utf-8"))["cells"]
