"""A Channel as an ASGI app: by itself, mounted in Starlette and FastAPI, and as a class."""

import asyncio
from typing import ClassVar

import pytest
from fastapi import FastAPI
from in_process import ACCEPT
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute

from wsnotebook import Channel, Refused, connect, serve


class Room(Channel):
    path = "/rooms/{room_id}"

    async def on_connect(self):
        await self.send(f"{self.params['room_id']} {self.params.get('q')}")


class Typed(Channel):
    path = "/rooms/{room_id:int}"

    async def on_connect(self):
        await self.send(repr(self.params["room_id"]))


class Plain(Channel):
    async def on_connect(self):
        await self.send(self.context.path)


def fastapi_routes():
    app = FastAPI()
    app.router.routes.append(WebSocketRoute("/rooms/{room_id}", Room.as_asgi()))
    return app


def fastapi_mount(prefix, channel):
    app = FastAPI()
    app.mount(prefix, channel)
    return app


def channels_routing(pattern, channel):
    from channels.routing import URLRouter
    from django.urls import re_path

    return URLRouter([re_path(pattern, channel)])


APPS = {
    "channels route": (channels_routing(r"^r/(?P<room_id>\w+)$", Room.as_asgi()), "/r/tea?q=1"),
    "alone": (Room, "/rooms/tea?q=1"),
    "starlette route": (
        Starlette(routes=[WebSocketRoute("/rooms/{room_id}", Room.as_asgi())]),
        "/rooms/tea?q=1",
    ),
    "starlette route of its own": (
        Starlette(routes=[WebSocketRoute("/r/{room_id}", Room.as_asgi())]),
        "/r/tea?q=1",
    ),
    "starlette class": (
        Starlette(routes=[WebSocketRoute("/r/{room_id}", Room)]),
        "/r/tea?q=1",
    ),
    "starlette mount": (Starlette(routes=[Mount("/chat", Room.as_asgi())]), "/chat/rooms/tea?q=1"),
    "starlette mounts": (
        Starlette(routes=[Mount("/a", routes=[Mount("/b/{c}", Room.as_asgi())])]),
        "/a/b/c/rooms/tea?q=1",
    ),
    "fastapi route": (fastapi_routes(), "/rooms/tea?q=1"),
    "fastapi mount": (fastapi_mount("/chat", Room.as_asgi()), "/chat/rooms/tea?q=1"),
    "fastapi class": (fastapi_mount("/chat", Room), "/chat/rooms/tea?q=1"),
}


@pytest.mark.parametrize("name", APPS)
async def test_it_finds_its_parameters_wherever_it_is_mounted(name):
    app, path = APPS[name]
    async with connect(app, path) as client:
        assert await client.receive() == "tea 1"
        assert len(Room.connections) == 1
        await Room.broadcast("x")
        assert await client.receive() == "x"
    assert Room.connections == ()


@pytest.mark.parametrize("name", ["starlette route", "fastapi mount"])
async def test_it_is_served_on_a_socket_wherever_it_is_mounted(name):
    app, path = APPS[name]
    async with serve(app) as server, connect(server, path) as client:
        assert await client.receive() == "tea 1"


async def test_a_parameter_that_a_route_converted_stays_so():
    app = Starlette(routes=[WebSocketRoute("/r/{room_id:int}", Room.as_asgi())])
    async with connect(app, "/r/7") as client:
        assert await client.receive() == "7 None"


async def test_a_mounted_template_converts_by_itself():
    async with connect(fastapi_mount("/chat", Typed.as_asgi()), "/chat/rooms/7") as client:
        assert await client.receive() == "7"


@pytest.mark.parametrize("path", ["/chat/rooms", "/chat/rooms/x", "/chat/rooms/7/8"])
async def test_a_wrong_path_below_a_mount_is_refused(path):
    with pytest.raises(Refused) as caught:
        await connect(fastapi_mount("/chat", Typed.as_asgi()), path)
    assert str(caught.value) == (
        "the server refused the handshake with HTTP 404: "
        "'no such path; it is like /rooms/{room_id:int}'"
    )


