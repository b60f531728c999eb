"""What "a message like this" means, how a near miss is told, and which miss was nearest."""

from __future__ import annotations

import json
import re
from typing import Literal
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsnotebook import EVENT_ACTION_COMPLETE, MESSAGE_ACTION_COMPLETE, Message
from wsnotebook.matching import matcher_for, nearest, stop_matcher_for

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=4)
DEEP = '{"a":' * 100_000


class Ping(Message):
    action: Literal["ping"] = "ping"


class Say(Message):
    action: Literal["say"] = "say"
    text: str
    times: int = 1


class Strict(Message, extra="forbid"):
    text: str


def fits(match, message):
    return matcher_for(match).test(message)


def near(match, *messages):
    return nearest(matcher_for(match), messages)


# Literals


@pytest.mark.parametrize("message", ["", "hello", b"", b"\xff", b"hello"])
def test_a_literal_fits_what_equals_it(message):
    assert fits(message, message)


@pytest.mark.parametrize(
    ("match", "message"), [("a", "ab"), ("a", "A"), ("a", b"a"), (b"a", "a"), ("", b""), ("a", "")]
)
def test_a_literal_fits_nothing_else(match, message):
    assert not fits(match, message)


@pytest.mark.parametrize(
    ("match", "message", "hint"),
    [
        ("GROUP_JOINED: tea", "GROUP_UNAVAILABLE: tea", "differs at character 6"),
        ("hello", "hello!", "differs at character 5"),
        ("hello!", "hello", "differs at character 5"),
        (b"\x01\x02\x03", b"\x01\x02\x04", "differs at byte 2"),
        ("hello", b"hello", "the same, but binary"),
        (b"h\xc3\xa9", "hé", "the same, but text"),
        ("x" * 500 + "a", "x" * 500 + "b", "differs at character 500"),
    ],
)
def test_a_near_miss_of_a_literal(match, message, hint):
    assert near(match, message) == (0, hint)


@pytest.mark.parametrize(
    ("match", "message"),
    [("hello", "goodbye"), ("hello", "welcome"), ("a", b"b"), (b"\x01", b"\x02"), ("hello", "")],
)
def test_what_is_not_near_a_literal(match, message):
    assert near(match, message) is None


# Patterns


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        (r"tea$", "GROUP_JOINED: tea", True),
        (r"tea$", "tea time", False),
        (r"", "", True),
        (r"tea", b"tea", False),
        (rb"\xff+", b"\x00\xff", True),
        (rb"tea", "tea", False),
    ],
)
def test_a_pattern_is_searched_for_in_messages_of_its_kind(pattern, message, expected):
    assert fits(re.compile(pattern), message) is expected


def test_a_pattern_has_no_near_miss():
    assert near(re.compile("a+b"), "aaa") is None


# Parts of JSON


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({}, {}),
        ({}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": {}}}, {"a": {"b": {"c": 1}, "d": 2}}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": None}, {"a": None}),
        ({"a": True}, {"a": True}),
        ({"a": "é"}, {"a": "é"}),
    ],
)
def test_a_dict_fits_json_that_contains_it(part, message):
    assert fits(part, json.dumps(message))
    assert fits(part, json.dumps(message).encode())


@pytest.mark.parametrize(
    ("part", "message", "hint"),
    [
        ({"a": 1, "b": 2}, {"b": 2}, "lacks ['a']"),
        ({"a": None, "b": 2}, {"b": 2}, "lacks ['a']"),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, "lacks ['a']['b']"),
        ({"a": 1}, {"a": 2}, "['a'] is 2, not 1"),
        ({"a": True}, {"a": 1}, "['a'] is 1, not true"),
        ({"a": 1}, {"a": True}, "['a'] is true, not 1"),
        ({"a": 0}, {"a": False}, "['a'] is false, not 0"),
        ({"a": [0]}, {"a": [False]}, "['a'][0] is false, not 0"),
        ({"a": {"b": True}}, {"a": {"b": 1}}, "['a']['b'] is 1, not true"),
        ({"a": [1]}, {"a": [1, 2]}, "['a'] is [1, 2], not [1]"),
        ({"a": [1]}, {"a": {"0": 1}}, "['a'] is {\"0\": 1}, not [1]"),
        ({"a": {}}, {"a": []}, "['a'] is [], not an object"),
        ({"a": ""}, {"a": None}, "['a'] is null, not \"\""),
        ({"a": {1}}, {"a": 1}, "['a'] is 1, not \"{1}\""),
        ({"a": 1}, {"a": "x" * 118}, f"['a'] is \"{'x' * 118}\", not 1"),
        ({"a": 1}, {"a": "x" * 200}, f"['a'] is \"{'x' * 119}..., not 1"),
    ],
)
def test_a_near_miss_of_a_dict(part, message, hint):
    assert not fits(part, json.dumps(message))
    assert near(part, json.dumps(message)) == (0, hint)


