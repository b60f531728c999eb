"""What listens: ``websockets`` for a handler, uvicorn for an ASGI app, both in the caller's loop.

An engine starts listening and stops; whom it calls is the server's business.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl as ssl_module
import weakref
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import MissingExtra

if TYPE_CHECKING:
    import uvicorn
    from websockets.asyncio.server import Server as WebsocketsServer
    from websockets.asyncio.server import ServerConnection

__all__ = [
    "GRACE",
    "STOPPED",
    "ASGIEngine",
    "Engine",
    "HandlerEngine",
    "listening_socket",
    "uvicorn_config",
]

GRACE = 0.5
"""Seconds that closing handshakes, and then handlers, may take when a server stops."""

STOPPED = "server stopped"
_BACKLOG = 2048  # as uvicorn's
_log = logging.getLogger("wsnotebook.server")


class Engine(Protocol):
    """Something that listens."""

    async def start(self, host: str, port: int, ssl: ssl_module.SSLContext | None) -> int:
        """Listen and return the port.

        Raises:
            OSError: The address cannot be listened on.
        """

    async def stop(self, handlers: set[asyncio.Task[Any]]) -> None:
        """Close every connection and stop listening; cut off what takes longer than ``GRACE``."""


class HandlerEngine:
    """Runs a handler on ``websockets``."""

    def __init__(self, handler: Callable[[Any], Awaitable[None]]) -> None:
        self._handler = handler
        self._server: WebsocketsServer
        self._connections: weakref.WeakSet[ServerConnection] = weakref.WeakSet()

    async def start(self, host: str, port: int, ssl: ssl_module.SSLContext | None) -> int:
        """See :meth:`Engine.start`."""
        from websockets.asyncio.server import serve

        self._server = await serve(
            self._handler,
            host,
            port,
            ssl=ssl,
            ping_interval=None,
            close_timeout=GRACE,
            logger=_log,
            create_connection=self._connect,  # type: ignore[arg-type]  # any factory will do
        )
        return int(self._server.sockets[0].getsockname()[1])

    def _connect(self, *args: Any, **kwargs: Any) -> ServerConnection:
        from websockets.asyncio.server import ServerConnection

        connection = ServerConnection(*args, **kwargs)
        self._connections.add(connection)
        return connection

    async def stop(self, handlers: set[asyncio.Task[Any]]) -> None:
        """See :meth:`Engine.stop`; clients see 1001 "server stopped"."""
        self._server.close(code=1001, reason=STOPPED)
        closed = asyncio.ensure_future(self._server.wait_closed())
        done, _ = await asyncio.wait({closed}, timeout=2 * GRACE)
        if done:
            return
        for task in handlers:
            task.cancel()
        for connection in self._connections:
            connection.transport.abort()  # also those that never asked for a handshake
        done, _ = await asyncio.wait({closed}, timeout=GRACE)
        if not done:
            closed.cancel()
            _log.error("a handler ignores its cancellation; it is left running")


class ASGIEngine:
    """Runs an ASGI app on uvicorn; clients see 1012 when it stops, as is uvicorn's way."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._server: uvicorn.Server
        self._socket: socket.socket

    async def start(self, host: str, port: int, ssl: ssl_module.SSLContext | None) -> int:
        """See :meth:`Engine.start`; runs the lifespan's start-up first.

        Raises:
            MissingExtra: uvicorn is not installed.
            SystemExit: The start-up failed; uvicorn's way to say so.
        """
        config = uvicorn_config(self._app)
        import uvicorn

        config.load()
        config.ssl = ssl
        self._socket = listening_socket(host, port)
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        try:
            await self._server.startup(sockets=[self._socket])
        except BaseException:
            self._socket.close()
            raise
        await self._server.on_tick(0)
        return int(self._socket.getsockname()[1])

    async def stop(self, handlers: set[asyncio.Task[Any]]) -> None:
        """See :meth:`Engine.stop`; runs the lifespan's shut-down last."""
        stopping = asyncio.ensure_future(self._server.shutdown(sockets=[self._socket]))
        done, _ = await asyncio.wait({stopping}, timeout=GRACE)
        if not done:
            for task in handlers:
                task.cancel()
            await stopping


def uvicorn_config(app: Any, **more: Any) -> uvicorn.Config:
    """Return how uvicorn serves ``app``: silent, one address for each client, no pings.

    Args:
        app: An ASGI app.
        **more: What ``uvicorn.Config`` takes besides.

    Raises:
        MissingExtra: uvicorn is not installed.
    """
    try:
        import uvicorn

        from ._uvicorn_protocol import QuietProtocol
    except ImportError:
        raise MissingExtra("uvicorn", "asgi") from None
    return uvicorn.Config(
        app,
        # Of uvicorn's newer implementation: the older uses what websockets has deprecated.
        ws=QuietProtocol,
        interface="asgi3",
        proxy_headers=False,  # the address is the one that really connects
        ws_ping_interval=None,
        log_config=None,
        log_level=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        **more,
    )


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        OSError: The address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)
