"""The page: what it says, that all of it is escaped, and that it has no scripts."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from described import FOREIGN, GEMINI, SLACK, foreign, minimal

from wsnotebook import apps
from wsnotebook.asyncapi import document, page, read
from wsnotebook.asyncapi._prose import line, prose
from wsnotebook.asyncapi._tables import Row, rows_of, type_of, variants_of
from wsnotebook.asyncapi._tree import Tree

EMPTY = {"meta", "link"}


class Looked(HTMLParser):
    """What an HTML parser finds in a page: its elements, closed in order, and its text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += f" {data}"

    def texts(self, *parts):
        """Whether all parts stand there, in order."""
        rest = " ".join(self.text.split())
        for part in parts:
            assert part in rest, part
            rest = rest.partition(part)[2]


def test_a_page_of_our_own():
    looked = Looked(
        page(document(apps.RoomChannel, title="Rooms", version="2.1", description="A `chat`."))
    )
    looked.texts("Rooms", "Version 2.1", "asyncapi.json", "A chat .")
    looked.texts("/rooms/{room_id}", "RoomChannel", "A client in the room that its path names.")
    looked.texts('new WebSocket(`${location.origin.replace("http", "ws")}/rooms/${room_id}`);')
    looked.texts('socket.send(JSON.stringify({"type": "say", "text": "text"}));')
    looked.texts("In the path", "room_id", "Any text without a slash.")
    looked.texts("You send", "Say", "Asks to tell the room.", "type", '"say"', "text", "required")
    looked.texts("You receive", "Joined", "Said", "Error", '{"type": "error", "message": "text"}')


@pytest.mark.parametrize("name", FOREIGN)
def test_a_page_of_a_foreign_document_has_no_scripts_and_loads_nothing(name):
    looked = Looked(page(read(foreign(name))))
    assert "script" not in {tag for tag, _ in looked.elements}
    for tag, attributes in looked.elements:
        assert not [key for key in attributes if key.startswith("on") or key == "src"]
        if tag == "link":
            assert attributes == {"rel": "icon", "href": "data:,"}
        elif tag == "a":
            assert attributes["href"].startswith(("#", "https://", "http://", "asyncapi.json"))


def test_gemini_is_told_from_top_to_bottom():
    looked = Looked(page(read(foreign(GEMINI))))
    looked.texts("Gemini Market Data Websocket API", "websocat", "Servers", "wss://api.gemini.com")
    looked.texts('new WebSocket("wss://api.gemini.com/v1/marketdata/btcusd")')
    looked.texts("In the path", "symbol", "One of btcusd , ethbtc ,")
    looked.texts("Query", "heartbeat", "boolean", "Default: false .", "offers")
    looked.texts(
        "You receive", "marketData", "Either heartbeat", "socket_sequence", "Either update"
    )
    looked.texts("events[].side", '"bid" or "side"', '"eventId": 36902233362')
    assert "You send" not in looked.text


def test_many_messages_are_folded_and_few_are_not():
    few = Looked(page(document(apps.RoomChannel, title="Rooms", version="1")))
    many = Looked(page(read(foreign(SLACK))))
    assert [attributes for tag, attributes in few.elements if tag == "details"] == [
        {"open": ""}
    ] * 4
    assert [attributes for tag, attributes in many.elements if tag == "details"] == [{}] * 47


def test_several_channels_have_a_table_of_contents():
    looked = Looked(page(document(apps.RoomChannel, apps.Doors, title="All", version="1")))
    looked.texts("Channels", "/rooms/{room_id}", "1 to send, 3 to receive", "/{via}")
    links = [attributes.get("href") for tag, attributes in looked.elements if tag == "a"]
    ids = [attributes["id"] for _, attributes in looked.elements if "id" in attributes]
    assert links[1:] == [f"#{one}" for one in ids]


def test_subprotocols_stand_in_the_call():
    looked = Looked(page(document(apps.Doors, title="Doors", version="1")))
    looked.texts('/${via}`, ["bearer"]);', "socket.onmessage = (event) => console.log(event.data);")
    looked.texts('socket.send("text");', "Headers", "Sec-WebSocket-Protocol", "Binary", "Bytes.")


def test_what_is_no_websocket_gets_no_call():
    looked = Looked(page(read(foreign("streetlights-mqtt"))))
    assert "WebSocket(" not in looked.text
    looked.texts("Who connects shows one of:", "apiKey", ": user", "Provide your API key")
    looked.texts("oauth2", ": implicit, password", "openIdConnect", "https://authserver.example/")


def test_one_security_scheme():
    scheme = {"type": "http", "scheme": "bearer"}
    servers = {"live": {"host": "tea.example", "protocol": "wss", "security": [scheme]}}
    looked = Looked(page(document(apps.RoomChannel, title="Tea", version="1", servers=servers)))
    looked.texts("wss://tea.example", "Who connects shows:", "http", ": bearer")
    looked.texts("new WebSocket(`wss://tea.example/rooms/${room_id}`)")


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202e &amp; `</code>`"


