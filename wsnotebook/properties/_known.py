"""The causes of failure that a search has seen, and what is done with each at the end.

It is made smaller: Hypothesis goes by the choices that it made; people go by what was sent. And
where it may not come again, that is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ..messages import encode_json
from ._ends import Wrong
from ._example import Example, Wire
from .failures import Failure

__all__ = ["Known", "doubt_lost", "shorten", "size_of"]

_NAMES_A_LINE = re.compile(r":\d+$")
_MOST_MEMBERS = 50  # that are tried to be left out


@dataclass(slots=True)
class Known:
    """A cause of failure that was seen.

    Attributes:
        error: The exception class that stands for it.
        best: The failure, of the smallest conversation so far.
        size: How large that is.
        last: The failure of the last conversation that failed so.
        seen: How many did.
        doubt: Why its program may pass; empty: there is no doubt.
    """

    error: type[Wrong]
    best: Failure
    size: tuple[int, int]
    last: Failure
    seen: int = 1
    doubt: str = ""

    def final(self, *, shrunk: bool) -> Failure:
        """Return the failure to report: what failed last, if it was shrunk, has failed twice."""
        notes = (self.doubt,) if self.doubt else ()
        found = self.last if shrunk else self.best
        return replace(found, seen=self.seen, shrunk=shrunk, notes=notes)


def size_of(sent: Iterable[tuple[int, Wire]]) -> tuple[int, int]:
    """Return how large a conversation is: its messages, and what is in them."""
    sizes = [len(message) for _, message in sent]
    return len(sizes), sum(sizes)


def shorten(
    known: Mapping[str, Known], tried: AbstractSet[int], hold: Callable[[Example], None]
) -> None:
    """Try the smallest conversation of each cause once more, and it without each of its parts.

    Parts are messages, and the members of JSON in them. Members stay where a cause does not name a
    line of code: another fault may have the same.

    Args:
        known: The causes; ``last`` is what each has come to.
        tried: The hashes of the examples that were held before.
        hold: Holds a conversation, notes what is wrong with it, and raises :class:`Wrong`.
    """
    for cause in [*known]:
        its = known[cause]
        if size_of(its.last.example.messages) > its.size:
            _fails_so(cause, its.best.example, known, hold)
        _leave_out(cause, known, tried, hold, each=_without_messages)
        if _NAMES_A_LINE.search(cause):
            _leave_out(cause, known, tried, hold, each=_without_members, most=_MOST_MEMBERS)


def _leave_out(
    cause: str,
    known: Mapping[str, Known],
    tried: AbstractSet[int],
    hold: Callable[[Example], None],
    *,
    each: Callable[[Example], list[Example]],
    most: float = float("inf"),
) -> None:
    """Leave out each part that the failure does not need, in at most so many tries."""
    place, tries = 0, 0
    shorter = each(known[cause].last.example)
    while place < len(shorter) and tries < most:
        if hash(shorter[place]) in tried:
            place += 1
            continue
        tries += 1
        if _fails_so(cause, shorter[place], known, hold):
            # What was left out is gone from the new list: the next part stands in its place.
            shorter = each(known[cause].last.example)
        else:
            place += 1


def _without_messages(example: Example) -> list[Example]:
    """Return ``example`` without each of its messages."""
    every = example.messages
    return [replace(example, messages=every[:at] + every[at + 1 :]) for at in range(len(every))]


def _without_members(example: Example) -> list[Example]:
    """Return ``example`` without each member or item of the JSON in it, up to what is tried."""
    return list(islice(_each_without(example), _MOST_MEMBERS))


def _each_without(example: Example) -> Iterator[Example]:
    every = example.messages
    for at, (client, message) in enumerate(every):
        # What is no JSON stays, and so does what has more digits than are read.
        with suppress(ValueError, RecursionError):
            for less in _less(json.loads(message) if isinstance(message, str) else None):
                sent = client, encode_json(less)
                yield replace(example, messages=(*every[:at], sent, *every[at + 1 :]))


def _less(value: Any) -> Iterator[Any]:
    """Yield ``value`` without each member or item, then without each of those in them."""
    if isinstance(value, dict):
        yield from ({key: value[key] for key in value if key != gone} for gone in value)
        for key, inner in value.items():
            yield from ({**value, key: less} for less in _less(inner))
    elif isinstance(value, list):
        yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
        for place, inner in enumerate(value):
            yield from ([*value[:place], less, *value[place + 1 :]] for less in _less(inner))


def doubt_lost(known: Mapping[str, Known], hold: Callable[[Example], None], why: str) -> None:
    """Hold the smallest conversation of each cause once more, and doubt those that pass.

    Args:
        known: The causes.
        hold: As for :func:`shorten`.
        why: What makes it so, as far as one can tell.
    """
    for cause, its in [*known.items()]:  # more may be found
        if not _fails_so(cause, its.best.example, known, hold):
            its.doubt = (
                "it did not come again when its conversation was held once more, so its program "
                f"may pass: {why}"
            )


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
