"""The last steps of making failures smaller, with a search that is not there."""

from __future__ import annotations

import pytest
from baskets import Basket

from wsnotebook import Settings, check
from wsnotebook.properties._ends import Wrong
from wsnotebook.properties._example import Example
from wsnotebook.properties._known import Known, shorten, size_of
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


@pytest.mark.parametrize("seed", range(4))
def test_no_message_of_a_failure_can_be_left_out(seed):
    [found] = check(Basket, settings=Settings(seed=seed)).failures
    assert found.messages_sent == 2
