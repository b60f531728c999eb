"""``read`` and ``Document``: what a document says, wherever it comes from."""

from __future__ import annotations

import json
import sys

import pytest
import yaml
from described import FOREIGN, GEMINI, KRAKEN, SLACK, foreign, minimal, problems

from wsnotebook import SetupError, apps
from wsnotebook.asyncapi import Document, ParameterInfo, document, read

TEXT = {"type": "string"}


def names(messages):
    return [one.name for one in messages]


# Where it comes from


def test_a_document_is_a_dict_a_path_or_a_text(tmp_path):
    whole = minimal(TEXT)
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    sources = [whole, path, str(path), json.dumps(whole), yaml.safe_dump(whole)]
    for source in sources:
        found = read(source)
        assert isinstance(found, Document)
        assert (found.title, found.version, found.root) == ("Chat", "1", whole)
    assert repr(found) == "<Document 'Chat': 1 channel>"


def test_dates_in_yaml_stay_text_and_a_version_may_look_like_a_number():
    found = read(
        "asyncapi: 3.0.0\n"
        "info: {title: Dates, version: 1.10}\n"
        "channels:\n"
        "  dates:\n"
        "    address: null\n"
        "    messages: {day: {payload: {const: 2026-01-31}}}\n"
        "operations:\n"
        "  get: {action: send, channel: {$ref: '#/channels/dates'}}\n"
    )
    assert found.version == "1.1"
    assert found.channels[0].address is None
    assert found.messages("send")[0].payload == {"const": "2026-01-31"}


def test_without_pyyaml_yaml_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SetupError) as caught:
        read(foreign(GEMINI))
    assert str(caught.value) == (
        f"{str(foreign(GEMINI))!r} is not JSON, and PyYAML, which reads YAML, is not installed; "
        "run: pip install pyyaml"
    )
    assert read(json.dumps(minimal(TEXT))).title == "Chat"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({}, "no AsyncAPI document: an object with a member 'asyncapi'"),
        ("[\n1]", "no AsyncAPI document in the text: an object with a member 'asyncapi'"),
        (
            {"asyncapi": "2.6.0"},
            (
                "the document is AsyncAPI '2.6.0': only 3 is read; convert it, for example with "
                "the command line of AsyncAPI: asyncapi convert FILE --target-version 3.0.0"
            ),
        ),
        (
            "{",
            (
                "the text is not JSON: Expecting property name enclosed in double quotes: line 1 "
                "column 2 (char 1)"
            ),
        ),
    ],
)
def test_what_is_no_document_is_refused(source, said):
    with pytest.raises(ValueError) as caught:
        read(source)
    assert str(caught.value) == said


def test_what_is_neither_json_nor_yaml_is_refused():
    with pytest.raises(ValueError, match=r"^the text is neither JSON nor YAML: while parsing a"):
        read("a: [\n")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.json")


# Documents that nobody here wrote


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_document_is_valid_and_read(name):
    assert problems(yaml.safe_load(foreign(name).read_text("utf-8"))) == []
    found = read(foreign(name))
    assert found.title
    assert found.channels
    assert found.messages("receive") or found.messages("send")


def test_gemini_sends_market_data_at_an_address_with_a_parameter():
    found = read(foreign(GEMINI))
    (channel,) = found.channels
    assert [one.url for one in found.servers] == ["wss://api.gemini.com"]
    assert (channel.name, channel.address) == ("marketDataV1", "/v1/marketdata/{symbol}")
    (symbol,) = channel.parameters
    assert (symbol.name, symbol.values[:2], len(symbol.values)) == (
        "symbol",
        ("btcusd", "ethbtc"),
        63,
    )
    assert "heartbeat" in channel.query["properties"]
    assert (names(channel.receives), names(channel.sends)) == ([], ["marketData"])
    assert [one["type"] for one in channel.sends[0].examples] == ["update", "heartbeat"]


