"""Reads which WebSocket routes an app has, from its attributes.

No framework is imported: whoever holds an app has loaded its framework, whose classes are then in
``sys.modules``. What a Route is, and which are wanted, is ``routes``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from ..messages import MessageReader
from ..transports.targets import channel_of
from ._parameters import Parameter, from_regex, parse, retyped, without_kinds

__all__ = ["Found", "Reader"]

_Types = tuple[Any, ...]
# What Django writes for a parameter: <int:number>, <name>.
_DJANGO = re.compile(r"<(?:(\w+):)?(\w+)>")
# Where middleware keeps what it is round: Starlette's, Litestar's and uvicorn's; Channels' two.
_INSIDE = ("app", "inner", "application")


@dataclass(frozen=True, slots=True)
class Found:
    """One WebSocket route of an app, as ``routes.Route`` tells it."""

    path: str
    parameters: tuple[Parameter, ...]
    endpoint: Any
    accepts: _Types | None = None
    sends: _Types | None = None
    subprotocols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an app something stands.

    Attributes:
        path: The path so far, kinds left out.
        above: The parameters in it.
        is_asked: Whether what stands here is known to be asked for WebSockets.
        is_django: Whether a path of Django's led here; what follows is put to it as it is.
    """

    path: str = ""
    above: tuple[Parameter, ...] = ()
    is_asked: bool = False
    is_django: bool = False

    def below(self, path: str, parameters: tuple[Parameter, ...]) -> _Place:
        return replace(self, path=self.path + path, above=self.above + parameters)

    @property
    def any_path(self) -> str:
        """A path that leads to what takes every path from here on."""
        return self.path if self.is_django else self.path.rstrip("/") + "/"


@dataclass(slots=True)
class Reader:
    """Looks through an app.

    Attributes:
        found: The WebSocket routes, in the app's order; the first of several alike is the one that
            is reached.
        unseen: Path and app of each part that could not be looked into.
        is_routed: Whether the app has routes of any kind.
    """

    found: list[Found] = field(default_factory=list)
    unseen: list[tuple[str, Any]] = field(default_factory=list)
    is_routed: bool = False
    _within: list[Any] = field(default_factory=list)

    def read(self, app: Any, place: _Place = _Place()) -> None:
        """Look through ``app``, which stands at ``place``."""
        if any(app is outer for outer in self._within):
            return
        self._within.append(app)
        self._read(app, place)
        self._within.pop()

    def _read(self, app: Any, place: _Place) -> None:
        if (channel := channel_of(app)) is not None:
            self._channel(channel, place)
        elif isinstance(by_protocol := getattr(app, "application_mapping", None), dict):
            self.is_routed = True
            if "websocket" in by_protocol:
                self.read(by_protocol["websocket"], replace(place, is_asked=True))
        elif isinstance(routes := getattr(app, "routes", None), list | tuple):
            self.is_routed = True
            for route in _expanded(routes):
                self._route(route, place)
        elif (inner := _inside(app)) is not None:
            self.read(inner, place)
        elif (consumer := getattr(app, "consumer_class", None)) is not None:
            if not hasattr(consumer, "http_request"):
                self._add(place.any_path, place.above, consumer)
        elif place.is_asked:
            self._add(place.any_path, place.above, app)
        else:
            self.unseen.append((place.any_path, app))

    def _route(self, route: Any, place: _Place) -> None:
        # FastAPI tells of a route of an included router by something that stands for it.
        kind = getattr(route, "original_route", route)
        if _is(kind, "starlette.routing", "WebSocketRoute"):
            self._starlette(route, place)
        elif _is(kind, "starlette.routing", "Mount"):
            self.read(route.app, place.below(_path(route), _parameters(route)))
        elif _is(kind, "starlette.routing", "Host"):
            self.unseen.append((place.any_path, kind))
        elif _is(kind, "litestar.routes", "WebSocketRoute"):
            self._litestar(route, place)
        elif _is(kind, "litestar.routes", "ASGIRoute"):
            self._litestar_app(route, place.below(_path(route), parse(route.path, {})))
        elif _is(kind, "django.urls.resolvers", "URLPattern"):
            path, parameters = _django_path(route.pattern)
            at = replace(place, path=place.any_path, is_asked=True, is_django=True)
            self.read(route.callback, at.below(path, parameters))

    def _add(
        self, path: str, parameters: tuple[Parameter, ...], endpoint: Any, **declared: Any
    ) -> None:
        if all((path, parameters) != (known.path, known.parameters) for known in self.found):
            self.found.append(Found(path, parameters, endpoint, **declared))

    def _channel(self, channel: Any, place: _Place) -> None:
        # Behind a path of Django's, as behind a route of Starlette's, the router says the path.
        own: tuple[Parameter, ...] = ()
        if channel.path is None or place.is_django:
            path = place.any_path
        else:
            path = place.path.rstrip("/") + without_kinds(channel.path)
            own = parse(channel.path)
        self._add(path, place.above + own, channel, **_declared(channel))

    def _starlette(self, route: Any, place: _Place) -> None:
        annotated = dict(_annotated(getattr(route, "dependant", None)))
        typed = tuple(retyped(one, *annotated.get(one.name, (str,))) for one in _parameters(route))
        at, channel = place.below(_path(route), typed), channel_of(route.endpoint)
        declared = {} if channel is None else _declared(channel)
        self._add(at.path, at.above, channel or route.endpoint, **declared)

    def _litestar_app(self, route: Any, place: _Place) -> None:
        if route.route_handler.is_mount:
            self.read(route.route_handler.fn, place)
        else:  # it is asked for this path alone, and reads the path by itself
            self.unseen.append((place.path, route.route_handler.fn))

    def _litestar(self, route: Any, place: _Place) -> None:
        at, handler = place.below(_path(route), parse(route.path, {})), route.route_handler
        # A listener's function is kept inside of what makes a handler of it.
        function = getattr(handler.fn, "_fn", handler.fn)
        self._add(
            at.path,
            at.above,
            getattr(function, "func", function),
            accepts=_annotation(handler, "_parsed_data_field"),
            sends=_annotation(handler, "_parsed_return_field"),
        )


