"""Routes of real apps of each framework: found, typed, and reached at the paths that they give."""

from __future__ import annotations

import enum
import re
import subprocess
import sys
import uuid
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import pytest
from fastapi import APIRouter, Depends, FastAPI, Path, WebSocket
from litestar import Controller, Litestar, Router, asgi
from litestar import WebSocket as LitestarSocket
from litestar import websocket as litestar_websocket
from litestar.handlers import WebsocketListener, websocket_listener
from litestar.types import Receive, Scope, Send
from starlette.applications import Starlette
from starlette.convertors import CONVERTOR_TYPES, Convertor
from starlette.endpoints import WebSocketEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from wsnotebook import (
    ASGITransport,
    Channel,
    MemoryTransport,
    Message,
    SetupError,
    connect,
    serve,
)
from wsnotebook.properties.routes import Parameter, check_glob, find_routes

pytest.importorskip("channels", reason="pip install 'wsnotebook[django]'")

from django.conf import settings

if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    )

from channels.generic.http import AsyncHttpConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.middleware import BaseMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path


def shown(app, **globs):
    """Return the routes as templates, kinds told."""
    return [str(route) for route in find_routes(app, **globs)]


def only(app):
    (route,) = find_routes(app)
    return route


def masked(error):
    return re.sub(r"0x[0-9a-f]+", "0x", str(error))


async def params_told(app, **values):
    """Return what the only route of ``app`` tells of its parameters when it is connected to."""
    route = only(app)
    async with connect(route.target, route.fill(values)) as client:
        return await client.receive()


async def tell(ws):
    await ws.accept()
    await ws.send_text(repr(ws.path_params))
    await ws.close()


def page(request):
    return PlainTextResponse("hello")


UUID = uuid.UUID("12345678-1234-1234-1234-123456789abc")


# Starlette


def test_starlettes_websocket_routes_are_found_in_order_and_its_pages_are_not():
    app = Starlette(
        routes=[WebSocketRoute("/b", tell), Route("/page", page), WebSocketRoute("/a", tell)]
    )
    assert shown(app) == ["/b", "/a"]
    assert [route.endpoint for route in find_routes(app)] == [tell, tell]
    assert find_routes(app)[0].target is app


@pytest.mark.parametrize(
    ("kind", "python", "value", "told"),
    [
        ("str", str, "tea & milké", "{'x': 'tea & milké'}"),
        ("int", int, 7, "{'x': 7}"),
        ("float", float, 1e-7, "{'x': 1e-07}"),
        ("uuid", uuid.UUID, UUID, f"{{'x': {UUID!r}}}"),
        ("path", str, "a/b c", "{'x': 'a/b c'}"),
    ],
)
async def test_a_parameter_of_starlette_has_its_type_and_takes_a_value_of_it(
    kind, python, value, told
):
    app = Starlette(routes=[WebSocketRoute(f"/at/{{x:{kind}}}", tell)])
    (parameter,) = only(app).parameters
    assert (parameter.name, parameter.kind, parameter.type) == ("x", kind, python)
    assert re.fullmatch(parameter.pattern, str(value if kind != "float" else 0.5))
    assert await params_told(app, x=value) == told


def test_a_parameter_without_a_kind_is_a_str():
    route = only(Starlette(routes=[WebSocketRoute("/rooms/{room}/seats/{seat:int}", tell)]))
    assert route.path == "/rooms/{room}/seats/{seat}"
    assert str(route) == "/rooms/{room}/seats/{seat:int}"
    assert [one.kind for one in route.parameters] == ["str", "int"]


def test_a_convertor_of_ones_own_is_told_by_its_pattern(monkeypatch):
    class Year(Convertor[int]):
        regex = "20[0-9]{2}"

        def convert(self, value):
            return int(value)

    monkeypatch.setitem(CONVERTOR_TYPES, "year", Year())
    route = only(Starlette(routes=[WebSocketRoute("/{y:year}", tell)]))
    assert route.parameters == (Parameter("y", "str", str, "20[0-9]{2}"),)


async def test_mounts_in_mounts_are_looked_into_and_their_parameters_come_first():
    inner = Starlette(routes=[WebSocketRoute("/seats/{seat:int}", tell)])
    app = Starlette(routes=[Mount("/rooms/{room}", routes=[Mount("/in", app=inner)])])
    assert shown(app) == ["/rooms/{room}/in/seats/{seat:int}"]
    told = await params_told(app, room="tea", seat=3)
    assert "'room': 'tea'" in told
    assert "'seat': 3" in told


