"""A framework's own way to refuse a frame, told from a crash of the app, on real frameworks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from fastapi import FastAPI, WebSocket
from litestar import Litestar, websocket, websocket_listener
from litestar import WebSocket as LitestarWebSocket
from litestar.dto import DataclassDTO
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute

from wsnotebook import AppCrashed, connect
from wsnotebook.properties._idioms import refuses_frame
from wsnotebook.transports.disconnects import ClientDisconnected

if not settings.configured:
    settings.configure(
        SECRET_KEY="for the tests",
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    )

from channels.generic.websocket import AsyncJsonWebsocketConsumer, JsonWebsocketConsumer

NO_UTF8 = b"\xff"
TOO_DEEP = "[" * 20_000
TOO_LONG = "9" * 5_000  # for Python's int()


def starlette(endpoint):
    return Starlette(routes=[WebSocketRoute("/", endpoint)])


async def crash_of(app, *messages):
    """Return what the app raises when these are sent."""
    with pytest.raises(AppCrashed) as caught:
        async with connect(app) as client:
            for message in messages:
                await client.send(message)
            await client.settle()
    return caught.value.__cause__


async def is_refused(app, sent):
    return refuses_frame(await crash_of(app, sent), sent)


# The kind of a frame: Starlette's and FastAPI's WebSocket


def reads(name, **options):
    async def endpoint(socket):
        await socket.accept()
        while True:
            await getattr(socket, name)(**options)

    return starlette(endpoint)


@pytest.mark.parametrize(
    ("app", "sent"),
    [
        (reads("receive_text"), b"x"),
        (reads("receive_text"), b""),
        (reads("receive_json"), b"{}"),
        (reads("receive_bytes"), "x"),
        (reads("receive_bytes"), ""),
        (reads("receive_json", mode="binary"), "{}"),
    ],
)
async def test_the_other_kind_of_frame(app, sent):
    exc = await crash_of(app, sent)
    assert refuses_frame(exc, sent)
    assert isinstance(exc, KeyError)
    same_kind = "x" if isinstance(sent, bytes) else b"x"
    assert not refuses_frame(exc, same_kind)


async def test_fastapi_reads_as_starlette_does():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(socket: WebSocket):
        await socket.accept()
        await socket.receive_text()

    assert await is_refused(app, b"x")


@pytest.mark.parametrize(
    ("app", "sent"),
    [
        (reads("receive_json"), "no JSON"),
        (reads("receive_json"), TOO_DEEP),
        (reads("receive_json"), TOO_LONG),
        (reads("receive_json", mode="binary"), NO_UTF8),
        (reads("receive_json", mode="binary"), b"no JSON"),
    ],
)
async def test_what_the_users_call_finds_to_be_no_json_is_the_apps_crash(app, sent):
    assert not await is_refused(app, sent)


async def event_text(socket):
    await socket.accept()
    await socket.send_text((await socket.receive())["text"])


async def told_otherwise(socket):
    await socket.accept()
    try:
        await socket.receive_text()
    except KeyError as exc:
        raise LookupError("no text") from exc


@pytest.mark.parametrize("endpoint", [event_text, told_otherwise])
async def test_an_error_in_the_users_own_code_is_none(endpoint):
    assert not await is_refused(starlette(endpoint), b"x")


async def test_a_key_error_of_bare_asgi_is_none():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": (await receive())["text"]})

    assert not await is_refused(app, b"x")


async def test_a_key_error_of_the_users_middleware_is_none():
    inner = reads("receive_text")

    async def app(scope, receive, send):
        async def logged():
            event = await receive()
            return event if event["type"] == "websocket.connect" else event["text"]

        await inner(scope, logged, send)

    assert not await is_refused(app, b"x")


async def test_a_module_that_only_bears_the_name_of_the_frameworks_is_none():
    source = "class WebSocket:\n    def receive_text(self): return {}['text']"
    fake = {"__name__": "starlette.websockets"}
    exec(source, fake)
    with pytest.raises(KeyError) as caught:
        fake["WebSocket"]().receive_text()
    assert not refuses_frame(caught.value, b"x")


def test_an_exception_that_was_never_raised_is_none():
    assert not refuses_frame(KeyError("text"), b"x")
    assert not refuses_frame(RuntimeError("Malformed JSON data received."), "x")


# Groups


def in_a_task_group(*others):
    async def endpoint(socket):
        await socket.accept()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(socket.receive_text())
            for other in others:
                tasks.create_task(other())

    return starlette(endpoint)


async def when_cancelled(exc):
    try:
        await asyncio.Event().wait()
    finally:
        raise exc


async def test_a_group_of_nothing_else_is_one():
    app = in_a_task_group(asyncio.Event().wait)
    exc = await crash_of(app, b"x")
    assert isinstance(exc, ExceptionGroup)
    assert refuses_frame(exc, b"x")
    assert refuses_frame(ExceptionGroup("outer", [exc]), b"x")


async def test_a_group_with_another_error_is_none():
    app = in_a_task_group(lambda: when_cancelled(ValueError("mine")))
    assert not await is_refused(app, b"x")


async def test_a_group_may_also_say_that_the_client_is_gone():
    app = in_a_task_group(lambda: when_cancelled(ClientDisconnected("gone")))
    assert await is_refused(app, b"x")


def test_a_group_that_only_says_that_the_client_is_gone_is_none():
    assert not refuses_frame(ExceptionGroup("gone", [ClientDisconnected("gone")]), b"x")


# What a framework decodes before the user's code sees it: Starlette's endpoints


def endpoint_of(kind, **hooks):
    return starlette(type("Endpoint", (WebSocketEndpoint,), {"encoding": kind, **hooks}))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text", b"x"),
        ("bytes", "x"),
        ("json", "no JSON"),
        ("json", ""),
        ("json", b"no JSON"),
        ("json", NO_UTF8),
        ("json", TOO_DEEP),
        ("json", TOO_LONG),
    ],
)
async def test_an_endpoint_refuses_what_it_cannot_decode(kind, sent):
    assert await is_refused(endpoint_of(kind), sent)


async def close(self, socket, data):
    await socket.close()


async def test_an_endpoint_refuses_after_its_own_close():
    exc = await crash_of(endpoint_of("text", on_receive=close), "x", b"x")
    assert str(exc) == 'Cannot call "send" once a close message has been sent.'
    assert refuses_frame(exc, b"x")


async def own_receive(self, socket, data):
    json.loads(data)


async def own_decode(self, socket, message):
    return json.loads(message["text"])


@pytest.mark.parametrize("own", [{"on_receive": own_receive}, {"decode": own_decode}])
async def test_what_an_endpoints_own_code_raises_is_the_apps_crash(own):
    assert not await is_refused(endpoint_of("text", **own), "no JSON")


# Litestar's listeners


def listener_of(kind, **options):
    async def handler(data) -> None:
        json.loads(data)

    handler.__annotations__["data"] = kind
    return Litestar([websocket_listener("/", **options)(handler)])


@pytest.mark.parametrize(
    ("kind", "options", "sent"),
    [(Any, {}, TOO_DEEP), (str, {"receive_mode": "binary"}, NO_UTF8)],
)
async def test_a_listener_refuses_what_it_cannot_decode(kind, options, sent):
    assert await is_refused(listener_of(kind, **options), sent)


async def test_what_the_users_listener_raises_is_the_apps_crash():
    assert not await is_refused(listener_of(str), "no JSON")


@dataclass
class Item:
    name: str

    def __post_init__(self):
        raise RuntimeError("no such item")


async def test_what_the_users_own_type_raises_in_a_listener_is_the_apps_crash():
    @websocket_listener("/", dto=DataclassDTO[Item])
    async def handler(data: Item) -> None:
        pass

    exc = await crash_of(Litestar([handler]), '{"name": "x"}')
    assert str(exc) == "no such item"
    assert not refuses_frame(exc, '{"name": "x"}')


async def test_what_the_users_call_in_litestar_finds_to_be_no_json_is_the_apps_crash():
    @websocket("/")
    async def handler(socket: LitestarWebSocket) -> None:
        await socket.accept()
        await socket.receive_json()

    assert not await is_refused(Litestar([handler]), TOO_DEEP)


# Channels' consumers


@pytest.mark.parametrize("consumer", [AsyncJsonWebsocketConsumer, JsonWebsocketConsumer])
@pytest.mark.parametrize("sent", [b"x", "", "no JSON", TOO_DEEP, TOO_LONG])
async def test_a_json_consumer_refuses_what_it_cannot_decode(consumer, sent):
    assert await is_refused(type("Own", (consumer,), {}).as_asgi(), sent)


async def own_hook(self, content):
    json.loads(content)


async def own_decoder(cls, text_data):
    return json.loads(text_data)


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ({"receive_json": own_hook}, '"no JSON"'),
        ({"decode_json": classmethod(own_decoder)}, "no JSON"),
    ],
)
async def test_what_a_consumers_own_code_raises_is_the_apps_crash(own, sent):
    consumer = type("Own", (AsyncJsonWebsocketConsumer,), own)
    assert not await is_refused(consumer.as_asgi(), sent)


# No framework is loaded


def test_no_framework_is_imported():
    program = (
        "import sys\n"
        "from wsnotebook.properties._idioms import refuses_frame\n"
        "assert not refuses_frame(KeyError('text'), b'')\n"
        "print({'starlette', 'litestar', 'channels', 'django'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
