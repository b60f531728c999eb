"""Correct apps, written in the manner of their frameworks' introductions.

Their exceptions for "the client is gone" escape, and a frame of the other kind makes the framework
raise: neither is a fault of theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from litestar import Litestar, websocket, websocket_listener
from litestar import WebSocket as LitestarWebSocket
from litestar.handlers import WebsocketListener, websocket_stream
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as StarletteWebSocket
from websockets.exceptions import ConnectionClosedOK

from wsnotebook import Channel

# Starlette


def starlette_loop():
    async def echo(websocket):
        await websocket.accept()
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)

    return Starlette(routes=[WebSocketRoute("/ws", echo)])


def starlette_iteration():
    async def echo(websocket):
        await websocket.accept()
        async for data in websocket.iter_bytes():
            await websocket.send_bytes(data)

    return Starlette(routes=[WebSocketRoute("/ws", echo)])


def starlette_app():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        websocket = StarletteWebSocket(scope, receive, send)
        await websocket.accept()
        await websocket.send_text("Hello")
        await websocket.close()

    return app


def starlette_text_endpoint():
    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_receive(self, websocket, data):
            await websocket.send_text(f"Message text was: {data}")

    return Starlette(routes=[WebSocketRoute("/ws", Echo)])


def starlette_bytes_endpoint():
    class Echo(WebSocketEndpoint):
        encoding = "bytes"

        async def on_connect(self, websocket):
            await websocket.accept()

        async def on_receive(self, websocket, data):
            await websocket.send_bytes(b"Message: " + data)

        async def on_disconnect(self, websocket, close_code):
            pass

    return Starlette(routes=[WebSocketRoute("/ws", Echo)])


def starlette_json_endpoint():
    class Kind(WebSocketEndpoint):
        encoding = "json"

        async def on_receive(self, websocket, data):
            await websocket.send_json({"kind": type(data).__name__})

    return Starlette(routes=[WebSocketRoute("/ws", Kind)])


def starlette_task_group():
    async def chat(websocket):
        await websocket.accept()

        async def read():
            while True:
                await websocket.send_text(await websocket.receive_text())

        async def remind():
            while True:
                await asyncio.sleep(20)
                await websocket.send_text("still there?")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            tasks.create_task(remind())

    return Starlette(routes=[WebSocketRoute("/ws", chat)])


# FastAPI


def fastapi_loop():
    app = FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket):
        await websocket.accept()
        while True:
            data = await websocket.receive_text()
            await websocket.send_text(f"Message text was: {data}")

    return app


class ConnectionManager:
    def __init__(self):
        self.active = []

    async def connect(self, websocket):
        await websocket.accept()
        self.active.append(websocket)

    def disconnect(self, websocket):
        self.active.remove(websocket)

    async def broadcast(self, message):
        for connection in self.active:
            await connection.send_text(message)


def fastapi_manager():
    app = FastAPI()
    manager = ConnectionManager()

    @app.websocket("/ws/{client_id}")
    async def endpoint(websocket: WebSocket, client_id: int):
        await manager.connect(websocket)
        try:
            while True:
                data = await websocket.receive_text()
                await websocket.send_text(f"You wrote: {data}")
                await manager.broadcast(f"Client #{client_id} says: {data}")
        except WebSocketDisconnect:
            manager.disconnect(websocket)
            await manager.broadcast(f"Client #{client_id} left the chat")

    return app


# Litestar


def litestar_loop():
    @websocket("/ws")
    async def handler(socket: LitestarWebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    return Litestar([handler])


def litestar_text_listener():
    @websocket_listener("/ws")
    async def handler(data: str) -> str:
        return data

    return Litestar([handler])


def litestar_json_listener():
    @websocket_listener("/ws")
    async def handler(data: Any) -> dict[str, str]:
        return {"kind": type(data).__name__}

    return Litestar([handler])


def litestar_binary_listener():
    @websocket_listener("/ws", receive_mode="binary")
    async def handler(data: str) -> str:
        return data

    return Litestar([handler])


def litestar_listener_class():
    class Handler(WebsocketListener):
        path = "/ws"

        async def on_accept(self, socket: LitestarWebSocket) -> None:
            await socket.send_text("welcome")

        async def on_disconnect(self, socket: LitestarWebSocket) -> None:
            pass

        async def on_receive(self, data: str) -> str:
            return data

    return Litestar([Handler])


def litestar_stream():
    # Without a warning for each message that nobody waits for.
    @websocket_stream("/ws", warn_on_data_discard=False)
    async def ticks() -> AsyncGenerator[str, None]:
        while True:
            yield "tick"
            await asyncio.sleep(0.5)

    return Litestar([ticks])


def litestar_task_group():
    @websocket("/ws")
    async def handler(socket: LitestarWebSocket) -> None:
        await socket.accept()

        async def read():
            while True:
                await socket.send_text(await socket.receive_text())

        async def remind():
            while True:
                await asyncio.sleep(20)
                await socket.send_text("still there?")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            tasks.create_task(remind())

    return Litestar([handler])


# Handlers of websockets, Channels


def handler_iteration():
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    return echo


def handler_loop():
    async def echo(connection):
        while True:
            await connection.send(await connection.recv())

    return echo


def handler_with_except():
    async def handler(connection):
        while True:
            try:
                message = await connection.recv()
            except ConnectionClosedOK:
                break
            await connection.send(message)

    return handler


def channel_echo():
    class Echo(Channel):
        path = "/echo"

        async def on_message(self, message):
            await self.send(message)

    return Echo
