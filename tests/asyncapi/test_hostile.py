"""Documents that mean harm, or are only very large: each is read, or refused in words."""

from __future__ import annotations

import html
import json
from itertools import product

import pytest
from described import minimal

from wsnotebook.asyncapi import page, read
from wsnotebook.asyncapi._schemas import how_deep, unrolled
from wsnotebook.asyncapi._tree import Tree
from wsnotebook.messages import MessageReader

HERE = '${location.origin.replace("http", "ws")}'
HEAD = "asyncapi: 3.0.0\ninfo: {title: Chat, version: '1'}\n"


def named(schemas, first="s0", **options):
    """Return a document whose message is one of several named schemas."""
    return minimal(
        {"$ref": f"#/components/schemas/{first}"}, components={"schemas": schemas}, **options
    )


def each_has_all(count):
    """Return schemas each of which may have members that fit each of them."""
    members = {f"p{number}": {"$ref": f"#/components/schemas/s{number}"} for number in range(count)}
    return {f"s{number}": {"type": "object", "properties": members} for number in range(count)}


def each_has_next_twice(count):
    """Return schemas of which each may have two of the next: twice as many at each step."""
    found = {f"s{count}": {"type": "integer"}}
    for number in range(count):
        below = {"$ref": f"#/components/schemas/s{number + 1}"}
        found[f"s{number}"] = {"type": "object", "properties": {"left": below, "right": below}}
    return found


@pytest.mark.parametrize("schemas", [each_has_all(12), each_has_next_twice(20)])
def test_what_would_unfold_without_end_is_cut_where_it_is_deep(schemas):
    found = read(named(schemas))
    (cls,) = found.types("chat", action="receive")
    assert "(it is too deep)" in cls.__doc__
    assert len(cls.__doc__) < 2_000
    assert cls.__doc__.endswith(" more.")
    (schema,) = found.schemas("chat", action="receive")
    assert len(schema["definitions"]) == len(schemas)
    assert len(page(found)) < 1_000_000
    assert len(json.dumps(unrolled(found._tree, {"$ref": "#/components/schemas/s0"}))) < 400_000


def test_what_is_large_but_ends_is_not_cut():
    schemas = each_has_next_twice(9)
    whole = unrolled(Tree(named(schemas)), {"$ref": "#/components/schemas/s0"})
    for way in product(("left", "right"), repeat=9):
        found = whole
        for member in way:
            found = found["properties"][member]
        assert found == {"type": "integer"}


def test_how_deep_is_as_deep_as_there_is_room_for():
    tree, first = Tree(named(each_has_next_twice(20))), {"$ref": "#/components/schemas/s0"}
    found = {most: how_deep(tree, first, most=most) for most in (5, 100, 1_000, 10_000)}
    assert found == {5: 1, 100: 4, 1_000: 8, 10_000: 8}


@pytest.mark.parametrize("key", ["oneOf", "anyOf"])
def test_one_of_several_that_is_one_of_them_itself(key):
    schemas = {"s0": {key: [{"$ref": "#/components/schemas/s0"}, {"type": "object"}]}}
    (cls,) = read(named(schemas)).types("chat", action="receive")
    reader = MessageReader((cls,))
    assert reader('{"a": 1}').model_dump() == {"a": 1}


def test_one_of_several_each_of_which_is_one_of_all():
    several = [{"$ref": f"#/components/schemas/s{number}"} for number in range(12)]
    whole = named({f"s{number}": {"oneOf": several} for number in range(12)})
    (cls,) = read(whole).types("chat", action="receive")
    assert cls.__name__ == "Say"
    assert len(page(read(whole))) < 100_000


def test_a_long_chain_of_references_is_followed():
    schemas = {f"s{now}": {"$ref": f"#/components/schemas/s{now + 1}"} for now in range(500)}
    schemas["s500"] = {"type": "integer", "minimum": 3}
    assert "<code>integer, ≥ 3</code>" in page(read(named(schemas)))


