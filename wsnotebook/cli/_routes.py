"""``wsnotebook routes``: which WebSocket routes an app has, a line or a JSON object for each."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import sys
import typing
from typing import Any

from ..draw.text import in_one_line
from ..properties.routes import Route, find_routes
from ..redaction import redact_url
from ._asked import Asked, add_settings, add_target, asked_for
from ._output import SubParsers, say

__all__ = ["add_routes"]

_VERSION = 1


def add_routes(subparsers: SubParsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "routes",
        usage="wsnotebook routes [-h] [TARGET] [OPTION ...]",
        help="list the WebSocket routes of an app",
        description="List the WebSocket routes of TARGET: path, what serves it, and which "
        "messages it declares to accept and to send.",
        epilog="exit status: 0, or 2 if there are none, or TARGET cannot be imported",
        allow_abbrev=False,
    )
    add_target(parser)
    add_settings(parser, "include", "exclude")
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=_routes, complain=parser.error, cannot=2)


def _routes(options: argparse.Namespace) -> int:
    asked = asked_for(options)
    # What an app prints while it is imported is no route.
    with contextlib.redirect_stdout(sys.stderr):
        routes = _found(asked)
    if options.json:
        whole = {
            "version": _VERSION,
            "target": redact_url(asked.target),
            "routes": [_as_json(one) for one in routes],
        }
        say(json.dumps(whole, indent=2), sys.stdout)
        return 0
    width = max(len(str(one)) for one in routes)
    for one in routes:
        line = f"{str(one).ljust(width)}  {_remarks(one)}".rstrip()
        say(in_one_line(line), sys.stdout)
    return 0


def _found(asked: Asked) -> list[Route]:
    target = asked.load()
    settings = asked.settings
    with asked.making():
        app = target() if asked.factory else target
        return find_routes(app, include=settings.include, exclude=settings.exclude)


def _remarks(route: Route) -> str:
    parts = [_name(route.endpoint)] if route.endpoint is not None else []
    for word, declared in (("accepts", route.accepts), ("sends", route.sends)):
        if declared is not None:
            parts.append(f"{word} {', '.join(map(_name, declared)) or 'nothing'}")
    if route.subprotocols:
        parts.append(f"subprotocols {', '.join(route.subprotocols)}")
    return "  ".join(parts)


def _as_json(route: Route) -> dict[str, Any]:
    return {
        "path": route.path,
        "parameters": [{"name": one.name, "kind": one.kind} for one in route.parameters],
        "endpoint": None if route.endpoint is None else _name(route.endpoint),
        "accepts": None if route.accepts is None else list(map(_name, route.accepts)),
        "sends": None if route.sends is None else list(map(_name, route.sends)),
        "subprotocols": list(route.subprotocols),
    }


def _name(value: Any) -> str:
    """Return the qualified name of what serves a route, or of the type of a message."""
    if isinstance(value, functools.partial):
        return _name(value.func)
    if typing.get_origin(value) is not None:
        return repr(value)  # list[int], A | B
    if not hasattr(value, "__qualname__"):
        value = type(value)
    if value.__module__ == "builtins":
        return str(value.__qualname__)
    return f"{value.__module__}.{value.__qualname__}"
