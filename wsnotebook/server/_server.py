"""The Server: its life, who is connected, and what its app raised.

``websockets`` and uvicorn log what an app raises and swallow it. Here it is kept in ``crashes`` and
raised at the clients that connected to the Server *object*; only for others it is logged.
"""

from __future__ import annotations

import asyncio
import logging
import ssl as ssl_module
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from ..clock import is_virtual
from ..errors import AppCrashed, SetupError
from ..opened import say_opened
from ..transports import Connection, Handshake, Sink
from ..transports._tasks import finish_task, where
from ..transports.disconnects import is_disconnect
from ..transports.targets import kind_of, without_class
from ._crash_teller import CrashTeller
from ._engines import ASGIEngine, Engine, HandlerEngine

__all__ = ["Peer", "Server", "serve"]

Address = tuple[str, int]

_log = logging.getLogger("wsnotebook.server")
# At DEBUG, websockets writes every header and frame, secrets included.
_log.addFilter(lambda record: record.levelno > logging.DEBUG)
_named: dict[str, Server] = {}


@dataclass(frozen=True, slots=True)
class Peer:
    """A connected client, as its server sees it.

    Attributes:
        address: Host and port it connects from.
        path: The path it asked for, without the query.
    """

    address: Address
    path: str


def serve(
    target: Any,
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
        target: A ``websockets``-style handler, ``async def handler(connection)``, which runs on
            ``websockets``; or an ASGI app, which runs on uvicorn (extra ``asgi``).
        host: Address to listen on; the default is reachable from this machine alone.
        port: Port to listen on; 0: any free one.
        name: A name of which there is one server at a time: a new one replaces the old, so that a
            notebook cell can be run again.
        ssl: TLS settings of the server; its URL is then ``wss://``.

    Raises:
        TypeError: ``target`` is neither a handler nor an ASGI app.
        ValueError: ``host`` is empty, by which asyncio would understand every address.
        OSError: On starting: the address cannot be listened on.
        AppCrashed: On starting: the app's lifespan failed.
        MissingExtra: On starting: uvicorn is not installed.
    """
    if not host:
        raise ValueError(f"host must be an address, such as '127.0.0.1', not {host!r}")
    return Server(target, host, port, name=name, ssl=ssl)


class Server:
    """A server that listens once it is awaited or entered; see :func:`serve`.

    Attributes:
        name: Its name, if it has one.
        target: What it serves.
        crashes: What the app raised, oldest first; the errors that only say that the connection
            is closed are not counted.
    """

    def __init__(
        self,
        target: Any,
        host: str,
        port: int,
        *,
        name: str | None,
        ssl: ssl_module.SSLContext | None,
    ) -> None:
        target = without_class(target)
        is_asgi = kind_of(target) == "asgi"
        self.name = name
        self.crashes: list[BaseException] = []
        self.target = target
        self._host = host
        self._wanted_port = port
        self._port: int | None = None
        self._ssl = ssl
        self._engine: Engine = ASGIEngine(self._app) if is_asgi else HandlerEngine(self._handle)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._peers: dict[Address, Peer] = {}
        self._tasks: dict[Address, asyncio.Task[Any]] = {}
        self._own_clients: weakref.WeakValueDictionary[Address, CrashTeller] = (
            weakref.WeakValueDictionary()
        )
        self._crash_of: dict[Address, BaseException] = {}

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        if not self.is_serving:
            return f"<Server{name}: stopped>"
        count = len(self._peers)
        return f"<Server{name}: {count} client{'' if count == 1 else 's'}>"

    # Life cycle

    async def start(self) -> Server:
        """Listen, and return this server; a server of the same name is stopped first.

        Raises:
            OSError: The address cannot be listened on.
            AppCrashed: The app's lifespan failed.
            SetupError: It listens already, or the loop's clock is a virtual one.
        """
        if self.is_serving:
            raise SetupError(f"{self!r} is already started")
        self._loop = asyncio.get_running_loop()
        if is_virtual(self._loop):
            raise SetupError(
                "virtual time jumps over a network's delays; "
                "reach the app in process: connect(app), connect(handler)"
            )
        if self.name is not None and (old := _named.get(self.name)) is not None:
            await old.stop()
        say_opened(self)
        try:
            self._port = await self._engine.start(self._host, self._wanted_port, self._ssl)
        except SystemExit:
            cause = self.crashes[-1] if self.crashes else None
            raise AppCrashed(repr(cause), doing="in its lifespan") from cause
        if self.name is not None:
            _named[self.name] = self
        return self

    async def stop(self) -> None:
        """Close every connection and stop listening.

        Clients see 1001 "server stopped" from a handler's server and 1012 from an ASGI app's.
        Those that do not answer, and handlers that do not end, are cut off after half a second
        each. Stopping twice does nothing. Cancelling leaves the stopping under way.

        Raises:
            SetupError: It runs on another event loop.
        """
        is_over = not self.is_serving or self._loop is None or self._loop.is_closed()
        if not is_over and self._loop is not asyncio.get_running_loop():
            raise SetupError(f"{self!r} runs on another event loop; stop it there")
        if self.name is not None and _named.get(self.name) is self:
            del _named[self.name]
        self._port = None
        if is_over:
            return
        await self._engine.stop(set(self._tasks.values()))

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
    def is_serving(self) -> bool:
        """Whether it listens."""
        return self._port is not None

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._port is None:
            raise SetupError(f"{self!r}; start it with 'async with' or 'await'")
        return self._port

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
        return tuple(self._peers.values())

    # Running the app

    async def _handle(self, connection: Any) -> None:
        """Run a handler for one ``websockets`` connection."""
        address = connection.remote_address[:2]
        with self._connected(address, connection.request.path):
            try:
                await self.target(connection)
            except (asyncio.CancelledError, KeyboardInterrupt, GeneratorExit):
                raise
            except BaseException as exc:  # also what pytest.fail() raises, and sys.exit()
                # While this connection is open, it is another one that was found closed.
                if connection.protocol.state.name == "OPEN" or not is_disconnect(exc):
                    self._crashed(exc, address)
                    await connection.close(1011, "")

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        """Run an ASGI app for one scope of uvicorn's."""
        if scope["type"] != "websocket":
            await self._other_scope(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        address = tuple(scope["client"][:2])
        with self._connected(address, scope["path"]):
            try:
                await self.target(scope, exchange.receive, exchange.send)
            except asyncio.CancelledError:
                return  # whoever ended it knows; uvicorn would log a crash
            except (KeyboardInterrupt, GeneratorExit):
                raise
            except BaseException as exc:  # as in a handler
                if not (exchange.ended and is_disconnect(exc)):
                    self._crashed(exc, address)
                    await exchange.refuse()

    async def _other_scope(self, scope: Any, receive: Any, send: Any) -> None:
        exchange = _Exchange(receive, send)
        try:
            await self.target(scope, exchange.receive, exchange.send)
        except Exception as exc:
            # Many apps know no lifespan and say so by raising; uvicorn goes on without one.
            if exchange._answered or scope["type"] != "lifespan":
                self.crashes.append(exc)
            raise

    @contextmanager
    def _connected(self, address: Address, path: str) -> Generator[None, None, None]:
        task = asyncio.current_task()
        assert task is not None
        self._crash_of.pop(address, None)  # a port may be used again
        self._peers[address] = Peer(address, path.partition("?")[0])
        self._tasks[address] = task
        try:
            yield
        finally:
            self._peers.pop(address, None)
            self._tasks.pop(address, None)

    def _crashed(self, exc: BaseException, address: Address) -> None:
        self.crashes.append(exc)
        if address in self._own_clients:
            self._crash_of[address] = exc
        else:
            _log.error("the app crashed", exc_info=exc)

    # As a transport: clients connected to this object see crashes

    async def connect(self, handshake: Handshake, sink: Sink) -> Connection:
        """Open a connection; see :meth:`Transport.connect`."""
        from ..transports.network import NetworkTransport

        teller = CrashTeller(self, sink, handshake.close_timeout)
        transport = NetworkTransport(self.url, on_socket=teller.has_socket)
        return await transport.connect(handshake, teller)

    async def end_of(self, address: Address, timeout: float) -> BaseException | None:
        """Wait for the handler of a client to end; return what it raised.

        Past ``timeout`` seconds it is cancelled. One that ignores that is told of in the log.
        """
        task = self._tasks.get(address)
        is_here = task is not None and task.get_loop() is asyncio.get_running_loop()
        if task is not None and is_here and not await finish_task(task, timeout):
            _log.error("a handler ignores its cancellation; it %s", where(task))
        return self._crash_of.pop(address, None)


class _Exchange:
    """An app's ``receive`` and ``send`` that notice whether it was told of the end."""

    def __init__(self, receive: Any, send: Any) -> None:
        self.ended = False
        self._answered = False
        self._receive = receive
        self._send = send

    async def receive(self) -> Any:
        event = await self._receive()
        self.ended = self.ended or event["type"] == "websocket.disconnect"
        return event

    async def send(self, event: Any) -> None:
        self._answered = True
        try:
            await self._send(event)
        except OSError:
            self.ended = True
            raise
        self.ended = self.ended or event.get("type") == "websocket.close"

    async def refuse(self) -> None:
        """Answer a handshake that the app raised in as any server does: HTTP 500."""
        if self._answered or self.ended:
            return
        start = {"type": "websocket.http.response.start", "status": 500, "headers": []}
        await self._send(start)
        await self._send({"type": "websocket.http.response.body", "body": b"the app crashed"})
