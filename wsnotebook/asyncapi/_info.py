"""What an AsyncAPI document says of its servers, channels and messages: facts.

They are read from a ``Tree``; what is done with them is the business of ``Document`` and ``page``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ._schemas import at_home
from ._tree import Tree, merged, reference_of
from ._well_formed import check_schema

__all__ = [
    "Action",
    "ChannelInfo",
    "Kind",
    "MessageInfo",
    "ParameterInfo",
    "ServerInfo",
    "read_channels",
    "read_servers",
    "text_of",
]

Action: TypeAlias = Literal["receive", "send"]
Kind: TypeAlias = Literal["json", "text", "binary"]

# Formats whose schemas are read: AsyncAPI's own, and JSON Schema of the draft that it builds on.
_READ_FORMATS = ("application/vnd.aai.asyncapi", "application/schema+")
_BINARY = ("application/octet-stream", "image/", "audio/", "video/")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A server.

    Attributes:
        name: What the document calls it.
        url: Where it is, parameters in braces.
        protocol: ``"ws"``, ``"wss"``, or what else it speaks.
        description: In Markdown; may be empty.
        security: What it asks clients for: AsyncAPI's Security Scheme Objects.
    """

    name: str
    url: str
    protocol: str
    description: str = ""
    security: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A parameter of an address.

    Attributes:
        name: Its name.
        description: In Markdown; may be empty.
        values: The values that it can have; empty: any.
        default: The value where none is given.
        examples: Some values.
    """

    name: str
    description: str = ""
    values: tuple[str, ...] = ()
    default: str | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One kind of message.

    Attributes:
        name: What its channel calls it.
        title: What people call it; may be empty.
        summary: In a line; may be empty.
        description: In Markdown; may be empty.
        content_type: The media type of the payload.
        payload: Its schema, references as they stand; ``True``: anything; ``None``: it is in a
            format that is not read, ``schema_format``.
        schema_format: The format of the schema, where the document names one.
        examples: Payloads.
    """

    name: str
    title: str = ""
    summary: str = ""
    description: str = ""
    content_type: str = "application/json"
    payload: Any = field(default=True, repr=False)
    schema_format: str = ""
    examples: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def kind(self) -> Kind | None:
        """How it goes on the wire: as JSON, other text, or bytes; ``None``: in another format."""
        media_type = self.content_type.partition(";")[0].strip().lower()
        if media_type.endswith(("/json", "+json")):
            return "json"
        if media_type.startswith("text/"):
            return "text"
        return "binary" if media_type.startswith(_BINARY) else None

    def unread(self, wanted: Kind | None = None) -> str:
        """Return why nothing can be made of it, or nothing of the kind that is ``wanted``.

        Empty: it can.
        """
        if self.kind is None or self.kind != (wanted or self.kind):
            expected = "JSON" if wanted else "JSON, text or bytes"
            return f"message {self.name!r} is {self.content_type!r}, not {expected}"
        if self.payload is None:
            told = f"message {self.name!r} has a schema in {self.schema_format!r}"
            return f"{told}, which is not read"
        return ""


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel: an address at which messages go both ways.

    Attributes:
        name: What the document calls it.
        address: The path, parameters in braces: ``/rooms/{room_id}``; ``None``: not known before.
        title: What people call it; may be empty.
        description: In Markdown; may be empty.
        parameters: Those of the address.
        receives: What the server receives: what clients send.
        sends: What the server sends.
        query: The schema of the handshake's query, references as they stand; may be empty.
        headers: That of its headers.
        security: What its operations ask clients for: AsyncAPI's Security Scheme Objects.
    """

    name: str
    address: str | None
    title: str = ""
    description: str = ""
    parameters: tuple[ParameterInfo, ...] = ()
    receives: tuple[MessageInfo, ...] = ()
    sends: tuple[MessageInfo, ...] = ()
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    security: tuple[Mapping[str, Any], ...] = ()

    def messages(self, action: Action) -> tuple[MessageInfo, ...]:
        """Return what the server receives, or what it sends."""
        return self.receives if action == "receive" else self.sends


def text_of(node: Mapping[str, Any], key: str) -> str:
    """Return a text; empty if there is none. YAML reads a version like 1.0 as a number."""
    found = node.get(key)
    return "" if found is None or isinstance(found, Mapping | list) else str(found)


def read_servers(tree: Tree) -> tuple[ServerInfo, ...]:
    """Return the servers of a document."""
    return tuple(_server(tree, name, node) for name, node in tree.members(tree.root, "servers"))


def _server(tree: Tree, name: str, node: Any) -> ServerInfo:
    server = tree.object(node)
    protocol, host = text_of(server, "protocol"), text_of(server, "host")
    return ServerInfo(
        name=name,
        url=f"{protocol}://{host}{text_of(server, 'pathname')}",
        protocol=protocol,
        description=text_of(server, "description"),
        security=tuple(map(tree.object, tree.items(server, "security"))),
    )


def read_channels(tree: Tree) -> tuple[ChannelInfo, ...]:
    """Return the channels of a document, with what its operations do there."""
    uses = _Uses(tree)
    return tuple(_channel(tree, uses, *member) for member in tree.members(tree.root, "channels"))


def _channel(tree: Tree, uses: _Uses, name: str, node: Any) -> ChannelInfo:
    channel = tree.object(node)
    handshake = tree.object(tree.object(channel, "bindings"), "ws")
    address = channel.get("address")
    query, headers = tree.object(handshake, "query"), tree.object(handshake, "headers")
    for schema in (query, headers):
        check_schema(tree, schema, f"channel {name!r}")
    used = uses.of.get(id(channel), {})
    known = dict(tree.members(channel, "messages"))
    return ChannelInfo(
        name=name,
        address=None if address is None else str(address),
        title=text_of(channel, "title"),
        description=text_of(channel, "description") or text_of(channel, "summary"),
        parameters=tuple(_parameter(tree, *one) for one in tree.members(channel, "parameters")),
        receives=_messages(tree, known, used.get("receive", [])),
        sends=_messages(tree, known, used.get("send", [])),
        query=query,
        headers=headers,
        security=tuple(used.get("security", [])),
    )


class _Uses:
    """What the operations of a document do at each channel; one without any receives nothing.

    Attributes:
        of: By the identity of the channel: the messages received and sent, and security schemes.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.of: dict[int, dict[str, list[Any]]] = {}
        for _, node in tree.members(tree.root, "operations"):
            self._operation(tree.object(node))

    def _operation(self, operation: Mapping[str, Any]) -> None:
        tree, action = self._tree, text_of(operation, "action")
        channel = tree.object(operation, "channel")
        self._note(channel, action, operation)
        if "reply" in operation:  # it goes the other way
            reply = tree.object(operation, "reply")
            other = "send" if action == "receive" else "receive"
            self._note(tree.object(reply, "channel") or channel, other, reply)
        for one in tree.items(operation, "security"):
            schemes = self.of.setdefault(id(channel), {}).setdefault("security", [])
            if (scheme := tree.object(one)) not in schemes:
                schemes.append(scheme)

    def _note(self, channel: Mapping[str, Any], action: str, said: Mapping[str, Any]) -> None:
        found = self.of.setdefault(id(channel), {}).setdefault(action, [])
        if "messages" in said:
            found += self._tree.items(said, "messages")
        else:  # all of the channel's
            found += [node for _, node in self._tree.members(channel, "messages")]