def _path(route: Any) -> str:
    return without_kinds(route.path)


def _is(route: object, module: str, name: str) -> bool:
    return isinstance(route, getattr(sys.modules.get(module), name, ()))


def _inside(app: Any) -> Any:
    for name in _INSIDE:
        inner = getattr(app, name, None)
        if callable(inner) and not isinstance(app, type):
            return inner
    return None


def _expanded(routes: Iterable[Any]) -> Iterable[Any]:
    """Return ``routes`` with those of FastAPI's included routers in the place of the routers."""
    contexts = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    routes = list(routes)
    is_included = any(hasattr(route, "effective_candidates") for route in routes)
    return contexts(routes) if contexts and is_included else routes


def _parameters(route: Any) -> tuple[Parameter, ...]:
    convertors = route.param_convertors
    return parse(route.path, {name: convertor.regex for name, convertor in convertors.items()})


def _annotated(dependant: Any) -> Iterable[tuple[str, tuple[Any, tuple[Any, ...]]]]:
    """Yield what FastAPI's function and its dependencies read path parameters as."""
    if dependant is None:
        return
    for below in dependant.dependencies:
        yield from _annotated(below)
    for one in dependant.path_params:  # the function's own annotation stands last, so it counts
        yield one.alias, (one.field_info.annotation, tuple(one.field_info.metadata))


def _declared(channel: Any) -> dict[str, Any]:
    return {
        "accepts": _classes(channel.accepts),
        "sends": _classes(channel.sends),
        "subprotocols": tuple(channel.subprotocols),
    }


def _classes(declared: Any) -> _Types | None:
    return None if declared is None else MessageReader(declared).classes


def _annotation(handler: Any, name: str) -> _Types | None:
    """Return the types that a Litestar listener is annotated with; ``None``: it is none."""
    if not _is(handler, "litestar.handlers.websocket_handlers", "WebsocketListenerRouteHandler"):
        return None
    annotation = getattr(getattr(handler, name, None), "annotation", Any)
    if annotation is Any:
        return None
    is_union = type(annotation).__name__ in ("UnionType", "_UnionGenericAlias")
    types = get_args(annotation) if is_union else (annotation,)
    return tuple(one for one in types if one is not type(None))


def _django_path(pattern: Any) -> tuple[str, tuple[Parameter, ...]]:
    if (converters := getattr(pattern, "converters", None)) and hasattr(pattern, "_route"):
        template = _braced(str(pattern))
        known = {name: converter.regex for name, converter in converters.items()}
        return without_kinds(template), parse(template, known)
    if hasattr(pattern, "_route"):
        return str(pattern), ()
    return from_regex(str(pattern))


def _braced(route: str) -> str:
    return _DJANGO.sub(lambda found: f"{{{found[2]}:{found[1] or 'str'}}}", route)