def test_a_name_that_stands_twice_has_one_value():
    app = Starlette(routes=[Mount("/{x}", routes=[WebSocketRoute("/{x:int}", tell)])])
    assert only(app).fill({"x": 7}) == "/7/7"


def test_middleware_round_an_app_or_a_mount_hides_nothing():
    app = Starlette(
        routes=[Mount("/in", app=GZipMiddleware(Starlette(routes=[WebSocketRoute("/a", tell)])))]
    )
    assert shown(GZipMiddleware(app)) == ["/in/a"]


def test_of_two_routes_alike_the_first_is_told():
    async def second(ws): ...

    app = Starlette(routes=[WebSocketRoute("/a", tell), WebSocketRoute("/a", second)])
    assert only(app).endpoint is tell


def test_an_endpoint_may_be_a_class():
    class Echo(WebSocketEndpoint):
        encoding = "text"

    assert only(Starlette(routes=[WebSocketRoute("/echo", Echo)])).endpoint is Echo


def test_an_app_that_is_mounted_in_itself_is_looked_into_once():
    app = Starlette(routes=[WebSocketRoute("/a", tell)])
    app.routes.append(Mount("/again", app=app))
    assert shown(app) == ["/a"]


def test_what_declares_no_messages_has_none():
    route = only(Starlette(routes=[WebSocketRoute("/a", tell)]))
    assert (route.accepts, route.sends, route.subprotocols) == (None, None, ())


async def test_a_path_that_is_not_ascii_is_encoded_and_what_is_encoded_stays():
    assert await params_told(Starlette(routes=[WebSocketRoute("/café au lait", tell)])) == "{}"
    assert only("ws://127.0.0.1:1234/a%20b").fill() == "/a%20b"


# FastAPI


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


def fastapi_of(path, endpoint):
    app = FastAPI()
    app.websocket(path)(endpoint)
    return app


async def test_fastapis_included_routers_have_their_prefixes():
    leaf, branch, app = APIRouter(prefix="/leaf"), APIRouter(prefix="/branch"), FastAPI()
    leaf.websocket("/{n}")(typed_by_annotation)
    branch.include_router(leaf, prefix="/{room}")
    branch.websocket("/b")(tell_fastapi)
    app.include_router(branch, prefix="/api")
    app.websocket("/a")(tell_fastapi)
    assert shown(app) == ["/api/branch/{room}/leaf/{n:int}", "/api/branch/b", "/a"]
    route = find_routes(app)[0]
    async with connect(app, route.fill({"room": "tea", "n": 7})) as client:
        assert await client.receive() == "7"


async def tell_fastapi(ws: WebSocket):
    await tell(ws)


async def typed_by_annotation(ws: WebSocket, n: int):
    await ws.accept()
    await ws.send_text(repr(n))
    await ws.close()


def test_fastapis_sub_applications_and_mounts_in_routers_are_looked_into():
    sub, app, router = FastAPI(), FastAPI(), APIRouter()
    sub.websocket("/ws")(tell_fastapi)
    router.mount("/deep", sub)
    app.mount("/sub", sub)
    app.include_router(router, prefix="/api")
    assert shown(app) == ["/sub/ws", "/api/deep/ws"]


async def test_the_annotation_of_fastapis_function_types_a_parameter():
    app = fastapi_of("/{n}", typed_by_annotation)
    assert only(app).parameters == (Parameter("n", "int", int, "-?[0-9]+"),)
    assert await params_told(app, n=-7) == "-7"


def room_of(room_id: uuid.UUID):
    return room_id


async def test_an_annotation_in_a_dependency_types_a_parameter():
    app = FastAPI()

    @app.websocket("/{room_id}")
    async def endpoint(ws: WebSocket, found: Annotated[uuid.UUID, Depends(room_of)]):
        await ws.accept()
        await ws.send_text(repr(found))
        await ws.close()

    assert shown(app) == ["/{room_id:uuid}"]
    assert await params_told(app, room_id=UUID) == repr(UUID)


