"""Apps with known verdicts: every fault is found, and no correct app is blamed.

Each is searched with two seeds, as thoroughly as by default; all with one seed in a process of its
own, at the same time, without what measures coverage here. What the apps are stands in ``matrix``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from properties.matrix import CASES

TESTS = Path(__file__).parents[1]
SEEDS = [1, pytest.param(2, marks=pytest.mark.thorough)]


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[dict[int, subprocess.Popen[str]]]:
    """Start the searches with every seed that is asked for, all at once; return each process."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    seeds = {call.params["verdicts"] for call in calls if call and "verdicts" in call.params}
    with ExitStack() as stack:
        yield {seed: stack.enter_context(start(seed)) for seed in sorted(seeds)}


def start(seed: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "properties.matrix.running", str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )


@pytest.fixture(scope="module", params=SEEDS, ids="seed {}".format)
def verdicts(
    request: pytest.FixtureRequest, running: dict[int, subprocess.Popen[str]]
) -> dict[int, dict[str, Any]]:
    """Return what a search of each case found, by its number."""
    process = running[request.param]
    output, complaints = process.communicate()
    assert process.returncode == 0, complaints
    return dict(enumerate(map(json.loads, output.splitlines())))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_the_verdict_is_right(verdicts: dict[int, dict[str, Any]], number: int) -> None:
    case, verdict = CASES[number], verdicts[number]
    if "error" in case.codes:
        assert "factory" in verdict["error"]
        assert verdict["found"] == []
        return
    assert verdict["error"] == ""
    assert set(verdict["found"]) <= case.codes
    assert bool(verdict["found"]) == bool(case.codes)
    assert verdict["shrunk"], "a failure did not come again"
    # None is put down to chance, or to what an app keeps.
    assert not any("held once more" in note for note in verdict["notes"])


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_threads_are_told_of(verdicts: dict[int, dict[str, Any]], number: int) -> None:
    told = any("threads" in note for note in verdicts[number]["notes"])

    assert told == CASES[number].needs_threads


# What the program of a failure ends with; any other shows the app's own exception.
ENDS = {
    "app-crashed": {"AppCrashed"},
    "background-crashed": {"AppCrashed"},
    "connection-lost": {"AssertionError"},
    "handshake-unanswered": {"WaitTimeout", "Refused"},
    "hang": {"WaitTimeout"},
    "leaked-task": {"AssertionError"},
    "outlives-client": {"TimeoutError"},
    "protocol-violation": {"ProtocolViolation"},
    "server-error": {"AssertionError", "Refused"},
    "wrong-subprotocol": {"ConnectFailed"},
}


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_the_programs_reproduce_the_failures(
    verdicts: dict[int, dict[str, Any]], number: int
) -> None:
    ends = verdicts[number]["ends"]
    usual = [ENDS.get(code, {"Mismatch"}) for code in verdicts[number]["found"]]

    assert all(end in set().union(*usual) for end in ends)


def test_the_matrix_is_large_enough() -> None:
    assert len(CASES) >= 24
    assert len({case.name for case in CASES}) == len(CASES)
