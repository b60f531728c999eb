"""Message classes made of a document: what they take and write, and what they do not check."""

from __future__ import annotations

import json

import pytest
from described import FOREIGN, GEMINI, KRAKEN, SLACK, foreign, minimal
from pydantic import RootModel, ValidationError

from wsnotebook import Channel, Message, UndecodableMessage, connect
from wsnotebook.asyncapi import read
from wsnotebook.messages import MessageReader


def type_of(payload, **parts):
    """Return the one class of a document with one message."""
    (cls,) = read(minimal(payload, **parts)).types("chat", action="receive")
    return cls


def takes(cls, *values):
    """Return which of ``values`` parse as ``cls``."""
    return [value for value in values if parses(cls, value)]


def parses(cls, value):
    try:
        cls.model_validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def field(payload):
    """Return a class with one required field, ``x``, and a function that asks what ``x`` takes."""
    cls = type_of({"type": "object", "properties": {"x": payload}, "required": ["x"]})
    return cls, lambda *values: [one["x"] for one in takes(cls, *({"x": v} for v in values))]


ANY = (None, True, 0, 1, -1, 1.5, "", "tea", "TEA 1", [], [1], ["a"], {}, {"a": 1})


@pytest.mark.parametrize(
    ("schema", "taken"),
    [
        ({"type": "string"}, ["", "tea", "TEA 1"]),
        ({"type": "string", "minLength": 1, "maxLength": 3}, ["tea"]),
        ({"type": "string", "pattern": "A(?= )"}, ["TEA 1"]),
        ({"type": "string", "format": "date-time"}, ["", "tea", "TEA 1"]),
        ({"type": "integer"}, [0, 1, -1]),
        ({"type": "integer", "minimum": 0, "exclusiveMaximum": 1}, [0]),
        ({"type": "integer", "minimum": 0.5}, [1]),
        ({"type": "integer", "exclusiveMinimum": -0.5, "exclusiveMaximum": 0.5}, [0]),
        ({"type": "integer", "maximum": -0.5, "multipleOf": 1.0}, [-1]),
        ({"type": "number"}, [0, 1, -1, 1.5]),
        ({"type": "boolean"}, [True]),
        ({"type": "null"}, [None]),
        ({"type": ["string", "null"], "minLength": 4}, [None, "TEA 1"]),
        ({"type": "array"}, [[], [1], ["a"]]),
        ({"type": "array", "items": {"type": "integer"}}, [[], [1]]),
        ({"type": "array", "minItems": 1}, [[1], ["a"]]),
        ({"type": "object"}, [{}, {"a": 1}]),
        ({"additionalProperties": {"type": "integer"}, "type": "object"}, [{}, {"a": 1}]),
        ({"properties": {"a": {"type": "string"}}}, [{}]),
        ({"type": ["object", "null"], "properties": {"a": {"const": 1}}}, [None, {}, {"a": 1}]),
        ({"const": "tea"}, ["tea"]),
        ({"enum": ["tea", 1, None]}, [None, 1, "tea"]),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, [None, "", "tea", "TEA 1"]),
        ({"anyOf": [{"const": 0}, {"type": "object"}]}, [0, {}, {"a": 1}]),
        ({"allOf": [{"type": "boolean"}], "description": "Whether."}, [True]),
        ({"$ref": "#/channels/chat/messages/say/payload/properties/x/$defs/own"}, None),
        (True, list(ANY)),
        ({}, list(ANY)),
    ],
)
def test_what_is_simple_is_precise(schema, taken):
    if taken is None:
        schema = {"$ref": "#/components/schemas/count"}
        taken = [0, 1, -1]
        payload = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
        cls = type_of(payload, components={"schemas": {"count": {"type": "integer"}}})
        found = [one["x"] for one in takes(cls, *({"x": value} for value in ANY))]
    else:
        cls, ask = field(schema)
        found = ask(*ANY)
    assert [(type(one), one) for one in found] == [(type(one), one) for one in taken]
    assert "Not checked" not in cls.__doc__