@pytest.mark.parametrize("message", ["", "hello", "[1]", "3", "null", b"\xff", DEEP, '"a"'])
def test_a_dict_does_not_fit_what_is_no_json_object(message):
    assert not fits({"a": 1}, message)
    assert near({"a": 1}, message) is None


def test_the_nearest_json_is_that_which_shares_most():
    part = {"a": 1, "b": 2, "c": 3, "d": 4}
    assert near(part, '{"a":0,"b":2,"c":3,"d":4}', '{"a":0,"b":0,"c":3,"d":4}') == (
        0,
        "['a'] is 0, not 1",
    )
    assert near(part, '{"a":1,"b":2,"c":0}') == (0, "['c'] is 0, not 3")


@pytest.mark.parametrize("message", ['{"e":5}', '{"a":1}', '{"a":1,"b":0}', "{}"])
def test_json_that_shares_less_than_half_is_not_near(message):
    assert near({"a": 1, "b": 2, "c": 3, "d": 4}, message) is None


def test_json_nested_just_below_what_can_be_read_does_not_break_a_match():
    # Somewhere between these depths Python can still read a value, and no longer write it.
    for depth in range(800, 1100):
        message = '{"a":' + "[" * depth + "]" * depth + "}"
        assert not fits({"a": 1}, message)
        near({"a": 1}, message)


@given(json_objects)
def test_a_json_object_contains_itself(value):
    assert fits(value, json.dumps(value))


@given(json_objects, json_objects)
def test_a_json_object_contains_each_part_of_itself(value, more):
    whole = {**more, **value}
    assert fits(value, json.dumps(whole))
    assert fits({"outer": value}, json.dumps({"outer": whole, "inner": 1}))


@given(json_objects, st.text())
def test_a_json_object_without_a_key_does_not_contain_it(value, key):
    whole = {name: inner for name, inner in value.items() if name != key}
    assert not fits({**value, key: None}, json.dumps(whole))


# Messages


@pytest.mark.parametrize(
    "message", ['{"text":"x"}', '{"times":1,"text":"x","action":"say"}', b'{"text":"x","more":1}']
)
def test_a_message_fits_what_reads_as_its_equal(message):
    assert fits(Say(text="x"), message)


@pytest.mark.parametrize(
    ("match", "message", "hint"),
    [
        (Say(text="x"), '{"action":"say","text":"y","times":1}', '[\'text\'] is "y", not "x"'),
        (Say(text="x"), '{"action":"say","times":1}', "lacks ['text']"),
        (Strict(text="x"), '{"text":"x","a":1}', "a: Extra inputs are not permitted"),
    ],
)
def test_a_near_miss_of_a_message(match, message, hint):
    assert not fits(match, message)
    assert near(match, message) == (0, hint)


def test_a_near_miss_of_a_message_that_allows_more():
    class Open(Message, extra="allow"):
        text: str

    assert near(Open(text="x"), '{"text":"x","a":1}') == (0, "has more than that")


@pytest.mark.parametrize("message", ["", "x", "[]", b"\xff", DEEP, '{"other":1}'])
def test_what_is_not_near_a_message(message):
    assert not fits(Say(text="x"), message)
    assert near(Say(text="x"), message) is None


def test_a_message_that_is_no_object_matches_too():
    from pydantic import RootModel

    class Names(RootModel[list[str]]):
        pass

    assert fits(Names(["a"]), '["a"]')
    assert not fits(Names(["a"]), '["b"]')
    assert near(Names(["a"]), '["b"]') is None


@pytest.mark.parametrize(
    ("match", "message", "expected"),
    [
        (Ping, '{"action":"ping"}', True),
        (Ping, "{}", True),
        (Ping, '{"action":"say","text":"x"}', False),
        (Say, b'{"text":"x"}', True),
        (Say, "{}", False),
        (Say, "hello", False),
        (Say, DEEP, False),
    ],
)
def test_a_message_class_fits_what_parses_as_it(match, message, expected):
    assert fits(match, message) is expected


@pytest.mark.parametrize(
    ("match", "message", "hint"),
    [
        (Ping, '{"action":"pong"}', "action: Input should be 'ping'"),
        (Say, '{"action":"say","times":2}', "text: Field required"),
        (Say, '{"text":1,"times":"x"}', "text: Input should be a valid string (and 1 more)"),
    ],
)
def test_a_near_miss_of_a_message_class(match, message, hint):
    assert near(match, message) == (0, hint)


