"""The search of an app: how long until a planted fault is found, and until it is reported.

The apps are those of ``tests/properties/matrix``; pytest-routes runs as in ``search``, on the same.
``inf`` means that the fault was not found: all examples passed, or a conversation stood still for
``LIMIT`` seconds. pytest-routes searches in a process of its own, as a conversation that stands
still there cannot be ended in another way.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import inf
from operator import attrgetter
from time import perf_counter
from typing import Any

from .frame import TIME, Bench, Peer, Subject, Variant
from .runner import ROOT
from .search import (
    EXAMPLES,
    FEW,
    OURS,
    THEIRS,
    forget_examples,
    observed_runner,
    search_by_pytest_routes,
    search_by_wsnotebook,
)

__all__ = ["FAULTS", "SUBJECTS", "Fault", "Found", "Watch", "case_of", "found_by_wsnotebook"]

LIMIT = 5.0  # seconds without the end of a conversation: it stands still


@dataclass(frozen=True)
class Fault:
    """A fault that is looked for.

    Attributes:
        case: The name of the app in the matrix.
        is_binary: Whether only a binary message shows it.
    """

    case: str
    is_binary: bool = False


FAULTS = {
    "crash on a binary frame": Fault("a binary frame, Starlette", is_binary=True),
    "crash on a key of its source": Fault("a key without another"),
    "hang": Fault("waits for ever"),
    "never accepts": Fault("never accepts"),
    "outlives its client": Fault("goes on in a loop"),
    "leaked task": Fault("leaks a waiter"),
    "closes with 1011": Fault("closes with 1011"),
    "wrong subprotocol": Fault("chooses what nobody offered, Starlette"),
}


@dataclass(slots=True)
class Found:
    """When a fault was found, in milliseconds; ``inf``: it was not.

    Attributes:
        seen: When a conversation failed first.
        reported: When that was shrunk and told.
    """

    seen: float = inf
    reported: float = inf


def case_of(fault: Fault) -> Any:
    """Return the case of the matrix, which stands among the tests."""
    tests = str(ROOT / "tests")
    if tests not in sys.path:
        sys.path.append(tests)
    from properties.matrix import CASES

    [case] = [case for case in CASES if case.name == fault.case]
    return case


def _milliseconds_since(started: float) -> float:
    return (perf_counter() - started) * 1000


def found_by_wsnotebook(case: Any) -> Found:
    """Search the app of a case of the matrix; only a failure that the case expects counts."""
    from wsnotebook.properties import Campaign, FailureFound, Settings

    app, found = case.make(), Found()

    def look(event: Any) -> None:
        if isinstance(event, FailureFound) and event.failure.code in case.codes:
            found.seen = min(found.seen, _milliseconds_since(started))

    started = perf_counter()
    campaign = Campaign(app, case.path, settings=Settings(max_examples=EXAMPLES))
    campaign.subscribe(look)
    campaign.start().join()
    if found.seen < inf:
        found.reported = _milliseconds_since(started)
    return found


def _ours(fault: Fault, figure: Callable[[Found], float]) -> Peer:
    async def peer(bench: Bench) -> None:
        forget_examples()
        case = case_of(fault)
        await search_by_wsnotebook(FEW)
        for _ in range(bench.count):
            bench.note(figure(await asyncio.to_thread(found_by_wsnotebook, case)))

    return peer


async def search_by_runner(case: Any, watch: Watch, *, is_binary: bool) -> None:
    """Let pytest-routes search the app of a case, and ``watch`` keep what it finds: any failure.

    The route is made here, as pytest-routes knows no bare ASGI app. That binary messages can be
    sent, as its discovery says of all routes of Starlette, is told only where the fault needs it:
    the others' handlers read texts alone, and it would find that instead.
    """
    from pytest_routes.discovery.base import RouteInfo, WebSocketMessageType, WebSocketMetadata

    kinds = [kind for kind in WebSocketMessageType if is_binary or kind.name != "BINARY"]
    metadata = WebSocketMetadata(accepted_message_types=kinds, auto_accept=False)
    route = RouteInfo(case.path, ["WEBSOCKET"], is_websocket=True, websocket_metadata=metadata)

    def look(result: Any) -> None:
        watch.again()
        if not result.passed:
            watch.found.seen = min(watch.found.seen, _milliseconds_since(started))

    runner = observed_runner(case.make(), EXAMPLES, look)
    watch.again()
    started = perf_counter()
    result = await runner.test_route_async(route)
    if not result["passed"]:
        watch.found.reported = _milliseconds_since(started)


class Watch:
    """Ends this process, and tells what was found so far, when nothing happens for too long.

    A conversation that stands still cannot be cancelled: it blocks a thread, which is joined when
    the interpreter ends.

    Args:
        limit: How long nothing may happen, in seconds.
    """

    def __init__(self, limit: float) -> None:
        self.found = Found()
        self._limit = limit
        self._timer: threading.Timer | None = None

    def again(self) -> None:
        """Wait anew: something happened, or begins."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(self._limit, self.end)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Tell what was found, and end the process."""
        print(json.dumps(asdict(self.found)), flush=True)
        os._exit(0)


def _theirs(fault: str, figure: Callable[[Found], float]) -> Peer:
    async def peer(bench: Bench) -> None:
        import pytest_routes  # noqa: F401  # if it is missing, that is told from here

        command = [sys.executable, "-m", "benchmarks.faults", fault]
        bench.note(figure(await asyncio.to_thread(_told, command)))

    return peer


def _told(command: list[str]) -> Found:
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[-1]!r} failed:\n{done.stderr}")
    return Found(**json.loads(done.stdout))


def main(fault: str) -> None:
    """Let pytest-routes look for a fault, and print what it found."""
    forget_examples()
    asyncio.run(search_by_pytest_routes(FEW))
    watch = Watch(LIMIT)
    wanted = FAULTS[fault]
    asyncio.run(search_by_runner(case_of(wanted), watch, is_binary=wanted.is_binary))
    watch.end()


def _fault_row(name: str, fault: Fault) -> Subject:
    row = Subject("time to fault", "until it is reported", TIME, OURS, {name: Variant(3)})
    seen, reported = attrgetter("seen"), attrgetter("reported")
    row.peers = {
        OURS: _ours(fault, reported),
        f"{OURS}, first seen": _ours(fault, seen),
        THEIRS: _theirs(name, reported),
    }
    if fault.is_binary:  # the only one here that pytest-routes finds
        row.peers[f"{THEIRS}, first seen"] = _theirs(name, seen)
    return row


SUBJECTS = [_fault_row(name, fault) for name, fault in FAULTS.items()]


if __name__ == "__main__":
    main(sys.argv[1])