@pytest.mark.parametrize(
    ("annotation", "kind", "pattern", "value", "text"),
    [
        (Size, "str", "s|l", Size.SMALL, "s"),
        (Literal["tea", "milk"], "str", "tea|milk", "tea", "tea"),
        (bool, "bool", "true|false", True, "true"),
        (str, "str", "[^/]+", "a", "a"),
    ],
)
def test_fastapis_other_annotations(annotation, kind, pattern, value, text):
    async def endpoint(ws, x): ...

    endpoint.__annotations__ = {"ws": WebSocket, "x": annotation}
    route = only(fastapi_of("/{x}", endpoint))
    assert route.parameters == (Parameter("x", kind, annotation, pattern),)
    assert route.fill({"x": value}) == f"/{text}"


def test_limits_that_fastapi_declares_stay_with_the_type():
    async def endpoint(ws, n): ...

    endpoint.__annotations__ = {"ws": WebSocket, "n": Annotated[int, Path(ge=3)]}
    (parameter,) = only(fastapi_of("/{n}", endpoint)).parameters
    assert parameter.kind == "int"
    assert parameter.type.__origin__ is int
    assert [limit.ge for limit in parameter.type.__metadata__] == [3]


def test_what_the_router_says_of_a_parameter_stands_above_the_annotation():
    async def endpoint(ws, n): ...

    endpoint.__annotations__ = {"ws": WebSocket, "n": str}
    assert shown(fastapi_of("/{n:int}", endpoint)) == ["/{n:int}"]


# Litestar


def litestar_of(*handlers):
    return Litestar(list(handlers), openapi_config=None, logging_config=None)


@litestar_websocket("/{n:int}")
async def told_by_litestar(socket: LitestarSocket) -> None:
    await tell_litestar(socket)


async def tell_litestar(socket):
    await socket.accept()
    await socket.send_text(repr(socket.path_params))
    await socket.close()


async def test_litestars_routers_and_controllers_have_their_paths():
    class Rooms(Controller):
        path = "/rooms/{room:str}"

        @litestar_websocket("/seats/{seat:int}")
        async def seat(self, socket: LitestarSocket) -> None:
            await tell_litestar(socket)

    app = litestar_of(Router("/api", route_handlers=[Rooms]))
    assert shown(app) == ["/api/rooms/{room}/seats/{seat:int}"]
    told = await params_told(app, room="tea", seat=3)
    assert "'room': 'tea'" in told
    assert "'seat': 3" in told


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("str", "tea", "tea"),
        ("int", -7, "-7"),
        ("float", -1.5, "-1.5"),
        ("uuid", UUID, str(UUID)),
        ("path", "a/b", "a/b"),
        ("decimal", "2.5", "2.5"),
        ("date", date(2026, 1, 2), "2026-01-02"),
        ("timedelta", timedelta(seconds=5), "5"),
        ("datetime", "2026-01-02T03:04:05", "2026-01-02T03%3A04%3A05"),
        ("time", "03:04:05", "03%3A04%3A05"),
    ],
)
async def test_a_parameter_of_litestar_has_its_kind_and_takes_a_value_of_it(kind, value, text):
    @litestar_websocket(f"/at/{{x:{kind}}}")
    async def endpoint(socket: LitestarSocket) -> None:
        await tell_litestar(socket)

    app = litestar_of(endpoint)
    (parameter,) = only(app).parameters
    assert parameter.kind == kind
    assert only(app).fill({"x": value}) == f"/at/{text}"
    assert re.fullmatch(parameter.pattern, parameter.text(value).replace("%3A", ":"))
    assert (await params_told(app, x=value)).startswith("{'x': ")


def test_the_annotations_of_litestars_listeners_declare_their_messages():
    @websocket_listener("/a")
    async def a(data: dict[str, int]) -> str | bytes:
        return ""

    @websocket_listener("/b")
    async def b(data: Any) -> None: ...

    class Listener(WebsocketListener):
        path = "/c"

        def on_receive(self, data: bytes) -> int:
            return 1

    routes = find_routes(litestar_of(a, b, Listener, told_by_litestar))
    declared = {route.path: (route.accepts, route.sends) for route in routes}
    assert declared == {
        "/a": ((dict[str, int],), (str, bytes)),
        "/b": (None, ()),
        "/c": ((bytes,), (int,)),
        "/{n}": (None, None),
    }
    endpoints = {route.path: route.endpoint for route in routes}
    assert endpoints["/a"].__name__ == "a"
    assert endpoints["/c"].__name__ == "on_receive"