def test_what_is_not_near_a_message_class():
    assert near(Say, '{"other":1}', "[]", "hello", b"\xff") is None


def test_a_near_miss_of_a_message_class_goes_by_the_names_on_the_wire():
    from pydantic import Field

    class Aliased(Message):
        kind: str = Field(alias="type")
        text: int

    assert near(Aliased, '{"type":"x","text":"y"}') == (
        0,
        "text: Input should be a valid integer, unable to parse string as an integer",
    )


# Predicates


def test_a_predicate_decides():
    assert fits(lambda message: len(message) == 2, "ab")
    assert not fits(str.isdigit, "ab")
    assert fits(Mock(return_value=1), "ab")


def test_what_a_predicate_raises_comes_out():
    with pytest.raises(ZeroDivisionError):
        fits(lambda _: 1 / 0, "x")


def test_a_predicate_has_no_near_miss():
    assert near(str.isdigit, "12a") is None


def test_an_async_predicate_is_refused():
    async def never_awaited(_):
        return True

    with pytest.raises(TypeError) as caught:
        matcher_for(never_awaited)
    assert str(caught.value) == (
        f"a predicate must be a plain function, not async: {never_awaited!r}"
    )


@pytest.mark.parametrize("match", [None, 3, ["a"], bytearray(b"a"), str, dict, Ping | Say])
def test_anything_else_is_refused(match):
    with pytest.raises(TypeError) as caught:
        matcher_for(match)
    assert str(caught.value) == (
        f"cannot match a message against {match!r}: expected str, bytes, a compiled pattern, "
        "a dict, a Message, a Message class or a predicate"
    )


# Descriptions


@pytest.mark.parametrize(
    ("match", "description"),
    [
        ("hello", "message 'hello'"),
        (b"\x00", r"message b'\x00'"),
        ("x" * 161, f"message '{'x' * 160}'... (161 characters)"),
        (re.compile("a+"), "message matching 'a+'"),
        (re.compile(b"a+"), "message matching b'a+'"),
        ({"a": [1, None]}, 'message containing {"a": [1, null]}'),
        (Say(text="x"), "message equal to Say(action='say', text='x', times=1)"),
        (Say, "message that parses as Say"),
        (str.isdigit, "message accepted by str.isdigit"),
    ],
)
def test_a_match_in_words(match, description):
    assert matcher_for(match).description == description


# Stops


@pytest.mark.parametrize("signal", [MESSAGE_ACTION_COMPLETE, EVENT_ACTION_COMPLETE])
def test_a_completion_constant_as_stop_matches_by_action(signal):
    stop = stop_matcher_for(signal)
    assert stop.description == f"completion signal '{signal}'"
    assert stop.test(json.dumps({"action": signal, "payload": None}))
    assert not stop.test(json.dumps({"action": "group_complete", "payload": None}))
    assert not stop.test(signal)


@pytest.mark.parametrize(
    ("stop", "message"), [("done", "done"), (re.compile("d"), "done"), ({"a": 1}, '{"a":1}')]
)
def test_any_other_stop_matches_as_usual(stop, message):
    assert stop_matcher_for(stop).test(message)
    assert not stop_matcher_for(stop).test("x")


# The nearest


def test_the_nearest_of_several_is_the_most_alike():
    assert near("hello", "help", "hello!", "hullo", "bye") == (1, "differs at character 5")


def test_of_two_equally_near_it_is_the_newer():
    assert near("hello", "hella", "hellb") == (1, "differs at character 4")


def test_only_the_newest_fifty_are_compared():
    assert near("hello", "hella", *["bye"] * 49) == (0, "differs at character 4")
    assert near("hello", "hella", *["bye"] * 50) is None


def test_a_message_that_fits_but_does_not_count_is_told_as_such():
    # It came before a wait that asked for new ones, or a receive has taken it.
    assert near("hello", "hello", "hella") == (0, "fits, but came earlier")
    assert near({"a": 1}, '{"a": 1}', "{}") == (0, "fits, but came earlier")


def test_nothing_is_nearest_to_nothing():
    assert near("hello") is None


matches = (
    st.text()
    | st.binary()
    | json_objects
    | st.sampled_from([re.compile("a"), re.compile(b"a"), Ping, Say, Ping(), Say(text="x")])
)
messages = st.text() | st.binary() | json_values.map(json.dumps) | st.just(DEEP)


@given(matches, st.lists(messages, max_size=5))
def test_looking_for_the_nearest_never_raises(match, received):
    found = near(match, *received)
    if found is not None:
        index, hint = found
        assert 0 <= index < len(received)
        assert hint
