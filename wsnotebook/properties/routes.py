"""Which WebSocket routes an app has: ``find_routes``.

How each framework tells is ``_readers``; how paths write their parameters, ``_parameters``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, urlunsplit

from ..errors import SetupError
from ..transports._urls import split_url
from ..transports.targets import kind_of, without_class
from ._parameters import Parameter, parse, without_kinds
from ._readers import Reader

__all__ = ["Parameter", "Route", "check_glob", "find_routes"]

_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F)))  # what is encoded already stays so
_READ = "Starlette, FastAPI, Litestar or Channels"


@dataclass(frozen=True, slots=True)
class Route:
    """A path at which an app speaks WebSocket.

    Attributes:
        target: What to connect to, as ``connect`` takes it.
        path: The path, parameters in braces: ``/rooms/{room_id}``.
        parameters: They, in order. A name that stands twice has one value.
        endpoint: What serves it: a function, a Channel class, a consumer class; ``None`` for a URL.
        accepts: Types of the messages that it declares to take: a Channel's ``accepts``, what a
            Litestar listener calls ``data``. ``None``: it declares none.
        sends: Types of those that it declares to send; empty: it sends none.
        subprotocols: What a Channel declares, in order of preference.
        query: The query of a URL.
    """

    target: Any = field(repr=False)
    path: str
    parameters: tuple[Parameter, ...] = ()
    endpoint: Any = field(default=None, repr=False)
    accepts: tuple[Any, ...] | None = None
    sends: tuple[Any, ...] | None = None
    subprotocols: tuple[str, ...] = ()
    query: str = field(default="", repr=False)  # a token may stand in it

    def __str__(self) -> str:
        kinds = {one.name: one.kind for one in self.parameters if one.kind != "str"}
        return re.sub(
            r"\{(\w+)\}",
            lambda found: f"{{{found[1]}:{kinds[found[1]]}}}" if found[1] in kinds else found[0],
            self.path,
        )

    def fill(self, values: Mapping[str, Any] | None = None) -> str:
        """Return the path to connect to, percent-encoded, with the query.

        Args:
            values: One for each parameter, by name.

        Raises:
            ValueError: One is missing, or is for no parameter.
        """
        values = values or {}
        known = {one.name: one for one in self.parameters}
        if known.keys() != values.keys():
            names = ", ".join(known) or "none"
            raise ValueError(f"path {self.path!r} has the parameters {names}, not {dict(values)!r}")
        texts = {name: one.text(values[name]) for name, one in known.items()}
        plain = quote(self.path, safe=_AS_IT_IS)
        path = re.sub(r"\{(\w+)\}", lambda found: texts.get(found[1], found[0]), plain)
        return f"{path}?{self.query}" if self.query else path

    def matches(self, glob: str) -> bool:
        """Whether the path matches ``glob``: ``*`` and ``?`` match ``/`` too, case counts.

        A parameter is matched as it is written, its kind left out.
        """
        return fnmatchcase(self.path, without_kinds(glob))


def find_routes(
    app: Any, *, include: str | Sequence[str] = (), exclude: str | Sequence[str] = ()
) -> list[Route]:
    """Return the WebSocket routes of ``app``, in the app's own order.

    Mounts, included routers, sub-applications and middleware are looked into. A URL, a handler and
    a Channel without a path are one route each. Routes of one host alone (Starlette's ``Host``) are
    left out.

    Args:
        app: An app of Starlette, FastAPI, Litestar or Channels, a Channel, a handler, a Server, or
            a URL, whose path may have parameters: ``ws://127.0.0.1:8000/rooms/{room_id:int}``.
        include: Globs over paths, such as ``"/ws/*"``; none: every route.
        exclude: Globs of routes to leave out; they stand above ``include``.

    Raises:
        SetupError: There are no routes, or the globs leave none.
        TypeError: ``app`` is none of these, or a glob is no str.
        ValueError: The URL or a glob is wrong.
    """
    wanted, unwanted = _globs("include", include), _globs("exclude", exclude)
    routes = [_of_url(app)] if isinstance(app, str) else _of_app(app)
    kept = [
        route
        for route in routes
        if (not wanted or any(map(route.matches, wanted))) and not any(map(route.matches, unwanted))
    ]
    if not kept:
        raise SetupError(
            f"include={wanted!r} and exclude={unwanted!r} leave none of the routes "
            f"{', '.join(route.path for route in routes)}; '*' matches every path"
        )
    return kept


def named_route(app: Any, path: str) -> Route:
    """Return the route of ``app`` at ``path``, or one of which nothing more is known.

    Args:
        app: What :func:`find_routes` takes, or any other ASGI app.
        path: As the app declares it, or any other; parameters in braces. It may carry a query.

    Raises:
        TypeError: ``path`` is no str.
        ValueError: It is no path.
    """
    if not isinstance(path, str):
        raise TypeError(f"path must be a str, such as '/ws', not {path!r}")
    if not path.startswith("/"):
        raise ValueError(f"path must begin with '/', as '/ws' does, not {path!r}")
    template, _, query = path.partition("?")
    try:
        found = find_routes(app)
    except SetupError:
        found = []
    for route in found:
        if route.path == without_kinds(template):
            return replace(route, query=query)
    return Route(app, without_kinds(template), parse(template), query=query)


def check_glob(glob: object) -> str:
    """Return ``glob`` if it can match a path.

    Raises:
        TypeError: It is no str.
        ValueError: No path matches it.
    """
    if not isinstance(glob, str):
        raise TypeError(f"a glob over paths is a str, such as '/ws/*', not {glob!r}")
    if not glob.startswith(("/", "*", "?", "[")):
        raise ValueError(f"glob {glob!r} matches no path: write {f'/{glob}'!r} or {f'*{glob}'!r}")
    # As fnmatch reads it: a ] that stands first is one of the set.
    if "[" in re.sub(r"\[!?+.[^\]]*\]", "", glob, flags=re.DOTALL):
        raise ValueError(f"glob {glob!r} has a [ without its ]: write [[] for the character itself")
    return glob


def _globs(name: str, globs: Any) -> tuple[str, ...]:
    if isinstance(globs, str):
        globs = (globs,)
    if not isinstance(globs, list | tuple | set | frozenset):
        raise TypeError(f"{name} must be a glob or several, such as ['/ws/*'], not {globs!r}")
    return tuple(map(check_glob, globs))


def _of_url(url: str) -> Route:
    parts = split_url(url)
    target = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    path, parameters = without_kinds(parts.path) or "/", parse(parts.path)
    return Route(target, path, parameters, query=parts.query)


def _of_app(target: Any) -> list[Route]:
    app = without_class(target)
    if hasattr(app, "connect"):  # a Server has what it serves as its target, or it is a Transport
        app = getattr(app, "target", getattr(app, "handler", app))
    reader = Reader()
    reader.read(app)
    if reader.found:
        return [
            Route(target, **{one.name: getattr(found, one.name) for one in fields(found)})
            for found in reader.found
        ]
    if not reader.is_routed and _is_handler(target, app):
        return [Route(target, "/", endpoint=app)]
    raise _nothing_found(target, reader)


def _is_handler(target: Any, app: Any) -> bool:
    if not callable(app) and not hasattr(target, "connect"):
        raise TypeError(
            f"cannot look for routes in {target!r}: expected an app of {_READ}, a Channel, a "
            "handler, a Server, or a ws:// or wss:// URL"
        )
    try:
        return callable(app) and kind_of(app) == "handler"
    except TypeError:
        return False


def _nothing_found(target: Any, reader: Reader) -> SetupError:
    if not reader.is_routed:
        return SetupError(
            f"cannot see the routes of {target!r}: it is no app of {_READ}, no Channel and no "
            "handler; name a path, as in check(app, '/path'), or give the app itself, if this "
            "makes it or is round it"
        )
    text = f"no WebSocket routes found in {target!r}: declare one, or name a path, as in "
    text += "check(app, '/path')"
    if reader.unseen:
        parts = ", ".join(f"{path} ({part!r})" for path, part in reader.unseen)
        text += f"; not looked into: {parts}"
    return SetupError(text)
