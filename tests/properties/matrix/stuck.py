"""Apps that never answer, come back or end, or leave tasks behind; one bound to another loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from litestar import Litestar, websocket
from litestar import WebSocket as LitestarWebSocket
from litestar.exceptions import WebSocketDisconnect as LitestarDisconnect
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from .bare import accepted, for_websockets, received, reply

HOUR = 3600


async def for_ever():
    await asyncio.Event().wait()


async def ticks():
    while True:  # noqa: ASYNC110  # what it does does not matter
        await asyncio.sleep(1)


# Before the handshake is answered


def never_accepts():
    @for_websockets
    async def app(scope, receive, send):
        await for_ever()

    return app


def returns_without_an_answer():
    @for_websockets
    async def app(scope, receive, send):
        return

    return app


# Before the next message is read


def waits_for_ever():
    async def approval(websocket):
        await websocket.accept()
        async for _ in websocket.iter_text():
            await for_ever()

    return Starlette(routes=[WebSocketRoute("/approval", approval)])


def sleeps_an_hour():
    app = FastAPI()

    @app.websocket("/report")
    async def report(websocket: WebSocket):
        await websocket.accept()
        async for _ in websocket.iter_text():
            await asyncio.sleep(HOUR)
            await websocket.send_text("the report")

    return app


def stops_reading():
    async def handler(connection):
        await connection.recv()
        await for_ever()

    return handler


# After the client left


def goes_on_in_a_loop():
    async def clock(websocket):
        await websocket.accept()
        async for _ in websocket.iter_text():
            await websocket.send_text("tick")
        await ticks()

    return Starlette(routes=[WebSocketRoute("/clock", clock)])


def goes_on_waiting():
    @accepted
    async def app(receive, send):
        async for _ in received(receive):
            await reply(send, "noted")
        await for_ever()

    return app


def goes_on_after_its_exception():
    @websocket("/prices")
    async def prices(socket: LitestarWebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except LitestarDisconnect:
            await ticks()

    return Litestar([prices])


# Leaks


def leaks_a_waiter_per_connection():
    app = FastAPI()
    waiters = []

    @app.websocket("/alerts")
    async def alerts(websocket: WebSocket):
        await websocket.accept()
        waiters.append(asyncio.create_task(for_ever()))
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            pass

    return app


def leaks_a_ticker_per_connection():
    tickers = []

    @accepted
    async def app(receive, send):
        tickers.append(asyncio.create_task(ticks()))
        async for _ in received(receive):
            await reply(send, "noted")

    return app


# Set up on another loop


async def _taken():
    """Return a queue that somebody waited for."""
    queue = asyncio.Queue()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.put_nowait("first")
    await waiting
    return queue


def on_a_closed_loop(coroutine):
    """Run ``coroutine`` on a loop of its own, also while another runs in this thread."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, coroutine).result()


def is_bound_to_another_loop():
    queue = on_a_closed_loop(_taken())

    @accepted
    async def app(receive, send):
        await reply(send, await queue.get())

    return app
