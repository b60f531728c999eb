"""The rows of the search: that each peer searches, and finds what it is said to find.

pytest-routes is no dependency of the tests: where it is missing, its peers say so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from math import inf

import hypothesis
import pytest

from benchmarks import faults, search
from benchmarks.faults import FAULTS, Found, case_of, found_by_wsnotebook
from benchmarks.frame import find_rows
from benchmarks.runner import ROOT, run_child
from benchmarks.search import Searched, as_pairs

NEED_PYTEST_ROUTES = [
    "search_by_pytest_routes",
    "search_with_our_messages",
    "search_with_its_messages",
]
SEARCHES = ["search_by_wsnotebook", *NEED_PYTEST_ROUTES]


@pytest.fixture(autouse=True)
def profile_put_back():
    before = hypothesis.settings.get_current_profile_name()
    yield
    hypothesis.settings.load_profile(before)


def figure_of(subjects, name: str, peer: str) -> float | str:
    [row] = find_rows(subjects, name)
    return run_child(row, peer, scale=0.0, url="")


# Rates


def test_the_rows_of_the_echo_have_both_peers():
    assert {row.name: list(row.subject.peers) for row in find_rows(search.SUBJECTS, None)} == {
        "search echo examples": ["pytest-routes", "wsnotebook"],
        "search echo messages": ["pytest-routes", "wsnotebook"],
        "search echo length": ["pytest-routes", "wsnotebook"],
        "search echo with wsnotebook's messages": ["pytest-routes", "wsnotebook"],
        "search echo with pytest-routes' messages": ["pytest-routes", "wsnotebook"],
    }


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient. is deprecated")
async def test_a_search_counts_what_it_did(name):
    search.forget_examples()
    if name in NEED_PYTEST_ROUTES and find_spec("pytest_routes") is None:
        with pytest.raises(ModuleNotFoundError, match=r"^No module named 'pytest_routes'$"):
            await getattr(search, name)(20)
        return
    searched = await getattr(search, name)(20)
    assert searched.examples == 20
    assert 20 <= searched.messages <= 20 * search.MOST_MESSAGES
    assert searched.seconds > 0


async def test_an_echo_that_is_wrong_gives_no_figure(monkeypatch):
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def mute(websocket):
        await websocket.accept()
        while (await websocket.receive())["type"] == "websocket.receive":
            pass

    monkeypatch.setattr(search, "echo_app", lambda: Starlette(routes=[WebSocketRoute("/", mute)]))
    search.forget_examples()
    with pytest.raises(AssertionError, match="not-echoed"):
        await search.search_by_wsnotebook(20)


def test_the_figures_are_rates_and_a_length():
    searched = Searched(examples=10, messages=30, seconds=2.0)
    assert searched.example_rate() == 5.0
    assert searched.message_rate() == 15.0
    assert searched.length() == 3.0


def test_a_peer_tells_its_mean_length():
    figure = figure_of(search.SUBJECTS, "search echo length", "wsnotebook")
    assert 1 <= figure <= search.MOST_MESSAGES


def test_messages_are_handed_to_pytest_routes_with_their_kind():
    assert as_pairs(["a", b"b", ""]) == [("text", "a"), ("bytes", b"b"), ("text", "")]


def test_no_example_is_remembered():
    search.forget_examples()
    assert hypothesis.settings().database is None


# Faults


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_an_app_of_the_matrix_that_needs_nothing_besides(fault):
    case = case_of(fault)
    assert case.codes
    assert (case.messages, case.oracles, case.clients, dict(case.params)) == (None, (), 1, {})


def test_what_is_found_is_seen_first_and_reported_later():
    search.forget_examples()
    found = found_by_wsnotebook(case_of(FAULTS["wrong subprotocol"]))
    assert 0 < found.seen < found.reported < inf


def test_what_is_not_expected_is_not_found():
    search.forget_examples()
    wrong = case_of(FAULTS["wrong subprotocol"])
    assert found_by_wsnotebook(replace(wrong, expected="hang")) == Found(inf, inf)


@pytest.mark.parametrize("peer", ["wsnotebook", "pytest-routes"])
def test_each_peer_looks_for_a_fault(peer):
    figure = figure_of(faults.SUBJECTS, "time to fault crash on a binary frame", peer)
    assert figure == "pytest_routes" or 0 < figure < inf


STANDS_STILL = """
import threading
from benchmarks.faults import Watch
watch = Watch(0.01)
watch.found.seen = 5.0
watch.again()
threading.Event().wait()
"""


def test_a_process_that_stands_still_tells_what_it_found_and_ends():
    done = subprocess.run(
        [sys.executable, "-c", STANDS_STILL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"seen": 5.0, "reported": inf}


def test_a_process_that_fails_shows_what_it_wrote():
    with pytest.raises(RuntimeError) as caught:
        faults._told([sys.executable, "-c", "1 / 0"])
    first, *_, last = str(caught.value).strip().splitlines()
    assert first == "'1 / 0' failed:"
    assert last == "ZeroDivisionError: division by zero"
