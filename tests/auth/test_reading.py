"""What a client sends with ``connect(token=..., via=...)``, a server reads, whatever it runs on."""

from __future__ import annotations

import json

import pytest
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from fastapi import FastAPI, WebSocket
from litestar import Litestar
from litestar import WebSocket as LitestarSocket
from litestar.handlers import websocket as litestar_websocket
from quart import Quart
from quart import websocket as quart_websocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from wsnotebook import Channel, MockWebSocket, connect, serve
from wsnotebook.auth import VIAS, read_token

if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    )

TOKEN = "eyJ.t0ken-_~"
IN_HANDSHAKE = tuple(via for via in VIAS if via != "message")


def told(source):
    """Return the tokens that stand in a handshake, by way, as JSON."""
    return json.dumps({via: read_token(source, via=via) for via in IN_HANDSHAKE})


def chosen(source):
    """Return the subprotocol to accept, never the token."""
    return "bearer" if read_token(source, via="subprotocol") else None


async def handler(connection):
    await connection.send(told(connection))
    await connection.send(told(connection.request))


class Tells(Channel):
    subprotocols = ("bearer",)

    async def on_connect(self):
        await self.send(told(self))
        await self.send(told(self.context))


async def bare_asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": chosen(scope)})
    await send({"type": "websocket.send", "text": told(scope)})
    await receive()


async def starlette_endpoint(socket):
    await socket.accept(subprotocol=chosen(socket))
    await socket.send_text(told(socket))


def fastapi_app():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(socket: WebSocket):
        await starlette_endpoint(socket)

    return app


@litestar_websocket("/")
async def litestar_endpoint(socket: LitestarSocket) -> None:
    await socket.accept(subprotocols=chosen(socket))
    await socket.send_text(told(socket))
    await socket.close()


def quart_app():
    app = Quart(__name__)

    @app.websocket("/")
    async def endpoint():
        await quart_websocket.accept(subprotocol=chosen(quart_websocket))
        await quart_websocket.send(told(quart_websocket))

    return app


class Consumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept(subprotocol=chosen(self))
        await self.send(told(self))


APPS = {
    "a handler of websockets": lambda: handler,
    "a Channel": lambda: Tells,
    "a scope": lambda: bare_asgi,
    "Starlette": lambda: Starlette(routes=[WebSocketRoute("/", starlette_endpoint)]),
    "FastAPI": fastapi_app,
    "Litestar": lambda: Litestar([litestar_endpoint], openapi_config=None),
    "Quart": quart_app,
    "Channels": Consumer.as_asgi,
}
OVER_THE_NETWORK = ("a handler of websockets", "a Channel", "a scope", "Starlette")


def only(via):
    """Return what is told when the token travels ``via`` alone."""
    return {one: TOKEN if one == via else None for one in IN_HANDSHAKE}


@pytest.mark.parametrize("via", IN_HANDSHAKE)
@pytest.mark.parametrize("app", APPS)
async def test_each_way_is_read_in_process(app, via):
    client = await connect(APPS[app](), token=TOKEN, via=via)
    assert await client.receive_json() == only(via)
    assert client.subprotocol in (None, "bearer")
    await client.close()
    assert {tuple(json.loads(message).items()) for message in client.messages} == {
        tuple(only(via).items())
    }


@pytest.mark.parametrize("via", IN_HANDSHAKE)
@pytest.mark.parametrize("app", OVER_THE_NETWORK)
async def test_each_way_is_read_on_a_socket(app, via):
    async with serve(APPS[app]()) as server:
        async with connect(server, token=TOKEN, via=via) as client:
            assert await client.receive_json() == only(via)


@pytest.mark.parametrize("app", [app for app in APPS if app != "a handler of websockets"])
async def test_bearer_is_accepted_and_the_token_not_echoed(app):
    client = await connect(APPS[app](), token=TOKEN, via="subprotocol")
    assert client.subprotocol == "bearer"
    await client.receive()
    await client.close()


def test_a_mock_is_read_without_a_loop():
    mock = MockWebSocket(path="/?token=a&ticket=b", headers={"Authorization": "Bearer c"})
    assert read_token(mock, via="query") == "a"
    assert read_token(mock, via="ticket") == "b"
    assert read_token(mock, via="header") == "c"
    assert read_token(mock, via="cookie") is None


# The first message


