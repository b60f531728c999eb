"""Apps that raise what they should not, or say what ASGI does not let them."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, HTTPException, WebSocket
from litestar import Litestar, websocket_listener
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from .bare import accepted, for_websockets, received, reply


def at_once():
    @for_websockets
    async def app(scope, receive, send):
        raise ValueError("no such shop")

    return app


def after_an_await():
    async def shop(websocket):
        await websocket.accept()
        await asyncio.sleep(0.1)
        await websocket.send_text("welcome")
        await asyncio.sleep(0.1)
        raise LookupError("no goods")

    return Starlette(routes=[WebSocketRoute("/shop", shop)])


def when_the_client_left():
    app = FastAPI()
    baskets = {}

    @app.websocket("/basket")
    async def basket(websocket: WebSocket):
        await websocket.accept()
        try:
            async for item in websocket.iter_text():
                baskets[websocket.url.path] = item
        finally:
            del baskets[websocket.url.path]  # a client that sent nothing has none

    return app


def in_the_background():
    jobs = set()

    async def convert(text):
        await asyncio.sleep(0.05)
        raise OSError(f"no space left for {text[:5]!r}")

    async def upload(websocket):
        await websocket.accept()
        async for text in websocket.iter_text():
            job = asyncio.create_task(convert(text))
            jobs.add(job)
            job.add_done_callback(jobs.discard)

    return Starlette(routes=[WebSocketRoute("/upload", upload)])


def in_a_listener():
    @websocket_listener("/stock")
    async def stock(data: str) -> str:
        raise ZeroDivisionError("no shelves")

    return Litestar([stock])


def in_a_handler():
    async def handler(connection):
        async for _ in connection:
            raise ArithmeticError("no change")

    return handler


def closes_with_1011():
    @accepted
    async def app(receive, send):
        async for _ in received(receive):
            await send({"type": "websocket.close", "code": 1011, "reason": "unexpected error"})
            return

    return app


def refuses_with_500():
    @for_websockets
    async def app(scope, receive, send):
        await send({"type": "websocket.http.response.start", "status": 500, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"unexpected error"})

    return app


def vanishes():
    async def handler(connection):
        async for _ in connection:
            connection.transport.abort()

    return handler


def sends_after_its_close():
    @accepted
    async def app(receive, send):
        async for _ in received(receive):
            await send({"type": "websocket.close", "code": 1000})
            await reply(send, "goodbye")

    return app


def sends_after_its_close_in_starlette():
    async def bye(websocket):
        await websocket.accept()
        async for _ in websocket.iter_text():
            await websocket.close()
            await websocket.send_text("goodbye")

    return Starlette(routes=[WebSocketRoute("/bye", bye)])


def sends_a_number():
    @accepted
    async def app(receive, send):
        count = 0
        async for _ in received(receive):
            count += 1
            await reply(send, count)

    return app


def answers_by_http_when_open():
    app = FastAPI()

    @app.websocket("/items")
    async def items(websocket: WebSocket):
        await websocket.accept()
        async for item in websocket.iter_text():
            if item != "the only item":
                raise HTTPException(404)

    return app
