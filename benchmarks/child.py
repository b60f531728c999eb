"""One figure of one peer, in this process: ``python -m benchmarks.child '{"row": ...}'``."""

from __future__ import annotations

import asyncio
import json
import sys

from . import subjects
from .frame import Bench, find_rows

__all__ = ["main"]

_MEGABYTE = 2**20
_MOST = 240  # megabytes: what the allocator keeps of the memory touched (MALLOC_TOP_PAD_)


def touch_memory(size: int) -> None:
    """Grow the heap by ``size`` bytes, at most, and give them back to the allocator.

    Keeping messages then costs what it costs in Python, not the page faults of a growing heap.
    """
    held = [b"x" * _MEGABYTE for _ in range(min(size // _MEGABYTE + 1, _MOST))]
    del held


def main() -> None:
    """Do what the order in the first argument says, and print the answer as JSON."""
    order = json.loads(sys.argv[1])
    [row] = [row for row in find_rows(subjects.ALL, None) if row.name == order["row"]]
    bench = Bench(row.subject.variants[row.suffix], scale=order["scale"], url=order["url"])
    touch_memory(int(1.5 * bench.count * bench.per_lap * len(bench.message)))
    peer = row.subject.peers[order["peer"]]
    assert not isinstance(peer, str)
    answer: dict[str, float | str | None]
    try:
        asyncio.run(peer(bench))  # type: ignore[arg-type]  # peers are coroutine functions
    except ModuleNotFoundError as exc:
        answer = {"missing": exc.name}
    else:
        answer = {"figure": bench.figure(row.subject.unit)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
