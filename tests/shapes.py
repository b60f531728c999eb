"""Shapes of handlers that ``settle`` must get right, and how each framework runs them.

A shape is ``async def shape(ws)`` with the verbs ``accept``, ``receive_text`` and ``send_text``. It
answers each message with itself, unless its entry says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import anyio
from fastapi import Depends, FastAPI, WebSocket
from litestar import Litestar
from litestar import WebSocket as LitestarSocket
from litestar import websocket as litestar_websocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

FRAMEWORKS = ("starlette", "fastapi", "litestar")


class _Adapted:
    """Litestar's socket with the verbs of Starlette's."""

    def __init__(self, socket):
        self._socket = socket
        self.accept = socket.accept
        self.receive_text = socket.receive_text
        self.send_text = socket.send_text


def app_of(framework: str, shape: Callable[[Any], Any]):
    """Return an app of ``framework`` whose ``/`` is handled by ``shape``."""
    if framework == "starlette":
        return Starlette(routes=[WebSocketRoute("/", shape)])
    if framework == "fastapi":
        app = FastAPI()

        def dependency():  # sync: FastAPI calls it in a thread
            return "tea"

        @app.websocket("/")
        async def endpoint(ws: WebSocket, dep: str = Depends(dependency)):
            assert dep == "tea"
            await shape(ws)

        return app

    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await shape(_Adapted(socket))

    return Litestar([handler], openapi_config=None, logging_config=None)


class Shape(NamedTuple):
    """A shape, what it answers to ``"m"``, and after how many seconds it is settled."""

    handler: Callable[[Any], Any]
    answers: list[str]
    after: float


SHAPES: dict[str, Shape] = {}


def _shape(answers=("m",), after=0.0):
    def register(handler):
        SHAPES[handler.__name__] = Shape(handler, list(answers), after)
        return handler

    return register


@_shape()
async def plain(ws):
    await ws.accept()
    while True:
        await ws.send_text(await ws.receive_text())


@_shape(after=0.05)
async def sleeps(ws):
    await ws.accept()
    while True:
        message = await ws.receive_text()
        await asyncio.sleep(0.05)
        await ws.send_text(message)


@_shape(after=0.15)
async def sleeps_three_times(ws):
    await ws.accept()
    while True:
        message = await ws.receive_text()
        for _ in range(3):
            await asyncio.sleep(0.05)
        await ws.send_text(message)


@_shape(answers=("1", "2", "3"), after=0.02)
async def streams(ws):
    await ws.accept()
    while True:
        await ws.receive_text()
        for part in ("1", "2", "3"):
            await ws.send_text(part)
            if part != "3":
                await asyncio.sleep(0.01)


@_shape(after=0.05)
async def sleeps_in_a_child(ws):
    await ws.accept()
    while True:
        message = await ws.receive_text()
        await asyncio.gather(asyncio.sleep(0.02), asyncio.sleep(0.05))
        await ws.send_text(message)


@_shape(after=0.05)
async def anyio_sleeps(ws):
    await ws.accept()
    while True:
        message = await ws.receive_text()
        with anyio.move_on_after(10):
            await anyio.sleep(0.05)
        await ws.send_text(message)


@_shape()
async def reader_and_writer(ws):
    await ws.accept()
    queue = asyncio.Queue()

    async def read():
        while True:
            await queue.put(await ws.receive_text())

    async def write():
        while True:
            message = await queue.get()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await ws.send_text(message)

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        group.create_task(write())


@_shape(after=0.05)
async def reader_and_sleepy_writer(ws):
    await ws.accept()
    queue = asyncio.Queue()

    async def read():
        while True:
            await queue.put(await ws.receive_text())

    async def write():
        while True:
            message = await queue.get()
            await asyncio.sleep(0.05)
            await ws.send_text(message)

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        group.create_task(write())


@_shape()
async def chain_of_tasks(ws):
    await ws.accept()
    kept = []

    async def pass_on(message, count):
        if count:
            await asyncio.create_task(pass_on(message, count - 1))
        else:
            await ws.send_text(message)

    while True:
        kept.append(asyncio.create_task(pass_on(await ws.receive_text(), 20)))


@_shape(after=0.05)
async def sleepy_task(ws):
    await ws.accept()
    kept = []

    async def later(message):
        await asyncio.sleep(0.05)
        await ws.send_text(message)

    while True:
        kept.append(asyncio.create_task(later(await ws.receive_text())))


@_shape()
async def stream_of_no_size(ws):
    await ws.accept()
    sender, receiver = anyio.create_memory_object_stream(0)

    async def write():
        async for message in receiver:
            await anyio.lowlevel.checkpoint()
            await ws.send_text(message)

    async with sender, receiver, anyio.create_task_group() as group:
        group.start_soon(write)
        while True:
            await sender.send(await ws.receive_text())


@_shape()
async def heartbeat(ws):
    await ws.accept()

    async def beat():
        for _ in range(10**6):
            await asyncio.sleep(0.02)

    beating = asyncio.create_task(beat())
    try:
        while True:
            await ws.send_text(await ws.receive_text())
    finally:
        beating.cancel()


@_shape()
async def receive_with_a_deadline(ws):
    await ws.accept()
    while True:
        try:
            message = await asyncio.wait_for(ws.receive_text(), 0.02)
        except TimeoutError:
            continue
        await ws.send_text(message)


@_shape()
async def receive_with_a_long_deadline(ws):
    await ws.accept()
    while True:
        async with asyncio.timeout(30):
            message = await ws.receive_text()
        await ws.send_text(message)


@_shape()
async def call_soon(ws):
    await ws.accept()
    loop = asyncio.get_running_loop()
    kept = []
    while True:
        message = await ws.receive_text()
        loop.call_soon(lambda sent=message: kept.append(loop.create_task(ws.send_text(sent))))


@_shape()
async def event_for_another_task(ws):
    await ws.accept()
    event = asyncio.Event()

    async def answer():
        await event.wait()
        await ws.send_text("m")

    answering = asyncio.create_task(answer())
    await ws.receive_text()
    event.set()
    await ws.receive_text()
    await answering


@_shape(answers=("tick",), after=0.03)
async def ticker_on_demand(ws):
    await ws.accept()
    kept = []

    async def tick():
        while True:
            await asyncio.sleep(0.03)
            await ws.send_text("tick")

    try:
        while True:
            await ws.receive_text()
            kept.append(asyncio.create_task(tick()))
    finally:
        for task in kept:
            task.cancel()