async def test_an_app_that_litestar_mounts_is_looked_into():
    # Litestar hands paths on with a slash at their end.
    inner = Starlette(routes=[WebSocketRoute("/seats/{seat:int}/", tell)])
    app = litestar_of(asgi("/in", is_mount=True, copy_scope=True)(inner))
    assert shown(app) == ["/in/seats/{seat:int}/"]
    assert "'seat': 3" in await params_told(app, seat=3)


# Channels of Django


class Told(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        route = self.scope.get("url_route", {"args": (), "kwargs": {}})
        await self.send(text_data=repr((route["args"], route["kwargs"])))
        await self.close()


def by_django(*routes):
    return ProtocolTypeRouter({"websocket": BaseMiddleware(URLRouter(list(routes)))})


async def test_djangos_paths_are_found_with_their_types():
    app = by_django(path("rooms/<room>/<int:n>/<uuid:u>/<slug:s>/<path:rest>", Told.as_asgi()))
    route = only(app)
    assert str(route) == "/rooms/{room}/{n:int}/{u:uuid}/{s}/{rest:path}"
    assert route.endpoint is Told
    assert [one.type for one in route.parameters] == [str, int, uuid.UUID, str, str]
    assert route.parameters[3].pattern == "[-a-zA-Z0-9_]+"
    values = {"room": "tea", "n": 1, "u": UUID, "s": "a-b", "rest": "x/y"}
    assert await params_told(app, **values) == repr(((), values))


async def test_djangos_regular_expressions_become_templates():
    app = by_django(re_path(r"^ws/chat\.v1/(?P<room>[a-z()]+(?:x|y))/(\d+)/?$", Told.as_asgi()))
    route = only(app)
    assert route.path == "/ws/chat.v1/{room}/{arg2}/"
    assert [one.pattern for one in route.parameters] == ["[a-z()]+(?:x|y)", r"\d+"]
    assert "{'room': 'tx'}" in await params_told(app, room="tx", arg2="5")


async def test_a_regular_expression_with_more_to_it_is_one_parameter():
    app = by_django(re_path(r"^ws/[ab]+$", Told.as_asgi()))
    assert only(app).path == "/{route}"
    assert only(app).parameters == (Parameter("route", "path", str, "ws/[ab]+"),)
    assert await params_told(app, route="ws/ab") == "((), {})"


async def test_routers_in_djangos_routers_are_joined_as_they_are_written():
    inner = URLRouter([path("b/<int:n>/", Told.as_asgi())])
    app = by_django(path("a-<str:room>/", inner))
    assert shown(app) == ["/a-{room}/b/{n:int}/"]
    assert await params_told(app, room="tea", n=2) == "((), {'room': 'tea', 'n': 2})"


def test_a_consumer_without_a_router_is_a_route_for_any_path():
    assert shown(ProtocolTypeRouter({"websocket": Told.as_asgi()})) == ["/"]
    assert shown(Told.as_asgi()) == ["/"]


def test_consumers_of_http_are_no_routes():
    app = URLRouter([path("page", AsyncHttpConsumer.as_asgi()), path("ws", Told.as_asgi())])
    assert shown(app) == ["/ws"]


async def test_a_bare_app_behind_djangos_router_is_a_route():
    async def bare(scope, receive, send): ...

    assert only(by_django(path("ws/", bare))).endpoint is bare


# Channels of ours


class Ping(Message):
    action: Literal["ping"] = "ping"


class Pong(Message):
    action: Literal["pong"] = "pong"


class Room(Channel):
    path = "/rooms/{n:int}"
    accepts = Ping | Pong
    sends = Pong
    subprotocols = ("chat.v1",)

    async def on_connect(self):
        await self.send(Pong())


@pytest.mark.parametrize("app", [Room, Room.as_asgi(), ASGITransport(Room)], ids=repr)
async def test_a_channel_is_a_route_with_what_it_declares(app):
    route = only(app)
    assert str(route) == "/rooms/{n:int}"
    assert route.target is app
    assert route.endpoint is Room
    assert (route.accepts, route.sends) == ((Ping, Pong), (Pong,))
    assert route.subprotocols == ("chat.v1",)
    assert await params_told(app, n=3) == '{"action":"pong"}'


@pytest.mark.parametrize(
    ("app", "template"),
    [
        (Starlette(routes=[Mount("/chat", Room.as_asgi())]), "/chat/rooms/{n:int}"),
        (Starlette(routes=[WebSocketRoute("/r/{n:int}", Room)]), "/r/{n:int}"),
        (by_django(path("r/<int:n>/", Room.as_asgi())), "/r/{n:int}/"),
    ],
    ids=["mount", "route", "django"],
)
def test_a_channel_in_a_framework_declares_its_messages(app, template):
    assert shown(app) == [template]
    assert only(app).accepts == (Ping, Pong)


async def test_a_channel_without_a_path_is_at_any():
    class Anywhere(Channel):
        async def on_connect(self):
            await self.send("hello")

    app = Starlette(routes=[Mount("/chat", Anywhere.as_asgi())])
    assert shown(Anywhere) == ["/"]
    assert shown(app) == ["/chat/"]
    assert await params_told(app) == "hello"


# URLs, handlers, servers


async def handler(connection):
    await connection.send("hello")


def test_a_url_is_a_route_and_its_query_stays():
    route = only("wss://ann:pw@127.0.0.1:1234/rooms/{n:int}?token=tea")
    assert str(route) == "/rooms/{n:int}"
    assert route.target == "wss://ann:pw@127.0.0.1:1234"
    assert route.fill({"n": 3}) == "/rooms/3?token=tea"
    assert "tea" not in repr(route)
    assert shown("ws://127.0.0.1:1234") == ["/"]


async def test_a_url_is_reached_at_its_path():
    async with serve(Room) as server:
        assert await params_told(f"{server.url}/rooms/3") == '{"action":"pong"}'


async def test_a_server_has_the_routes_of_what_it_serves():
    async with serve(Room) as server, serve(handler) as plain:
        assert only(server).target is server
        assert shown(server) == ["/rooms/{n:int}"]
        assert await params_told(plain) == "hello"


@pytest.mark.parametrize("target", [handler, MemoryTransport(handler)], ids=["handler", "memory"])
async def test_a_handler_is_one_route(target):
    assert only(target).endpoint is handler
    assert await params_told(target) == "hello"


# Globs


def three():
    return Starlette(
        routes=[WebSocketRoute(name, tell) for name in ("/ws/a", "/ws/rooms/{n:int}", "/other")]
    )


@pytest.mark.parametrize(
    ("globs", "kept"),
    [
        ({"include": ["/ws/*"]}, ["/ws/a", "/ws/rooms/{n:int}"]),
        ({"include": "/ws/?"}, ["/ws/a"]),
        ({"exclude": ["/ws/*"]}, ["/other"]),
        ({"include": ["/ws/*", "/other"], "exclude": ["*a"]}, ["/ws/rooms/{n:int}", "/other"]),
        ({"include": ["/ws/rooms/{n}"]}, ["/ws/rooms/{n:int}"]),
        ({"include": ["/ws/rooms/{n:int}"]}, ["/ws/rooms/{n:int}"]),
        ({"include": ["/[!w]*"]}, ["/other"]),
        ({"include": ["/WS/*", "/other"]}, ["/other"]),
    ],
)
def test_globs_choose_the_routes(globs, kept):
    assert shown(three(), **globs) == kept


def test_globs_that_leave_nothing_are_an_error_that_tells_the_routes():
    with pytest.raises(SetupError) as caught:
        find_routes(three(), include="/w/*", exclude=["/other"])
    assert str(caught.value) == (
        "include=('/w/*',) and exclude=('/other',) leave none of the routes /ws/a, "
        "/ws/rooms/{n}, /other; '*' matches every path"
    )


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("ws/*", "glob 'ws/*' matches no path: write '/ws/*' or '*ws/*'"),
        ("", "glob '' matches no path: write '/' or '*'"),
        ("/[!]", "glob '/[!]' has a [ without its ]: write [[] for the character itself"),
        ("/[a", "glob '/[a' has a [ without its ]: write [[] for the character itself"),
    ],
)
def test_a_bad_glob_is_an_error(glob, text):
    for name in ("include", "exclude"):
        with pytest.raises(ValueError) as caught:
            find_routes(three(), **{name: [glob]})
        assert str(caught.value) == text


