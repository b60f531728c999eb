"""The server of the network rows, in a process of its own, so that only the client differs.

It prints its URL and lives until its standard input closes. Paths:

* ``/echo`` sends back what it gets, compressed if the client negotiated it.
* ``/burst/N/SIZE`` answers each message with N of SIZE bytes, built beforehand and written at once.
* ``/sink/N/SIZE`` answers each N messages of SIZE bytes, which it counts by their length unread.
* ``/close`` closes with 4002 "go away" when it gets a message.

The last but one keep the server from being what a row measures: it does next to nothing there.
"""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN

from .frame import payload

__all__ = ["main"]

_ANSWER = Frame(Opcode.TEXT, b"done").serialize(mask=False)
_FIRST_CONTROL_OPCODE = 0x8


class _Connection(ServerConnection):
    """A server connection that, on ``/sink``, counts bytes instead of reading frames."""

    _expected = 0
    _seen = 0

    def data_received(self, data: bytes) -> None:
        if not self._expected and self.protocol.state is OPEN:
            assert self.request is not None
            self._expected = _sunk(self.request.path)
        at_a_control_frame = not self._seen and data[0] & 0x0F >= _FIRST_CONTROL_OPCODE
        if self._expected <= 0 or at_a_control_frame:
            super().data_received(data)
            return
        self._seen += len(data)
        while self._seen >= self._expected:
            self._seen -= self._expected
            self.transport.write(_ANSWER)


def _sunk(path: str) -> int:
    """Return how many bytes on the wire ``path`` asks to count, -1 for none."""
    match path.split("/")[1:]:
        case ["sink", count, size]:
            frame = Frame(Opcode.TEXT, payload(int(size)).encode())
            return int(count) * len(frame.serialize(mask=True))
    return -1


async def _handle(connection: ServerConnection) -> None:
    assert connection.request is not None
    match connection.request.path.split("/")[1:]:
        case ["echo"]:
            async for message in connection:
                await connection.send(message)
        case ["burst", count, size]:
            frame = Frame(Opcode.TEXT, payload(int(size)).encode()).serialize(mask=False)
            async for _ in connection:
                connection.transport.write(frame * int(count))
                await connection.drain()
        case ["close"]:
            await connection.recv()
            await connection.close(4002, "go away")
        case _:
            await connection.wait_closed()


async def main() -> None:
    """Serve on a free port of the loopback interface."""
    async with serve(
        _handle, "127.0.0.1", 0, create_connection=_Connection, max_size=None
    ) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