@pytest.mark.parametrize(
    ("schema", "note"),
    [
        ({"not": {"type": "integer"}}, "x (not)"),
        ({"const": 1.5}, "x (const)"),
        ({"enum": [[1]]}, "x (enum)"),
        (False, "x (nothing fits)"),
        ({"type": "tea"}, "x (type)"),
        ({"if": {"const": 1}, "then": False}, "x (if, then)"),
        (
            {"allOf": [{"type": "string"}, {"minLength": 1}]},
            "x (allOf)",
        ),
    ],
)
def test_what_is_not_simple_is_any_and_said_so(schema, note):
    cls, ask = field(schema)
    assert len(ask(*ANY)) == len(ANY)
    assert cls.__doc__ == f"As the document describes it.\n\nNot checked: {note}."


@pytest.mark.parametrize(
    ("schema", "note"),
    [
        ({"type": "array", "uniqueItems": True}, "x (uniqueItems)"),
        ({"type": "array", "items": [{"type": "integer"}]}, "x (items)"),
        ({"type": "array", "items": {"type": "number", "multipleOf": 0.1}}, "x[] (multipleOf)"),
        ({"type": "string", "pattern": "\\p{L}"}, "x (pattern)"),
        ({"type": "integer", "multipleOf": 1.5}, "x (multipleOf)"),
        ({"type": "object", "required": ["a"]}, "x.a (required)"),
        ({"type": "object", "additionalProperties": False}, "x (additionalProperties)"),
        ({"properties": {"a": {"not": {}}}}, "x.a (not)"),
        ({"properties": {}, "required": ["b"]}, "x.b (required)"),
    ],
)
def test_what_is_precise_but_for_something_says_for_what(schema, note):
    cls, _ = field(schema)
    assert cls.__doc__ == f"As the document describes it.\n\nNot checked: {note}."


def test_what_contains_itself_is_any_there():
    reply = {
        "type": "object",
        "description": "A reply.",
        "properties": {"replies": {"type": "array", "items": {"$ref": "#/components/schemas/r"}}},
    }
    cls = type_of({"$ref": "#/components/schemas/r"}, components={"schemas": {"r": reply}})
    assert takes(cls, {"replies": [{"replies": []}]}, {"replies": 1}) == [
        {"replies": [{"replies": []}]}
    ]
    assert cls.__doc__ == "A reply.\n\nNot checked: replies[].replies[] (it contains itself)."


# Classes


def test_a_class_has_the_name_and_the_words_of_the_message():
    cls = type_of(
        {
            "type": "object",
            "description": "What is said.",
            "properties": {"text": {"type": "string", "description": "The words."}},
        }
    )
    assert (cls.__name__, cls.__doc__) == ("Say", "What is said.")
    assert issubclass(cls, Message)
    assert cls.model_fields["text"].description == "The words."


def test_what_arrives_is_kept_and_written_as_it_came():
    cls = type_of(
        {
            "type": "object",
            "properties": {
                "from": {"type": "string"},
                "my-text": {"type": "string"},
                "json": {"type": "boolean", "default": True},
                "inner": {"type": "object", "properties": {"@id": {"type": "integer"}}},
            },
        }
    )
    text = '{"from":"ann","my-text":"tea","inner":{"@id":1,"more":[2]},"else":null}'
    found = cls.model_validate_json(text)
    assert (found.from_, found.my_text, found.json_, found.inner.id) == ("ann", "tea", True, 1)
    assert json.loads(found.model_dump_json()) == json.loads(text)
    assert cls(from_="bob").model_dump_json() == '{"from":"bob"}'


def test_names_that_python_has_no_room_for():
    keys = ["a-b", "a_b", "class", "1st", "_x", "model_x", "model_dump", "copy", "é", "!"]
    cls = type_of({"type": "object", "properties": {key: {"const": key} for key in keys}})
    value = {key: key for key in keys}
    assert takes(cls, value) == [value]
    assert list(cls.model_fields) == [
        *("a_b", "a_b_", "class_", "field_1st", "x", "field_model_x", "field_model_dump"),
        *("copy_", "é", "field_"),
    ]


def test_additional_properties_can_be_forbidden():
    cls = type_of({"properties": {"a": {"const": 1}}, "additionalProperties": False})
    assert takes(cls, {"a": 1}, {"a": 1, "b": 2}, {}) == [{"a": 1}, {}]


