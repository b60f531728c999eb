"""``document``: Channel classes as AsyncAPI 3.0."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import pytest
from described import problems
from pydantic import ConfigDict, Field
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute

from wsnotebook import Channel, Message, SetupError, apps
from wsnotebook.asyncapi import document


class Say(Message):
    """Asks to tell the room.

    Everybody there *hears* it.

    Attributes:
        text: What to tell.
    """

    type: Literal["say"] = "say"
    text: str = Field(description="What to tell.", max_length=80)


class Count(Message):
    type: Literal["count"] = "count"
    where: tuple[int, str] = (1, "tea")


class Said(Message):
    type: Literal["said"] = "said"
    said: Say
    by: Say = Field(description="The first.")
    others: list[Said] = Field(default_factory=list)


class Chat(Channel):
    """A chat.

    Attributes:
        user: Who it is.
    """

    path = "/rooms/{room_id}"
    accepts = Say | Count
    sends = Said


class Plain(Channel):
    path = "/plain/{number:int}/{ratio:float}/{key:uuid}/{rest:path}"
    subprotocols = ("v2", "v1")


def described(*targets, **options):
    """Return a document that the published schema has nothing against."""
    made = document(*targets, title="Tea room", version="2.1", **options)
    assert problems(made) == []
    return made


CHANNELS = [
    apps.AuthenticatedChannel,
    apps.Doors,
    apps.NotificationChannel,
    apps.RoomChannel,
    Chat,
    Plain,
]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_gives_a_valid_document(channel):
    (described_channel,) = described(channel)["channels"].values()
    assert described_channel["address"] == (channel.path or "/").replace(":int", "").replace(
        ":float", ""
    ).replace(":uuid", "").replace(":path", "")


def test_the_validator_sees_what_is_wrong():
    made = described(Chat)
    del made["info"]["version"]
    made["operations"]["receiveChat"]["action"] = "publish"
    first, second = problems(made)
    assert first == "$.info: 'version' is a required property"
    assert second.startswith("$.operations.receiveChat: {'action': 'publish', ")


def test_what_clients_send_is_received_and_what_they_hear_is_sent():
    made = described(Chat)
    assert made["asyncapi"] == "3.0.0"
    assert made["info"] == {"title": "Tea room", "version": "2.1"}
    assert made["channels"]["Chat"] == {
        "address": "/rooms/{room_id}",
        "title": "Chat",
        "description": "A chat.",
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"}
            for name in ("Say-Input", "Count", "Said", "error")
        },
        "parameters": {"room_id": {}},
    }
    channel = {"$ref": "#/channels/Chat"}
    assert made["operations"] == {
        "receiveChat": {
            "action": "receive",
            "channel": channel,
            "messages": [
                {"$ref": "#/channels/Chat/messages/Say-Input"},
                {"$ref": "#/channels/Chat/messages/Count"},
            ],
        },
        "sendChat": {
            "action": "send",
            "channel": channel,
            "messages": [
                {"$ref": "#/channels/Chat/messages/Said"},
                {"$ref": "#/channels/Chat/messages/error"},
            ],
        },
    }


def test_a_message_has_its_docstring_without_sections_and_its_schema():
    message = described(Chat)["components"]["messages"]["Say-Input"]
    assert message == {
        "name": "Say",
        "title": "Say",
        "summary": "Asks to tell the room.",
        "description": "Everybody there *hears* it.",
        "payload": {"$ref": "#/components/schemas/Say-Input"},
    }


def test_a_channel_that_declares_nothing_takes_and_sends_text_and_binary():
    made = described(Plain)
    names = ["text", "binary"]
    for operation in made["operations"].values():
        assert operation["messages"] == [
            {"$ref": f"#/channels/Plain/messages/{name}"} for name in names
        ]
    messages = made["components"]["messages"]
    assert {name: (one["contentType"], one["payload"]) for name, one in messages.items()} == {
        "text": ("text/plain", {"type": "string"}),
        "binary": ("application/octet-stream", {"type": "string", "format": "binary"}),
    }
    assert "schemas" not in made["components"]


def test_completion_signals_are_messages_that_are_sent():
    class Completing(Chat):
        send_completion = True

    made = described(Completing)
    names = ["Said", "error", "complete", "group_complete", "event_complete"]
    assert [
        one["$ref"].split("/")[-1] for one in made["operations"]["sendCompleting"]["messages"]
    ] == names
    assert made["components"]["messages"]["group_complete"]["payload"]["properties"] == {
        "action": {"const": "group_complete"},
        "payload": {"type": "null"},
    }


def test_a_message_class_may_be_called_as_one_of_ours_is():
    class error(Message):
        code: int

    class Named(Channel):
        sends = error

    made = described(Named)
    assert set(made["channels"]["Named"]["messages"]) == {"text", "binary", "error", "error-2"}
    assert made["components"]["messages"]["error"]["title"] == "error"
    assert made["components"]["messages"]["error-2"]["title"] == "Error"


def test_kinds_of_parameters_are_told():
    assert described(Plain)["channels"]["Plain"]["parameters"] == {
        "number": {"description": "A whole number.", "examples": ["1"]},
        "ratio": {"description": "A number.", "examples": ["1.5"]},
        "key": {"description": "A UUID.", "examples": [str(UUID(int=0))]},
        "rest": {"description": "The rest of the path, slashes included."},
    }


def test_subprotocols_are_a_header_of_the_handshake():
    assert described(Plain)["channels"]["Plain"]["bindings"]["ws"]["headers"]["properties"] == {
        "Sec-WebSocket-Protocol": {
            "type": "string",
            "description": "Subprotocols that the client offers. The server chooses the first of "
            "these that is among them: v2, v1.",
            "examples": ["v2", "v1"],
        }
    }


def test_an_app_gives_its_channels_where_they_are_mounted_and_nothing_else():
    async def other(socket):
        await socket.close()

    app = Starlette(
        routes=[
            WebSocketRoute("/other", other),
            Mount("/a", Chat.as_asgi()),
            Mount("/b", Chat.as_asgi()),
        ]
    )
    made = described(app)
    assert {name: one["address"] for name, one in made["channels"].items()} == {
        "Chat": "/a/rooms/{room_id}",
        "Chat-2": "/b/rooms/{room_id}",
    }
    assert list(made["operations"]) == ["receiveChat", "sendChat", "receiveChat-2", "sendChat-2"]


def test_classes_of_the_same_name_are_kept_apart():
    class Other(Channel):
        accepts = type("Say", (Message,), {"__annotations__": {"n": int}})

    made = described(Chat, Other)
    titles = [one["title"] for one in made["components"]["messages"].values()]
    assert titles.count("Say") == 2


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ("ws://127.0.0.1:8000", {"server": {"host": "127.0.0.1:8000", "protocol": "ws"}}),
        (
            {"live": "wss://ann:secret@tea.example/api"},
            {"live": {"host": "tea.example", "pathname": "/api", "protocol": "wss"}},
        ),
        (
            {
                "live": {
                    "host": "tea.example",
                    "protocol": "wss",
                    "security": [{"type": "http", "scheme": "bearer"}],
                }
            },
            {
                "live": {
                    "host": "tea.example",
                    "protocol": "wss",
                    "security": [{"type": "http", "scheme": "bearer"}],
                }
            },
        ),
    ],
)
def test_servers(servers, expected):
    assert described(Chat, servers=servers)["servers"] == expected


def test_a_description():
    info = described(Chat, description="For **tea**.")["info"]
    assert info["description"] == "For **tea**."


async def handler(connection):
    await connection.close()


class Odd(Message):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    thing: object = Field(default_factory=object)
    channel: Channel


class OddChannel(Channel):
    accepts = (Say, Odd)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (
            lambda: document(title="x", version="1"),
            SetupError,
            "no Channel to describe in nothing: give a Channel class or an app of some",
        ),
        (
            lambda: document(handler, title="x", version="1"),
            SetupError,
            f"no Channel to describe in {handler!r}: give a Channel class or an app of some",
        ),
        (
            lambda: document(Chat, title="x", version=1),
            TypeError,
            "version must be a str, not 1",
        ),
        (
            lambda: document(Chat, title="x", version="1", servers="http://tea.example"),
            ValueError,
            "'http://tea.example' is not a WebSocket URL: it must start with ws:// or wss://",
        ),
        (
            lambda: document(OddChannel, title="x", version="1"),
            SetupError,
            (
                "Odd has no JSON Schema: Cannot generate a JsonSchema for core_schema."
                f"IsInstanceSchema ({Channel!r})"
            ),
        ),
    ],
)
def test_what_cannot_be_described_is_told(call, error, said):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == said