@pytest.mark.parametrize("path", ["/chat/", "/chat/any/where"])
async def test_without_a_template_any_path_will_do(path):
    async with connect(fastapi_mount("/chat", Plain.as_asgi()), path) as client:
        assert await client.receive() == path


# The bare protocol


class Wire:
    """A server that speaks ASGI and keeps what it is sent."""

    def __init__(self, *events, **scope):
        self.events, self.sent = list(events), []
        self.scope = {"type": "websocket", "path": "/", "headers": [], **scope}

    async def receive(self):
        if self.events:
            return self.events.pop(0)
        return await asyncio.get_running_loop().create_future()

    async def send(self, event):
        self.sent.append(event)

    async def run(self, app):
        await app(self.scope, self.receive, self.send)
        return self.sent


CONNECT = {"type": "websocket.connect"}
GONE = {"type": "websocket.disconnect", "code": 1001}


async def test_a_server_that_tells_little_will_do():
    sent = await Wire(CONNECT, GONE, path="/a b").run(Plain.as_asgi())
    assert sent == [
        {**ACCEPT, "subprotocol": None},
        {"type": "websocket.send", "text": "/a b"},
    ]


async def test_a_server_that_cannot_answer_with_a_status_is_asked_to_close():
    sent = await Wire(CONNECT).run(Room.as_asgi())
    reason = "no such path; it is like /rooms/{room_id}"
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": reason}]


async def test_a_message_may_come_with_both_keys():
    class Chat(Channel):
        async def on_message(self, message):
            await self.send(message)

    text = {"type": "websocket.receive", "text": "", "bytes": None}
    binary = {"type": "websocket.receive", "text": None, "bytes": b""}
    sent = await Wire(CONNECT, text, binary, GONE).run(Chat.as_asgi())
    assert sent[1:] == [
        {"type": "websocket.send", "text": ""},
        {"type": "websocket.send", "bytes": b""},
    ]


@pytest.mark.parametrize(("code", "told"), [(1001, 1001), (None, 1005)])
async def test_a_disconnect_without_a_code_is_1005(code, told):
    class Chat(Channel):
        closed: ClassVar = []

        async def on_close(self, code, reason):
            self.closed.append((code, reason))

    await Wire(CONNECT, {"type": "websocket.disconnect", "code": code}).run(Chat.as_asgi())
    assert Chat.closed == [(told, "")]


async def test_the_lifespan_is_answered():
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = await Wire(*events, type="lifespan").run(Plain.as_asgi())
    assert sent == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


async def test_plain_http_is_told_to_upgrade():
    start, body = await Wire(type="http").run(Plain.as_asgi())
    assert (start["status"], body["body"]) == (426, b"this is a WebSocket endpoint")


def test_the_app_of_a_class_is_always_the_same_and_not_that_of_its_base():
    class Sub(Plain):
        pass

    assert Plain.as_asgi() is Plain.as_asgi()
    assert Sub.as_asgi() is not Plain.as_asgi()
    assert repr(Sub.as_asgi()) == "Sub.as_asgi()"


def test_a_class_with_arguments_of_its_own_can_be_made():
    class Chat(Channel):
        def __init__(self, one, two, three):
            self.three = three

    assert Chat({}, 2, 3).three == 3
    assert repr(Chat(1, 2, 3)) == "<Chat: no socket>"


async def test_a_client_that_goes_before_it_came_is_not_served():
    class Chat(Channel):
        async def authenticate(self):
            raise AssertionError

    assert await Wire(GONE).run(Chat.as_asgi()) == []


@pytest.mark.parametrize(("client", "address"), [(["::1", 7], ("::1", 7)), (None, None)])
async def test_the_socket_knows_who_connects(client, address):
    class Chat(Channel):
        async def on_connect(self):
            assert self.socket.remote_address == address
            assert repr(self.socket) == "<ASGISocket /a>"
            assert repr(self.socket.request) == "<Request /a?b=c&token=***>"
            assert repr(self.context.headers) == "<Headers: x-tea>"

    scope = {"path": "/a", "query_string": b"b=c&token=secret", "headers": [(b"x-tea", b"green")]}
    sent = await Wire(CONNECT, GONE, client=client, **scope).run(Chat.as_asgi())
    assert len(sent) == 1
