"""What is no schema is refused when a document is read."""

from __future__ import annotations

import pytest
from described import minimal

from wsnotebook.asyncapi import read

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (1, "message 'say' has 1 for a schema"),
        ({"properties": {"a": []}}, "'properties' must be an object of schemas, not {'a': []}"),
        ({"required": True}, "'required' must be a list of texts, not True"),
        ({"items": {"type": 5}}, "'type' must be a text or a list of them, not 5"),
        ({"items": [3]}, "'items' must be a schema or a list of them, not [3]"),
        ({"minimum": "1"}, "'minimum' must be a number, not '1'"),
        ({"maxLength": 1.5}, "'maxLength' must be a whole number from 0 on, not 1.5"),
        ({"multipleOf": 0}, "'multipleOf' must be a number above 0, not 0"),
        ({"pattern": 1}, "'pattern' must be a text, not 1"),
        ({"anyOf": []}, "'anyOf' must be a list of schemas, not []"),
        ({"not": 1}, "'not' must be a schema, not 1"),
        ({"enum": {}}, "'enum' must be a list of values, not {}"),
        ({"$ref": "#/components/schemas/odd"}, "'enum' must be a list of values, not 'tea'"),
    ],
)
def test_what_is_no_schema_is_refused(payload, said):
    with pytest.raises(ValueError) as caught:
        read(minimal(payload, components={"schemas": {"odd": {"enum": "tea"}}}))
    told = f"message 'say' has a schema whose {said}" if payload != 1 else said
    assert str(caught.value) == told


def test_what_is_no_schema_of_a_handshake_is_refused():
    whole = minimal(TEXT)
    whole["channels"]["chat"]["bindings"] = {"ws": {"query": {"type": 1}}}
    with pytest.raises(ValueError) as caught:
        read(whole)
    assert str(caught.value) == (
        "channel 'chat' has a schema whose 'type' must be a text or a list of them, not 1"
    )


def test_long_values_are_cut():
    with pytest.raises(ValueError) as caught:
        read(minimal({"enum": "tea" * 1000}))
    assert str(caught.value).endswith("eateateateateatea...")