@pytest.mark.parametrize("glob", ["/a[[]b", "/[]a]", "/[!]]*", "*", "?x", "[/]a"])
def test_a_glob_with_sets_is_good(glob):
    assert check_glob(glob) == glob


def test_globs_that_are_none_are_an_error():
    with pytest.raises(TypeError) as caught:
        find_routes(three(), include=7)
    assert str(caught.value) == "include must be a glob or several, such as ['/ws/*'], not 7"
    with pytest.raises(TypeError) as caught:
        find_routes(three(), exclude=[7])
    assert str(caught.value) == "a glob over paths is a str, such as '/ws/*', not 7"


# What is none


def test_an_app_without_routes_is_an_error_with_the_next_step():
    app = Starlette(routes=[Route("/page", page)])
    with pytest.raises(SetupError) as caught:
        find_routes(app)
    assert masked(caught.value) == (
        "no WebSocket routes found in <starlette.applications.Starlette object at 0x>: declare "
        "one, or name a path, as in check(app, '/path')"
    )


def test_what_could_not_be_looked_into_is_told(tmp_path):
    async def bare(scope, receive, send): ...

    app = Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=tmp_path)),
            Mount("/bare", bare),
            Host("api.test", Starlette(routes=[WebSocketRoute("/a", tell)])),
        ]
    )
    with pytest.raises(SetupError) as caught:
        find_routes(app)
    name = "test_what_could_not_be_looked_into_is_told.<locals>.bare"
    assert masked(caught.value).partition("; ")[2] == (
        "not looked into: /static/ (<starlette.staticfiles.StaticFiles object at 0x>), "
        f"/bare/ (<function {name} at 0x>), / (Host(host='api.test', name='', "
        "app=<starlette.applications.Starlette object at 0x>))"
    )