def test_what_all_of_brings_is_put_together():
    cls = type_of(
        {
            "allOf": [
                {"properties": {"a": {"const": 1}}, "required": ["a"]},
                {"type": "object", "properties": {"b": {"const": 2}}},
            ],
            "required": ["b"],
        }
    )
    values = {"a": 1, "b": 2}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2, "c": 3}
    assert takes(cls, *values) == [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}]


def test_a_message_that_is_no_object_is_a_root():
    cls = type_of({"type": "array", "items": {"type": "integer"}, "description": "Numbers."})
    assert issubclass(cls, RootModel)
    assert (cls.__name__, cls.__doc__) == ("Say", "Numbers.")
    assert takes(cls, [1], ["1"], {}) == [[1]]


def test_a_message_that_is_one_of_several_is_a_class_for_each():
    schemas = {
        "tea": {"type": "object", "properties": {"t": {"const": 1}}, "required": ["t"]},
        "milk": {"type": "object", "properties": {"m": {"const": 1}}, "required": ["m"]},
    }
    one_of = {
        "oneOf": [{"$ref": "#/components/schemas/tea"}, {"$ref": "#/components/schemas/milk"}]
    }
    found = read(minimal(one_of, components={"schemas": schemas})).types("/chat", action="receive")
    assert [cls.__name__ for cls in found] == ["Tea", "Milk"]


def test_the_same_classes_each_time_under_either_name():
    found = read(foreign(KRAKEN))
    assert found.types("currencyExchange") is found.types("/")
    assert found.types("/", action="receive") is not found.types("/")


def test_types_with_the_same_name_are_numbered():
    payload = {"properties": {"tea": {"properties": {"a": {}}}}}
    whole = minimal(payload)
    messages = whole["channels"]["chat"]["messages"]
    messages["say-tea"] = {"payload": {"properties": {"a": {}}}}
    messages["sayTea"] = {"payload": {"properties": {"a": {}}}}
    first, second, third = read(whole).types("chat", action="receive")
    assert (first.__name__, second.__name__, third.__name__) == ("Say", "SayTea", "SayTea2")
    assert first.model_fields["tea"].annotation.__name__ == "SayTea3"


# Documents that nobody here wrote


@pytest.mark.parametrize("name", FOREIGN)
def test_examples_of_foreign_documents_parse_as_their_types(name):
    found = read(foreign(name))
    for channel in found.channels:
        for message in channel.sends:
            reader = MessageReader(found.types(channel.name))
            for example in message.examples:
                if message.name == "subscriptionStatus":  # its own examples break its schema
                    with pytest.raises(UndecodableMessage):
                        reader(json.dumps(example))
                else:
                    assert json.loads(reader(json.dumps(example)).model_dump_json()) == example


def test_gemini_is_two_classes_one_within_the_other():
    heartbeat, update = read(foreign(GEMINI)).types("marketDataV1")
    assert (heartbeat.__name__, update.__name__) == ("Heartbeat", "Update")
    assert update.__doc__.endswith("\n\nNot checked: events[].price (multipleOf).")
    assert takes(heartbeat, {"type": "heartbeat", "socket_sequence": 1}, {"type": "heartbeat"}) == [
        {"type": "heartbeat", "socket_sequence": 1}
    ]


def test_all_46_messages_of_slack_are_classes_with_names_of_their_own():
    classes = read(foreign(SLACK)).types("root")
    assert len({cls.__name__ for cls in classes}) == 46
    reader = MessageReader(classes)
    goodbye = next(cls for cls in classes if cls.__name__ == "Goodbye")
    assert isinstance(reader('{"type": "goodbye"}'), goodbye)


async def test_a_client_reads_with_the_types_of_a_document():
    class Exchange(Channel):
        async def on_message(self, message):
            request = json.loads(message)
            await self.send_json({"event": "pong", "reqid": request["reqid"]})
            await self.send_json({"event": "pong", "reqid": "one"})

    found = read(foreign(KRAKEN))
    ping, *_ = found.types("/", action="receive")
    pong, *_ = found.types("/")
    async with connect(Exchange, accepts=found.types("/")) as client:
        await client.send(ping(event="ping", reqid=7))
        assert await client.receive_message() == pong(event="pong", reqid=7)
        with pytest.raises(UndecodableMessage):
            await client.receive_message()
