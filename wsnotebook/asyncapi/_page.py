"""A document as a page to read: for whoever writes the client.

It has no scripts and loads nothing; all that a document says is escaped. What it looks like is
``page.css``; the tables are ``_tables``, descriptions ``_prose``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from ..draw.html import Html, element, join
from ._document import Document, read
from ._examples import examples_of
from ._info import ChannelInfo, MessageInfo, ServerInfo
from ._prose import line, prose
from ._tables import Row, rows_of, type_of, variants_of

__all__ = ["POLICY", "page"]

# Should anything ever get past the escaping, this keeps it from running or loading. The browser's
# console may connect, so that the calls that the page shows can be tried there.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"

# So many messages of a channel are shown unfolded.
_FEW = 6
_NO_ICON = "data:,"


def page(document: Document | Mapping[str, Any]) -> str:
    """Return a document as HTML: its channels, what to send there and what to expect.

    Args:
        document: What :func:`read` or :func:`document` returned. The page has a link to
            ``asyncapi.json``, which is to stand beside it.

    Raises:
        ValueError: It is no AsyncAPI document of version 3.
    """
    found = document if isinstance(document, Document) else read(document)
    return f"<!doctype html>\n{_Page(found).html()}\n"


class _Page:
    """Writes the page of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._tree = document._tree

    def html(self) -> Html:
        document = self._document
        style = Html(files(__package__).joinpath("page.css").read_text("utf-8"))
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("link", rel="icon", href=_NO_ICON),
            element("title", document.title),
            element("style", style),
        )
        channels = [self._channel(*one) for one in enumerate(document.channels)]
        body = element("body", self._header(), self._servers(), self._contents(), *channels)
        return element("html", head, body, lang="en")

    def _header(self) -> Html:
        document = self._document
        link = element("a", "asyncapi.json", href="asyncapi.json")
        told = element("p", f"Version {document.version} · ", link, class_="dim")
        return element("header", element("h1", document.title), told, prose(document.description))

    def _servers(self) -> Html:
        servers = self._document.servers
        rows = [
            (element("code", one.url), join(prose(one.description), _security(one.security)))
            for one in servers
        ]
        return element("section", element("h2", "Servers"), _facts(rows)) if rows else Html()

    def _contents(self) -> Html:
        channels = self._document.channels
        if len(channels) < 2:
            return Html()
        links = [
            element("li", element("a", _called(one), href=f"#channel-{number}"), " ", _count(one))
            for number, one in enumerate(channels)
        ]
        return element("nav", element("h2", "Channels"), element("ul", *links))

    def _channel(self, number: int, channel: ChannelInfo) -> Html:
        title = channel.title or channel.name
        name = element("p", title, class_="dim") if channel.address else Html()
        return element(
            "section",
            element("h2", element("code", _called(channel))),
            name,
            prose(channel.description),
            self._connect(channel),
            self._parameters(channel),
            self._handshake("Query", channel.query),
            self._handshake("Headers", channel.headers),
            _security(channel.security),
            *self._way("You send", channel, channel.receives),
            *self._way("You receive", channel, channel.sends),
            id=f"channel-{number}",
            class_="channel",
        )

    def _connect(self, channel: ChannelInfo) -> Html:
        servers = self._document.servers
        server = next((one for one in servers if one.protocol in ("ws", "wss")), None)
        if channel.address is None or (servers and server is None):
            return Html()  # it is none for a WebSocket
        code = [f"const socket = new WebSocket({_address(server, channel)});"]
        if channel.sends:
            is_json = all(one.kind == "json" for one in channel.sends)
            what = "JSON.parse(event.data)" if is_json else "event.data"
            code.append(f"socket.onmessage = (event) => console.log({what});")
        first = next((one for one in channel.receives if one.kind in ("json", "text")), None)
        if first is not None and (examples := examples_of(self._tree, first)):
            value = json.dumps(examples[0], ensure_ascii=False)
            sent = value if first.kind == "text" else f"JSON.stringify({value})"
            code.append(f"socket.onopen = () => socket.send({sent});")
        return element("pre", element("code", "\n".join(code)))

    def _parameters(self, channel: ChannelInfo) -> Html:
        rows = []
        for one in channel.parameters:
            values = [element("code", value) for value in one.values]
            told = [prose(one.description)]
            if values:
                told.append(element("p", "One of ", join(*values, between=", "), "."))
            if one.default is not None:
                told.append(element("p", "Default: ", element("code", one.default), "."))
            if one.examples and not values:
                shown = [element("code", value) for value in one.examples]
                told.append(element("p", "For example ", join(*shown, between=", "), "."))
            rows.append((element("code", one.name), join(*told)))
        rows = [(name, told or element("p", "Any text without a slash.")) for name, told in rows]
        return join(element("h3", "In the path"), _facts(rows)) if rows else Html()

    def _handshake(self, title: str, schema: Mapping[str, Any]) -> Html:
        rows = rows_of(self._tree, schema) if schema else []
        heading = element("h3", title), prose(str(schema.get("description", "")))
        return join(*heading, _table(rows)) if rows else Html()

    def _way(
        self, title: str, channel: ChannelInfo, messages: tuple[MessageInfo, ...]
    ) -> Iterable[Html]:
        if not messages:
            return
        count = len(channel.receives) + len(channel.sends)
        yield element("h3", title)
        for message in messages:
            yield self._message(message, is_open=count <= _FEW)

    def _message(self, message: MessageInfo, *, is_open: bool) -> Html:
        name = element("code", message.title or message.name)
        told = message.summary or re.split(r"(?<=[.!?])\s|\n", message.description, maxsplit=1)[0]
        summary = element("summary", name, " ", element("span", line(told)))
        description = message.description if message.description.strip() != told else ""
        parts = [summary, prose(description), self._payload(message)]
        examples = [
            element("pre", element("code", _written(message, one)))
            for one in examples_of(self._tree, message)
            if message.kind != "binary"
        ]
        if examples:
            parts += [element("p", "For example:", class_="dim"), *examples]
        return element("details", *parts, open="") if is_open else element("details", *parts)

    def _payload(self, message: MessageInfo) -> Html:
        if message.payload is None:
            return element("p", f"Its schema is in {message.schema_format}.", class_="dim")
        if message.kind == "binary":
            return element("p", "Bytes.")
        variants = variants_of(self._tree, message.name, message.payload)
        return join(*[self._variant(*one, len(variants) > 1) for one in variants])

    def _variant(self, name: str, schema: Any, is_one_of: bool) -> Html:
        rows = rows_of(self._tree, schema)
        inside = (
            _table(rows) if rows else element("p", element("code", type_of(self._tree, schema)))
        )
        heading = element("h4", "Either ", element("code", name))
        return join(heading, inside) if is_one_of else inside


