"""Searching an app by a document: ``Document.check`` and ``Document.campaign``."""

from __future__ import annotations

import json

import pytest
from described import minimal
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute

from wsnotebook import Settings, SetupError, serve
from wsnotebook.asyncapi import read
from wsnotebook.properties import Campaign

AVRO = {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": {"type": "null"}}
WORD = {"type": "object", "properties": {"word": {"enum": ["tea"]}}, "required": ["word"]}
NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
NOT_JUDGED = "the document does not say what the server sends here: it is not judged"
SETTINGS = Settings(seed=1, max_examples=20)


class App:
    """An app that keeps what it was sent, and where, and answers with ``reply``."""

    def __init__(self, *paths, reply=None, under=""):
        self.heard, self.asked, self.reply = [], [], reply
        routes = [WebSocketRoute(path, self.serve) for path in paths or ("/chat",)]
        self.app = Starlette(routes=[Mount(under, routes=routes)] if under else routes)

    async def serve(self, socket):
        self.asked.append(socket.scope["path"])
        await socket.accept()
        while (event := await socket.receive())["type"] == "websocket.receive":
            self.heard.append(event.get("text") or event.get("bytes"))
            if self.reply is not None:
                await socket.send_text(self.reply)


def described(receives=None, sends=None, *, address="/chat", **channel):
    """Return a document with one channel, what it receives and sends by name."""
    names = {"receive": receives or {}, "send": sends or {}}
    whole = minimal(True)
    whole["channels"]["chat"] = {
        "address": address,
        "messages": {**names["receive"], **names["send"]},
        **channel,
    }
    whole["operations"] = {
        action: {
            "action": action,
            "channel": {"$ref": "#/channels/chat"},
            "messages": [{"$ref": f"#/channels/chat/messages/{name}"} for name in several],
        }
        for action, several in names.items()
        if several
    }
    return whole


ASKS = {"ask": {"payload": WORD}}
ANSWERS = {"answer": {"payload": NUMBER}}


def is_word(message):
    try:  # written so that the search does not take it for a kind of message
        return {"word": "tea"}.items() <= json.loads(message).items()
    except (ValueError, AttributeError):
        return False


def notes(report):
    """Return the notes of the one route that are the document's."""
    (route,) = report.routes
    return [note for note in route.notes if not note.startswith("binary messages")]


# What is sent, and judged


def test_what_the_document_describes_is_sent_and_its_replies_are_expected():
    app = App(reply='{"n": 1}')
    report = read(described(ASKS, ANSWERS)).check(app.app, settings=SETTINGS)
    assert report.ok
    assert notes(report) == []
    assert sum(map(is_word, app.heard)) > len(app.heard) / 2


def test_a_reply_that_breaks_the_document_is_a_failure_whose_program_needs_no_document():
    report = read(described(ASKS, ANSWERS)).check(App(reply='{"n": "1"}').app, settings=SETTINGS)
    (failure,) = report.failures
    assert (failure.code, failure.expected) == ("schema-broken", "answer")
    assert (
        failure.title
        == "client-1 received what fits no schema: '1' is not of type 'integer' at $.n"
    )
    assert "replies_fit({'$schema'" in failure.program()
    assert "asyncapi" not in failure.program()


def test_oracles_and_parameters_of_ones_own_go_with_it():
    def silent(conversation):
        assert not conversation.received, "it spoke"

    app = App("/rooms/{room}", reply='{"n": 1}')
    report = read(described(ASKS, ANSWERS, address="/rooms/{room}")).check(
        app.app, oracles=[silent], params={"room": "tea"}, settings=SETTINGS
    )
    assert [failure.code for failure in report.failures] == ["oracle:silent"]
    assert set(app.asked) == {"/rooms/tea"}


def test_messages_of_channels_at_one_address_are_all_sent():
    whole = described(ASKS)
    other = described({"count": {"payload": NUMBER}})
    whole["channels"]["other"] = other["channels"]["chat"]
    whole["operations"]["other"] = {
        "action": "receive",
        "channel": {"$ref": "#/channels/other"},
    }
    app = App()
    assert read(whole).check(app.app, settings=SETTINGS).ok
    assert any(map(is_word, app.heard))
    assert any('"n":' in str(message) for message in app.heard)


def test_a_route_has_the_messages_of_its_own_channel_alone():
    whole = described(ASKS)
    whole["channels"]["other"] = {
        "address": "/other",
        "messages": {"count": {"payload": {"const": "other"}}},
    }
    whole["operations"]["other"] = {"action": "receive", "channel": {"$ref": "#/channels/other"}}
    first, second = App("/chat"), App("/other")
    routes = [*first.app.routes, *second.app.routes]
    assert read(whole).check(Starlette(routes=routes), settings=SETTINGS).ok
    assert any(map(is_word, first.heard))
    assert not any(map(is_word, second.heard))
    assert '"other"' in second.heard
    assert '"other"' not in first.heard


def test_parameters_have_the_values_that_the_document_lists():
    parameters = {"room": {"enum": ["a b", "é"]}, "elsewhere": {"enum": ["x"]}}
    app = App("/rooms/{room}/{seat:int}")
    report = read(described(ASKS, address="/rooms/{room}/{seat}", parameters=parameters)).check(
        app.app, settings=SETTINGS
    )
    assert report.ok
    assert {path.split("/")[2] for path in app.asked} == {"a b", "é"}
    assert len({path.split("/")[3] for path in app.asked}) > 1


# Where a channel is


@pytest.mark.parametrize(
    ("paths", "address", "servers"),
    [
        (["/chat"], "chat", {}),
        (["/chat"], "/chat?token={token}", {}),
        (["/räume/{größe}"], "/räume/{größe}", {}),
        (["/v1/chat"], "/chat", {"live": {"host": "h", "protocol": "wss", "pathname": "/v1/"}}),
        (["/chat"], "/chat", {"live": {"host": "h", "protocol": "wss", "pathname": "/v1"}}),
    ],
)
def test_an_address_is_a_path_below_that_of_a_server(paths, address, servers):
    app = App(*paths)
    report = read(described(ASKS, address=address) | {"servers": servers}).check(
        app.app, settings=SETTINGS
    )
    assert notes(report) == [NOT_JUDGED]
    assert any(map(is_word, app.heard))


async def test_in_a_url_the_parameters_may_be_filled_in():
    app = App("/rooms/{room}")
    document = read(described(ASKS, address="/rooms/{room}"))
    async with serve(app.app) as server:
        for url, path in (
            (f"{server.url}/rooms/tea", None),
            (server.url, "/rooms/{room}"),
        ):
            app.heard.clear()
            report = await document.campaign(url, path, settings=SETTINGS)
            assert notes(report)[0] == NOT_JUDGED
            assert any(map(is_word, app.heard))
        with pytest.raises(SetupError, match=r"^check\(server\) would wait for the server"):
            document.check(server)


def test_a_route_without_a_channel_is_searched_as_ever_and_a_channel_without_a_route_told(caplog):
    whole = described(ASKS)
    whole["channels"] |= {"off": {"address": "/off"}, "later": {"address": None}}
    app = App("/chat", "/more")
    report = read(whole).check(app.app, settings=SETTINGS)
    assert [route.notes[0] for route in report.routes] == [
        NOT_JUDGED,
        "the document has no channel at this path: searched without it",
    ]
    warned = "no route for the channels at '/off', no known path ('later')"
    assert [record.getMessage() for record in caplog.records] == [warned]
    caplog.clear()
    read(whole).check(app.app, "/chat", settings=SETTINGS)
    read(whole).check(app.app, settings=SETTINGS.replace(include="/chat"))
    assert caplog.records == []  # the rest was not looked at


@pytest.mark.parametrize(
    ("address", "shown"),
    [("/rooms/{id}", "'/rooms/{id}'"), (None, "no known path ('chat')")],
)
def test_a_document_of_another_app_is_refused(address, shown):
    document = read(described(ASKS, address=address))
    with pytest.raises(SetupError) as caught:
        document.check(App("/rooms/{room}", "/chat").app)
    assert str(caught.value) == (
        f"no channel of 'Chat' is at a route: the channels are at {shown}, the routes at "
        "'/rooms/{room}', '/chat'; both must have the same path, with the same names in braces"
    )


def test_a_url_without_the_path_of_a_channel_is_refused():
    with pytest.raises(SetupError) as caught:
        read(described(ASKS)).campaign("ws://127.0.0.1:1")
    assert str(caught.value) == (
        "no channel of 'Chat' is at a route: the channels are at '/chat', the routes at '/'; "
        "give the path of one, as in check(url, '/path')"
    )


def test_a_document_with_very_many_channels_is_refused_in_few_words():
    whole = described(ASKS)
    whole["channels"] = {f"c{number}": {"address": f"/c{number}"} for number in range(100)}
    whole["operations"] = {}
    with pytest.raises(SetupError, match=r"'/c18', '/c19', 80 more, the routes at '/chat'"):
        read(whole).campaign(App().app)


# What cannot be used


def test_what_is_not_read_is_left_out_with_a_note():
    receives = ASKS | {"bare": {"payload": AVRO}}
    app = App(reply="anything")
    report = read(described(receives, {"picture": {"contentType": "image/png"}})).check(
        app.app, settings=SETTINGS
    )
    assert any(map(is_word, app.heard))
    assert notes(report) == [
        f"never sent: message 'bare' has a schema in {AVRO['schemaFormat']!r}, which is not read",
        "what the server sends is not judged: message 'picture' is 'image/png', not JSON",
    ]


@pytest.mark.parametrize(
    ("receives", "note"),
    [
        ({}, "the document does not say what clients send here"),
        (
            {"bare": {"contentType": "a/b"}},
            "never sent: message 'bare' is 'a/b', not JSON, text or bytes",
        ),
    ],
)
def test_where_nothing_is_known_to_send_it_is_searched_as_ever(receives, note):
    app = App(reply='{"n": 1}')
    report = read(described(receives, ANSWERS)).check(app.app, settings=SETTINGS)
    assert (report.ok, notes(report)) == (True, [note])
    assert len(set(app.heard)) > 5


def test_a_campaign_is_a_campaign():
    campaign = read(described(ASKS)).campaign(App().app, settings=SETTINGS, name="shop:app")
    assert isinstance(campaign, Campaign)
    assert campaign.start().join().target == "shop:app"
