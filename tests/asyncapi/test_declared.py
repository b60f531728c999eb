"""The schemas of Message classes: draft 7, and what is required of whom."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from described import problems
from pydantic import Field

from wsnotebook import Channel, Message, SetupError
from wsnotebook.asyncapi import document


class Say(Message):
    """Asks to tell the room."""

    type: Literal["say"] = "say"
    text: str = Field(max_length=80)


class Count(Message):
    type: Literal["count"] = "count"
    where: tuple[int, str] = (1, "tea")


class Said(Message):
    type: Literal["said"] = "said"
    said: Say
    by: Say = Field(description="The first.")
    others: list[Said] = Field(default_factory=list)


class Chat(Channel):
    accepts = Say | Count
    sends = Said


class Lost(Message):
    where: Nowhere  # noqa: F821


def schemas_of(channel):
    """Return the schemas of a document that the published schema has nothing against."""
    made = document(channel, title="Tea room", version="2.1")
    assert problems(made) == []
    return made["components"]["schemas"]


def test_a_class_whose_annotations_lead_nowhere():
    class Odd(Channel):
        sends = Lost

    with pytest.raises(SetupError) as caught:
        document(Odd, title="x", version="1")
    assert str(caught.value) == (
        "Lost has no JSON Schema: `Lost` is not fully defined; you should define `Nowhere`, then "
        "call `Lost.model_rebuild()`."
    )


def test_schemas_are_those_of_draft_7():
    schemas = schemas_of(Chat)
    assert schemas["Count"] == {
        "properties": {
            "type": {"const": "count", "default": "count", "type": "string"},
            "where": {
                "default": [1, "tea"],
                "items": [{"type": "integer"}, {"type": "string"}],
                "maxItems": 2,
                "minItems": 2,
                "type": "array",
            },
        },
        "required": ["type"],
        "title": "Count",
        "type": "object",
    }
    said = schemas["Said"]
    assert said["properties"]["said"] == {"$ref": "#/components/schemas/Say-Output"}
    assert said["properties"]["by"] == {
        "allOf": [{"$ref": "#/components/schemas/Say-Output"}],
        "description": "The first.",
    }


def test_what_is_always_sent_is_required_and_so_is_what_tells_messages_apart():
    schemas = schemas_of(Chat)
    assert schemas["Said"]["required"] == ["type", "said", "by", "others"]
    assert schemas["Say-Output"]["required"] == ["type", "text"]
    assert schemas["Say-Input"]["required"] == ["type", "text"]

    class Alone(Channel):
        accepts = Say

    assert schemas_of(Alone)["Say"]["required"] == ["text"]


def test_what_tells_the_parts_of_a_field_apart_is_required():
    class Both(Message):
        part: Say | Count = Field(discriminator="type")

    class Parted(Channel):
        accepts = Both

    schemas = schemas_of(Parted)
    assert schemas["Both"]["properties"]["part"] == {
        "oneOf": [{"$ref": "#/components/schemas/Say"}, {"$ref": "#/components/schemas/Count"}]
    }
    assert (schemas["Say"]["required"], schemas["Count"]["required"]) == (
        ["type", "text"],
        ["type"],
    )


def test_messages_that_nothing_tells_apart():
    class First(Message):
        number: int

    class Second(Message):
        text: str = ""
        anything: dict[str, Any] = Field(default_factory=dict)

    class Either(Channel):
        accepts = First | Second

    schemas = schemas_of(Either)
    assert schemas["First"]["required"] == ["number"]
    assert "required" not in schemas["Second"]
    assert schemas["Second"]["properties"]["anything"] == {
        "additionalProperties": True,
        "type": "object",
    }
