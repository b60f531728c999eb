"""What goes on the wire, and how it is read: text, binary, JSON, Message classes, signals."""

from __future__ import annotations

import json
import subprocess
import sys
from enum import StrEnum
from typing import Literal
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, create_model

from wsnotebook import Message, SetupError, UndecodableMessage
from wsnotebook.messages import (
    COMPLETION_SIGNALS,
    EVENT_ACTION_COMPLETE,
    GROUP_ACTION_COMPLETE,
    MESSAGE_ACTION_COMPLETE,
    MessageReader,
    decode_json,
    encode,
    encode_json,
    first_problem,
    is_action,
    is_message,
    is_message_class,
    read_nothing,
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Ping(Message):
    action: Literal["ping"] = "ping"


class Say(Message):
    action: Literal["say"] = "say"
    text: str
    times: int = 1


class Untagged(Message):
    word: str


UNKNOWN_TAG = (
    "Input tag 'sing' found using 'action' does not match any of the expected tags: 'ping', 'say'"
)
# No field tells these apart: the first class that was tried is told.
UNTAGGED_PROBLEM = "Ping.action: Input should be 'ping' (and 1 more)"


# Encoding


@pytest.mark.parametrize(
    ("message", "encoded"),
    [
        ("hello", "hello"),
        ("", ""),
        ("é\U0001f44b\x00", "é\U0001f44b\x00"),
        (b"", b""),
        (b"\xff\x00", b"\xff\x00"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abcd")[::2], b"ac"),
        (Ping(), '{"action":"ping"}'),
        (Say(text="é"), '{"action":"say","text":"é","times":1}'),
    ],
)
def test_what_goes_on_the_wire(message, encoded):
    assert encode(message) == encoded
    assert type(encode(message)) is type(encoded)


def test_a_str_enum_goes_as_the_text_that_it_is():
    class Word(StrEnum):
        HELLO = "hello"

    assert encode(Word.HELLO) == "hello"
    assert type(encode(Word.HELLO)) is str


@pytest.mark.parametrize("message", [{"a": 1}, ["a"], 3, None, Ping, Mock()])
def test_anything_else_is_not_sent(message):
    with pytest.raises(TypeError) as caught:
        encode(message)
    assert str(caught.value) == (
        f"cannot send {message!r}: expected str (text), bytes (binary) or a Message; "
        "send_json() sends other values as JSON"
    )


def test_a_long_value_is_cut_in_the_text_of_an_error():
    with pytest.raises(TypeError) as caught:
        encode(["x" * 1000])
    assert str(caught.value).startswith(f"cannot send ['{'x' * 158}...: expected str (text)")
    with pytest.raises(TypeError) as caught:
        encode(["x" * 156])
    assert str(caught.value).startswith(f"cannot send ['{'x' * 156}']: expected str (text)")


def test_a_lone_surrogate_cannot_be_text():
    with pytest.raises(ValueError) as caught:
        encode("ab\ud800")
    assert type(caught.value) is ValueError
    assert str(caught.value) == (
        r"cannot send 'ab\ud800' as text: lone surrogate at character 2; "
        "a text message is UTF-8 (RFC 6455 section 5.6), send bytes instead"
    )


def test_json_is_compact_and_not_escaped():
    assert encode_json({"a": [1, None, True], "é": "ü"}) == '{"a":[1,null,true],"é":"ü"}'


@given(json_values)
def test_a_json_value_comes_back_as_it_went(value):
    assert decode_json(encode_json(value)) == value
    assert decode_json(encode_json(value).encode()) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_json_has_no_infinities(value):
    with pytest.raises(ValueError, match=r"^cannot send .* as JSON: Out of range float values"):
        encode_json(value)


def test_json_has_no_form_for_a_set():
    with pytest.raises(TypeError) as caught:
        encode_json({"a": {1}})
    assert str(caught.value) == (
        "cannot send {'a': {1}} as JSON: Object of type set is not JSON serializable"
    )


def test_json_cannot_hold_itself():
    value = []
    value.append(value)
    with pytest.raises(ValueError) as caught:
        encode_json(value)
    assert str(caught.value) == "cannot send [[...]] as JSON: Circular reference detected"


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def test_json_that_is_nested_too_deeply_is_not_sent():
    with pytest.raises(ValueError) as caught:
        encode_json(nested(100_000))
    assert str(caught.value) == "cannot send the value as JSON: it is nested too deeply"


def test_json_with_a_lone_surrogate_is_not_sent():
    with pytest.raises(ValueError, match="lone surrogate at character 2"):
        encode_json(["\ud800"])


# Decoding


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("1 2", "Extra data: line 1 column 3 (char 2)"),
        (b"hello", "Expecting value: line 1 column 1 (char 0)"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_what_is_not_json_says_so(message, reason):
    with pytest.raises(UndecodableMessage) as caught:
        decode_json(message)
    assert str(caught.value) == f"{message!r} is not JSON: {reason}"
    assert caught.value.__suppress_context__


def test_json_that_is_nested_too_deeply_is_undecodable():
    with pytest.raises(UndecodableMessage) as caught:
        decode_json("[" * 100_000)
    shown = "[" * 160
    assert str(caught.value) == (
        f"'{shown}'... (100,000 characters) is not JSON: it is nested too deeply"
    )


@given(st.text() | st.binary())
def test_decoding_gives_a_value_or_says_why_not(message):
    try:
        expected = json.loads(message)
    except ValueError:
        with pytest.raises(UndecodableMessage):
            decode_json(message)
    else:
        assert repr(decode_json(message)) == repr(expected)


# Message classes


def test_a_message_is_told_from_what_looks_like_one():
    class Lookalike:
        def model_dump_json(self): ...

    assert is_message(Ping())
    assert is_message_class(Ping)
    assert not any(map(is_message, [Ping, Lookalike(), Mock(), "x", {}]))
    assert not any(map(is_message_class, [Ping(), Lookalike, Mock(), str, Ping | Say]))


def test_looking_for_a_message_does_not_load_pydantic():
    code = """
import sys
from wsnotebook.messages import encode, is_message, is_message_class
assert encode("x") == "x" and not is_message({}) and not is_message_class(dict)
assert "pydantic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_message_is_one_class_however_it_is_reached():
    import wsnotebook
    from wsnotebook import messages

    assert wsnotebook.Message is messages.Message is Message
    assert Message.__qualname__ == "Message"
    assert Message.__module__ == "wsnotebook.messages"


def test_an_unknown_name_of_the_module_is_an_attribute_error():
    from wsnotebook import messages

    with pytest.raises(AttributeError) as caught:
        messages.Massage  # noqa: B018
    assert str(caught.value) == "module 'wsnotebook.messages' has no attribute 'Massage'"


@pytest.mark.parametrize("accepts", [Ping | Say, (Ping, Say), Say | Ping])
@pytest.mark.parametrize("message", [Ping(), Say(text="x", times=2)])
def test_a_reader_tells_classes_apart_by_their_literal_fields(accepts, message):
    assert MessageReader(accepts)(message.model_dump_json()) == message
    assert type(MessageReader(accepts)(message.model_dump_json())) is type(message)


@pytest.mark.parametrize(
    ("fields", "other", "message"),
    [
        ({"action": (Literal["x"], Field("x", validation_alias="a"))}, Ping, '{"a":"x"}'),
        ({"action": (Literal["ping"], "ping"), "n": (int, 0)}, Ping, '{"action":"ping","n":1}'),
        ({"action": (Literal["x", "y"], "x")}, Ping, '{"action":"y"}'),
        ({"action": (str, "")}, Ping, '{"action":"else"}'),
        ({"kind": (Literal["x"], "x")}, Say, '{"kind":"x"}'),
    ],
)
def test_a_reader_does_with_whatever_fields_there_are(fields, other, message):
    made = create_model("Made", __base__=Message, **fields)
    assert type(MessageReader(made | other)(message)) is made


def test_a_reader_of_one_class_reads_text_and_binary():
    read = MessageReader(Say)
    assert read('{"action":"say","text":"x"}') == Say(text="x")
    assert read(b'{"text":"x","extra":1}') == Say(text="x")


@pytest.mark.parametrize(
    ("accepts", "name", "message", "reason"),
    [
        (Say, "Say", "{}", "text: Field required"),
        (Say, "Say", '{"text":1,"times":"x"}', "text: Input should be a valid string (and 1 more)"),
        (Ping, "Ping", "[]", "Input should be an object"),
        (Ping, "Ping", "{", "Invalid JSON: EOF while parsing an object at line 1 column 1"),
        (Ping | Say, "Ping or Say", "0", "Input should be an object"),
        (Ping | Say, "Ping or Say", '{"action":"say"}', "say.text: Field required"),
        (Ping | Say, "Ping or Say", '{"action":"sing"}', UNKNOWN_TAG),
        (Ping | Untagged, "Ping or Untagged", '{"action":1}', UNTAGGED_PROBLEM),
        (Ping | Ping, "Ping", '{"action":"sing"}', "action: Input should be 'ping'"),
    ],
)
def test_what_a_reader_cannot_read_says_why(accepts, name, message, reason):
    with pytest.raises(UndecodableMessage) as caught:
        MessageReader(accepts)(message)
    assert str(caught.value) == f"{message!r} is not {name}: {reason}"


def test_the_first_problem_of_any_other_error_is_its_text():
    assert first_problem(ValueError("out of range")) == "out of range"


def test_deeply_nested_json_is_undecodable_to_a_reader():
    with pytest.raises(UndecodableMessage) as caught:
        MessageReader(Ping)('{"action":' + "[" * 100_000)
    assert caught.value.reason.startswith("Invalid JSON: recursion limit exceeded")


@pytest.mark.parametrize("accepts", [(), dict, "Ping", Ping | None, Ping(), (Ping, str)])
def test_a_reader_needs_message_classes(accepts):
    with pytest.raises(TypeError) as caught:
        MessageReader(accepts)
    assert str(caught.value) == (
        f"accepts must be a Message class, a union or a tuple of them, not {accepts!r}"
    )


def test_reading_without_classes_is_a_set_up_error():
    with pytest.raises(SetupError) as caught:
        read_nothing("hello")
    assert str(caught.value) == (
        "cannot read 'hello' as a Message without knowing the classes: "
        "connect(..., accepts=MyMessage)"
    )


# Completion signals


def test_the_completion_signals():
    assert MESSAGE_ACTION_COMPLETE == "complete"
    assert GROUP_ACTION_COMPLETE == "group_complete"
    assert EVENT_ACTION_COMPLETE == "event_complete"
    assert {"complete", "group_complete", "event_complete"} == COMPLETION_SIGNALS


@pytest.mark.parametrize("signal", sorted(COMPLETION_SIGNALS))
@pytest.mark.parametrize("space", ["", " ", "\n", "\t", "\r\n"])
def test_a_signal_is_recognised_from_any_server(signal, space):
    text = space + json.dumps({"action": signal, "payload": None})
    assert is_action(text, COMPLETION_SIGNALS) is True
    assert is_action(text.encode(), COMPLETION_SIGNALS) is True
    assert is_action(text, frozenset({signal})) is True
    assert is_action(text, frozenset({"other"})) is False


@pytest.mark.parametrize(
    "message",
    [
        "",
        b"",
        "complete",
        '"complete"',
        "{",
        '{"action"',
        '["complete"]',
        ' ["complete"]',
        '{"action": 1}',
        '{"action": ["complete"]}',
        '{"payload": {"action": "complete"}}',
        b"\xff",
        "{" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=lambda message: repr(message[:20]),
)
def test_what_is_no_signal(message):
    assert is_action(message, COMPLETION_SIGNALS) is False