def nested(depth):
    schema = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def test_what_is_nested_too_deeply_is_refused(tmp_path):
    with pytest.raises(ValueError) as caught:
        read(minimal(nested(5_000)))
    assert str(caught.value) == "the document is nested too deeply to be read"
    path = tmp_path / "deep.json"
    path.write_text('{"asyncapi": "3.0.0", "x-a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(ValueError) as caught:
        read(path)
    assert str(caught.value) == f"the document in {str(path)!r} is nested too deeply to be read"
    assert len(read(minimal(nested(100))).messages("receive")) == 1


# Aliases of YAML


def test_an_alias_stands_for_what_it_names():
    found = read(
        HEAD + "components: {schemas: {word: &word {type: string}}}\n"
        "channels: {chat: {address: /, messages: {say: {payload: *word}}}}\n"
        "operations: {it: {action: receive, channel: {$ref: '#/channels/chat'}}}\n"
    )
    assert found.messages("receive")[0].payload == {"type": "string"}


def test_aliases_that_stand_for_more_than_there_is_room_for_are_refused():
    lines = ["a0: &a0 [x, x]"] + [
        f"a{now}: &a{now} [*a{now - 1}, *a{now - 1}]" for now in range(1, 40)
    ]
    with pytest.raises(ValueError) as caught:
        read(HEAD + "\n".join(lines))
    said = "the text has aliases that stand for more than 1000000 values in all"
    assert str(caught.value) == said


def test_an_alias_within_itself_is_refused():
    with pytest.raises(ValueError) as caught:
        read(HEAD + "channels: &all {chat: *all}\n")
    assert str(caught.value) == "the text has an alias that stands within itself"


# What is no schema


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (None, "message 'say' has None for a schema"),
        ({"$ref": 5}, "message 'say' has a schema whose '$ref' must be a text, not 5"),
        ({"$ref": "#say"}, "the reference '#say' leads nowhere in the document"),
        (
            {"maxLength": float("inf")},
            (
                "message 'say' has a schema whose 'maxLength' must be a whole number from 0 on, "
                "not inf"
            ),
        ),
        (
            {"minimum": float("nan")},
            "message 'say' has a schema whose 'minimum' must be a number, not nan",
        ),
    ],
)
def test_what_is_no_schema_is_refused(payload, said):
    with pytest.raises(ValueError) as caught:
        read(minimal(payload))
    assert str(caught.value) == said


# The page


def call_of(whole):
    """Return the first line of the call that the page shows."""
    return html.unescape(page(read(whole)).partition("<pre><code>")[2].partition("\n")[0])


@pytest.mark.parametrize(
    ("address", "server", "shown"),
    [
        ("/a/${alert(1)}", None, rf"`{HERE}/a/\${{alert(1)}}`"),
        ("/`+alert(1)+`\\", None, rf"`{HERE}/\`+alert(1)+\`\\`"),
        ("/${id}", "h", r"`wss://h/\$${id}`"),
        ("/{id}", "${alert(1)}.h", r"`wss://\${alert(1)}.h/${id}`"),
        ('/"+alert(1)+"', "h", r'"wss://h/\"+alert(1)+\""'),
        ("/räume/{größe}", "h", "`wss://h/räume/${größe}`"),
    ],
)
def test_whoever_copies_the_call_runs_nothing_of_the_document(address, server, shown):
    whole = minimal(True)
    whole["channels"]["chat"]["address"] = address
    if server is not None:
        whole["servers"] = {"live": {"host": server, "protocol": "wss"}}
    assert call_of(whole) == f"const socket = new WebSocket({shown});"


def test_thousands_of_messages_are_each_there_once():
    whole = minimal(True)
    messages = {f"m{number}": {"payload": {"const": number}} for number in range(3_000)}
    whole["channels"]["chat"]["messages"] = messages
    found = read(whole)
    assert [one.name for one in found.messages("receive")] == list(messages)
    assert page(found).count("<details>") == 3_000
