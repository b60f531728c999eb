"""Apps whose fault only some message, or some order of messages, shows."""

from __future__ import annotations

import json
from typing import Any

from litestar import Litestar, websocket_listener
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute

from .bare import accepted, received, reply


def the_third_message():
    @accepted
    async def app(receive, send):
        seats = ["left", "right"]
        async for _ in received(receive):
            await reply(send, seats.pop())

    return app


def an_empty_text():
    async def shout(websocket):
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text[0].upper() + text[1:])

    return Starlette(routes=[WebSocketRoute("/shout", shout)])


def deep_nesting():
    def depth(value):
        return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

    @accepted
    async def app(receive, send):
        async for event in received(receive):
            try:
                value = json.loads(event.get("text") or "")
            except ValueError:  # what is nested too deep is none: it may be read
                await reply(send, "no JSON")
            else:
                await reply(send, str(depth(value)))

    return app


def a_text_that_is_no_number():
    async def sum_up(websocket):
        await websocket.accept()
        total = 0
        async for text in websocket.iter_text():
            total += int(text)
            await websocket.send_text("more" if total >= 0 else "less")

    return Starlette(routes=[WebSocketRoute("/sum", sum_up)])


def an_object_without_a_key():
    @websocket_listener("/order")
    async def order(data: dict[str, Any]) -> str:
        return str(data["item"])

    return Litestar([order])


def json_that_is_none():
    async def orders(websocket):
        await websocket.accept()
        while True:
            await websocket.receive_json()
            await websocket.send_text("noted")

    return Starlette(routes=[WebSocketRoute("/orders", orders)])


def json_that_cannot_be_sent_back():
    class Mirror(WebSocketEndpoint):
        encoding = "json"

        async def on_receive(self, websocket, data):
            await websocket.send_json(data)  # an escaped lone surrogate is no text

    return Starlette(routes=[WebSocketRoute("/mirror", Mirror)])


def a_binary_frame():
    @accepted
    async def app(receive, send):
        async for event in received(receive):
            await reply(send, event["text"])

    return app


def a_binary_frame_in_starlette():
    async def echo(websocket):
        await websocket.accept()
        while (message := await websocket.receive())["type"] == "websocket.receive":
            await websocket.send_text(message["text"])

    return Starlette(routes=[WebSocketRoute("/echo", echo)])