@pytest.mark.parametrize("is_mount", [True, False])
def test_a_bare_app_in_litestar_is_told_too(is_mount):
    @asgi("/bare", is_mount=is_mount, copy_scope=True)
    async def bare(scope: Scope, receive: Receive, send: Send) -> None: ...

    with pytest.raises(SetupError) as caught:
        find_routes(litestar_of(bare))
    path = "/bare/" if is_mount else "/bare"
    assert f"; not looked into: {path} (<function test_a_bare_app" in str(caught.value)


def test_channels_without_websockets_have_no_routes():
    with pytest.raises(SetupError) as caught:
        find_routes(ProtocolTypeRouter({}))
    assert str(caught.value).startswith("no WebSocket routes found in <channels.routing.")


async def bare_app(scope, receive, send): ...


def factory(): ...


@pytest.mark.parametrize("app", [bare_app, factory], ids=["bare", "factory"])
def test_a_callable_of_no_framework_is_an_error_with_the_next_step(app):
    with pytest.raises(SetupError) as caught:
        find_routes(app)
    assert str(caught.value) == (
        f"cannot see the routes of {app!r}: it is no app of Starlette, FastAPI, Litestar or "
        "Channels, no Channel and no handler; name a path, as in check(app, '/path'), or give the "
        "app itself, if this makes it or is round it"
    )


@pytest.mark.parametrize("app", [7, None, object])
def test_what_is_no_app_is_an_error(app):
    with pytest.raises((TypeError, SetupError)) as caught:
        find_routes(app)
    assert repr(app) in str(caught.value)


def test_the_error_for_what_is_no_app_tells_what_is_one():
    with pytest.raises(TypeError) as caught:
        find_routes(7)
    assert str(caught.value) == (
        "cannot look for routes in 7: expected an app of Starlette, FastAPI, Litestar or Channels, "
        "a Channel, a handler, a Server, or a ws:// or wss:// URL"
    )


def test_a_url_of_another_kind_is_an_error():
    with pytest.raises(ValueError) as caught:
        find_routes("module:app")
    assert str(caught.value) == (
        "'module:app' is not a WebSocket URL: it must start with ws:// or wss://"
    )


@pytest.mark.parametrize("values", [{}, {"m": 1}, {"n": 1, "m": 1}])
def test_values_that_do_not_fit_the_parameters_are_an_error(values):
    with pytest.raises(ValueError) as caught:
        only(Room).fill(values)
    assert str(caught.value) == f"path '/rooms/{{n}}' has the parameters n, not {values!r}"


def test_looking_for_routes_loads_no_framework_and_nothing_heavy():
    code = (
        "from wsnotebook import Channel\n"
        "from wsnotebook.properties.routes import find_routes\n"
        "class Chat(Channel): path = '/x'\n"
        "assert len(find_routes(Chat)) == 1\n"
        "import sys\n"
        "print(*{'starlette', 'fastapi', 'litestar', 'django', 'channels', 'hypothesis', "
        "'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