def _messages(tree: Tree, known: Mapping[str, Any], used: Iterable[Any]) -> tuple[MessageInfo, ...]:
    """Return the messages that were ``used``, each once, under their channel's names for them."""
    names = {id(tree.follow(node)): name for name, node in known.items()}
    # Those that refer to one and the same are told apart by how they are referred to.
    names |= {id(node): name for name, node in known.items() if isinstance(node, Mapping)}
    found: dict[str, MessageInfo] = {}
    for node in used:
        message = tree.object(node)
        name = _name(tree, names, node)
        if name not in found:
            found[name] = _message(tree, name, message)
    return tuple(found.values())


def _name(tree: Tree, names: Mapping[int, str], node: Any) -> str:
    """Return the first name on the way from ``node`` to what it refers to in the end."""
    last = "message"
    while id(node) not in names and (reference := reference_of(node)) is not None:
        last = reference.rpartition("/")[2]
        node = tree.at(reference)
    return names.get(id(node), last)


def _message(tree: Tree, name: str, node: Mapping[str, Any]) -> MessageInfo:
    traits: Any = {}
    for trait in tree.items(node, "traits"):
        traits = merged(traits, tree.object(trait))
    message = merged(traits, node)
    payload, schema_format = _payload(tree, message)
    if payload is not None or not schema_format:
        check_schema(tree, payload, f"message {name!r}")
    examples = [tree.object(one) for one in tree.items(message, "examples")]
    default = text_of(tree.root, "defaultContentType") or "application/json"
    return MessageInfo(
        name=name,
        title=text_of(message, "title"),
        summary=text_of(message, "summary"),
        description=text_of(message, "description"),
        content_type=text_of(message, "contentType") or default,
        payload=payload,
        schema_format=schema_format,
        examples=tuple(one["payload"] for one in examples if "payload" in one),
    )


def _payload(tree: Tree, message: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the schema of a payload and its format; ``None`` if that is not read."""
    schema: Any = message.get("payload", True)
    node = tree.follow(schema)
    if not isinstance(node, Mapping) or "schemaFormat" not in node:
        return at_home(tree, schema), ""
    schema_format = text_of(node, "schemaFormat")
    is_read = schema_format.startswith(_READ_FORMATS)
    return (at_home(tree, node.get("schema", True)) if is_read else None), schema_format


def _parameter(tree: Tree, name: str, node: Any) -> ParameterInfo:
    parameter = tree.object(node)
    default = parameter.get("default")
    return ParameterInfo(
        name=name,
        description=text_of(parameter, "description"),
        values=tuple(map(str, tree.items(parameter, "enum"))),
        default=None if default is None else str(default),
        examples=tuple(map(str, tree.items(parameter, "examples"))),
    )
