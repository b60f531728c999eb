"""Running an answer: it never hangs, it cannot reach out, and stubs are known for what they are."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest
from answers import named, remark
from hypothesis import strategies as st

from wsnotebook import SetupError, connect, lessons
from wsnotebook.apps import echo
from wsnotebook.lessons import _answer
from wsnotebook.lessons.echo import knock_again
from wsnotebook.lessons.group_chat import who_vanished
from wsnotebook.lessons.property_based import hunt, requests

ALL = [
    getattr(module, name)
    for module in (lessons.echo, lessons.group_chat)
    for name in module.__all__
]


def running():
    """Return the threads of checks that have not ended."""
    return [thread for thread in threading.enumerate() if thread.name == "exercise"]


@pytest.fixture
def little_patience(monkeypatch):
    monkeypatch.setattr(_answer, "LIMIT", 0.1)
    monkeypatch.setattr(_answer, "GRACE", 0.1)


# What does not end


def endless(line):
    return (
        f"`knock_again` does not end: it stands at line N, `{line}`. If it asks again and again "
        "there, wait for what should happen instead."
    )


def test_an_answer_that_waits_for_ever_is_cancelled():
    async def waits(client):
        await asyncio.Event().wait()

    assert remark(knock_again.check(waits)) == endless("await asyncio.Event().wait()")
    assert running() == []


def test_an_answer_that_polls_while_the_clock_stands_still_is_cancelled(little_patience):
    async def polls(client):
        while True:  # noqa: ASYNC110  # that is what is wrong with it
            await asyncio.sleep(0)

    assert remark(knock_again.check(polls)) == endless("await asyncio.sleep(0)")
    assert running() == []


def test_an_answer_that_never_awaits_is_interrupted(little_patience):
    async def spins(client):
        while not client.sent[1:]:
            pass

    said = remark(knock_again.check(spins))
    assert said in (endless("while not client.sent[1:]:"), endless("pass"))
    for thread in running():
        thread.join(10)
    assert running() == []


def test_an_answer_that_blocks_is_left_behind(little_patience):
    released = threading.Event()

    async def blocks(client):
        released.wait()

    assert remark(knock_again.check(blocks)) == endless("released.wait()")
    (thread,) = running()
    released.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_search_that_takes_too_long_is_left_behind(little_patience, monkeypatch):
    released = threading.Event()

    def searches(parlour):
        released.wait()

    monkeypatch.setattr(hunt, "_limit", 0.1)
    assert remark(hunt.check(searches)) == (
        "`hunt` takes longer than 0.1 s: it stands at line N, `released.wait()`. If that is a "
        "search, it may well go on; restart the kernel, and give it fewer examples."
    )
    (thread,) = running()
    released.set()
    thread.join(10)
    assert not thread.is_alive()


def test_an_answer_that_ignores_its_cancellation_is_left_alone():
    async def ignores(client):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(1000)

    said = remark(knock_again.check(ignores))
    assert said == "`knock_again` does not end, and refuses to be cancelled."
    assert running() == []


def test_an_interrupt_ends_the_check_and_the_answer(monkeypatch):
    def interrupted(thread, timeout=None, join=threading.Thread.join):
        monkeypatch.setattr(threading.Thread, "join", join)
        raise KeyboardInterrupt

    async def waits(client):
        while True:  # noqa: ASYNC110  # that is what is wrong with it
            await asyncio.sleep(0)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        knock_again.check(waits)
    assert running() == []


# What is no function, or not the right one


TAKES_NOTHING = "`knock_again` cannot be called with 1 argument: too many positional arguments."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (42, "`check` needs a function, not 42."),
        (lambda: 5, TAKES_NOTHING),
        (lambda client: 5, "`knock_again` has to await: write `async def`."),
    ],
)
def test_what_cannot_be_an_answer_is_told(given, said):
    assert remark(knock_again.check(given)) == said


@pytest.mark.parametrize(
    "raised", [SystemExit("no"), KeyboardInterrupt("no"), pytest.fail.Exception("no")], ids=repr
)
def test_what_is_no_exception_is_told_as_one(raised):
    async def raises(client):
        raise raised

    outcome = knock_again.check(raises)
    kind = type(raised).__name__
    assert remark(outcome) == f"`knock_again` raised `{kind}` at line N, `raise raised`.\nno"
    assert outcome.error is raised


def test_what_leaves_a_search_is_told():
    def exits(text):
        sys.exit(3)

    outcome = requests.check(lambda: st.text().map(exits))
    assert remark(outcome) == "`requests` raised `SystemExit` at line N, `sys.exit(3)`.\n3"
    assert isinstance(outcome.error, SystemExit)


def test_the_result_of_a_call_is_no_answer():
    async def knock(client):
        pass

    said = remark(knock_again.check(knock(None)))
    assert said == "pass the function itself, not what it returns: `check(knock_again)`."


async def test_a_client_of_the_notebook_is_no_use_to_an_answer():
    async with connect(echo, name="mine") as mine:

        async def uses_mine(client):
            await mine.send("knock")

        outcome = knock_again.check(uses_mine)
    assert remark(outcome) == (
        '`knock_again` raised `SetupError` at line N, `await mine.send("knock")`.\n'
        "mine belongs to another event loop; "
        "make and use a client within one loop (one test, one cell, one run())"
    )
    assert isinstance(outcome.error, SetupError)


# Stubs

STUBS = [
    f"{define} stub(*_): {documented}{body}"
    for define in ("def", "async def")
    for documented in ("", "'what it is to do'; ")
    for body in ("...", "pass", "return", "return ...", "raise NotImplementedError")
]


@pytest.mark.parametrize("exercise", ALL, ids=named)
def test_a_stub_is_not_attempted(exercise):
    for stub in [*STUBS, "stub = ..."]:
        namespace = {}
        exec(stub, namespace)
        assert exercise.check(namespace["stub"]).state == "not attempted", stub


@pytest.mark.parametrize("body", ["return 5", "return 'bob'", "raise ValueError", "print('bob')"])
def test_what_does_anything_is_attempted(body):
    namespace = {}
    exec(f"def attempt(timeline): {body}", namespace)
    assert who_vanished.check(namespace["attempt"]).state == "wrong"
