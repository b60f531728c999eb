"""Litestar's handlers and listeners, in process."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest
from in_process import echoes, innermost, refusal
from litestar import Litestar
from litestar import WebSocket as LitestarSocket
from litestar import websocket as litestar_websocket
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.exceptions import WebSocketDisconnect as LitestarDisconnect
from litestar.exceptions import WebSocketException as LitestarWebSocketException
from litestar.handlers import BaseRouteHandler, websocket_listener
from litestar.params import FromPath

from wsnotebook import AppCrashed, connect


def litestar(*handlers, **options):
    return Litestar([*handlers], openapi_config=None, logging_config=None, **options)


async def test_a_handler_that_receives_for_ever():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text("you said " + await socket.receive_text())

    assert await echoes(litestar(handler)) == "you said hello"


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_listener(kind):
    if kind == "sync":

        @websocket_listener("/", sync_to_thread=True)
        def listener(data: str) -> str:
            return f"you said {data}"
    else:

        @websocket_listener("/")
        async def listener(data: str) -> str:
            return f"you said {data}"

    assert await echoes(litestar(listener)) == "you said hello"


async def test_a_listener_of_json_with_hooks_and_parameters():
    log = []

    async def accepted(socket: LitestarSocket) -> None:
        log.append("accepted")

    def disconnected(socket: LitestarSocket) -> None:
        log.append("disconnected")

    @websocket_listener("/{room:str}", on_accept=accepted, on_disconnect=disconnected)
    async def listener(data: dict[str, Any], room: FromPath[str]) -> dict[str, Any]:
        return {"room": room, **data}

    async with connect(litestar(listener), "/tea") as client:
        await client.send_json({"sugar": 2})
        assert await client.receive_json() == {"room": "tea", "sugar": 2}
    assert log == ["accepted", "disconnected"]


async def test_a_guard_refuses():
    def guard(connection: ASGIConnection, _: BaseRouteHandler) -> None:
        raise NotAuthorizedException("who are you?")

    @litestar_websocket("/", guards=[guard])
    async def handler(socket: LitestarSocket) -> None:
        """Never reached."""

    error = await refusal(litestar(handler))
    assert (error.status, error.code, error.reason) == (403, 4500, "who are you?")


async def test_a_refusal():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.close(code=4003, reason="members only")

    error = await refusal(litestar(handler))
    assert (error.status, error.code, error.reason) == (403, 4003, "members only")


async def test_the_disconnect_exception_in_a_task_group_is_no_crash():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()

        async def read() -> None:
            while True:
                await socket.send_text(await socket.receive_text())

        async with asyncio.TaskGroup() as group:
            group.create_task(read())

    assert await echoes(litestar(handler)) == "hello"


async def test_a_handler_that_catches_the_disconnect():
    ended = []

    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except LitestarDisconnect as exc:
            ended.append(exc.code)

    assert await echoes(litestar(handler)) == "hello"
    assert ended == [1000]


async def test_a_crash_is_seen_though_litestar_makes_a_close_code_of_it():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        raise KeyError("boom")

    with pytest.raises(AppCrashed) as caught:
        async with connect(litestar(handler)) as client:
            await client.send("hello")
            closure = await client.wait_for_close(4500)
            assert closure.reason == "Internal Server Error"
    assert isinstance(caught.value.__cause__, KeyError)
    assert innermost(caught.value.__cause__) == "handler"


async def test_a_crash_before_the_acceptance():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        raise KeyError("boom")

    error = await refusal(litestar(handler), AppCrashed)
    assert str(error) == "the app raised KeyError('boom') before it answered the handshake"
    assert innermost(error.__cause__) == "handler"


async def test_its_own_exceptions_are_no_crash():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()
        if await socket.receive_text() == "4001":
            raise LitestarWebSocketException(detail="no", code=4001)
        raise NotAuthorizedException("who are you?")

    for message, code in [("4001", 4001), ("hello", 4500)]:
        async with connect(litestar(handler)) as client:
            await client.send(message)
            await client.wait_for_close(code)


async def test_its_lifespan_runs():
    log = []

    @asynccontextmanager
    async def lifespan(app: Litestar):
        log.append("started")
        yield
        log.append("stopped")

    @websocket_listener("/")
    async def listener(data: str) -> str:
        log.append(data)
        return data

    await echoes(litestar(listener, lifespan=[lifespan]))
    assert log == ["started", "hello", "stopped"]


async def test_a_lifespan_that_crashes():
    @asynccontextmanager
    async def lifespan(app: Litestar):
        raise KeyError("boom")
        yield

    with pytest.raises(AppCrashed) as caught:
        await connect(litestar(lifespan=[lifespan]))
    group = caught.value.__cause__
    assert [repr(exc) for exc in group.exceptions] == ["KeyError('boom')"]
