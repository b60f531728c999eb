"""What a benchmark is written with: Subject, its peers, and the Bench that a peer is handed.

A Subject has variants (sizes, mostly) and peers; each variant is one row of the report, in which
every peer does the same work. Running peers is ``runner``; adding figures up is ``report``.
"""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

__all__ = ["KILOBYTES", "RATE", "TIME", "Bench", "Row", "Subject", "Unit", "Variant", "find_rows",
           "payload", "resident_kilobytes"]  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """What a figure means."""

    name: str
    better: str
    digits: int


RATE = Unit("per second", "more is better", 0)
TIME = Unit("ms", "less is better", 3)
KILOBYTES = Unit("kB", "less is better", 1)


@dataclass(frozen=True)
class Variant:
    """The amount of work of one row.

    Attributes:
        laps: How often a peer repeats its step in a full run.
        size: Bytes of the message, where there is one.
        per_lap: How many things one lap does.
    """

    laps: int
    size: int = 0
    per_lap: int = 1


Peer = Callable[["Bench"], Awaitable[None]]


@dataclass
class Subject:
    """Something that every peer can do.

    Attributes:
        name: What ``--only`` takes.
        what: What is counted or timed, in words.
        unit: ``RATE`` or ``TIME``.
        reference: The peer that ratios are taken against.
        variants: For each row, what follows the name (it may be nothing), and the work.
        needs_server: Whether the peers connect to the server process.
        samples: How many processes a peer runs in each round.
        peers: For each peer its function, or a statement whose time in a fresh interpreter counts.
    """

    name: str
    what: str
    unit: Unit
    reference: str
    variants: Mapping[str, Variant]
    needs_server: bool = False
    samples: int = 1
    peers: dict[str, Peer | str] = field(default_factory=dict)

    def peer(self, name: str) -> Callable[[Peer], Peer]:
        """Make the decorated function the peer of that name."""

        def add(function: Peer) -> Peer:
            self.peers[name] = function
            return function

        return add

    @property
    def rows(self) -> list[Row]:
        """One row for each variant."""
        return [Row(self, suffix) for suffix in self.variants]


@dataclass(frozen=True)
class Row:
    """One variant of a subject."""

    subject: Subject
    suffix: str

    @property
    def name(self) -> str:
        """The subject and what sets this row apart: ``echo 32 B``."""
        return f"{self.subject.name} {self.suffix}".strip()


class Bench:
    """What a peer is handed: how much to do, on what, and a stopwatch.

    A peer repeats its step ``for _ in bench.laps``; or, where something that does not count has to
    be prepared each time, ``for _ in range(bench.count)`` and times the step ``with bench.span()``.

    Attributes:
        url: The server process; a path says what it is to do (see ``server``).
        message: A text of the variant's size.
        per_lap: How many things one lap does.
        count: How often to repeat the step.
    """

    def __init__(self, variant: Variant, *, scale: float = 1.0, url: str = "") -> None:
        self.url = url
        self.message = payload(variant.size)
        self.per_lap = variant.per_lap
        self.count = max(2, round(variant.laps * scale))
        self._lapped = 0.0
        self._notes: list[float] = []

    @property
    def laps(self) -> Iterator[int]:
        """The laps to run; a tenth more, which is not timed, comes first."""
        yield from range(max(1, self.count // 10))
        start = perf_counter()
        yield from range(self.count)
        self._lapped = perf_counter() - start

    @contextmanager
    def span(self) -> Iterator[None]:
        """Time what is inside."""
        start = perf_counter()
        yield
        self.note((perf_counter() - start) * 1000)

    def note(self, figure: float) -> None:
        """Keep a figure that is not a rate; the median of all counts."""
        self._notes.append(figure)

    def figure(self, unit: Unit) -> float:
        """Return the rate of the laps, or the median of the spans (in milliseconds) or notes."""
        if unit is RATE:
            return self.count * self.per_lap / self._lapped
        return median(self._notes)


def resident_kilobytes() -> float:
    """Return how much memory this process has in use, as the system counts it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def payload(size: int) -> str:
    """Return ``size`` characters of JSON lines, which compress about as well as chat does."""
    numbers = random.Random(6455)
    lines = (
        f'{{"id":{numbers.getrandbits(40)},"to":"room-{numbers.randrange(9)}","text":"hello"}}\n'
        for _ in range(size // 40 + 1)
    )
    return "".join(lines)[:size]


def find_rows(subjects: list[Subject], only: str | None) -> list[Row]:
    """Return the rows that ``only`` names (a subject, or one row of it), or all.

    Raises:
        LookupError: It names none; the text lists what there is.
    """
    rows = [row for subject in subjects for row in subject.rows]
    chosen = [row for row in rows if only in (None, row.name, row.subject.name)]
    if not chosen:
        names = ", ".join(repr(row.name) for row in rows)
        raise LookupError(f"there is no benchmark {only!r}; there are {names}")
    return chosen
