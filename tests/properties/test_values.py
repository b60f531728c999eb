"""Single messages: text, JSON and binary, their edges, and what a failing one shrinks to."""

from __future__ import annotations

import json

import pytest
from drawing import FEW, MANY, is_found, mostly, size
from hypothesis import find, given
from hypothesis import strategies as st

from wsnotebook.messages import encode
from wsnotebook.properties._edge_values import BYTES, JSON_VALUES, TEXTS
from wsnotebook.properties.strategies import (
    Constants,
    binary_messages,
    json_messages,
    text_messages,
)


@given(text_messages(max_message_size=20))
def test_a_text_can_be_sent_and_keeps_to_the_limit(text):
    assert encode(text) == text
    assert size(text) <= 20


@given(json_messages())
def test_a_json_message_is_read_and_written_again(text):
    value = json.loads(text)
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert encode(text) == text


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_json_keeps_to_a_small_limit_and_stays_json(limit):
    @FEW
    @given(json_messages(max_message_size=limit))
    def check(text):
        json.loads(text)
        assert size(text) <= limit

    check()


@given(binary_messages(max_message_size=5))
def test_binary_keeps_to_the_limit(data):
    assert isinstance(data, bytes)
    assert len(data) <= 5


@pytest.mark.parametrize("strategy", [text_messages, json_messages, binary_messages])
def test_a_limit_below_one_is_refused(strategy):
    with pytest.raises(ValueError) as caught:
        strategy(max_message_size=0)
    assert str(caught.value) == "max_message_size must be at least 1, not 0"


@pytest.mark.parametrize("edge", ["", "\0", "NaN", "{", '"\\ud800"', "a" * 65_536])
def test_edge_texts_are_sent(edge):
    assert edge in TEXTS
    assert is_found(text_messages(), lambda text: text == edge)


def test_texts_nest_deeper_than_a_parser_may_follow():
    assert is_found(text_messages(), lambda text: text.startswith("[" * 20_000))


@pytest.fixture(scope="module")
def json_texts():
    """Return the JSON that is drawn in a while."""
    texts = []

    @MANY
    @given(json_messages())
    def look(text):
        texts.append(text)

    look()
    return texts


@pytest.mark.parametrize("edge", [2**53 + 1, 2**64, "\0", [], {}, 5e-324])
def test_edge_values_are_sent_as_json(edge, json_texts):
    assert edge in JSON_VALUES
    assert edge in map(json.loads, json_texts)


def test_json_nests_deeply(json_texts):
    for begin in ("[" * 100, '{"a":' * 100):
        assert any(text.startswith(begin) for text in json_texts)


@pytest.mark.parametrize("edge", [b"", b"\0", b"\xed\xa0\x80", bytes(65_536)])
def test_edge_bytes_are_sent(edge):
    assert edge in BYTES
    assert is_found(binary_messages(), lambda data: data == edge)


@pytest.mark.parametrize("value", TEXTS)
def test_no_edge_text_holds_a_lone_surrogate(value):
    assert encode(value) == value


# Shrinking: what a failing message is shown as


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        (lambda text: len(text) > 3, ("0000", "null")),
        (lambda text: not text.isascii(), ("\x80", "\x85")),
    ],
)
def test_a_text_shrinks(condition, shown):
    strategy = text_messages(constants=Constants(texts=("a room", "room")))
    assert find(strategy, condition, settings=MANY) in shown


def has_key_id(text):
    value = json.loads(text)
    return isinstance(value, dict) and "id" in value


def number_above(limit):
    def condition(text):
        value = json.loads(text)
        member = value.get("id") if isinstance(value, dict) else None
        return isinstance(member, int) and limit < member < 60_000

    return condition


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        (lambda _: True, "{}"),
        (lambda text: json.loads(text) == [], "[]"),
        (has_key_id, '{"id":null}'),
        (number_above(1_000), '{"id":1024}'),
    ],
)
def test_a_json_message_shrinks(condition, shown):
    strategy = json_messages(constants=Constants(keys=("name", "id")))
    assert find(strategy, condition, settings=MANY) == shown


def test_binary_shrinks():
    assert find(binary_messages(), lambda data: len(data) > 3, settings=MANY) == b"\0\0\0\0"


# What JSON there is


def kinds_in(value):
    """Return the types of a JSON value and of all that is in it."""
    inner = inside(value) if isinstance(value, (list, dict)) else ()
    return {type(value)}.union(*map(kinds_in, inner))


def test_json_nests_every_type_in_every_other(json_texts):
    every = {type(None), bool, int, str, float, list, dict}
    values = list(map(json.loads, json_texts))
    for outer in (list, dict):
        inner = [one for value in values if isinstance(value, outer) for one in inside(value)]
        assert set().union(*map(kinds_in, inner)) == every


def inside(value):
    """Return what is in a list or an object."""
    return value.values() if isinstance(value, dict) else value


def members(text):
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


def test_an_edge_value_stands_in_an_object_too(json_texts):
    objects = list(map(members, json_texts))
    assert any(2**63 in one.values() for one in objects)
    assert any("\ufeff" in one.values() for one in objects)
    assert any(is_emoji(key) for one in objects for key in one)


def is_emoji(text):
    return any(ord(one) > 0xFFFF for one in text)


def test_few_messages_are_large():
    assert mostly(st.lists(text_messages().map(lambda text: size(text) > 1_000)), True) < 0.05
