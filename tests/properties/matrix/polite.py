"""Correct apps that do what may look like a fault: they refuse, end early, are silent or slow."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, WebSocket, WebSocketException
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute

from .bare import accepted, for_websockets, received, reply

# Refusing


def closes_before_it_accepts():
    @for_websockets
    async def app(scope, receive, send):
        await send({"type": "websocket.close", "code": 4401})

    return app


def responds_with_401():
    async def members_only(websocket):
        await websocket.send_denial_response(PlainTextResponse("log in first", 401))

    return Starlette(routes=[WebSocketRoute("/members", members_only)])


def raises_a_403():
    app = FastAPI()

    @app.websocket("/members")
    async def members_only(websocket: WebSocket):
        raise HTTPException(403)

    return app


async def token_of(token: Annotated[str | None, Query()] = None):
    if token is None:
        raise WebSocketException(code=1008)
    return token


def needs_a_token():
    app = FastAPI()

    @app.websocket("/items/{item_id}/ws")
    async def items(websocket: WebSocket, item_id: str, token: Annotated[str, Depends(token_of)]):
        await websocket.accept()
        while True:
            await websocket.send_text(await websocket.receive_text())

    return app


def refuses_binary_with_1003():
    @accepted
    async def app(receive, send):
        async for event in received(receive):
            if event.get("text") is None:
                await send({"type": "websocket.close", "code": 1003, "reason": "text only"})
                return
            await reply(send, event["text"])

    return app


def closes_with_a_code_of_its_own():
    async def greeter(connection):
        async for message in connection:
            if message != "hello":
                await connection.close(4000, "say hello")
                return
            await connection.send("hello")

    return greeter


# Ending early, keeping silent


def answers_once_and_closes():
    @accepted
    async def app(receive, send):
        event = await receive()
        if event["type"] == "websocket.receive":
            await reply(send, "noted")
            await send({"type": "websocket.close", "code": 1000})

    return app


def answers_once_and_returns():
    async def once(websocket):
        await websocket.accept()
        await websocket.receive()
        with suppress(Exception):  # it may be gone already
            await websocket.send_text("noted")

    return Starlette(routes=[WebSocketRoute("/once", once)])


def takes_everything_in_silence():
    @accepted
    async def app(receive, send):
        async for _ in received(receive):
            pass

    return app


# Taking time, in threads and in tasks


def user():
    return "Ada"


def has_a_dependency_in_a_thread():
    app = FastAPI()

    @app.websocket("/me")
    async def me(websocket: WebSocket, name: Annotated[str, Depends(user)]):
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(f"{name}: {text}")

    return app


def answers_after_two_seconds():
    @accepted
    async def app(receive, send):
        async for _ in received(receive):
            await asyncio.sleep(2)
            with suppress(OSError):  # it may have left meanwhile
                await reply(send, "here it is")

    return app


def cancels_its_heartbeat():
    async def alive(websocket):
        await websocket.accept()
        beating = asyncio.create_task(_beat(websocket))
        try:
            async for text in websocket.iter_text():
                await websocket.send_text(text)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    return Starlette(routes=[WebSocketRoute("/alive", alive)])


async def _beat(websocket):
    while True:
        await asyncio.sleep(5)
        await websocket.send_text("beat")


def finishes_a_job_later():
    jobs = set()

    async def archive():
        for _ in range(3):
            await asyncio.sleep(1)

    @accepted
    async def app(receive, send):
        async for _ in received(receive):
            await reply(send, "noted")
        job = asyncio.create_task(archive())
        jobs.add(job)
        job.add_done_callback(jobs.discard)

    return app


def starts_one_task_for_all():
    sweepers = []

    async def sweep():
        while True:  # noqa: ASYNC110  # what it does does not matter
            await asyncio.sleep(60)

    @accepted
    async def app(receive, send):
        if not sweepers:
            sweepers.append(asyncio.create_task(sweep()))
        async for _ in received(receive):
            await reply(send, "noted")

    return app
