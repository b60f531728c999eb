"""What is known of a route, by two who know something of it."""

from __future__ import annotations

from hypothesis import strategies as st

from wsnotebook.properties._brief import Brief


def one(conversation):
    """Judge nothing."""


def other(conversation):
    """Judge nothing."""


def test_both_are_listened_to_and_the_upper_one_is_believed():
    lower = Brief(
        messages=st.just("tea"), params={"room": "a", "seat": "1"}, oracles=(one,), notes=("low",)
    )
    upper = Brief(messages=st.just("milk"), params={"seat": "2"}, oracles=(other,), notes=("high",))
    assert upper.over(lower) == Brief(
        messages=upper.messages,
        params={"room": "a", "seat": "2"},
        oracles=(one, other),
        notes=("low", "high"),
    )


def test_what_one_does_not_know_the_other_may():
    known = Brief(messages=st.just("tea"))
    assert Brief().over(known) == known.over(Brief()) == known
