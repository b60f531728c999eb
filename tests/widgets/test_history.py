"""What was sent can be had again, step by step, and nothing that was typed is lost on the way."""

from __future__ import annotations

from wsnotebook.widgets._history import KEPT, History, Typed


def text(typed: str) -> Typed:
    return Typed("Text", typed)


def history(*sent: str) -> History:
    made = History()
    for typed in sent:
        made.add(text(typed))
    return made


def steps(made: History, now: str, *directions: int) -> list[str | None]:
    """Return where each step leads; a step that leads nowhere leaves the composer as it is."""
    found = []
    for by in directions:
        to = made.step(by, text(now))
        found.append(to.text if to else None)
        now = to.text if to else now
    return found


def test_steps_lead_to_the_oldest_and_back_to_the_draft():
    assert steps(history("a", "b", "c"), "draft", -1, -1, -1, -1) == ["c", "b", "a", None]
    assert steps(history("a", "b"), "draft", -1, -1, 1, 1, 1) == ["b", "a", "b", "draft", None]


def test_the_first_step_passes_over_what_was_just_sent():
    assert steps(history("a", "b"), "b", -1, -1) == ["a", None]
    assert steps(history("only"), "only", -1, 1) == [None, None]


def test_what_is_edited_becomes_the_draft():
    made = history("a", "b", "c")
    assert steps(made, "", -1, -1) == ["c", "b"]
    assert steps(made, "b, edited", -1, 1) == ["c", "b, edited"]


def test_without_a_history_no_step_leads_anywhere():
    assert steps(History(), "draft", -1, 1) == [None, None]


def test_the_same_twice_in_a_row_is_kept_once_and_a_mode_makes_it_another():
    made = history("a", "a", "b", "a")
    made.add(Typed("JSON", "a"))
    assert made.kept == (text("a"), text("b"), text("a"), Typed("JSON", "a"))


def test_only_the_newest_are_kept():
    made = history(*map(str, range(KEPT + 7)))
    assert [typed.text for typed in made.kept] == [str(n) for n in range(7, KEPT + 7)]
    assert steps(made, "", -1) == [str(KEPT + 6)]
