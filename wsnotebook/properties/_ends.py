"""What ends a conversation, or a whole search: exceptions, and how Hypothesis takes them."""

from __future__ import annotations

from typing import Literal

from ..errors import SetupError
from ._hypothesis import Flaky

__all__ = ["Abort", "Enough", "Stopped", "Wrong", "is_wrong"]


class Stopped(BaseException):
    """The search shall end now.

    Attributes:
        why: ``"cancelled"`` or ``"max_seconds"``.
    """

    def __init__(self, why: Literal["cancelled", "max_seconds"]) -> None:
        super().__init__(why)
        self.why = why


class Wrong(Exception):
    """A conversation failed. Each cause has a subclass of its own."""


class Abort(BaseException):
    """The route cannot be searched. Hypothesis lets it through: nothing is to be shrunk."""

    def __init__(self, error: SetupError) -> None:
        super().__init__(error)
        self.error = error


class Enough(BaseException):
    """A failure was found that takes too long to be shrunk. Hypothesis lets it through."""


def is_wrong(exc: BaseException) -> bool:
    """Whether ``exc`` tells of failures alone, each seen again when it was shrunk."""
    if isinstance(exc, BaseExceptionGroup) and not isinstance(exc, Flaky):
        return all(map(is_wrong, exc.exceptions))
    return isinstance(exc, Wrong)
