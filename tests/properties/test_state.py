"""What is told of failures that may not come again: of an app that keeps state, or of chance."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import strategies as st

from wsnotebook import serve
from wsnotebook.properties import Campaign, Settings, check

SEEDED = Settings(seed=1)
KEEPS = (
    "the app keeps state from one conversation to the next; give what makes it (factory=make_app) "
    "and each has an app of its own"
)
LOST = "it did not come again when its conversation was held once more, so its program may pass: "
LATE = "a conversation that passed before fails like this now, so its program may pass: "


def at_the_fifth():
    """Return a handler that fails once, for whoever sends the fifth message."""
    count = itertools.count(1)

    async def forgetful(connection):
        async for _ in connection:
            if next(count) == 5:
                raise ValueError("full")

    return forgetful


def once_each():
    """Return a handler that takes each name once, ever."""
    names = set()

    async def register(connection):
        async for name in connection:
            if name in names:
                raise KeyError(name)
            names.add(name)

    return register


def test_a_failure_that_does_not_come_again_says_so_and_what_to_do():
    [route] = check(at_the_fifth(), settings=SEEDED).routes
    [failure] = route.failures
    assert (failure.title, failure.shrunk, failure.notes) == (
        "ValueError: full",
        False,
        (LOST + KEEPS,),
    )
    assert route.notes == (
        f"a failure did not come again when its conversation was held once more: {KEEPS}",
    )


def test_of_a_fresh_app_it_is_chance():
    count = itertools.count(1)

    def make_app():
        number = next(count)

        async def at_random(connection):
            async for _ in connection:
                if number == 8:
                    raise ValueError("unlucky")

        return at_random

    [failure] = check(factory=make_app, settings=SEEDED).failures
    why = "the app does not always do the same; look for chance, clocks and threads in it"
    assert failure.notes == (LOST + why,)


async def test_of_a_server_it_is_either():
    async with serve(at_the_fifth()) as server:
        report = await Campaign(server, settings=SEEDED.replace(max_examples=10))
    [failure] = report.failures
    assert failure.notes == (LOST + "the server keeps state, or does not always do the same",)


def test_a_failure_that_comes_of_what_was_said_before_says_so():
    names = st.sampled_from(["ann", "ben", "cleo"])
    [route] = check(once_each(), messages=names, settings=SEEDED).routes
    found = next(one for one in route.failures if one.title == "KeyError: 'ann'")
    assert found.messages_sent == 1  # alone, it is no failure
    assert found.notes == (LATE + KEEPS,)
    assert (
        f"a conversation that passed before failed when it was held once more: {KEEPS}"
        in route.notes
    )


@pytest.mark.parametrize("how", ["stateless", "fresh"])
def test_a_failure_that_hangs_on_nothing_else_is_not_doubted(how):
    async def crash(connection):
        async for message in connection:
            raise ValueError(message)

    given = {"target": crash} if how == "stateless" else {"factory": once_each}
    [route] = check(**given, settings=SEEDED).routes
    assert [failure.notes for failure in route.failures] == [()]
    assert route.notes == ()


def test_what_is_held_again_is_not_counted():
    held = []

    async def crash(connection):
        held.append(connection)
        async for message in connection:
            if message:
                raise ValueError(message)

    [route] = check(crash, messages=st.sampled_from(["", "a"]), settings=SEEDED).routes
    passed = list(itertools.takewhile(lambda one: not one.failures, route.history))
    assert passed
    assert len(held) == route.examples + len(passed) == len(route.history) + len(passed)


def test_the_program_says_it_as_well():
    [failure] = check(at_the_fifth(), settings=SEEDED).failures
    words = " ".join(line.removeprefix("# ") for line in failure.program().splitlines()[:8])
    assert f"note: {LOST}{KEEPS}" in words
