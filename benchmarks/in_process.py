"""Clients that call an ASGI app in process, each as its documentation shows.

The app is a bare echo, so that the figures are the clients' own. wsnotebook records every message
and has a deadline on every receive. ``asyncio.Queue``, two tasks and two queues, is the limit that
any client with an app task of its own is measured against.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .frame import KILOBYTES, RATE, TIME, Bench, Subject, Variant, resident_kilobytes

__all__ = ["SUBJECTS"]

MEMBERS = 1000
HEARD = "asgiref"


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Accept, and send every text back."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def with_lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Do as :func:`echo`, and know the lifespan, which Litestar's client insists on."""
    if scope["type"] == "lifespan":
        while (event := await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": event["type"] + ".complete"})
    else:
        await echo(scope, receive, send)


class Room:
    """An app that sends every text to all that are connected, with no layer between."""

    def __init__(self) -> None:
        self.members: list[Any] = []

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.members.append(send)
        while (event := await receive())["type"] == "websocket.receive":
            for member in self.members:
                await member({"type": "websocket.send", "text": event["text"]})


def _asgiref(app: Any) -> Any:
    from asgiref.testing import ApplicationCommunicator

    return ApplicationCommunicator(app, {"type": "websocket", "path": "/"})


async def _open_asgiref(app: Any) -> Any:
    communicator = _asgiref(app)
    await communicator.send_input({"type": "websocket.connect"})
    await communicator.receive_output()
    return communicator


async def _close_asgiref(communicator: Any) -> None:
    await communicator.send_input({"type": "websocket.disconnect", "code": 1000})
    await communicator.wait()


def _channels(app: Any) -> Any:
    from channels.testing import WebsocketCommunicator

    return WebsocketCommunicator(app, "/")


def _starlette(app: Any) -> Any:
    from starlette.testclient import TestClient

    return TestClient(app)


def _litestar(app: Any) -> Any:
    from litestar.testing import TestClient

    return TestClient(app)


# Send a message, receive it back.

round_trips = Subject("in process", "round trips", RATE, HEARD, {"32 B": Variant(10_000, 32)})


@round_trips.peer("limit: asyncio.Queue")
async def queue_round_trips(bench: Bench) -> None:
    there: asyncio.Queue[str] = asyncio.Queue()
    back: asyncio.Queue[str] = asyncio.Queue()

    async def answer() -> None:
        while True:
            await back.put(await there.get())

    task = asyncio.create_task(answer())
    for _ in bench.laps:
        await there.put(bench.message)
        await back.get()
    task.cancel()


@round_trips.peer("wsnotebook")
async def wsnotebook_round_trips(bench: Bench) -> None:
    from wsnotebook import connect

    async with connect(echo) as client:
        for _ in bench.laps:
            await client.send(bench.message)
            await client.receive()


@round_trips.peer("asgiref")
async def asgiref_round_trips(bench: Bench) -> None:
    communicator = await _open_asgiref(echo)
    for _ in bench.laps:
        await communicator.send_input({"type": "websocket.receive", "text": bench.message})
        await communicator.receive_output()
    await _close_asgiref(communicator)


@round_trips.peer("channels")
async def channels_round_trips(bench: Bench) -> None:
    communicator = _channels(echo)
    await communicator.connect()
    for _ in bench.laps:
        await communicator.send_to(text_data=bench.message)
        await communicator.receive_from()
    await communicator.disconnect()


@round_trips.peer("async-asgi-testclient")
async def testclient_round_trips(bench: Bench) -> None:
    from async_asgi_testclient import TestClient

    async with TestClient(echo).websocket_connect("/") as socket:
        for _ in bench.laps:
            await socket.send_text(bench.message)
            await socket.receive_text()


@round_trips.peer("starlette")
async def starlette_round_trips(bench: Bench) -> None:
    with _starlette(echo).websocket_connect("/") as socket:
        for _ in bench.laps:
            socket.send_text(bench.message)
            socket.receive_text()


@round_trips.peer("litestar")
async def litestar_round_trips(bench: Bench) -> None:
    def talk() -> None:
        with _litestar(with_lifespan) as client, client.websocket_connect("/") as socket:
            for _ in bench.laps:
                socket.send_text(bench.message)
                socket.receive_text()

    await asyncio.to_thread(talk)


@round_trips.peer("httpx-ws")
async def httpx_ws_round_trips(bench: Bench) -> None:
    from httpx import AsyncClient
    from httpx_ws import aconnect_ws
    from httpx_ws.transport import ASGIWebSocketTransport

    async with (
        ASGIWebSocketTransport(app=echo) as transport,
        AsyncClient(transport=transport) as http,
        aconnect_ws("http://test/", http) as socket,
    ):
        for _ in bench.laps:
            await socket.send_text(bench.message)
            await socket.receive_text()


# Connect and close.

connects = Subject("in process connect", "connect and close", RATE, HEARD, {"": Variant(2000)})


@connects.peer("wsnotebook")
async def wsnotebook_connects(bench: Bench) -> None:
    from wsnotebook import connect

    for _ in bench.laps:
        async with connect(echo):
            pass


@connects.peer("asgiref")
async def asgiref_connects(bench: Bench) -> None:
    for _ in bench.laps:
        await _close_asgiref(await _open_asgiref(echo))


@connects.peer("channels")
async def channels_connects(bench: Bench) -> None:
    for _ in bench.laps:
        communicator = _channels(echo)
        await communicator.connect()
        await communicator.disconnect()


@connects.peer("async-asgi-testclient")
async def testclient_connects(bench: Bench) -> None:
    from async_asgi_testclient import TestClient

    client = TestClient(echo)
    for _ in bench.laps:
        async with client.websocket_connect("/"):
            pass


@connects.peer("starlette")
async def starlette_connects(bench: Bench) -> None:
    client = _starlette(echo)
    for _ in bench.laps:
        with client.websocket_connect("/"):
            pass


# One message to a thousand members, until each of them has it.

fan_out = Subject(
    f"fan-out to {MEMBERS:,}", "until all have it", TIME, HEARD, {"": Variant(20, 32)}
)


async def _fan_out(
    bench: Bench,
    connect: Callable[[Any], Awaitable[Any]],
    send: Callable[[Any, str], Awaitable[Any]],
    receive: Callable[[Any], Awaitable[Any]],
    close: Callable[[Any], Awaitable[Any]],
) -> None:
    room = Room()
    members = [await connect(room) for _ in range(MEMBERS)]
    for _ in range(bench.count):
        with bench.span():
            await send(members[0], bench.message)
            for member in members:
                await receive(member)
    for member in members:
        await close(member)


@fan_out.peer("wsnotebook")
async def wsnotebook_fan_out(bench: Bench) -> None:
    from wsnotebook import connect

    await _fan_out(
        bench,
        lambda app: connect(app).open(),
        lambda member, text: member.send(text),
        lambda member: member.receive(),
        lambda member: member.close(),
    )


@fan_out.peer("asgiref")
async def asgiref_fan_out(bench: Bench) -> None:
    await _fan_out(
        bench,
        _open_asgiref,
        lambda member, text: member.send_input({"type": "websocket.receive", "text": text}),
        lambda member: member.receive_output(),
        _close_asgiref,
    )


@fan_out.peer("channels")
async def channels_fan_out(bench: Bench) -> None:
    async def connect(app: Any) -> Any:
        communicator = _channels(app)
        await communicator.connect()
        return communicator

    await _fan_out(
        bench,
        connect,
        lambda member, text: member.send_to(text_data=text),
        lambda member: member.receive_from(),
        lambda member: member.disconnect(),
    )


@fan_out.peer("async-asgi-testclient")
async def testclient_fan_out(bench: Bench) -> None:
    from async_asgi_testclient import TestClient

    async def connect(app: Any) -> Any:
        session = TestClient(app).websocket_connect("/")
        await session.connect()
        return session

    await _fan_out(
        bench,
        connect,
        lambda member, text: member.send_text(text),
        lambda member: member.receive_text(),
        lambda member: member.close(),
    )


# What an idle client keeps in memory, its app task included.

memory = Subject(
    "memory of an idle client", "resident memory", KILOBYTES, HEARD, {"": Variant(2000)}
)


async def _memory(bench: Bench, connect: Callable[[Any], Awaitable[Any]]) -> list[Any]:
    await connect(echo)  # what the first one loads does not count
    before = resident_kilobytes()
    members = [await connect(echo) for _ in range(bench.count)]
    bench.note((resident_kilobytes() - before) / bench.count)
    return members


@memory.peer("wsnotebook")
async def wsnotebook_memory(bench: Bench) -> None:
    from wsnotebook import connect

    for client in await _memory(bench, lambda app: connect(app).open()):
        await client.close()


@memory.peer("asgiref")
async def asgiref_memory(bench: Bench) -> None:
    for communicator in await _memory(bench, _open_asgiref):
        await _close_asgiref(communicator)


@memory.peer("channels")
async def channels_memory(bench: Bench) -> None:
    async def connect(app: Any) -> Any:
        communicator = _channels(app)
        await communicator.connect()
        return communicator

    for communicator in await _memory(bench, connect):
        await communicator.disconnect()


# Being sure that nothing was sent.

silence = Subject("nothing received", "until it is sure", TIME, HEARD, {"": Variant(200)})


@silence.peer("wsnotebook")
async def wsnotebook_silence(bench: Bench) -> None:
    from wsnotebook import connect

    async with connect(echo) as client:
        for _ in range(bench.count):
            with bench.span():
                await client.receive_nothing()


@silence.peer("asgiref")
async def asgiref_silence(bench: Bench) -> None:
    communicator = await _open_asgiref(echo)
    for _ in range(min(bench.count, 20)):
        with bench.span():
            assert await communicator.receive_nothing()
    await _close_asgiref(communicator)


@silence.peer("channels")
async def channels_silence(bench: Bench) -> None:
    communicator = _channels(echo)
    await communicator.connect()
    for _ in range(min(bench.count, 20)):
        with bench.span():
            assert await communicator.receive_nothing()
    await communicator.disconnect()


# A server that sleeps for an hour before it answers.

hour = Subject("an hour of sleep", "until the answer", TIME, "wsnotebook", {"": Variant(50)})


async def _sleepy(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await asyncio.sleep(3600)
        await send({"type": "websocket.send", "text": event["text"]})


@hour.peer("wsnotebook")
async def wsnotebook_hour(bench: Bench) -> None:
    from wsnotebook import connect, run

    async def conversation() -> None:
        async with connect(_sleepy, timeout=4000) as client:
            for _ in range(bench.count):
                with bench.span():
                    await client.send("wake me")
                    await client.receive()

    await asyncio.to_thread(run, conversation(), virtual_time=True)


SUBJECTS = [round_trips, connects, fan_out, memory, silence, hour]