def test_whatever_a_document_says_is_escaped():
    field = {"type": "string", "description": HOSTILE, "default": HOSTILE, "pattern": HOSTILE}
    payload = {"description": HOSTILE, "properties": {HOSTILE: field}, "title": HOSTILE}
    whole = minimal(payload, servers={HOSTILE: {"host": HOSTILE, "protocol": "ws"}})
    whole["info"] = {"title": HOSTILE, "version": HOSTILE, "description": HOSTILE}
    channel = whole["channels"]["chat"]
    channel |= {"address": f"/{HOSTILE}", "title": HOSTILE, "description": HOSTILE}
    channel["parameters"] = {HOSTILE: {"enum": [HOSTILE], "default": HOSTILE}}
    message = channel["messages"]["say"]
    message |= {"title": HOSTILE, "summary": HOSTILE, "examples": [{"payload": HOSTILE}]}
    whole["operations"]["it"]["security"] = [{"type": HOSTILE, "scheme": HOSTILE}]
    html = page(whole)
    looked = Looked(html)
    assert not {"script", "img"} & {tag for tag, _ in looked.elements}
    assert html.count("alert(1)") == looked.text.count("alert(1)") >= 12
    assert "\u202e" not in html


def test_a_link_may_lead_to_the_web_and_nowhere_else():
    looked = Looked(prose('[a](https://a.example/?x=1&y="2") [b](javascript:alert(1)) [c](//c)'))
    assert [attributes["href"] for tag, attributes in looked.elements if tag == "a"] == [
        'https://a.example/?x=1&y="2"'
    ]
    assert "[b](javascript:alert(1)) [c](//c)" in looked.text


# Descriptions


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("a\nb", "<p>a b</p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("- a\n- b\n  c", "<ul><li>a</li><li>b c</li></ul>"),
        ("1. a\n2. b", "<ul><li>a</li><li>b</li></ul>"),
        ("### A *b*\n\nc", "<p><strong>A *b*</strong></p><p>c</p>"),
        ("a\n```sh\nls <x>\n\n```\nb", "<p>a</p><pre><code>ls &lt;x&gt;</code></pre><p>b</p>"),
        ("a\n## B\n- c", "<p>a</p><p><strong>B</strong></p><ul><li>c</li></ul>"),
        ("```\n# a\n\n- b", "<pre><code># a\n\n- b</code></pre>"),
        ("[[a](https://b)", '<p>[<a href="https://b" rel="noreferrer noopener">a</a></p>'),
        ("`<b>` **c**", "<p><code>&lt;b&gt;</code> <strong>c</strong></p>"),
    ],
)
def test_a_little_of_markdown(text, html):
    assert prose(text) == html


@pytest.mark.parametrize("part", ["\n", "\n ", "[", "`", "**", "```\n", "# "])
def test_a_long_description_is_looked_through_once(part):
    text = "a" + part * 100_000 + "b"  # from each character on, it would take hours
    assert prose(text).startswith("<p>a")


def test_a_line():
    assert line(" a\n `b` ") == "a <code>b</code>"


# Tables


TYPES = {
    "tea": {"type": "string", "pattern": "^tea$"},
    "json": {"anyOf": [{"type": "number"}, {"type": "array", "items": {"$ref": "#/json"}}]},
}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "anything"),
        ({"type": "string", "maxLength": 3}, "string, at most 3 long"),
        ({"type": "integer", "minimum": 0, "exclusiveMaximum": 9}, "integer, ≥ 0, < 9"),
        ({"const": "a"}, '"a"'),
        ({"enum": ["a", 1, None]}, '"a", 1 or null'),
        ({"type": ["string", "null"]}, "string or null"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or null"),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "array of string, at least 1 items",
        ),
        ({"type": "array"}, "array"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({"properties": {}}, "object"),
        ({"$ref": "#/tea"}, "string, like ^tea$"),
        ({"allOf": [{"$ref": "#/tea"}], "description": "x"}, "string, like ^tea$"),
        ({"not": {}}, "anything"),
        ({"$ref": "#/json"}, "number or array of …"),
    ],
)
def test_a_type_in_words(schema, words):
    assert type_of(Tree(TYPES), schema) == words


def test_fields_within_fields_are_rows():
    schema = {
        "allOf": [
            {"properties": {"id": {"type": "integer", "default": 3, "description": "It."}}},
            {"required": ["user"]},
        ],
        "properties": {
            "user": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
            "events": {
                "type": "array",
                "items": {"properties": {"side": {"const": 1, "default": 1}}},
            },
            "more": {"additionalProperties": {"properties": {"x": {}}}, "type": "object"},
            "either": {"oneOf": [{"properties": {"a": {}}}, {"type": "null"}]},
            "self": {"$ref": "#/self"},
        },
    }
    rows = rows_of(Tree({"self": schema}), {"$ref": "#/self"})
    assert rows == [
        Row("user", "object", is_required=True),
        Row("user.name", "string", is_required=True),
        Row("events", "array of object"),
        Row("events[].side", "1"),
        Row("more", "object of object"),
        Row("more[*].x", "anything"),
        Row("either", "object or null"),
        Row("either.a", "anything"),
        Row("self", "object"),
        Row("id", "integer", description="It.", default="3"),
    ]


def test_variants_have_the_names_of_what_they_refer_to():
    tree = Tree({"tea": {"type": "object"}})
    one_of = {"oneOf": [{"$ref": "#/tea"}, {"type": "null"}]}
    assert variants_of(tree, "say", one_of) == [
        ("tea", {"$ref": "#/tea"}),
        ("say", {"type": "null"}),
    ]
    assert variants_of(tree, "say", {"type": "object"}) == [("say", {"type": "object"})]
