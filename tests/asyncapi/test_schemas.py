"""Schemas that stand alone: ``Document.schemas``, and those without references."""

from __future__ import annotations

import pytest
from described import FOREIGN, KRAKEN, foreign, minimal
from jsonschema import Draft7Validator

from wsnotebook import SetupError
from wsnotebook.asyncapi import page, read
from wsnotebook.asyncapi._schemas import DRAFT_7, bundled, unrolled
from wsnotebook.asyncapi._tree import Tree

REPLY = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "replies": {"$ref": "#/components/schemas/Replies"}},
    "required": ["text"],
}
ROOT = {
    "components": {
        "schemas": {
            "Reply": REPLY,
            "Replies": {"type": "array", "items": {"$ref": "#/components/schemas/Reply"}},
            "a/b": {"type": "integer"},
        }
    }
}


def fits(schema, value):
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema).is_valid(value)


def test_a_bundled_schema_has_all_it_refers_to():
    schema = bundled(Tree(ROOT), {"$ref": "#/components/schemas/Reply"}, "reply")
    assert (schema["$schema"], schema["title"]) == (DRAFT_7, "reply")
    assert set(schema["definitions"]) == {"Reply", "Replies"}
    assert fits(schema, {"text": "a", "replies": [{"text": "b", "replies": []}]})
    assert not fits(schema, {"text": "a", "replies": [{"replies": []}]})


def test_a_reference_is_a_json_pointer():
    tree = Tree(ROOT)
    schema = bundled(tree, {"items": {"$ref": "#/components/schemas/a~1b"}, "title": "Own"}, "x")
    assert schema["title"] == "Own"
    assert list(schema["definitions"]) == ["a_1b"]
    assert not fits(schema, ["a"])
    assert tree.at("#/components/schemas/Reply/required/0") == "text"


def test_what_is_no_schema_is_left_alone():
    data = {"const": {"$ref": "#/x"}, "default": {"$ref": "#/y"}, "enum": [{"$ref": "#/z"}]}
    assert bundled(Tree({}), data, "data") == {"$schema": DRAFT_7, "title": "data", **data}
    assert unrolled(Tree({}), data) == data


def test_a_schema_may_bring_definitions_of_its_own():
    own = {
        "definitions": {
            "Tea": {"const": "tea"},
            "Cup": {"properties": {"of": {"$ref": "#/definitions/Tea"}}},
        },
        "type": "array",
        "items": {"$ref": "#/definitions/Cup"},
    }
    found = read(minimal(own))
    (schema,) = found.schemas("chat", action="receive")
    assert (fits(schema, [{"of": "tea"}]), fits(schema, [{"of": "milk"}])) == (True, False)
    (cls,) = found.types("chat", action="receive")
    assert cls.model_validate_json('[{"of":"tea"}]').root[0].of == "tea"
    assert "[].of" in page(found)
    (message,) = found.messages("receive")
    assert unrolled(found._tree, message.payload) == {
        "type": "array",
        "items": {"properties": {"of": {"const": "tea"}}},
    }


def test_definitions_of_the_same_name_are_kept_apart():
    root = {"a": {"Tea": {"const": 1}}, "b": {"Tea": {"const": 2}}}
    parts = [{"$ref": "#/a/Tea"}, {"$ref": "#/b/Tea"}]
    assert bundled(Tree(root), {"items": parts}, "x")["definitions"] == {
        "Tea": {"const": 1},
        "Tea_2": {"const": 2},
    }


def test_what_contains_itself_is_unrolled_and_cut_off():
    schema = unrolled(Tree(ROOT), {"$ref": "#/components/schemas/Reply"})
    assert "$ref" not in str(schema)
    inner = {"text": "c", "replies": []}
    assert fits(schema, {"text": "a", "replies": [{"text": "b", "replies": [inner]}]})
    deep = {"text": "d", "replies": [inner]}
    assert not fits(schema, {"text": "a", "replies": [{"text": "b", "replies": [deep]}]})


@pytest.mark.parametrize("schema", [True, {}])
def test_anything_fits_where_nothing_is_said(schema):
    assert fits(bundled(Tree({}), schema, "x"), [None])
    assert unrolled(Tree({}), schema) == schema


@pytest.mark.parametrize("name", FOREIGN)
def test_examples_of_foreign_documents_fit_their_schemas(name):
    found = read(foreign(name))
    for channel in found.channels:
        for action in ("receive", "send"):
            messages = channel.messages(action)
            schemas = found.schemas(channel.name, action=action) if messages else ()
            assert [one["title"] for one in schemas] == [one.name for one in messages]
            for message, schema in zip(messages, schemas, strict=True):
                for example in message.examples:
                    # Kraken's own examples break its own schema: a pair is no list.
                    is_broken = (name, message.name) in BROKEN
                    assert fits(schema, example) is not is_broken


BROKEN = {
    (name, "subscriptionStatus")
    for name in (KRAKEN, "kraken-websocket-request-reply-multiple-channels")
}


def test_an_oracle_of_a_channel_that_sends_text_is_refused():
    found = read(minimal({"type": "string"}, action="send", content_type="text/plain"))
    with pytest.raises(SetupError, match=r"^message 'say' is 'text/plain', not JSON: "):
        found.schemas("chat")