def test_kraken_replies_are_sent():
    (channel,) = read(foreign(KRAKEN)).channels
    assert names(channel.receives) == ["ping", "subscribe", "unsubscribe"]
    assert names(channel.sends) == [
        "pong",
        "heartbeat",
        "systemStatus",
        "subscriptionStatus",
        "dummyCurrencyInfo",
    ]


def test_channels_at_one_address_are_one_on_the_wire():
    found = read(foreign("kraken-websocket-request-reply-multiple-channels"))
    assert len(found.channels) == 7
    assert names(found.messages("receive", "ping")) == ["ping"]
    assert names(found.messages("send", "ping")) == []
    assert names(found.messages("receive", "/")) == ["ping", "subscribe", "unsubscribe"]
    assert names(found.messages("send", "/")) == [
        "pong",
        "heartbeat",
        "systemStatus",
        "subscriptionStatus",
        "dummyCurrencyInfo",
    ]


def test_slack_asks_for_a_token():
    found = read(foreign(SLACK))
    assert [one.security for one in found.servers] == [
        ({"type": "httpApiKey", "name": "token", "in": "query"},)
    ]
    assert len(found.messages("send")) == 46


def test_gitter_writes_its_schemas_in_json_schema():
    (channel,) = read(foreign("gitter-streaming")).channels
    chat, heartbeat = channel.sends
    assert chat.schema_format == "application/schema+yaml;version=draft-07"
    assert heartbeat.payload == {"type": "string", "enum": ["\r\n"]}


def test_a_parameter_can_stand_among_the_components():
    channels = read(foreign("streetlights-mqtt")).channels
    assert channels[0].parameters == (
        ParameterInfo("streetlightId", description="The ID of the streetlight."),
    )


# Parts


def test_traits_are_merged_below_what_a_message_says_itself():
    message = {
        "traits": [
            {"summary": "first", "title": "A trait", "examples": [{"payload": "one"}]},
            {"$ref": "#/components/messageTraits/second"},
        ],
        "summary": "own",
        "payload": TEXT,
    }
    whole = minimal(TEXT, components={"messageTraits": {"second": {"contentType": "text/plain"}}})
    whole["channels"]["chat"]["messages"]["say"] = message
    (found,) = read(whole).messages("receive")
    assert (found.summary, found.title, found.kind) == ("own", "A trait", "text")
    assert found.examples == ("one",)


def test_messages_that_refer_to_one_and_the_same_have_names_of_their_own():
    whole = minimal(TEXT)
    text = {"$ref": "#/components/messages/Text"}
    whole["components"] = {"messages": {"Text": {"payload": TEXT}}}
    whole["channels"]["chat"]["messages"] = {"ok": text, "wrong": dict(text)}
    whole["operations"] |= {
        "send": {
            "action": "send",
            "channel": {"$ref": "#/channels/chat"},
            "messages": [{"$ref": "#/channels/chat/messages/ok"}],
        }
    }
    found = read(whole)
    assert names(found.messages("receive")) == ["ok", "wrong"]
    assert names(found.messages("send")) == ["ok"]
    whole["operations"]["send"]["messages"] = [dict(text)]  # past the channel, which is not allowed
    assert names(read(whole).messages("send")) == ["wrong"]


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/json", "json"),
        ("application/vnd.tea+json; charset=utf-8", "json"),
        ("text/plain", "text"),
        ("image/png", "binary"),
        ("application/octet-stream", "binary"),
        ("application/xml", None),
    ],
)
def test_a_content_type_says_how_a_message_goes_on_the_wire(content_type, kind):
    (found,) = read(minimal(TEXT, content_type=content_type)).messages("receive")
    assert found.kind == kind
    (found,) = read(minimal(TEXT, defaultContentType=content_type)).messages("receive")
    assert found.kind == kind


