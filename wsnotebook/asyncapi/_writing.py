"""Writing an AsyncAPI document: ``document``.

The schemas of messages are ``_declared``; how the document is served, ``_app``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any
from uuid import UUID

from ..channel import Channel
from ..errors import SetupError
from ..messages import (
    EVENT_ACTION_COMPLETE,
    GROUP_ACTION_COMPLETE,
    MESSAGE_ACTION_COMPLETE,
)
from ..properties.routes import Route, find_routes
from ..transports._urls import split_url
from ..transports.targets import channel_of
from ._declared import SCHEMAS, Asked, Declared

__all__ = ["document"]

Servers = Mapping[str, str | Mapping[str, Any]] | str

_VERSION = "3.0.0"
_PARAMETERS: dict[str, dict[str, Any]] = {
    "int": {"description": "A whole number.", "examples": ["1"]},
    "float": {"description": "A number.", "examples": ["1.5"]},
    "uuid": {"description": "A UUID.", "examples": [str(UUID(int=0))]},
    "path": {"description": "The rest of the path, slashes included."},
}
_ERROR = {
    "title": "Error",
    "summary": "Says what is wrong with a message, or why the client may not come in.",
    "payload": {
        "type": "object",
        "properties": {"type": {"const": "error"}, "message": {"type": "string"}},
        "required": ["type", "message"],
        "additionalProperties": False,
    },
}
_ANYTHING = {
    "text": {
        "title": "Text",
        "summary": "Any text message.",
        "contentType": "text/plain",
        "payload": {"type": "string"},
    },
    "binary": {
        "title": "Binary",
        "summary": "Any binary message.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
    },
}
_COMPLETIONS = {
    MESSAGE_ACTION_COMPLETE: "The message that the client sent has been handled.",
    GROUP_ACTION_COMPLETE: "A broadcast that followed from some client's message is over.",
    EVENT_ACTION_COMPLETE: "A broadcast that was made by no client is over.",
}


def document(
    *targets: Any, title: str, version: str, description: str = "", servers: Servers | None = None
) -> dict[str, Any]:
    """Return an AsyncAPI 3.0 document of Channel classes.

    What a Channel ``accepts`` is what the server receives; without, that is text and binary. What
    it ``sends`` is what the server sends, and so are its errors and completion signals.

    Args:
        targets: Channel classes, or apps whose Channels are wanted, as ``find_routes`` takes them.
        title: What the application is called.
        version: Its version.
        description: What it is for, in Markdown.
        servers: The URL of the server, ``ws://127.0.0.1:8000``; or for each server, by a name of
            your choice, its URL or AsyncAPI's Server Object, in which ``security`` can stand.

    Raises:
        TypeError: A target is none, or a text is no str.
        ValueError: A URL is not a WebSocket URL.
        SetupError: There is no Channel, or a Message class has no JSON Schema.
    """
    for name, text in (("title", title), ("version", version), ("description", description)):
        if not isinstance(text, str):
            raise TypeError(f"{name} must be a str, not {text!r}")
    info = {"title": title, "version": version}
    whole: dict[str, Any] = {
        "asyncapi": _VERSION,
        "info": {**info, "description": description} if description else info,
        "defaultContentType": "application/json",
    }
    if servers is not None:
        several = {"server": servers} if isinstance(servers, str) else servers
        whole["servers"] = {name: _server(one) for name, one in several.items()}
    return {**whole, **_Writer(_channels(targets)).parts()}


def _channels(targets: tuple[Any, ...]) -> list[Route]:
    routes = [route for target in targets for route in find_routes(target)]
    found = [route for route in routes if channel_of(route.endpoint) is not None]
    if not found:
        shown = ", ".join(map(repr, targets)) or "nothing"
        raise SetupError(
            f"no Channel to describe in {shown}: give a Channel class or an app of some"
        )
    return found


def _server(given: str | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(given, str):
        return dict(given)
    parts = split_url(given)
    server = {"host": parts.netloc.rpartition("@")[2], "protocol": parts.scheme}
    return {**server, "pathname": parts.path} if parts.path not in ("", "/") else server


class _Writer:
    """Writes the parts of a document that are about Channels.

    Args:
        routes: Where which Channel is.
    """

    def __init__(self, routes: list[Route]) -> None:
        self._routes = routes
        self._declared = Declared(
            (one for route in routes for one in _asked(route)),
            (route.accepts for route in routes if route.accepts and len(route.accepts) > 1),
        )
        self._messages: dict[str, Any] = {}

    def parts(self) -> dict[str, Any]:
        """Return channels, operations and components."""
        channels: dict[str, Any] = {}
        operations: dict[str, Any] = {}
        for route in self._routes:
            channel: type[Channel] = channel_of(route.endpoint)
            key = next(one for one in _numbered(_plain(channel.__name__)) if one not in channels)
            received, sent = self._received(route), self._sent(route, channel)
            channels[key] = self._channel(route, channel, [*received, *sent])
            for action, names in (("receive", received), ("send", sent)):
                operations[f"{action}{key}"] = _operation(action, key, names)
        components: dict[str, Any] = {"messages": self._messages}
        if self._declared.schemas:
            components["schemas"] = self._declared.schemas
        return {"channels": channels, "operations": operations, "components": components}

    def _channel(self, route: Route, channel: type[Channel], names: list[str]) -> dict[str, Any]:
        written: dict[str, Any] = {"address": route.path, "title": channel.__name__}
        if said := _prose(channel.__doc__):
            written["description"] = said
        references = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
        written["messages"] = references
        if route.parameters:
            written["parameters"] = {
                one.name: dict(_PARAMETERS.get(one.kind, {})) for one in route.parameters
            }
        if channel.subprotocols:
            written["bindings"] = {"ws": _subprotocols(list(channel.subprotocols))}
        return written

    def _received(self, route: Route) -> list[str]:
        if route.accepts is None:
            return [self._message(name, message) for name, message in _ANYTHING.items()]
        return [self._typed((cls, "validation")) for cls in route.accepts]

    def _sent(self, route: Route, channel: type[Channel]) -> list[str]:
        if route.sends is None:  # an error is text, too
            names = [self._message(name, message) for name, message in _ANYTHING.items()]
        else:
            names = [self._typed((cls, "serialization")) for cls in route.sends]
            names.append(self._message("error", _ERROR))
        if channel.send_completion:
            names += [self._message(name, _completion(name)) for name in _COMPLETIONS]
        return names

    def _typed(self, asked: Asked) -> str:
        cls, name = asked[0], self._declared.names[asked]
        message: dict[str, Any] = {"name": cls.__name__, "title": cls.__name__}
        summary, _, more = _prose(cls.__doc__).partition("\n\n")
        if summary:
            message["summary"] = " ".join(summary.split())
        if more:
            message["description"] = more
        message["payload"] = {"$ref": SCHEMAS + name}
        return self._message(name, message)

    def _message(self, name: str, message: dict[str, Any]) -> str:
        written = {"name": name, **message}
        # A Message class may be called as one of ours is.
        free = next(one for one in _numbered(name) if self._messages.get(one, written) == written)
        self._messages[free] = written
        return free


def _asked(route: Route) -> list[Asked]:
    read: list[Asked] = [(cls, "validation") for cls in route.accepts or ()]
    return [*read, *((cls, "serialization") for cls in route.sends or ())]


def _operation(action: str, key: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{key}"},
        "messages": [{"$ref": f"#/channels/{key}/messages/{name}"} for name in names],
    }


def _completion(signal: str) -> dict[str, Any]:
    return {
        "title": signal.replace("_", " ").capitalize(),
        "summary": _COMPLETIONS[signal],
        "payload": {
            "type": "object",
            "properties": {"action": {"const": signal}, "payload": {"type": "null"}},
            "required": ["action", "payload"],
            "additionalProperties": False,
        },
    }


def _subprotocols(names: list[str]) -> dict[str, Any]:
    header = {
        "type": "string",
        "description": "Subprotocols that the client offers. The server chooses the first of "
        f"these that is among them: {', '.join(names)}.",
        "examples": names,
    }
    headers = {"type": "object", "properties": {"Sec-WebSocket-Protocol": header}}
    return {"headers": headers, "bindingVersion": "0.1.0"}


def _prose(doc: str | None) -> str:
    """Return a docstring up to its first section: ``Attributes:``, ``Args:`` and the like."""
    return re.split(r"(?m)^[A-Z][a-z]+:$", inspect.cleandoc(doc or ""))[0].strip()


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))
