"""Clients over the network, all against the same server process.

``websockets`` is used as its documentation does, keep-alive and back-pressure included, and aiohttp
with one session for all connections. wsnotebook records every message in every row.
"""

from __future__ import annotations

from .frame import RATE, Bench, Subject, Variant

__all__ = ["SUBJECTS"]

SIZES = {"32 B": Variant(8000, 32), "1 kB": Variant(8000, 1024), "64 kB": Variant(2000, 65536)}
COMPRESSED_SIZES = {**SIZES, "64 kB": Variant(500, 65536)}
BURSTS = {
    "32 B": Variant(40, 32, per_lap=1000),
    "1 kB": Variant(40, 1024, per_lap=1000),
    "64 kB": Variant(40, 65536, per_lap=32),
}

# Send a message, receive it back; no compression.

echo = Subject("echo", "round trips", RATE, "websockets", SIZES, needs_server=True)


@echo.peer("websockets")
async def echo_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    async with connect(bench.url + "/echo", compression=None) as connection:
        for _ in bench.laps:
            await connection.send(bench.message)
            await connection.recv()


@echo.peer("websockets, keeping every message")
async def echo_websockets_keeping(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    kept = []
    async with connect(bench.url + "/echo", compression=None) as connection:
        for _ in bench.laps:
            await connection.send(bench.message)
            kept.append(await connection.recv())


@echo.peer("wsnotebook")
async def echo_wsnotebook(bench: Bench) -> None:
    from wsnotebook import connect

    async with connect(bench.url + "/echo") as client:
        for _ in bench.laps:
            await client.send(bench.message)
            await client.receive()


@echo.peer("aiohttp")
async def echo_aiohttp(bench: Bench) -> None:
    from aiohttp import ClientSession

    async with ClientSession() as session, session.ws_connect(bench.url + "/echo") as connection:
        for _ in bench.laps:
            await connection.send_str(bench.message)
            await connection.receive_str()


# The same with permessage-deflate, which is what websockets offers by default.

echo_deflate = Subject(
    "echo deflate", "round trips, compressed", RATE, "websockets (defaults)", COMPRESSED_SIZES, True
)


@echo_deflate.peer("websockets (defaults)")
async def deflate_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    async with connect(bench.url + "/echo") as connection:
        for _ in bench.laps:
            await connection.send(bench.message)
            await connection.recv()


@echo_deflate.peer("wsnotebook, compression='deflate'")
async def deflate_wsnotebook(bench: Bench) -> None:
    from wsnotebook import connect

    async with connect(bench.url + "/echo", compression="deflate") as client:
        for _ in bench.laps:
            await client.send(bench.message)
            await client.receive()


@echo_deflate.peer("aiohttp, compress=15")
async def deflate_aiohttp(bench: Bench) -> None:
    from aiohttp import ClientSession

    async with (
        ClientSession() as session,
        session.ws_connect(bench.url + "/echo", compress=15) as connection,
    ):
        for _ in bench.laps:
            await connection.send_str(bench.message)
            await connection.receive_str()


# A lap receives a burst that the server writes at once.

receive = Subject("receive", "messages of bursts", RATE, "websockets", BURSTS, needs_server=True)


def _burst(bench: Bench) -> str:
    return f"{bench.url}/burst/{bench.per_lap}/{len(bench.message)}"


@receive.peer("websockets")
async def receive_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    async with connect(_burst(bench), compression=None) as connection:
        for _ in bench.laps:
            await connection.send("go")
            for _ in range(bench.per_lap):
                await connection.recv()


@receive.peer("websockets, keeping every message")
async def receive_websockets_keeping(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    kept = []
    async with connect(_burst(bench), compression=None) as connection:
        for _ in bench.laps:
            await connection.send("go")
            for _ in range(bench.per_lap):
                kept.append(await connection.recv())  # noqa: PERF401


@receive.peer("wsnotebook")
async def receive_wsnotebook(bench: Bench) -> None:
    from wsnotebook import connect

    async with connect(_burst(bench)) as client:
        for _ in bench.laps:
            await client.send("go")
            for _ in range(bench.per_lap):
                await client.receive()


@receive.peer("aiohttp")
async def receive_aiohttp(bench: Bench) -> None:
    from aiohttp import ClientSession

    async with ClientSession() as session, session.ws_connect(_burst(bench)) as connection:
        for _ in bench.laps:
            await connection.send_str("go")
            for _ in range(bench.per_lap):
                await connection.receive_str()


# A lap sends a burst; the server answers when it has seen the end of it.

send = Subject("send", "messages of bursts", RATE, "websockets", BURSTS, needs_server=True)


def _sink(bench: Bench) -> str:
    return f"{bench.url}/sink/{bench.per_lap}/{len(bench.message)}"


@send.peer("websockets")
async def send_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    async with connect(_sink(bench), compression=None) as connection:
        for _ in bench.laps:
            for _ in range(bench.per_lap):
                await connection.send(bench.message)
            await connection.recv()


@send.peer("wsnotebook")
async def send_wsnotebook(bench: Bench) -> None:
    from wsnotebook import connect

    async with connect(_sink(bench)) as client:
        for _ in bench.laps:
            for _ in range(bench.per_lap):
                await client.send(bench.message)
            await client.receive()


@send.peer("aiohttp")
async def send_aiohttp(bench: Bench) -> None:
    from aiohttp import ClientSession

    async with ClientSession() as session, session.ws_connect(_sink(bench)) as connection:
        for _ in bench.laps:
            for _ in range(bench.per_lap):
                await connection.send_str(bench.message)
            await connection.receive_str()


# Open a connection and close it, both handshakes.

connect_close = Subject(
    "connect and close",
    "connections",
    RATE,
    "websockets, compression=None",
    {"": Variant(400)},
    needs_server=True,
)


@connect_close.peer("websockets, compression=None")
async def connect_websockets(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    for _ in bench.laps:
        async with connect(bench.url, compression=None):
            pass


@connect_close.peer("websockets (defaults)")
async def connect_websockets_deflate(bench: Bench) -> None:
    from websockets.asyncio.client import connect

    for _ in bench.laps:
        async with connect(bench.url):
            pass


@connect_close.peer("wsnotebook")
async def connect_wsnotebook(bench: Bench) -> None:
    from wsnotebook import connect

    for _ in bench.laps:
        async with connect(bench.url):
            pass


@connect_close.peer("aiohttp")
async def connect_aiohttp(bench: Bench) -> None:
    from aiohttp import ClientSession

    async with ClientSession() as session:
        for _ in bench.laps:
            async with session.ws_connect(bench.url):
                pass


SUBJECTS = [echo, echo_deflate, receive, send, connect_close]
