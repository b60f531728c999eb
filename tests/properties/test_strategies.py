"""Sequences of messages: what they are made of, how they are mixed, and what they shrink to."""

from __future__ import annotations

import pytest
from drawing import MANY, is_found, mostly, size
from hypothesis import find, given, settings
from hypothesis import strategies as st

from wsnotebook import SetupError
from wsnotebook.apps import notifications
from wsnotebook.messages import encode
from wsnotebook.properties.strategies import (
    message_sequences,
    message_strategies,
    register_message_strategy,
)


@given(message_sequences(max_messages=4, max_message_size=30))
def test_a_sequence_keeps_to_both_limits(sequence):
    assert len(sequence) <= 4
    assert all(size(encode(message)) <= 30 for message in sequence)


def test_a_sequence_can_be_empty_and_as_long_as_allowed():
    assert find(message_sequences(), lambda _: True, settings=MANY) == []
    assert is_found(message_sequences(), lambda sequence: len(sequence) == 10)


def test_a_sequence_mixes_kinds():
    def has_both(sequence):
        return {type(message) for message in sequence} == {str, bytes}

    assert is_found(message_sequences(), has_both)


def test_given_messages_are_most_and_the_wrong_kind_is_sent_now_and_then():
    own = message_sequences(st.just('{"say":"hello"}'))
    assert 0.75 < mostly(own, '{"say":"hello"}') < 1
    assert is_found(own, lambda sequence: b'{"say":"hello"}' in sequence)
    assert is_found(own, lambda sequence: "{}" in sequence)
    assert is_found(own, lambda sequence: '{"say":null}' in sequence)


def test_given_messages_come_before_registered_ones_and_those_before_what_is_accepted():
    with message_strategies():
        register_message_strategy("/ws", "text", st.just("registered"))
        given_too = message_sequences(st.just("given"), path="/ws", accepts=notifications.Ping)
        registered = message_sequences(path="/ws", accepts=notifications.Ping)
    assert mostly(given_too, "given") > 0.6
    assert mostly(registered, "registered") > 0.6
    accepted = message_sequences(accepts=notifications.Ping)
    assert mostly(accepted, '{"type":"ping"}') > 0.6


def test_graphql_is_spoken_where_it_is_offered():
    def begins(sequence):
        return len(sequence) > 1 and sequence[0] == '{"type":"connection_init"}'

    offered = message_sequences(subprotocols=["chat", "graphql-transport-ws"])
    assert is_found(offered, begins)


def test_given_messages_that_cannot_be_sent_are_a_setup_error():
    with pytest.raises(SetupError) as caught:
        find(message_sequences(st.just(3)), lambda _: False, settings=MANY)
    assert str(caught.value) == (
        "the strategy given as messages gave what cannot be sent: cannot send 3: expected str "
        "(text), bytes (binary) or a Message; send_json() sends other values as JSON"
    )


def test_given_messages_that_are_no_strategy_are_refused_at_once():
    with pytest.raises(TypeError) as caught:
        message_sequences(["hello"])
    assert str(caught.value) == (
        "expected a Hypothesis strategy, for example st.text(), not ['hello']"
    )


def test_a_maximum_below_one_is_refused():
    with pytest.raises(ValueError) as caught:
        message_sequences(max_messages=0)
    assert str(caught.value) == "max_messages must be at least 1, not 0"


def test_a_sequence_is_usually_of_five_or_six_messages():
    lengths = []

    @settings(max_examples=200)
    @given(message_sequences())
    def look(sequence):
        lengths.append(len(sequence))

    look()
    assert 4 < sum(lengths) / len(lengths) < 7


def test_messages_that_are_too_large_are_left_out():
    own = message_sequences(st.sampled_from(["short", "too long"]), max_message_size=5)
    assert mostly(own, "short") > 0.4
    assert mostly(own, "too long") == 0


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        (lambda sequence: len(sequence) > 2, ["", "", ""]),
        (lambda sequence: len(sequence) > 2 and not sequence[2], ["", "", ""]),
        (lambda sequence: b"" in sequence, [b""]),
        (lambda sequence: "{}" in sequence, ["{}"]),
    ],
)
def test_a_sequence_shrinks(condition, shown):
    assert find(message_sequences(), condition, settings=MANY) == shown
