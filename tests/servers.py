"""Servers for the tests: plain ``websockets`` servers, and TCP servers that misbehave.

All listen on 127.0.0.1 and end with their context. ``wsnotebook.serve`` is not here: where a test
is not about it, a server of somebody else's making is the better witness.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import serve as websockets_serve
from websockets.frames import Frame, Opcode

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


@asynccontextmanager
async def plain_server(handler: Callable[[Any], Awaitable[None]], **settings: Any):
    """Serve ``handler`` on ``websockets`` alone, and give the URL."""
    async with websockets_serve(handler, "127.0.0.1", 0, **settings) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'wss' if 'ssl' in settings else 'ws'}://127.0.0.1:{port}"


@asynccontextmanager
async def tcp_server(script: Script, **settings: Any) -> AsyncIterator[str]:
    """Run ``script(reader, writer)`` for each TCP connection, and give a URL.

    The connection is dropped when the script ends, or with the context.
    """
    runs: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            pass

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        runs[writer] = asyncio.get_running_loop().create_task(run(reader, writer))

    server = await asyncio.start_server(start, "127.0.0.1", 0, **settings)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"{'wss' if 'ssl' in settings else 'ws'}://127.0.0.1:{port}"
    finally:
        while accepting := list(filter(_accepts, asyncio.all_tasks())):
            await asyncio.wait(accepting)
        server.close()
        for writer, task in runs.items():
            task.cancel()
            writer.transport.abort()
        ended = await asyncio.gather(*runs.values(), return_exceptions=True)
        await server.wait_closed()
        failures = [e for e in ended if isinstance(e, Exception)]
        if failures:
            raise failures[0]


def _accepts(task: asyncio.Task[Any]) -> bool:
    """Whether it is a task of asyncio's own that starts a script; it fails on a closed server."""
    return getattr(task.get_coro(), "__qualname__", "").endswith("._accept_connection2")


async def accept(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *frames: bytes,
    headers: str = "",
) -> bytes:
    """Answer the opening handshake, the frames in the same segment; return the request."""
    request = await reader.readuntil(b"\r\n\r\n")
    key = re.search(rb"(?i)\r\nSec-WebSocket-Key: *(.*)\r\n", request)
    assert key is not None
    answer = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest()).decode()
    head = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {answer}\r\n{headers}\r\n"
    )
    writer.write(head.encode() + b"".join(frames))
    return request


def sending(*frames: bytes, then: Script | None = None) -> Script:
    """Return a script that sends ``frames`` in the segment of its handshake answer.

    Args:
        frames: The frames.
        then: What goes on; ``None``: nothing, and the line stays open.
    """

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept(reader, writer, *frames)
        await (then or forever)(reader, writer)

    return script


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End the TCP connection."""


async def answer_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo the client's close frame, as a server should, and hang up."""
    code, _ = await read_close(reader)
    writer.write(close(code))


def text(data: str | bytes, *, fin: bool = True) -> bytes:
    """Return a text frame; ``bytes`` need not be UTF-8."""
    return frame(Opcode.TEXT, data if isinstance(data, bytes) else data.encode(), fin=fin)


def binary(data: bytes, *, fin: bool = True) -> bytes:
    """Return a binary frame."""
    return frame(Opcode.BINARY, data, fin=fin)


def more(data: bytes, *, fin: bool) -> bytes:
    """Return a continuation frame."""
    return frame(Opcode.CONT, data, fin=fin)


def ping(data: bytes) -> bytes:
    """Return a ping frame."""
    return frame(Opcode.PING, data)


def close(code: int, reason: str = "") -> bytes:
    """Return a close frame."""
    return frame(Opcode.CLOSE, struct.pack("!H", code) + reason.encode())


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    """Return a frame as a server sends it, without a mask."""
    return Frame(opcode, data, fin).serialize(mask=False)


async def read_frame(reader: asyncio.StreamReader) -> tuple[Opcode, bytes]:
    """Return opcode and payload of a client's frame of at most 125 bytes."""
    first, second = await reader.readexactly(2)
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(second & 0x7F)
    data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked))
    return Opcode(first & 0x0F), data


async def read_close(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Skip frames up to the client's close frame; return its code and reason."""
    while True:
        opcode, data = await read_frame(reader)
        if opcode is Opcode.CLOSE:
            return struct.unpack("!H", data[:2])[0], data[2:].decode()


async def forever(*_: Any) -> None:
    """Never return: a handler or script that only cancellation ends."""
    await asyncio.get_running_loop().create_future()


async def echo(connection: Any) -> None:
    """Send every message back."""
    async for message in connection:
        await connection.send(message)


async def idle(connection: Any) -> None:
    """Say nothing until the connection is closed."""
    await connection.wait_closed()


def leftovers() -> list[asyncio.Task[Any]]:
    """Return the tasks of this loop besides the one that asks."""
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