def test_a_reply_goes_the_other_way_on_its_own_channel():
    whole = minimal(TEXT, action="send")
    whole["channels"]["back"] = {"address": "/back", "messages": {"thanks": {"payload": TEXT}}}
    whole["operations"]["it"]["reply"] = {"channel": {"$ref": "#/channels/back"}}
    found = read(whole)
    assert names(found.messages("send", "chat")) == ["say"]
    assert names(found.messages("receive", "back")) == ["thanks"]


def test_security_of_operations_is_their_channels():
    scheme = {"type": "http", "scheme": "bearer"}
    whole = minimal(TEXT, components={"securitySchemes": {"token": scheme}})
    whole["operations"]["it"]["security"] = [{"$ref": "#/components/securitySchemes/token"}]
    whole["operations"]["other"] = dict(whole["operations"]["it"])
    assert read(whole).channels[0].security == (scheme,)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda found: found.messages("publish"),
            "action must be 'receive' or 'send', not 'publish'",
        ),
        (
            lambda found: found.messages("send", "tea"),
            "no channel 'tea'; there are: 'chat' (/chat)",
        ),
        (
            lambda found: found.types("/chat"),
            "the document does not say what channel '/chat' sends",
        ),
        (
            lambda found: found.strategy("chat", action="send"),
            "the document does not say what channel 'chat' sends",
        ),
    ],
)
def test_what_the_document_does_not_say(call, said):
    with pytest.raises(ValueError) as caught:
        call(read(minimal(TEXT)))
    assert str(caught.value) == said


AVRO = {
    "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
    "schema": {"type": "record", "name": "Tea", "fields": []},
}


@pytest.mark.parametrize("how", ["schemas", "strategy", "types"])
def test_a_schema_in_another_format_is_refused_where_it_would_be_needed(how):
    found = read(minimal(AVRO))
    with pytest.raises(SetupError) as caught:
        getattr(found, how)("chat", action="receive")
    assert str(caught.value) == (
        "message 'say' has a schema in 'application/vnd.apache.avro;version=1.9.0', which is not "
        "read: give a strategy, types or an oracle of your own"
    )


@pytest.mark.parametrize(
    ("how", "content_type", "expected"),
    [
        ("schemas", "text/plain", "JSON"),
        ("strategy", "application/xml", "JSON, text or bytes"),
    ],
)
def test_a_content_type_that_is_not_known_is_refused(how, content_type, expected):
    found = read(minimal(TEXT, content_type=content_type))
    with pytest.raises(SetupError) as caught:
        getattr(found, how)("chat", action="receive")
    assert str(caught.value) == (
        f"message 'say' is {content_type!r}, not {expected}: "
        "give a strategy, types or an oracle of your own"
    )


def test_types_of_a_channel_without_json():
    with pytest.raises(ValueError) as caught:
        read(minimal(TEXT, content_type="text/plain")).types("chat", action="receive")
    assert str(caught.value) == "channel 'chat' receives no JSON: there is nothing to type"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (
            "common.yaml#/say",
            "the reference 'common.yaml#/say' leads out of the document; bundle it into one first",
        ),
        ("#/nowhere", "the reference '#/nowhere' leads nowhere in the document"),
        (
            "#/channels/chat/messages/say",
            "the reference '#/channels/chat/messages/say' leads back to itself",
        ),
    ],
)
def test_references_that_cannot_be_followed(reference, said):
    whole = minimal(TEXT)
    whole["channels"]["chat"]["messages"]["say"] = {"$ref": reference}
    with pytest.raises(ValueError) as caught:
        read(whole)
    assert str(caught.value) == said


def test_our_own_documents_are_read():
    found = read(document(apps.RoomChannel, title="Rooms", version="1"))
    (channel,) = found.channels
    assert (channel.name, channel.address) == ("RoomChannel", "/rooms/{room_id}")
    assert [one.title for one in channel.receives] == ["Say"]
    assert [one.title for one in channel.sends] == ["Joined", "Said", "Error"]
