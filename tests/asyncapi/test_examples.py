"""Examples: the document's own, and those that are made up."""

from __future__ import annotations

import pytest
from described import FOREIGN, foreign, minimal
from jsonschema import Draft7Validator

from wsnotebook.asyncapi import read
from wsnotebook.asyncapi._examples import example_of, examples_of
from wsnotebook.asyncapi._tree import Tree


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_made_up_fits(name):
    found = read(foreign(name))
    for channel in found.channels:
        for action in ("receive", "send"):
            for message in channel.messages(action):
                schemas = found.schemas(channel.name, action=action)
                (schema,) = (one for one in schemas if one["title"] == message.name)
                example = example_of(Tree(found.root), message.payload)
                Draft7Validator(schema).validate(example)
                assert example == example_of(Tree(found.root), message.payload)


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"const": {"a": 1}}, {"a": 1}),
        ({"type": "string", "default": "tea"}, "tea"),
        ({"examples": ["milk", "tea"]}, "milk"),
        ({"enum": [2, 3]}, 2),
        ({"type": "string"}, "text"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "format": "email"}, "ann@example.com"),
        ({"type": "string", "format": "binary"}, "text"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "1"),
        ({"type": "string", "pattern": "^[0-9]+$", "minLength": 3}, "123"),
        ({"type": "string", "pattern": "^tea for (2|10)$"}, "…"),
        ({"type": "string", "pattern": "("}, "…"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": 0}, 0),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "multipleOf": 7}, 7),
        ({"type": "number"}, 0.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "array"}, []),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array", "items": [{"type": "integer"}, {"const": "a"}]}, [1, "a"]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"key": 1}),
        ({"properties": {"a": {"type": "null"}}}, {"a": None}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 1),
        (
            {"oneOf": [{"properties": {"a": {"const": 1}}}], "properties": {"b": {"const": 2}}},
            {"a": 1, "b": 2},
        ),
        ({"allOf": [{"type": "integer"}], "description": "x"}, 1),
        ({}, None),
        (True, None),
    ],
)
def test_an_example_of_a_schema(schema, example):
    found = example_of(Tree({}), schema)
    assert (type(found), found) == (type(example), example)


def test_what_contains_itself_ends():
    reply = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "replies": {"type": "array", "items": {"$ref": "#/components/schemas/r"}},
            "parent": {"anyOf": [{"$ref": "#/components/schemas/r"}, {"type": "null"}]},
        },
        "required": ["text", "replies"],
    }
    tree = Tree({"components": {"schemas": {"r": reply}}})
    assert example_of(tree, {"$ref": "#/components/schemas/r"}) == {"text": "text", "replies": []}
    endless = {"properties": {"a": {"$ref": "#/e"}}, "required": ["a"]}
    found = example_of(Tree({"e": endless}), {"$ref": "#/e"})
    while found is not None:
        assert list(found) == ["a"]
        found = found["a"]


def test_examples_of_a_message_are_the_documents_if_there_are_any():
    def examples(payload, *given):
        whole = minimal(payload)
        whole["channels"]["chat"]["messages"]["say"]["examples"] = [
            {"payload": one} for one in given
        ]
        found = read(whole)
        return examples_of(Tree(whole), found.messages("receive")[0])

    assert examples({"examples": [1]}, 2, 3) == (2, 3)
    assert examples({"examples": [1, 4]}) == (1, 4)
    assert examples({"type": "integer"}) == (1,)
    assert examples({"schemaFormat": "application/x-protobuf", "schema": "message Tea {}"}) == ()
