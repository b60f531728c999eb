"""One Channel, reached by hand, in process and on a real socket, with the same verbs.

A way is ``async with way(channel) as reach``; ``await reach(path, **options)`` connects, and gives
a peer, the client's side: what it says, what it heard, how it ended.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

from wsnotebook import MockWebSocket, State, connect, serve


class HandPeer:
    """The client of a Channel that is driven by hand."""

    def __init__(self, channel, mock):
        self.channel, self.socket = channel, mock

    async def say(self, message):
        """Let the client send text, bytes or JSON, and the Channel deal with it."""
        await self.channel.handle_message(_raw(message))

    async def settle(self):
        """Wait until nothing more will come."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def leave(self, code=1000, reason=""):
        """Let the client close."""
        self.socket.disconnect(code, reason)
        await self.channel.handle_close(code, reason)

    @property
    def messages(self):
        """What the client got, raw."""
        return self.socket.sent_messages

    @property
    def closure(self):
        """Code and reason, once it is closed."""
        return (self.socket.close_code, self.socket.close_reason) if self.socket.closed else None


class ClientPeer:
    """A client that is connected, in process or over the network."""

    def __init__(self, channel, client, socket):
        self.channel, self.client, self.socket = channel, client, socket

    async def say(self, message):
        await self.client.send(_raw(message))
        await self.client.settle()

    async def settle(self):
        await self.client.settle()

    async def leave(self, code=1000, reason=""):
        await self.client.close(code, reason)
        # The connection object waits for the end of the app on the other side.
        await self.client._session.connection.finish()

    @property
    def messages(self):
        return self.client.messages

    @property
    def closure(self):
        closed = self.client.state is State.CLOSED
        return (self.client.close_code, self.client.close_reason) if closed else None


def heard(peer):
    """Return what a peer got, each message as the JSON that it is."""
    return [json.loads(message) for message in peer.messages]


def _raw(message):
    return message if isinstance(message, str | bytes) else json.dumps(message)


@asynccontextmanager
async def by_hand(channel):
    made = []

    async def reach(path="/", *, headers=None, subprotocols=()):
        headers = dict(headers or {})
        if subprotocols:
            headers["Sec-WebSocket-Protocol"] = ", ".join(subprotocols)
        one = channel()
        one.socket = MockWebSocket(path=path, headers=headers)
        made.append(one)
        await one.handle_connect()
        return HandPeer(one, one.socket)

    yield reach
    for one in made:
        await one.handle_close(1000, "")


def _over(open_target):
    @asynccontextmanager
    async def way(channel):
        async with AsyncExitStack() as stack:
            target = await open_target(channel, stack)

            async def reach(path="/", **options):
                before = channel.connections
                client = await stack.enter_async_context(connect(target, path, **options))
                await client.settle()  # on a socket the app goes on after the handshake
                new = [one for one in channel.connections if one not in before]
                one = new[0] if new else None
                return ClientPeer(one, client, one.socket if one else None)

            yield reach

    return way


async def _in_process(channel, stack):
    return channel


async def _on_a_socket(channel, stack):
    return await stack.enter_async_context(serve(channel))


WAYS = {
    "by hand": by_hand,
    "in process": _over(_in_process),
    "on a socket": _over(_on_a_socket),
}
