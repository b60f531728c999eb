"""Each setting of a search, shown by what it does; and what seeds repeat."""

from __future__ import annotations

import json
import subprocess
import sys

import hypothesis
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from properties.bare import codes, crashing, echoing

from wsnotebook.properties import (
    Settings,
    check,
)

FEW = Settings(max_examples=20, seed=1)


# Settings


def test_no_more_messages_than_allowed_and_none_too_large():
    longest, largest = 0, 0

    def measure(conversation):
        nonlocal longest, largest
        longest = max(longest, len(conversation.sent))
        largest = max([largest, *map(len, conversation.sent)])

    check(
        echoing,
        "/",
        oracles=[measure],
        settings=Settings(max_examples=100, seed=1, max_messages=4, max_message_size=50),
    )

    assert longest == 4
    assert 20 < largest <= 50


def test_clients_leave_with_the_codes_to_test():
    left = set()

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] != "websocket.disconnect":
            pass
        left.add(event["code"])

    check(app, "/", settings=Settings(max_examples=40, seed=1, test_close_codes=(1000, 4321)))

    assert left == {1000, 4321}


def test_a_subprotocol_nobody_offered_may_be_let_pass():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "chat"})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    strict, lax = (
        check(app, "/", settings=FEW.replace(validate_subprotocols=value))
        for value in (True, False)
    )

    assert codes(strict) == ["wrong-subprotocol"]
    assert lax.ok


def test_a_token_travels_and_never_shows():
    told = set()

    async def app(scope, receive, send):
        told.add(dict(scope["headers"]).get(b"authorization"))
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "you are geheim"})
        raise ValueError("geheim")

    report = check(app, "/", settings=FEW.replace(auth="bearer:geheim"))

    assert told == {b"Bearer geheim"}
    [failure] = report.failures
    assert failure.title == "ValueError: ***"
    assert failure.last_reply == "you are ***"
    for shown in (str(report), report.to_json(), repr(report), failure.program(), repr(failure)):
        assert "geheim" not in shown


def test_no_more_seconds_than_allowed():
    report = check(echoing, "/", settings=Settings(max_examples=10**6, max_seconds=0.2))

    assert (report.routes[0].stopped, report.routes[0].verdict) == ("max_seconds", "stopped")
    assert 0 < report.routes[0].examples < 10**6
    assert not report.ok


def test_several_clients_connect_at_once():
    together = 0

    def count(conversation):
        nonlocal together
        together = max(together, len(conversation.sides))
        assert {side.name for side in conversation.sides} == {"client-1", "client-2", "client-3"}

    report = check(echoing, "/", oracles=[count], settings=FEW.replace(clients=3))

    assert report.ok
    assert together == 3
    assert report.routes[0].connections == 60


# Seeds


def examples_of(app, **settings):
    held = []

    def note(conversation):
        held.append((conversation.path, conversation.sent, conversation.close_code))

    check(app, "/", oracles=[note], settings=Settings(max_examples=30, **settings))
    return held


def test_the_same_seed_gives_the_same_examples():
    assert examples_of(echoing, seed=5) == examples_of(echoing, seed=5)
    assert examples_of(echoing, seed=5) != examples_of(echoing, seed=6)


PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "more":
    import odd
from properties.bare import echoing
from wsnotebook.properties import Settings, check
held = []
check(echoing, "/", oracles=[lambda talk: held.append(repr(talk.sent))],
      settings=Settings(max_examples=50, seed=7))
print(json.dumps(held))
"""


def test_the_same_seed_gives_the_same_examples_in_any_process(tmp_path, request):
    (tmp_path / "odd.py").write_text("ODD = 'Zwetschgenkuchen', 123456789, b'odd'\n")
    tests = str(request.config.rootpath / "tests")
    held = []
    for hash_seed, more in (("1", "more"), ("2", "less")):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, tests, more],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{tmp_path}:{tests}"},
        )
        held.append(json.loads(done.stdout))

    assert held[0] == held[1]
    assert len(held[0]) == 50


def test_without_a_seed_the_database_replays_old_failures_first():
    database = InMemoryExampleDatabase()
    before = hypothesis.settings.get_profile("repeatable")
    hypothesis.settings.register_profile("remembering", before, database=database)
    first, second, seeded = (Settings(max_examples=200), Settings(), Settings(seed=1))
    hypothesis.settings.load_profile("remembering")
    try:
        found = [check(crashing, "/", settings=settings) for settings in (first, second, seeded)]
    finally:
        hypothesis.settings.load_profile("repeatable")

    assert [codes(report) for report in found] == [["app-crashed"]] * 3
    replayed = [any("database" in note for note in report.routes[0].notes) for report in found]
    assert replayed == [False, True, False]


def test_a_profile_without_dice_is_honoured():
    # The profile of these tests is derandomized.
    seeds = {check(echoing, "/", settings=Settings(max_examples=1)).routes[0].seed for _ in "ab"}

    assert len(seeds) == 1


def test_a_health_check_is_told():
    nothing = st.text().filter(lambda _: False)

    [route] = check(echoing, "/", messages=nothing, settings=FEW).routes

    assert route.verdict == "error"
    assert route.error.startswith("Hypothesis gives up on /: ")
    assert "filter" in route.error
