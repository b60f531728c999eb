"""A real socket for the app under test.

``serve`` runs a ``websockets``-style handler on ``websockets``, in the caller's loop. What the
handler raises is kept in ``crashes`` and raised at clients that connected to the Server object.
"""

from __future__ import annotations

import asyncio
import logging
import ssl as ssl_module
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .closecodes import Closure
from .errors import SetupError
from .transports import Connection, Handshake, Sink
from .transports.targets import kind_of

if TYPE_CHECKING:
    from websockets.asyncio.server import Server as WebsocketsServer
    from websockets.asyncio.server import ServerConnection

__all__ = ["Peer", "Server", "serve"]

Handler = Callable[[Any], Awaitable[None]]

_log = logging.getLogger("wsnotebook.server")
_named: dict[str, Server] = {}
_GRACE = 0.5  # seconds that closing handshakes, and then handlers, may take when a server stops


@dataclass(frozen=True, slots=True)
class Peer:
    """A connected client, as its server sees it.

    Attributes:
        address: Host and port it connects from.
        path: The path it asked for.
    """

    address: tuple[str, int]
    path: str


def serve(
    target: Handler,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    name: str | None = None,
    ssl: ssl_module.SSLContext | None = None,
) -> Server:
    """Serve ``target`` on a real socket.

    Use it as a context manager, or await it and stop it by hand::

        async with serve(echo) as server, connect(server) as client: ...

        server = await serve(echo, name="echo")
        await server.stop()

    Args:
        target: A ``websockets``-style handler, ``async def handler(connection)``.
        host: Address to listen on; the default is reachable from this machine alone.
        port: Port to listen on; 0: any free one.
        name: A name of which there is one server at a time: a new one replaces the old, so that a
            notebook cell can be run again.
        ssl: TLS settings of the server; its URL is then ``wss://``.

    Raises:
        TypeError: ``target`` is not a handler.
        OSError: On starting: the address cannot be listened on.
    """
    return Server(target, host, port, name=name, ssl=ssl)


class Server:
    """A server that listens once it is awaited or entered; see :func:`serve`.

    Attributes:
        name: Its name, if it has one.
        crashes: What handlers raised, oldest first; the errors that only say that the connection
            is closed are not counted.
    """

    def __init__(
        self,
        target: Handler,
        host: str,
        port: int,
        *,
        name: str | None,
        ssl: ssl_module.SSLContext | None,
    ) -> None:
        if kind_of(target) != "handler":
            raise TypeError(
                f"cannot serve {target!r}: expected a handler, async def handler(connection)"
            )
        self.name = name
        self.crashes: list[BaseException] = []
        self._handler = target
        self._host = host
        self._port = port
        self._ssl = ssl
        self._server: WebsocketsServer | None = None
        self._handlers: set[asyncio.Task[Any]] = set()
        self._own_clients: set[Any] = set()
        self._crash_of: dict[Any, BaseException] = {}

    def __repr__(self) -> str:
        if self._server is None:
            return f"<Server{self._named()}: stopped>"
        count = len(self.clients)
        return f"<Server{self._named()}: {count} client{'' if count == 1 else 's'}>"

    def _named(self) -> str:
        return f" {self.name!r}" if self.name else ""

    # Life cycle

    async def start(self) -> Server:
        """Listen, and return this server; a server of the same name is stopped first."""
        from websockets.asyncio.server import serve as websockets_serve

        if self._server is not None:
            raise SetupError(f"{self!r} is already started")
        if self.name is not None:
            if (old := _named.pop(self.name, None)) is not None:
                await old.stop()
            _named[self.name] = self
        self._server = await websockets_serve(
            self._handle,
            self._host,
            self._port,
            ssl=self._ssl,
            ping_interval=None,
            close_timeout=_GRACE,
            logger=_log,
        )
        return self

    async def stop(self) -> None:
        """Close every connection with 1001 "server stopped" and stop listening.

        Clients that do not answer, and handlers that do not end, are cut off after half a second.
        Stopping twice does nothing. Cancelling leaves the stopping under way.
        """
        server, self._server = self._server, None
        if self.name is not None and _named.get(self.name) is self:
            del _named[self.name]
        if server is None or server.get_loop().is_closed():
            return
        server.close(code=1001, reason="server stopped")
        closed = asyncio.ensure_future(server.wait_closed())
        done, _ = await asyncio.wait({closed}, timeout=2 * _GRACE)
        if not done:
            for task in self._handlers:
                task.cancel()
            await closed

    def __await__(self) -> Generator[Any, None, Server]:
        return self.start().__await__()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    # What is known

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listening().sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """The URL to connect to."""
        # A server that listens on every address is reached on this machine's own.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return f"{'wss' if self._ssl else 'ws'}://{shown}:{self.port}"

    @property
    def clients(self) -> tuple[Peer, ...]:
        """Who is connected now."""
        return tuple(
            Peer(connection.remote_address[:2], connection.request.path)
            for connection in self._listening().connections
            if connection.request is not None
        )

    def _listening(self) -> WebsocketsServer:
        if self._server is None:
            raise SetupError(f"{self!r}; start it with 'async with' or 'await'")
        return self._server

    # Running handlers

    async def _handle(self, connection: ServerConnection) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        peer = connection.remote_address
        self._crash_of.pop(peer, None)  # a port may be used again
        try:
            await self._handler(connection)
        except Exception as exc:
            if _is_disconnect(exc):
                return
            self.crashes.append(exc)
            self._crash_of[peer] = exc
            if peer not in self._own_clients:
                _log.error("the handler crashed", exc_info=exc)
            await connection.close(1011, "")
        finally:
            self._handlers.discard(task)

    # As a transport: clients connected to this object see crashes

    async def connect(self, handshake: Handshake, sink: Sink) -> Connection:
        """Open a connection; see :meth:`Transport.connect`."""
        from .transports.network import NetworkTransport

        return await NetworkTransport(self.url).connect(handshake, _CrashTeller(self, sink))


class _CrashTeller:
    """A sink that asks the server, when the connection is over, whether its handler crashed."""

    def __init__(self, server: Server, sink: Sink) -> None:
        self._server = server
        self._sink = sink
        self._address: Any = None
        self.message = sink.message
        self.control = sink.control
        self.crashed = sink.crashed

    def opened(self, connection: Connection) -> None:
        self._address = connection.local_address  # type: ignore[attr-defined]  # a network one
        self._server._own_clients.add(self._address)
        self._sink.opened(connection)

    def closed(self, closure: Closure, detail: str = "") -> None:
        self._server._own_clients.discard(self._address)
        crash = self._server._crash_of.pop(self._address, None)
        if crash is not None:
            self._sink.crashed(crash)
        self._sink.closed(closure, detail)


def _is_disconnect(exc: BaseException) -> bool:
    """Whether ``exc`` only says that the connection is closed (also inside a group)."""
    from websockets.exceptions import ConnectionClosed

    if isinstance(exc, BaseExceptionGroup):
        return all(map(_is_disconnect, exc.exceptions))
    return isinstance(exc, ConnectionClosed)
