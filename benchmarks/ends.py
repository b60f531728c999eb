"""How long it takes until an end is told: refused, closed before, closed meanwhile, stopped."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

from .frame import TIME, Bench, Subject, Variant

__all__ = ["SUBJECTS"]

IDLE_CLIENTS = 50


@contextmanager
def _until(error: type[Exception], bench: Bench) -> Iterator[None]:
    """Time what is inside until it raises ``error``, which it must."""
    with bench.span():
        try:
            yield
        except error:
            return
    raise AssertionError(f"expected {error.__name__}")


# Connecting to a port where nobody listens.

refused = Subject("refused port", "until the error", TIME, "websockets", {"": Variant(200)})


@contextmanager
def _refusing() -> Iterator[str]:
    """Hold a port that nobody listens on, so that nobody else gets it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{held.getsockname()[1]}"


@refused.peer("websockets")
async def refused_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    with _refusing() as url:
        for _ in range(bench.count):
            with _until(ConnectionRefusedError, bench):
                await connect(url)


@refused.peer("wsnotebook")
async def refused_wsnotebook(bench: Bench) -> None:
    from wsnotebook import ConnectFailed, connect

    with _refusing() as url:
        for _ in range(bench.count):
            with _until(ConnectFailed, bench):
                await connect(url)


# Waiting for a message on a connection that is closed.

after_close = Subject(
    "wait after close", "until the error", TIME, "websockets", {"": Variant(2000)}, True
)


@after_close.peer("websockets")
async def after_close_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    async with connect(bench.url + "/echo") as connection:
        await connection.close()
        for _ in range(bench.count):
            with _until(ConnectionClosed, bench):
                await connection.recv()


@after_close.peer("wsnotebook")
async def after_close_wsnotebook(bench: Bench) -> None:
    from wsnotebook import Closed, connect

    async with connect(bench.url + "/echo") as client:
        await client.close()
        for _ in range(bench.count):
            with _until(Closed, bench):
                await client.wait_for_message("hello")


# The server closes with 4002 during the wait; the time counts from the message that makes it.

closed_meanwhile = Subject(
    "closed with 4002 during a wait",
    "until the error",
    TIME,
    "websockets",
    {"": Variant(200)},
    needs_server=True,
)


@closed_meanwhile.peer("websockets")
async def closed_meanwhile_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    for _ in range(bench.count):
        async with connect(bench.url + "/close") as connection:
            await connection.send("go")
            with _until(ConnectionClosed, bench):
                await connection.recv()


@closed_meanwhile.peer("wsnotebook")
async def closed_meanwhile_wsnotebook(bench: Bench) -> None:
    from wsnotebook import Closed, connect

    for _ in range(bench.count):
        async with connect(bench.url + "/close") as client:
            await client.send("go")
            with _until(Closed, bench):
                await client.wait_for_message("hello")


# Stopping a server whose clients are idle; server and clients share a process.

stop = Subject(
    f"stop a server with {IDLE_CLIENTS} idle clients",
    "until it has stopped",
    TIME,
    "websockets",
    {"": Variant(5)},
)


async def _stop(bench: Bench, url: str, finish: Callable[[], Awaitable[Any]]) -> None:
    """Connect the clients, and time ``finish``."""
    from websockets.asyncio.client import connect

    async with AsyncExitStack() as clients:
        for _ in range(IDLE_CLIENTS):
            await clients.enter_async_context(connect(url, compression=None))
        with bench.span():
            await finish()


@stop.peer("websockets")
async def stop_websockets(bench: Bench) -> None:
    from websockets.asyncio.server import serve

    from wsnotebook.apps import echo

    for _ in range(bench.count):
        server = await serve(echo, "127.0.0.1", 0, compression=None)

        async def finish(server: Any = server) -> None:
            server.close()
            await server.wait_closed()

        await _stop(bench, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", finish)


@stop.peer("wsnotebook")
async def stop_wsnotebook(bench: Bench) -> None:
    from wsnotebook import serve
    from wsnotebook.apps import echo

    for _ in range(bench.count):
        server = await serve(echo)
        await _stop(bench, server.url, server.stop)


SUBJECTS = [refused, after_close, closed_meanwhile, stop]
