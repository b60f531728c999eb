"""Answers to exercises, for the tests of the lessons: wrong ones with what is said of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from wsnotebook.lessons._exercise import Exercise, Outcome


class Answers:
    """The answers of one test file, as the decorators of their functions register them.

    Attributes:
        wrong: Exercise, answer and remark of each wrong one.
        right: Exercise and answer of each right one.
    """

    def __init__(self) -> None:
        self.wrong: list[tuple[Exercise, Any, str]] = []
        self.right: list[tuple[Exercise, Any]] = []

    def are_wrong(self, exercise: Exercise, *remark: str) -> Callable[[Any], Any]:
        """Register a wrong answer; ``remark`` is what is said of it, in lines."""
        return lambda answer: self.wrong.append((exercise, answer, "\n".join(remark))) or answer

    def are_right(self, exercise: Exercise) -> Callable[[Any], Any]:
        """Register a right answer."""
        return lambda answer: self.right.append((exercise, answer)) or answer


def named(value: object) -> str:
    """Return the id of a parameter: the name of an exercise or an answer."""
    return getattr(value, "name", getattr(value, "__name__", ""))


def remark(outcome: Outcome) -> str:
    """Return what is said of a wrong answer, without the numbers of lines."""
    assert outcome.state == "wrong"
    return re.sub(r" at line \d+", " at line N", outcome.remark)
