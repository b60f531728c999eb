"""Messages of an AsyncAPI document for ``check``, and back: what it says is what is taken."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Literal

import pytest
from described import FOREIGN, KRAKEN, foreign, minimal, problems
from drawing import FEW, is_found
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import Field, create_model

from wsnotebook import Channel, Message, Settings, UndecodableMessage, apps, check
from wsnotebook.apps import rooms
from wsnotebook.asyncapi import document, read
from wsnotebook.messages import MessageReader
from wsnotebook.properties import messages_accepted, replies_fit
from wsnotebook.properties._asyncapi import messages_of_kind


def fits(schema, text):
    return Draft7Validator(schema).is_valid(json.loads(text))


# From a schema


@FEW
@given(messages_of_kind("text", {"type": "string", "enum": ["a", "b"]}))
def test_text_of_a_schema_is_sent_as_it_is(message):
    assert message in ("a", "b")


@pytest.mark.parametrize("schema", [True, {}, {"type": "string", "description": "Any."}])
def test_any_text_is_any_text(schema):
    messages = messages_of_kind("text", schema)
    assert is_found(messages, lambda text: isinstance(text, str) and len(text) > 20)


def test_bytes():
    messages = messages_of_kind("binary", {"type": "string", "format": "binary"})
    assert is_found(messages, lambda data: isinstance(data, bytes) and len(data) > 2)


# From documents that nobody here wrote


@pytest.mark.parametrize("name", FOREIGN)
def test_messages_of_a_foreign_document_fit_it(name):
    found = read(foreign(name))
    for channel in found.channels:
        for action in ("receive", "send"):
            if channel.messages(action):
                expect_every_message_to_fit(
                    found.strategy(channel.name, action=action),
                    found.schemas(channel.name, action=action),
                )


def expect_every_message_to_fit(strategy, schemas):
    @settings(max_examples=8)
    @given(strategy)
    def look(message):
        assert any(fits(schema, message) for schema in schemas)

    look()


def test_every_kind_of_message_is_made():
    found = read(foreign(KRAKEN))
    messages = found.strategy("/")
    for event in ("ping", "subscribe", "unsubscribe"):
        assert is_found(
            messages, partial(lambda event, text: json.loads(text)["event"] == event, event)
        )


def test_a_schema_that_contains_itself():
    reply = {
        "type": "object",
        "properties": {"replies": {"type": "array", "items": {"$ref": "#/components/schemas/r"}}},
        "required": ["replies"],
    }
    whole = minimal({"$ref": "#/components/schemas/r"}, components={"schemas": {"r": reply}})
    assert is_found(
        read(whole).strategy("chat"),
        lambda text: json.loads(text) == {"replies": [{"replies": []}]},
    )


# There and back

FIELDS = st.sampled_from(
    [
        (str, ...),
        (int, ...),
        (bool, True),
        (float | None, None),
        (Annotated[str, Field(max_length=3, pattern="^[a-c]*$")], ...),
        (Annotated[int, Field(ge=0, lt=10)], 3),
        (list[int], ...),
        (tuple[int, str], ...),
        (dict[str, bool], ...),
        (Literal["tea", "milk", 3], ...),
        (rooms.Say, ...),
        (list[rooms.Said | rooms.Joined], ...),
    ]
)


@st.composite
def unions(draw):
    """Return one, two or three Message classes, told apart by their type."""
    classes = []
    for number in range(draw(st.integers(1, 3))):
        tag = f"kind-{number}"
        names = draw(st.lists(st.sampled_from(["a", "b", "with_words"]), unique=True, max_size=3))
        fields = {name: draw(FIELDS) for name in names}
        cls = create_model(f"Kind{number}", __base__=Message, type=(Literal[tag], tag), **fields)
        classes.append(cls)
    return tuple(classes)


def channel_of(classes):
    return type("Made", (Channel,), {"accepts": classes, "sends": classes})


@settings(FEW, max_examples=20)
@given(unions())
def test_the_document_of_any_channel_is_valid(classes):
    assert problems(document(channel_of(classes), title="Made", version="1")) == []


@settings(FEW, max_examples=20)
@given(st.data(), unions())
def test_a_channel_accepts_what_its_document_gives_and_says_what_it_allows(data, classes):
    found = read(document(channel_of(classes), title="Made", version="1"))
    read_by_channel = MessageReader(classes)
    read_by_types = MessageReader(found.types("Made", action="receive"))
    schemas = found.schemas("Made", action="receive")

    given_by_document = data.draw(found.strategy("Made"))
    read_by_channel(given_by_document)
    read_by_types(given_by_document)

    accepted = data.draw(messages_accepted(classes))
    assert any(fits(schema, accepted) for schema in schemas)
    assert json.loads(read_by_types(accepted).model_dump_json()) == json.loads(accepted)

    sent = read_by_channel(accepted).model_dump_json()
    assert any(fits(schema, sent) for schema in found.schemas("Made"))


@pytest.mark.parametrize("text", ['{"type":"dance"}', '{"type":"subscribe"}', "[]", "1"])
def test_what_a_channel_refuses_its_document_does_not_allow(text):
    found = read(document(apps.NotificationChannel, title="News", version="1"))
    for classes in (apps.NotificationChannel.accepts, found.types("/", action="receive")):
        with pytest.raises(UndecodableMessage):
            MessageReader(classes)(text)
    assert not any(fits(schema, text) for schema in found.schemas("/", action="receive"))


# In a search


class Orders(Channel):
    """Takes orders, and once says what the document does not."""

    path = "/orders"

    async def on_message(self, message):
        order = json.loads(message)
        people = order["people"]
        await self.send_json({"each": order["count"] / people if people else "nobody"})


ORDERS = {
    **minimal(
        {
            "type": "object",
            "properties": {"count": {"type": "integer"}, "people": {"type": "integer"}},
            "required": ["count", "people"],
            "additionalProperties": False,
        }
    ),
}
ORDERS["channels"]["chat"]["messages"]["price"] = {
    "payload": {"properties": {"each": {"type": "number"}}, "required": ["each"]}
}
ORDERS["operations"] = {
    "take": {
        "action": "receive",
        "channel": {"$ref": "#/channels/chat"},
        "messages": [{"$ref": "#/channels/chat/messages/say"}],
        "reply": {"messages": [{"$ref": "#/channels/chat/messages/price"}]},
    }
}


def test_a_search_sends_what_a_document_says_and_judges_replies_by_it():
    found = read(ORDERS)
    report = check(
        Orders,
        "/orders",
        messages=found.strategy("chat"),
        oracles=[replies_fit(*found.schemas("chat"))],
        settings=Settings(seed=1, max_messages=3),
    )
    broken = [one for one in report.failures if one.code == "schema-broken"]
    assert [json.loads(one.sent)["people"] for one in broken] == [0]
