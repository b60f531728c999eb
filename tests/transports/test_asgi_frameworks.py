"""Handlers as the quick starts of the frameworks write them, in process.

Each echoes, is left by its client (its own "client disconnected" exception is no crash), refuses,
and crashes with its traceback. Channels and Quart are in ``test_asgi_django`` and
``test_asgi_quart``.
"""

import asyncio
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
import pytest
from fastapi import Cookie, Depends, FastAPI, HTTPException, Query, WebSocket, WebSocketDisconnect
from fastapi import WebSocketException as FastAPIWebSocketException
from in_process import first_line, innermost, refusal
from litestar import Litestar
from litestar import WebSocket as LitestarSocket
from litestar import websocket as litestar_websocket
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.exceptions import WebSocketDisconnect as LitestarDisconnect
from litestar.exceptions import WebSocketException as LitestarWebSocketException
from litestar.handlers import BaseRouteHandler, websocket_listener
from litestar.params import FromPath
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import Mount, WebSocketRoute

from wsnotebook import AppCrashed, Refused, connect


async def echoes(app, path="/", **options):
    """Connect, send a message, and return the answer; nothing may crash."""
    async with connect(app, path, **options) as client:
        await client.send("hello")
        answer = await client.receive()
        await client.receive_nothing()
    assert client.close_code == 1000
    return answer


async def crash(app, path="/"):
    with pytest.raises(AppCrashed) as caught:
        async with connect(app, path) as client:
            await client.send("hello")
            await client.receive()
    return caught.value.__cause__


# Starlette


def starlette(handler):
    return Starlette(routes=[WebSocketRoute("/", handler)])


async def test_starlette_a_function_that_receives_for_ever():
    async def endpoint(websocket):
        await websocket.accept()
        while True:
            await websocket.send_text("you said " + await websocket.receive_text())

    assert await echoes(starlette(endpoint)) == "you said hello"


async def test_starlette_a_function_that_iterates():
    ended = []

    async def endpoint(websocket):
        await websocket.accept()
        async for message in websocket.iter_text():
            await websocket.send_text(message)
        ended.append(True)

    assert await echoes(starlette(endpoint)) == "hello"
    assert ended == [True]


async def test_starlette_an_endpoint_class():
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


async def test_starlette_mounts_and_path_parameters():
    async def room(websocket):
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text(f"{websocket.path_params['room']} at {websocket.url.path}")
        await websocket.receive_text()

    app = Starlette(routes=[Mount("/chat", routes=[WebSocketRoute("/{room}", room)])])
    assert await echoes(app, "/chat/tea") == "tea at /chat/tea"


async def test_starlette_the_disconnect_exception_in_a_task_group_is_no_crash():
    async def endpoint(websocket):
        await websocket.accept()

        async def read():
            while True:
                await websocket.send_text(await websocket.receive_text())

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            group.start_soon(anyio.sleep_forever)

    assert await echoes(starlette(endpoint)) == "hello"


