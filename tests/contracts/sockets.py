"""A server's socket and who drives its other end: a MockWebSocket, and a genuine connection.

A way yields ``socket``, what code under test would hold, and a peer that is the client: it can
``feed`` a message, ``disconnect``, and tells what it ``received``.
"""

import asyncio
from contextlib import asynccontextmanager

from websockets.asyncio.server import serve

from wsnotebook import MockWebSocket, connect


class MockedPeer:
    def __init__(self, socket):
        self._socket = socket

    async def feed(self, message):
        self._socket.feed(message)

    async def disconnect(self, code=1000, reason=""):
        self._socket.disconnect(code, reason)

    async def received(self, count):
        return await self._socket.wait_for_message_count(count)

    async def closure(self):
        return await self._socket.wait_for_close()


class GenuinePeer:
    def __init__(self, client, socket):
        self._client = client
        self._socket = socket

    async def feed(self, message):
        await self._client.send(message)
        await self._client.ping()  # once it is answered, the message has arrived

    async def disconnect(self, code=1000, reason=""):
        if code == 1006:
            await self._client.abort()
        elif code == 1005:  # a close frame without a code is what a Client does not send
            connection = self._client._session.connection
            connection.protocol.send_close()
            connection.send_data()
        else:
            await self._client.close(code, reason)
        await self._socket.wait_closed()

    async def received(self, count):
        return await self._client.wait_for_message_count(count)

    async def closure(self):
        return await self._client.wait_for_close()


@asynccontextmanager
async def mocked(path=None, *, headers=None, subprotocol=None):
    socket = MockWebSocket(path=path or "/", headers=headers, subprotocol=subprotocol)
    yield socket, MockedPeer(socket)


@asynccontextmanager
async def genuine(path=None, *, headers=None, subprotocol=None):
    held = asyncio.get_running_loop().create_future()

    async def handler(connection):
        held.set_result(connection)
        await connection.wait_closed()

    subprotocols = [subprotocol] if subprotocol else []
    options = {"subprotocols": subprotocols or None, "ping_interval": None, "compression": None}
    async with serve(handler, "127.0.0.1", 0, **options) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = connect(url, path, headers=headers, subprotocols=subprotocols)
        async with client:
            socket = await held
            yield socket, GenuinePeer(client, socket)


KINDS = {"mock": mocked, "genuine": genuine}
