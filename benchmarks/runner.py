"""Running peers: each in a fresh process each round, the peers of a row one after the other.

Interleaving them lets a machine that grows slower or faster meanwhile touch all alike. What a child
process does is in ``child``; what the figures come to is in ``report``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .frame import Row

__all__ = ["ENVIRONMENT", "Result", "run_child", "run_row", "serving", "stay_on_one_core"]

ROOT = Path(__file__).parent.parent

# A client that records keeps every message, so its heap grows. Child processes touch that memory
# before the clock starts (see ``child``) and these keep it with the process; they also keep large
# reads from falling into mmap or not by accident of layout (a factor of 2 to 3).
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "4194304",
    "MALLOC_TRIM_THRESHOLD_": "16777216",
    "MALLOC_TOP_PAD_": "268435456",
    "PYTHONHASHSEED": "0",
}

_TIMED = """
from time import perf_counter
start = perf_counter()
{statement}
figure = (perf_counter() - start) * 1000
import json
print(json.dumps({{"figure": figure}}))
"""

Measure = Callable[[Row, str], "float | str"]


@dataclass
class Result:
    """What one row came to.

    Attributes:
        row: The row.
        figures: Each peer's figures, in order of the rounds.
        missing: For a peer that cannot run, what is not installed.
    """

    row: Row
    figures: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def run_row(row: Row, rounds: int, measure: Measure) -> Result:
    """Measure every peer of a row ``rounds`` times, in turns that start with another each round.

    Args:
        row: The row.
        rounds: How many rounds.
        measure: Returns one figure of a peer, or the name of a package that it misses.
    """
    result = Result(row, {peer: [] for peer in row.subject.peers})
    for turn in range(rounds * row.subject.samples):
        peers = list(result.figures)
        first = turn % len(peers)
        for peer in peers[first:] + peers[:first]:
            figure = measure(row, peer)
            if isinstance(figure, str):
                result.missing[peer] = figure
                del result.figures[peer]
            else:
                result.figures[peer].append(figure)
    return result


def run_child(row: Row, peer: str, *, scale: float, url: str) -> float | str:
    """Return one figure of a peer from a fresh process, or the package that it misses.

    Raises:
        RuntimeError: The peer failed; the text holds what it wrote.
    """
    body = row.subject.peers[peer]
    if isinstance(body, str):
        command = ["-c", _TIMED.format(statement=body)]
    else:
        order = {"row": row.name, "peer": peer, "scale": scale, "url": url}
        command = ["-m", "benchmarks.child", json.dumps(order)]
    done = _python(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, complaint = done.communicate()
    if done.returncode:
        last = complaint.strip().rpartition("\n")[2]
        if isinstance(body, str) and last.startswith("ModuleNotFoundError"):
            return last.split("'")[1]
        raise RuntimeError(f"{peer!r} failed in {row.name!r}:\n{complaint}")
    answer = json.loads(output)
    return answer.get("missing") or float(answer["figure"])


def stay_on_one_core() -> bool:
    """Keep this process and its children on one core; return whether the system can do that.

    Client and server take turns anyway. On one core no time goes into waking another one up, which
    varies with the machine's mood and would hide what the client costs.
    """
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


@contextmanager
def serving() -> Iterator[str]:
    """Run the server process, and yield its URL."""
    server = _python("-m", "benchmarks.server", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.communicate()  # closes its standard input, which ends it


def _python(*arguments: str, **streams: int) -> subprocess.Popen[str]:
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
        text=True,
        **streams,  # type: ignore[call-overload]  # stdin, stdout and stderr only
    )
    return process
