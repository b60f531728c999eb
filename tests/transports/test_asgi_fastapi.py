"""FastAPI's handlers and their dependencies, in process."""

import asyncio
from typing import Annotated

import pytest
from fastapi import Cookie, Depends, FastAPI, HTTPException, Query, WebSocket, WebSocketDisconnect
from fastapi import WebSocketException as FastAPIWebSocketException
from in_process import crash, echoes, first_line, innermost, refusal

from wsnotebook import AppCrashed, Refused, connect


async def test_the_example_of_its_documentation():
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


async def test_a_chat_that_catches_the_disconnect():
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


async def test_dependencies_in_a_thread_and_with_a_clean_up():
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


def test_a_dependency_in_a_thread_under_virtual_time(virtual_time):
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


async def test_an_http_exception_is_a_response():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(websocket: WebSocket):
        raise HTTPException(status_code=401, detail="who are you?")

    error = await refusal(app)
    assert (error.status, error.reason) == (401, '{"detail":"who are you?"}')


@pytest.mark.parametrize("where", ["dependency", "endpoint"])
async def test_a_crash_before_the_acceptance(where):
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


async def test_a_crash_after_an_await():
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(websocket: WebSocket):
        await websocket.accept()
        await asyncio.sleep(0)
        raise KeyError(await websocket.receive_text())

    error = await crash(app)
    assert (type(error), error.args) == (KeyError, ("hello",))
    assert innermost(error) == "endpoint"


async def test_a_crash_on_disconnect():
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


async def test_a_refusal_leaves_the_app_usable():
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
