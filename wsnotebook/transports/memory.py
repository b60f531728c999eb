"""In memory: a handler on a genuine ``websockets`` server connection, with no socket.

Both ends are those of ``websockets``; only the bytes between them move through a pipe in memory.
So handshake, exceptions, closes and ``websockets.broadcast`` are the real ones, and whether the
handler has nothing left to do can be seen (``settled``).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from websockets.asyncio.client import connect as websockets_connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as websockets_serve
from websockets.extensions.permessage_deflate import enable_server_permessage_deflate
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from ..errors import SetupError, is_ours
from . import Handshake, Sink
from ._pipe import Pipe
from ._tasks import finish_task, where
from .disconnects import is_disconnect
from .network import NetworkConnection, open_connection
from .runs import AppRun
from .settled import Activity

__all__ = ["MemoryTransport"]

__tracebackhide__ = is_ours

_log = logging.getLogger("wsnotebook.server")
_ports = itertools.cycle(range(49152, 65536))  # RFC 6335 section 6: the dynamic ports


class MemoryTransport:
    """Reaches a ``websockets``-style handler in memory.

    Args:
        handler: ``async def handler(connection)``.
        subprotocols: What the server supports, in order of preference.
    """

    def __init__(
        self, handler: Callable[[Any], Awaitable[None]], *, subprotocols: Iterable[str] = ()
    ) -> None:
        self.handler = handler
        self._subprotocols = tuple(subprotocols)

    def __repr__(self) -> str:
        return f"MemoryTransport({self.handler!r})"

    async def connect(self, handshake: Handshake, sink: Sink) -> MemoryConnection:
        """Open a connection; see :meth:`Transport.connect`."""
        run = AppRun.of(self.handler, lifespan=False)
        await run.enter()
        ends = _Ends(run, handshake, sink, self._subprotocols)
        url = f"ws://localhost{handshake.join('')}"
        try:
            connection: MemoryConnection = await open_connection(
                partial(_MemoryConnect, ends=ends), ends.make_client, url, handshake, proxy=None
            )
        except BaseException:
            await ends.finish()
            raise
        return connection


class _Ends:
    """The server's end of one connection, the task of its handler, and the pipe to it."""

    def __init__(
        self, run: AppRun, handshake: Handshake, sink: Sink, subprotocols: tuple[str, ...]
    ) -> None:
        self.run = run
        self.task: asyncio.Task[Any]
        self._sink = sink
        self._close_timeout = handshake.close_timeout
        self._started = self._finished = False
        # The server object of websockets runs the handshake and the handler; it never listens.
        server: Any = websockets_serve(self._handle, logger=_log, ping_interval=None)
        server.server = _NeverListens()
        extensions = enable_server_permessage_deflate(None) if handshake.compression else None
        offered: Any = subprotocols or None
        protocol = ServerProtocol(extensions=extensions, subprotocols=offered, logger=_log)
        self.server_side = _HeldConnection(protocol, server, self)
        self.server_pipe, self.client_pipe = Pipe.pair(
            run.loop,
            server=("127.0.0.1", 80),
            client=("127.0.0.1", next(_ports)),
            on_delivery=run.activity.changed,
        )

    def make_client(self, *args: Any, **kwargs: Any) -> MemoryConnection:
        """Return the client's end."""
        return MemoryConnection(*args, sink=self._sink, quiet=0.0, ends=self, **kwargs)

    def join(self, client: MemoryConnection) -> None:
        """Connect both ends; the handler's task starts."""
        self.server_pipe.set_protocol(self.server_side)
        self.client_pipe.set_protocol(client)
        self.run.activity.delivered()
        self.run.activity.call(self.server_side.connection_made, self.server_pipe)
        (self.task,) = self.server_side.server.handler_tasks
        self.run.activity.holders.add(self)
        self._started = True
        self.task.add_done_callback(self._over)
        client.connection_made(self.client_pipe)

    @property
    def busy(self) -> bool:
        """Whether the handler holds a message, or something is on its way in either direction."""
        return (
            self.server_side.holding
            or bool(self.server_side.recv_messages.frames)
            or self.server_pipe.pending
            or self.client_pipe.pending
        )

    async def _handle(self, connection: ServerConnection) -> None:
        try:
            await self.run.app(connection)
        except (asyncio.CancelledError, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as exc:  # also what pytest.fail() raises, and sys.exit()
            # While this connection is open, it is another one that the handler found closed.
            if connection.protocol.state is OPEN or not is_disconnect(exc):
                self._sink.crashed(exc)
                await connection.close(1011, "")

    def _over(self, _: object) -> None:
        self.run.activity.holders.discard(self)
        self.run.activity.changed()

    async def finish(self) -> None:
        """Wait for the handler to end; past ``close_timeout`` cancel it. Then let go of it."""
        if self._finished:
            return
        self._finished = True
        try:
            if self._started and not await finish_task(self.task, self._close_timeout):
                stuck = f"the handler ignores its cancellation; it {where(self.task)}"
                self._sink.crashed(SetupError(stuck))
        finally:
            for crash in await self.run.leave():
                self._sink.crashed(crash)


class _NeverListens:
    """Stands where the server object of ``websockets`` keeps its listening sockets."""

    sockets = ()

    def is_serving(self) -> bool:
        return True


class _HeldConnection(ServerConnection):
    """A server connection that knows whether its handler holds a message."""

    def __init__(self, protocol: ServerProtocol, server: Any, ends: _Ends) -> None:
        super().__init__(protocol, server, ping_interval=None, close_timeout=1.0)
        self._ends = ends
        self.holding = True  # a handler that has not asked yet is not waiting for anything
        self.has_read = False
        self.was_told = False  # that the connection is over

    async def recv(self, decode: bool | None = None) -> Any:
        """Return the next message; while it waits for one, the handler holds none."""
        if not self.recv_messages.frames:
            self._asks()
        try:
            message = await super().recv(decode)
        except Exception:
            self.holding = self.was_told = True
            raise
        self.holding = self.has_read = True
        return message

    async def recv_streaming(self, decode: bool | None = None) -> AsyncIterator[Any]:
        """Yield the next message in fragments; see :meth:`recv`."""
        if not self.recv_messages.frames:
            self._asks()
        try:
            async for fragment in super().recv_streaming(decode):
                self.holding = self.has_read = True
                yield fragment
        except Exception:
            self.holding = self.was_told = True
            raise

    async def wait_closed(self) -> None:
        """Wait for the end; meanwhile the handler holds no message."""
        self._asks()
        await super().wait_closed()
        self.holding = self.was_told = True

    def _asks(self) -> None:
        self.holding = False
        self._ends.run.activity.changed()


class _MemoryConnect(websockets_connect):
    """``websockets``' connect, through a pipe."""

    def __init__(self, *args: Any, ends: _Ends, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ends = ends

    async def open_tcp_connection(self) -> MemoryConnection:
        """Return a connection whose other end is the handler's."""
        connection: Any = self.factory(self.ws_uri)
        self._ends.join(connection)
        return connection  # type: ignore[no-any-return]


class MemoryConnection(NetworkConnection):
    """The client's end; see :class:`~wsnotebook.transports.Connection`."""

    def __init__(self, *args: Any, ends: _Ends, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ends = ends
        self.on_finish = ends.finish

    @property
    def activity(self) -> Activity:
        """All that the handler does."""
        return self._ends.run.activity

    @property
    def task(self) -> asyncio.Task[Any]:
        """The task of the handler."""
        return self._ends.task

    @property
    def busy(self) -> bool:
        """Whether the handler holds a message, or one waits for it."""
        return self._ends.busy

    @property
    def has_read(self) -> bool:
        """Whether the handler has taken a message."""
        return self._ends.server_side.has_read

    @property
    def was_told(self) -> bool:
        """Whether the handler was told that the connection is over."""
        return self._ends.server_side.was_told

    def write(self, data: str | bytes) -> Awaitable[None] | None:
        """Put one message into the pipe; see :meth:`Connection.write`."""
        self._ends.run.activity.delivered()
        return super().write(data)

    def settled(self) -> bool:
        """Whether the handler has nothing left to do; see ``settled``."""
        return self._ends.run.activity.settled()

    async def settle(self, deadline: float) -> None:
        """Wait until the handler has nothing left to do; see ``settled``."""
        await self._ends.run.activity.settle(deadline)
