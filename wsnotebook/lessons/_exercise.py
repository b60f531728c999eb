"""What a learner sees of an exercise: the outcome of a check, folded hints, a folded solution.

A check runs the answer against servers of its own, in memory and under virtual time, and looks at
what happened: what was sent, what came, and when the answer went on. A sleep that is too long shows
there as exactly as one that is too short, and nothing passes by luck. How an answer is run is in
``_answer``.

Hints and solutions fold as ``<details>`` in an output, not as collapsed cells: JupyterLab hides a
cell that is marked ``source_hidden``, but static pages show it; ``<details>`` opens with one click
in both. Its plain text names what is folded there and no more, so it spoils nothing in a terminal
or in a diff of nbval's; ``print`` unfolds it. As the texts never change, strict nbval can compare
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from html import escape
from inspect import cleandoc
from typing import Any, Literal

from ._answer import Answer, NotAttempted, Off, run_bounded

__all__ = ["Exercise", "Folded", "Outcome", "exercise"]

Scenario = Callable[[Answer], Coroutine[Any, Any, None]]

_MARKS = {"not attempted": "○", "wrong": "✗", "right": "✓"}
_WORDS = {"not attempted": "not attempted", "wrong": "not yet", "right": "right"}
_COLOURS = {
    "not attempted": "var(--jp-border-color1, #8a8f98)",
    "wrong": "var(--jp-error-color1, #d32f2f)",
    "right": "var(--jp-success-color1, #2e7d32)",
}
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found out: the last value of a notebook cell.

    Attributes:
        state: ``not attempted``, ``wrong`` or ``right``.
        remark: What is off, or what was seen to be right.
        error: The exception that the answer raised, with its traceback, if that is what is off.
    """

    state: Literal["not attempted", "wrong", "right"]
    remark: str
    error: BaseException | None = None

    def __repr__(self) -> str:
        return f"{_MARKS[self.state]} {_WORDS[self.state]}: {self.remark}"

    def _repr_html_(self) -> str:
        said, _, details = self.remark.partition("\n")
        head = f"<b>{_MARKS[self.state]} {_WORDS[self.state]}:</b> {_html(said)}"
        return (
            f'<div role="status" style="border-left: 4px solid {_COLOURS[self.state]}; '
            f'padding: 4px 12px; max-width: 64rem">{head}{_pre(details)}</div>'
        )


@dataclass(frozen=True, slots=True)
class Folded:
    """Texts that stay out of sight until somebody opens them; ``print`` shows them.

    Attributes:
        name: What is folded here: ``2 hints for 'wait_for_shout'``.
        parts: A title and a text for each.
        is_code: Whether the texts are Python.
    """

    name: str
    parts: tuple[tuple[str, str], ...]
    is_code: bool = False

    def __repr__(self) -> str:
        return f"<{self.name}, folded>"

    def __str__(self) -> str:
        return "\n\n".join(f"{title}:\n{text}" for title, text in self.parts)

    def _repr_html_(self) -> str:
        show = _pre if self.is_code else _paragraph
        return "".join(
            f'<details style="max-width: 64rem"><summary>{escape(title)}</summary>{show(text)}'
            "</details>"
            for title, text in self.parts
        )


class Exercise:
    """One exercise; made by :func:`exercise`.

    Attributes:
        name: What the learner's function is called.
        task: What it is to do, in a sentence.
        code: The solution, as Python.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        hints: str,
        solution: str,
        right: str,
        limit: float | None = None,
    ) -> None:
        self.name: str = scenario.__name__
        self.task = " ".join((scenario.__doc__ or "").split())
        self.code = cleandoc(solution)
        self._scenario = scenario
        self._hints = [" ".join(hint.split()) for hint in cleandoc(hints).split("\n\n")]
        self._right = " ".join(right.split())
        self._limit = limit

    def __repr__(self) -> str:
        return f"<exercise {self.name!r}: {self.task}>"

    def check(self, answer: Any) -> Outcome:
        """Try ``answer``, a function, and return what was seen.

        It takes at most a few seconds, a minute where the answer is a search, whatever the answer
        does. What it raises is no error of the check: the outcome shows it, with its line.
        """
        try:
            run_bounded(self._scenario, Answer(answer, self.name), limit=self._limit)
        except NotAttempted:
            return Outcome(
                "not attempted", f"write `{self.name}`, run its cell, then run this one again."
            )
        except Off as off:
            return Outcome("wrong", str(off), off.__cause__)
        return Outcome("right", self._right)

    def hint(self) -> Folded:
        """Return the hints, each folded on its own."""
        count = len(self._hints)
        titles = [f"Hint {n} of {count}" if count > 1 else "Hint" for n in range(1, count + 1)]
        plural = "" if count == 1 else "s"
        name = f"{count} hint{plural} for {self.name!r}"
        return Folded(name, tuple(zip(titles, self._hints, strict=True)))

    def solution(self) -> Folded:
        """Return one solution, folded."""
        return Folded(f"solution of {self.name!r}", (("Solution", self.code),), is_code=True)


def exercise(
    *, hints: str, solution: str, right: str, limit: float | None = None
) -> Callable[[Scenario], Exercise]:
    """Make an exercise of a scenario: an async function of the answer that raises ``Off``.

    Args:
        hints: A paragraph each, from a nudge to nearly all of it.
        solution: Python that defines a function of the scenario's name.
        right: What is said of a right answer.
        limit: Real seconds for a check; ``None``: a few.
    """
    return lambda scenario: Exercise(
        scenario, hints=hints, solution=solution, right=right, limit=limit
    )


def _html(text: str) -> str:
    # A page may show code in a colour that only its own ground goes with.
    return _CODE.sub(r'<code style="color: inherit">\1</code>', escape(text))


def _paragraph(text: str) -> str:
    return f'<p style="margin: 4px 0 8px 1em">{_html(text)}</p>'


def _pre(text: str) -> str:
    return f'<pre style="margin: 4px 0 8px 1em">{escape(text)}</pre>' if text else ""
