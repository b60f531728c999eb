"""The last steps of making failures smaller, with a search that is not there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from baskets import Basket

from wsnotebook import Settings, check
from wsnotebook.properties._ends import Wrong
from wsnotebook.properties._example import Example
from wsnotebook.properties._known import Known, doubt_lost, shorten, size_of
from wsnotebook.properties._source import Source
from wsnotebook.properties.failures import Failure


def failure(*messages):
    return Failure(
        code="app-crashed",
        title="",
        route="/",
        example=Example(messages=tuple((0, message) for message in messages)),
        seed=0,
        source=Source("", "app"),
    )


def known(last, best=None):
    best = best or last
    return Known(Wrong, failure(*best), size_of(failure(*best).example.messages), failure(*last))


class Search:
    """Holds conversations with an app of which is known when it fails, and of what."""

    def __init__(self, causes, known):
        self.causes = causes
        self.known = known
        self.held = []

    def hold(self, example):
        messages = [message for _, message in example.messages]
        self.held.append(messages)
        for cause, needed in self.causes.items():
            if needed <= set(messages):
                self.known[cause].last = failure(*messages)
                raise Wrong(cause)


def messages_of(known):
    return [message for _, message in known.last.example.messages]


def test_messages_that_nothing_needs_are_left_out():
    causes = {"a": known("xayb")}
    search = Search({"a": {"a", "b"}}, causes)
    shorten(causes, set(), search.hold)
    assert messages_of(causes["a"]) == ["a", "b"]
    assert search.held == [[*"ayb"], [*"yb"], [*"ab"], ["a"]]


def test_what_was_tried_before_is_not_tried_again():
    causes = {"a": known("ab")}
    search = Search({"a": {"a"}}, causes)
    shorten(causes, {hash(failure("a").example), hash(failure("b").example)}, search.hold)
    assert search.held == []
    assert messages_of(causes["a"]) == ["a", "b"]


@pytest.mark.parametrize(("needed", "found"), [("a", ["a"]), ("xyz", ["x", "y", "z"])])
def test_the_smallest_is_taken_if_it_fails_once_more(needed, found):
    causes = {"a": known("xyz", best="a")}
    search = Search({"a": set(needed)}, causes)
    shorten(causes, set(), search.hold)
    assert search.held[0] == ["a"]
    assert messages_of(causes["a"]) == found


def test_what_fails_for_another_cause_does_not_count_for_either():
    causes = {"a": known("ab"), "b": known("b")}
    search = Search({"a": {"a", "b"}, "b": {"b"}}, causes)
    shorten(causes, set(), search.hold)
    assert messages_of(causes["a"]) == ["a", "b"]
    assert messages_of(causes["b"]) == ["b"]


AT = "app-crashed: KeyError at shop.py:3"


@pytest.mark.parametrize(
    ("cause", "sent", "found"),
    [
        (AT, '{"a":null,"id":{"b":[1,2]},"c":0}', '{"id":{"b":[2]}}'),
        (AT, "[0,[],[1,2]]", "[[2]]"),
        (AT, b'{"a":2}', b'{"a":2}'),
        (AT, "2 is no JSON of parts", "2 is no JSON of parts"),
        (AT, f'{{"a":2,"b":{"9" * 5000}}}', f'{{"a":2,"b":{"9" * 5000}}}'),
        (AT, "[" * 100_000 + "2", "[" * 100_000 + "2"),
        # Another fault may have this cause, too.
        ("not-echoed", '{"a":null,"b":2}', '{"a":null,"b":2}'),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_members_of_json_that_nothing_needs_are_left_out(cause, sent, found):
    causes = {cause: known([sent])}

    def hold(example):
        if any("2" in str(message) for _, message in example.messages):
            causes[cause].last = failure(*[message for _, message in example.messages])
            raise Wrong(cause)

    shorten(causes, set(), hold)
    assert messages_of(causes[cause]) == [found]


@pytest.mark.parametrize("is_needed", [True, False])
def test_no_more_members_are_tried_than_is_worth_it(is_needed):
    items, held = list(range(1_000)), []
    causes = {AT: known([json.dumps(items)])}

    def hold(example):
        held.append(example)
        if example.messages and not is_needed:
            causes[AT].last = replace(causes[AT].last, example=example)

    shorten(causes, set(), hold)
    assert len(held) == 1 + 50  # without the message, then without one item, fifty times
    left = items if is_needed else items[50:]
    assert json.loads(messages_of(causes[AT])[0]) == left


def test_what_passes_when_it_is_held_once_more_is_doubted_alone():
    causes = {"a": known("a"), "b": known("b")}

    def hold(example):
        if example.messages == ((0, "b"),):
            causes["b"].last = failure("b")
            causes["c"] = known("c")  # which is news
            raise Wrong("b")

    doubt_lost(causes, hold, "the moon")
    doubt = (
        "it did not come again when its conversation was held once more, so its program may pass"
    )
    assert [one.final(shrunk=False).notes for one in causes.values()] == [
        (f"{doubt}: the moon",), (), ()
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_no_message_of_a_failure_can_be_left_out(seed):
    [found] = check(Basket, settings=Settings(seed=seed)).failures
    assert found.messages_sent == 2