MESSAGE = {"type": "authenticate", "token": "t0ken"}


@pytest.mark.parametrize(
    "message", [MESSAGE, json.dumps(MESSAGE), json.dumps(MESSAGE).encode(), {**MESSAGE, "more": 1}]
)
def test_a_message_is_read_as_text_as_binary_and_as_an_object(message):
    assert read_token(message, via="message") == "t0ken"


@pytest.mark.parametrize(
    "message",
    [
        *("", "hello", b"\xff", "[]", "null", '"authenticate"', "[" * 100_000),
        *({}, {"token": "t0ken"}, {**MESSAGE, "type": "hello"}, {"type": "authenticate"}),
        *({**MESSAGE, "token": ""}, {**MESSAGE, "token": 7}, {**MESSAGE, "token": None}),
    ],
)
def test_any_other_message_holds_no_token(message):
    assert read_token(message, via="message") is None


def test_a_message_is_wanted_and_not_a_connection():
    with pytest.raises(TypeError) as caught:
        read_token(MockWebSocket(), via="message")
    assert str(caught.value) == (
        "via='message' reads the first message, not a MockWebSocket: receive it, and give it as "
        "text, binary or the object that it is"
    )


# Names, and what is not there


def scope(query=b"", *headers, **more):
    return {"type": "websocket", "query_string": query, "headers": headers, **more}


@pytest.mark.parametrize(
    ("source", "via", "name", "token"),
    [
        (scope(b"access_token=t&token=no"), "query", "access_token", "t"),
        (scope(b"once=t&ticket=no"), "ticket", "once", "t"),
        (scope(b"", (b"cookie", b"session=t; token=no")), "cookie", "session", "t"),
        (scope(b"", (b"authorization", b"Token t")), "header", "Token", "t"),
        (scope(subprotocols=["chat", "access_token", "t"]), "subprotocol", "access_token", "t"),
        ({"type": "authenticate", "jwt": "t"}, "message", "jwt", "t"),
    ],
)
def test_the_token_may_have_another_name(source, via, name, token):
    assert read_token(source, via=via, name=name) == token


@pytest.mark.parametrize(
    ("source", "via", "token"),
    [
        (scope(b"token=a&token=b"), "query", "b"),
        (scope(b"token=a%2Bb%20c+d"), "query", "a+b c d"),
        (scope(b"token=%ff"), "query", "\ufffd"),
        (scope(b"token="), "query", None),
        (scope(b"TOKEN=a"), "query", None),
        (scope(b"", (b"Authorization", b"bEARER  a ")), "header", "a"),
        (scope(b"", (b"authorization", b"Basic a")), "header", None),
        (scope(b"", (b"authorization", b"Bearer")), "header", None),
        (scope(b"", (b"authorization", b"")), "header", None),
        (scope(b"", (b"cookie", b"a=1; token=b; c")), "cookie", "b"),
        (scope(b"", (b"cookie", b"a=1"), (b"cookie", b"token=b=c")), "cookie", "b=c"),
        (scope(b"", (b"cookie", b"mytoken=b; token")), "cookie", None),
        (scope(subprotocols=["bearer"]), "subprotocol", None),
        (scope(subprotocols=["chat", "t"]), "subprotocol", None),
        (scope(subprotocols=["bearer", "t", "chat"]), "subprotocol", "t"),
        (scope(b"", (b"sec-websocket-protocol", b"chat,bearer,  t")), "subprotocol", "t"),
        (scope(subprotocols=[]), "subprotocol", None),
    ],
)
def test_what_counts_as_a_token(source, via, token):
    assert read_token(source, via=via) == token


@pytest.mark.parametrize("source", [None, "/?token=a", {}, {"type": "websocket"}, object()])
def test_what_holds_no_handshake_is_refused(source):
    with pytest.raises(TypeError) as caught:
        read_token(source, via="query")
    assert str(caught.value) == (
        f"no handshake can be read from a {type(source).__name__}: expected an ASGI scope, or "
        "something with a scope, a context, or a request"
    )


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError) as caught:
        read_token(scope(), via="url")
    assert str(caught.value) == (
        "via must be one of 'header', 'query', 'cookie', 'subprotocol', 'message', 'ticket', "
        "not 'url'"
    )
    with pytest.raises(ValueError, match="via must be one of"):
        read_token(scope(), via="url", name="token")