def _called(channel: ChannelInfo) -> str:
    return channel.address or channel.title or channel.name


def _count(channel: ChannelInfo) -> Html:
    told = f"{len(channel.receives)} to send, {len(channel.sends)} to receive"
    return element("span", told, class_="dim")


def _address(server: ServerInfo | None, channel: ChannelInfo) -> str:
    """Return an expression of JavaScript: the address, its parameters filled in."""
    values = {
        one.name: next(iter((*one.examples, *filter(None, [one.default]), *one.values)), None)
        for one in channel.parameters
    }
    known = {name: quote(value, safe="") for name, value in values.items() if value is not None}
    origin = "" if server is None else server.url
    plain = origin.rstrip("/") + "/" + (channel.address or "").lstrip("/")
    plain = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), plain)
    address = json.dumps(plain, ensure_ascii=False)
    if server is None or re.search(r"\{\w+\}", plain):
        # A template, in which nothing but the names of parameters is code.
        inert = re.sub(r"[`\\$]", r"\\\g<0>", plain)
        here = '${location.origin.replace("http", "ws")}' if server is None else ""
        inert = re.sub(r"\{(\w+)\}", r"${\1}", inert)
        address = f"`{here}{inert}`"
    schema = channel.headers.get("properties", {}).get("Sec-WebSocket-Protocol", {})
    protocols = schema.get("examples") if isinstance(schema, Mapping) else None
    return f"{address}, {json.dumps(protocols)}" if protocols else address


def _written(message: MessageInfo, example: Any) -> str:
    if message.kind == "text" and isinstance(example, str):
        return example
    compact = json.dumps(example, ensure_ascii=False)
    return compact if len(compact) <= 72 else json.dumps(example, ensure_ascii=False, indent=2)


def _facts(rows: Iterable[tuple[Html, Html]]) -> Html:
    pairs = [join(element("dt", name), element("dd", told)) for name, told in rows]
    return element("dl", *pairs)


def _table(rows: list[Row]) -> Html:
    has_remarks = any(one.description or one.default for one in rows)
    titles = ("Field", "Type", "Description")[: 3 if has_remarks else 2]
    body = []
    for one in rows:
        cells = [
            element("th", element("code", one.path), _required(one), scope="row"),
            element("td", element("code", one.type)),
            element("td", prose(one.description), _default(one)),
        ]
        body.append(element("tr", *cells[: len(titles)]))
    head = element("tr", *[element("th", one, scope="col") for one in titles])
    return element("table", element("thead", head), element("tbody", *body))


def _required(row: Row) -> Html:
    return join(" ", element("span", "required", class_="mark")) if row.is_required else Html()


def _default(row: Row) -> Html:
    told = element("p", "Default: ", element("code", row.default), ".")
    return told if row.default else Html()


def _security(schemes: Iterable[Mapping[str, Any]]) -> Html:
    items = [
        element("li", element("code", str(one.get("type", "?"))), _scheme(one)) for one in schemes
    ]
    said = (
        element("p", "Who connects shows one of:")
        if len(items) > 1
        else element("p", "Who connects shows:")
    )
    return join(said, element("ul", *items)) if items else Html()


def _scheme(scheme: Mapping[str, Any]) -> Html:
    place = " in ".join(str(scheme[key]) for key in ("name", "in") if key in scheme)
    words = [str(scheme["scheme"])] if "scheme" in scheme else []
    words += [place] if place else []
    words += [str(scheme["openIdConnectUrl"])] if "openIdConnectUrl" in scheme else []
    flows = scheme.get("flows")
    words += [", ".join(flows)] if isinstance(flows, Mapping) else []
    told = join(": ", "; ".join(words)) if words else Html()
    said = str(scheme.get("description", ""))
    return join(told, ". ", line(said)) if said else told
