"""The causes of failure that a search has seen, and the last steps of making each smaller.

Hypothesis goes by the choices that it made; people go by what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace

from ._ends import Wrong
from ._example import Example, Wire
from .failures import Failure

__all__ = ["Known", "shorten", "size_of"]


@dataclass(slots=True)
class Known:
    """A cause of failure that was seen.

    Attributes:
        error: The exception class that stands for it.
        best: The failure, of the smallest conversation so far.
        size: How large that is.
        last: The failure of the last conversation that failed so.
        seen: How many did.
    """

    error: type[Wrong]
    best: Failure
    size: tuple[int, int]
    last: Failure
    seen: int = 1

    def final(self, *, shrunk: bool) -> Failure:
        """Return the failure to report: what failed last, if it was shrunk, has failed twice."""
        return replace(self.last if shrunk else self.best, seen=self.seen, shrunk=shrunk)


def size_of(sent: Iterable[tuple[int, Wire]]) -> tuple[int, int]:
    """Return how large a conversation is: its messages, and what is in them."""
    sizes = [len(message) for _, message in sent]
    return len(sizes), sum(sizes)


def shorten(
    known: Mapping[str, Known], tried: AbstractSet[int], hold: Callable[[Example], None]
) -> None:
    """Try the smallest conversation of each cause once more, and it without each of its messages.

    Args:
        known: The causes; ``last`` is what each has come to.
        tried: The hashes of the examples that were held before.
        hold: Holds a conversation, notes what is wrong with it, and raises :class:`Wrong`.
    """
    for cause in [*known]:
        its = known[cause]
        if size_of(its.last.example.messages) > its.size:
            _fails_so(cause, its.best.example, known, hold)
        place = 0
        while place < len(its.last.example.messages):
            example = its.last.example
            messages = example.messages[:place] + example.messages[place + 1 :]
            shorter = replace(example, messages=messages)
            if hash(shorter) in tried or not _fails_so(cause, shorter, known, hold):
                place += 1


def _fails_so(
    cause: str, example: Example, known: Mapping[str, Known], hold: Callable[[Example], None]
) -> bool:
    """Hold ``example``; if it fails for ``cause``, that is what has failed last so."""
    lasts = {one: its.last for one, its in known.items()}
    with suppress(Wrong):
        hold(example)
    for one in lasts.keys() - {cause}:  # these have come to something smaller already
        known[one].last = lasts[one]
    return known[cause].last is not lasts[cause]
