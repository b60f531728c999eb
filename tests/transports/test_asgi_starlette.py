"""Starlette's handlers, functions and classes, in process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import anyio
import pytest
from in_process import crash, echoes, innermost, refusal
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import Mount, WebSocketRoute

from wsnotebook import AppCrashed, connect


def starlette(handler):
    return Starlette(routes=[WebSocketRoute("/", handler)])


async def test_a_function_that_receives_for_ever():
    async def endpoint(websocket):
        await websocket.accept()
        while True:
            await websocket.send_text("you said " + await websocket.receive_text())

    assert await echoes(starlette(endpoint)) == "you said hello"


async def test_a_function_that_iterates():
    ended = []

    async def endpoint(websocket):
        await websocket.accept()
        async for message in websocket.iter_text():
            await websocket.send_text(message)
        ended.append(True)

    assert await echoes(starlette(endpoint)) == "hello"
    assert ended == [True]


async def test_an_endpoint_class():
    log = []

    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_connect(self, websocket):
            await websocket.accept()

        async def on_receive(self, websocket, data):
            await websocket.send_text(f"you said {data}")

        async def on_disconnect(self, websocket, close_code):
            log.append(close_code)

    assert await echoes(starlette(Echo)) == "you said hello"
    assert await echoes(Echo) == "you said hello"  # the class is an ASGI app by itself
    assert log == [1000, 1000]


async def test_mounts_and_path_parameters():
    async def room(websocket):
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text(f"{websocket.path_params['room']} at {websocket.url.path}")
        await websocket.receive_text()

    app = Starlette(routes=[Mount("/chat", routes=[WebSocketRoute("/{room}", room)])])
    assert await echoes(app, "/chat/tea") == "tea at /chat/tea"


async def test_the_disconnect_exception_in_a_task_group_is_no_crash():
    async def endpoint(websocket):
        await websocket.accept()

        async def read():
            while True:
                await websocket.send_text(await websocket.receive_text())

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            group.start_soon(anyio.sleep_forever)

    assert await echoes(starlette(endpoint)) == "hello"


async def test_sending_after_the_client_left_is_no_crash():
    async def pushes(websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        while True:
            await asyncio.sleep(0)
            await websocket.send_bytes(b"still there?")

    async with connect(starlette(pushes)) as client:
        await client.send("hello")
        assert await client.receive() == "hello"


async def test_a_refusal():
    async def endpoint(websocket):
        await websocket.close(code=4003, reason="members only")

    error = await refusal(starlette(endpoint))
    assert (error.status, error.code, error.reason) == (403, 4003, "members only")


async def test_a_path_that_is_not_there():
    error = await refusal(Starlette(), path="/nowhere")
    assert (error.status, error.code) == (403, 1000)


async def test_a_response_that_denies():
    from starlette.responses import JSONResponse

    async def endpoint(websocket):
        await websocket.send_denial_response(JSONResponse({"who": "are you?"}, 401))

    error = await refusal(starlette(endpoint))
    assert (error.status, error.reason) == (401, '{"who":"are you?"}')


async def test_a_crash():
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_text()
        raise KeyError("boom")

    error = await crash(starlette(endpoint))
    assert isinstance(error, KeyError)
    assert innermost(error) == "endpoint"


async def test_a_crash_in_a_task_group_keeps_its_traceback():
    async def fails():
        raise KeyError("boom")

    async def endpoint(websocket):
        await websocket.accept()
        async with anyio.create_task_group() as group:
            await websocket.receive_text()
            group.start_soon(fails)

    error = await crash(starlette(endpoint))
    assert isinstance(error, ExceptionGroup)
    assert innermost(error.exceptions[0]) == "fails"


async def test_the_lifespans_state():
    @asynccontextmanager
    async def lifespan(app):
        yield {"greeting": "good evening"}

    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text(websocket.state.greeting)
        await websocket.receive_text()

    app = Starlette(routes=[WebSocketRoute("/", endpoint)], lifespan=lifespan)
    assert await echoes(app) == "good evening"


@pytest.mark.parametrize("when", ["start", "stop"])
async def test_a_lifespan_that_crashes(when):
    @asynccontextmanager
    async def lifespan(app):
        if when == "start":
            raise KeyError("boom")
        yield
        raise KeyError("boom")

    with pytest.raises(AppCrashed) as caught:
        async with connect(Starlette(lifespan=lifespan, routes=[WebSocketRoute("/", idle)])):
            pass
    assert isinstance(caught.value.__cause__, KeyError)
    assert innermost(caught.value.__cause__) == "lifespan"


async def idle(websocket):
    await websocket.accept()
    await websocket.receive_text()
