"""What the tests of the in-process transports share: small apps, and the line where one stands."""

from __future__ import annotations

import asyncio
import inspect
import linecache
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from wsnotebook import AppCrashed, Client, Refused, State, WaitTimeout, connect

App = Callable[[dict, Callable, Callable], Awaitable[None]]

ACCEPT = {"type": "websocket.accept"}


def text(message: str) -> dict[str, Any]:
    """Return the event that sends ``message``."""
    return {"type": "websocket.send", "text": message}


def accepting(body: Callable[[dict, Callable, Callable], Awaitable[None]]) -> App:
    """Return an ASGI app without a lifespan that accepts and then runs ``body``."""

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        assert (await receive())["type"] == "websocket.connect"
        await send(ACCEPT)
        await body(scope, receive, send)

    return app


async def echo_events(scope, receive, send):
    """Send every text back until the client is gone; for :func:`accepting`."""
    while (event := await receive())["type"] == "websocket.receive":
        await send(text(event["text"]))


async def read_to_the_end(scope, receive, send):
    """Take everything and say nothing; for :func:`accepting`."""
    while (await receive())["type"] == "websocket.receive":
        pass


def place(function: Callable[..., Any], source: str) -> str:
    """Return ``file:line in name: source`` of the line of ``function`` that holds ``source``."""
    lines, first = inspect.getsourcelines(function)
    (found,) = [n for n, line in enumerate(lines, first) if source in line]
    file = inspect.getsourcefile(function)
    line = linecache.getline(file, found).strip()
    return f"{file}:{found} in {function.__name__}: {line}"


def innermost(exception: BaseException) -> str:
    """Return the name of the function that raised ``exception``."""
    frame = exception.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    return frame.tb_frame.f_code.co_name


def first_line(error: object) -> str:
    """Return the first line of an error's text."""
    return str(error).splitlines()[0]


def now() -> float:
    """Return the reading of the loop's clock."""
    return asyncio.get_running_loop().time()


async def turns(count: int = 10) -> None:
    """Let everything else run that many times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def timed_out(awaitable: Awaitable[Any]) -> str:
    """Return the first line of the WaitTimeout that ``awaitable`` raises."""
    with pytest.raises(WaitTimeout) as caught:
        await awaitable
    return first_line(caught.value)


async def refusal(app, kind=Refused, **options):
    """Return the error of opening, having checked that nothing was told but that."""
    client = Client(app, name="c", **options)
    with pytest.raises(kind) as caught:
        await client.open()
    assert (client.state, client.close_code) == (State.CLOSED, 1006)
    assert client.timeline.text() == f"c  ✗ error: {first_line(caught.value)}"
    return caught.value


async def echoes(app, path="/", **options):
    """Connect, send a message, and return the answer; nothing may crash."""
    async with connect(app, path, **options) as client:
        await client.send("hello")
        answer = await client.receive()
        await client.receive_nothing()
    assert client.close_code == 1000
    return answer


async def crash(app, path="/"):
    """Return what the app raises on its first message."""
    with pytest.raises(AppCrashed) as caught:
        async with connect(app, path) as client:
            await client.send("hello")
            await client.receive()
    return caught.value.__cause__