async def test_starlette_sending_after_the_client_left_is_no_crash():
    async def pushes(websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        while True:
            await asyncio.sleep(0)
            await websocket.send_bytes(b"still there?")

    async with connect(starlette(pushes)) as client:
        await client.send("hello")
        assert await client.receive() == "hello"


async def test_starlette_a_refusal():
    async def endpoint(websocket):
        await websocket.close(code=4003, reason="members only")

    error = await refusal(starlette(endpoint))
    assert (error.status, error.code, error.reason) == (403, 4003, "members only")


async def test_starlette_a_path_that_is_not_there():
    error = await refusal(Starlette(), path="/nowhere")
    assert (error.status, error.code) == (403, 1000)


async def test_starlette_a_response_that_denies():
    from starlette.responses import JSONResponse

    async def endpoint(websocket):
        await websocket.send_denial_response(JSONResponse({"who": "are you?"}, 401))

    error = await refusal(starlette(endpoint))
    assert (error.status, error.reason) == (401, '{"who":"are you?"}')


async def test_starlette_a_crash():
    async def endpoint(websocket):
        await websocket.accept()
        await websocket.receive_text()
        raise KeyError("boom")

    error = await crash(starlette(endpoint))
    assert isinstance(error, KeyError)
    assert innermost(error) == "endpoint"


async def test_starlette_a_crash_in_a_task_group_keeps_its_traceback():
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


async def test_starlette_the_lifespans_state():
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
async def test_starlette_a_lifespan_that_crashes(when):
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


# FastAPI


async def test_fastapi_the_example_of_its_documentation():
    app = FastAPI()

    async def cookie_or_token(
        session: Annotated[str | None, Cookie()] = None,
        token: Annotated[str | None, Query()] = None,
    ):
        if session is None and token is None:
            raise FastAPIWebSocketException(code=1008, reason="who are you?")
        return session or token

    @app.websocket("/items/{item_id}/ws")
    async def endpoint(
        *,
        websocket: WebSocket,
        item_id: int,
        q: int | None = None,
        who: Annotated[str, Depends(cookie_or_token)],
    ):
        await websocket.accept()
        while True:
            data = await websocket.receive_text()
            await websocket.send_text(f"{data} from {who} for {item_id} and {q}")

    assert await echoes(app, "/items/7/ws", query={"token": "ann", "q": 3}) == (
        "hello from ann for 7 and 3"
    )
    assert await echoes(app, "/items/7/ws", cookies={"session": "bob"}) == (
        "hello from bob for 7 and None"
    )
    error = await refusal(app, path="/items/7/ws")
    assert (error.status, error.code, error.reason) == (403, 1008, "who are you?")
    error = await refusal(app, path="/items/seven/ws", query={"token": "ann"})
    assert (error.status, error.code) == (403, 1008)


async def test_fastapi_a_chat_that_catches_the_disconnect():
    app, sockets = FastAPI(), []

    @app.websocket("/{name}")
    async def endpoint(websocket: WebSocket, name: str):
        await websocket.accept()
        sockets.append(websocket)
        try:
            while True:
                data = await websocket.receive_text()
                for socket in sockets:
                    await socket.send_text(f"{name}: {data}")
        except WebSocketDisconnect:
            sockets.remove(websocket)
            for socket in sockets:
                await socket.send_text(f"{name} left")

    async with connect(app, "/ann") as ann:
        async with connect(app, "/bob") as bob:
            await bob.send("hi")
            assert await ann.receive() == await bob.receive() == "bob: hi"
        assert await ann.receive() == "bob left"
        await ann.receive_nothing()


async def test_fastapi_dependencies_in_a_thread_and_with_a_clean_up():
    app, log = FastAPI(), []

    def in_a_thread():
        return "from a thread"

    async def with_clean_up():
        log.append("set up")
        try:
            yield
        finally:
            log.append("cleaned up")

    @app.websocket("/")
    async def endpoint(
        websocket: WebSocket,
        word: Annotated[str, Depends(in_a_thread)],
        _: Annotated[None, Depends(with_clean_up)],
    ):
        await websocket.accept()
        await websocket.receive_text()
        await websocket.send_text(word)
        await websocket.receive_text()

    assert await echoes(app) == "from a thread"
    assert log == ["set up", "cleaned up"]


def test_fastapi_a_dependency_in_a_thread_under_virtual_time(virtual_time):
    app = FastAPI()

    def in_a_thread():
        return "from a thread"

    @app.websocket("/")
    async def endpoint(websocket: WebSocket, word: Annotated[str, Depends(in_a_thread)]):
        await websocket.accept()
        await websocket.receive_text()
        await asyncio.sleep(3600)
        await websocket.send_text(word)
        await websocket.receive_text()

    async def main():
        async with connect(app, timeout=7200) as client:
            await client.send("hello")
            return await client.receive(), asyncio.get_running_loop().time()

    assert virtual_time(main()) == ("from a thread", pytest.approx(3600))


async def test_fastapi_an_http_exception_is_a_response():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(websocket: WebSocket):
        raise HTTPException(status_code=401, detail="who are you?")

    error = await refusal(app)
    assert (error.status, error.reason) == (401, '{"detail":"who are you?"}')


@pytest.mark.parametrize("where", ["dependency", "endpoint"])
async def test_fastapi_a_crash_before_the_acceptance(where):
    app = FastAPI()

    def dependency():
        if where == "dependency":
            raise KeyError("boom")

    @app.websocket("/")
    async def endpoint(websocket: WebSocket, _: Annotated[None, Depends(dependency)]):
        raise KeyError("boom")

    error = await refusal(app, AppCrashed)
    assert first_line(error) == "the app raised KeyError('boom') before it answered the handshake"
    assert innermost(error.__cause__) == where


async def test_fastapi_a_crash_after_an_await():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(websocket: WebSocket):
        await websocket.accept()
        await asyncio.sleep(0)
        raise KeyError(await websocket.receive_text())

    error = await crash(app)
    assert (type(error), error.args) == (KeyError, ("hello",))
    assert innermost(error) == "endpoint"


async def test_fastapi_a_crash_on_disconnect():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(websocket: WebSocket):
        await websocket.accept()
        try:
            await websocket.receive_text()
        except WebSocketDisconnect:
            raise KeyError("in the clean-up") from None

    with pytest.raises(AppCrashed) as caught:
        async with connect(app):
            pass
    assert innermost(caught.value.__cause__) == "endpoint"


# Litestar


def litestar(*handlers, **options):
    return Litestar([*handlers], openapi_config=None, logging_config=None, **options)


async def test_litestar_a_handler_that_receives_for_ever():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text("you said " + await socket.receive_text())

    assert await echoes(litestar(handler)) == "you said hello"


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_litestar_a_listener(kind):
    if kind == "sync":

        @websocket_listener("/", sync_to_thread=True)
        def listener(data: str) -> str:
            return f"you said {data}"
    else:

        @websocket_listener("/")
        async def listener(data: str) -> str:
            return f"you said {data}"

    assert await echoes(litestar(listener)) == "you said hello"


async def test_litestar_a_listener_of_json_with_hooks_and_parameters():
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


async def test_litestar_a_guard_refuses():
    def guard(connection: ASGIConnection, _: BaseRouteHandler) -> None:
        raise NotAuthorizedException("who are you?")

    @litestar_websocket("/", guards=[guard])
    async def handler(socket: LitestarSocket) -> None:
        """Never reached."""

    error = await refusal(litestar(handler))
    assert (error.status, error.code, error.reason) == (403, 4500, "who are you?")


async def test_litestar_a_refusal():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.close(code=4003, reason="members only")

    error = await refusal(litestar(handler))
    assert (error.status, error.code, error.reason) == (403, 4003, "members only")


async def test_litestar_the_disconnect_exception_in_a_task_group_is_no_crash():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        await socket.accept()

        async def read() -> None:
            while True:
                await socket.send_text(await socket.receive_text())

        async with asyncio.TaskGroup() as group:
            group.create_task(read())

    assert await echoes(litestar(handler)) == "hello"


async def test_litestar_a_handler_that_catches_the_disconnect():
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


async def test_litestar_a_crash_is_seen_though_litestar_makes_a_close_code_of_it():
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


async def test_litestar_a_crash_before_the_acceptance():
    @litestar_websocket("/")
    async def handler(socket: LitestarSocket) -> None:
        raise KeyError("boom")

    error = await refusal(litestar(handler), AppCrashed)
    assert str(error) == "the app raised KeyError('boom') before it answered the handshake"
    assert innermost(error.__cause__) == "handler"


async def test_litestar_its_own_exceptions_are_no_crash():
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


async def test_a_4500_that_handles_an_exception_of_another_framework_is_its_own_business():
    async def endpoint(websocket):
        await websocket.accept()
        try:
            raise KeyError("boom")
        except KeyError:
            await websocket.close(4001)

    async with connect(starlette(endpoint)) as client:
        await client.wait_for_close(4001)


async def test_litestar_its_lifespan_runs():
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


async def test_litestar_a_lifespan_that_crashes():
    @asynccontextmanager
    async def lifespan(app: Litestar):
        raise KeyError("boom")
        yield

    with pytest.raises(AppCrashed) as caught:
        await connect(litestar(lifespan=[lifespan]))
    group = caught.value.__cause__
    assert [repr(exc) for exc in group.exceptions] == ["KeyError('boom')"]


async def test_a_refusal_of_any_of_them_leaves_the_app_usable():
    app = FastAPI()

    @app.websocket("/{word}")
    async def endpoint(websocket: WebSocket, word: str):
        if word == "no":
            return
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.receive_text()

    with pytest.raises(Refused) as caught:
        await connect(app, "/no")
    assert caught.value.status == 500
    assert await echoes(app, "/yes") == "hello"
