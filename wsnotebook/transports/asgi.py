"""In process: an ASGI app called directly, with no network, no queue and no reader task.

What the app sends is told to the sink within the app's own ``send``; what the client writes wakes
the app's ``receive``. Whether the app has nothing left to do is ``settled``'s business, its start
and stop ``lifespan``'s. The rules are those of the ASGI specification, "WebSocket":
https://asgi.readthedocs.io/en/stable/specs/www.html#websocket
"""

from __future__ import annotations

import itertools
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from ..errors import is_ours
from . import Handshake, Sink
from ._asgi_connection import ASGIConnection
from .runs import AppRun, crash_error

__all__ = ["ASGITransport"]

__tracebackhide__ = is_ours

_BASE_HEADERS = (
    (b"host", b"localhost"),
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"d3Nub3RlYm9vazogQVNHSQ=="),
)
_ports = itertools.cycle(range(49152, 65536))  # RFC 6335 section 6: the dynamic ports


class ASGITransport:
    """Reaches an ASGI app in process.

    The app's lifespan runs while a connection is open; as a context manager the transport keeps it
    running from the first connection to the end of the block::

        async with ASGITransport(app) as transport:
            async with connect(transport) as ann: ...
            async with connect(transport) as bob: ...  # the same run of the app

    Args:
        app: The ASGI app.
        root_path: Where the app is mounted (ASGI's ``root_path``).
        client: Address that the app sees; ``None``: loopback, each connection its own port.
    """

    def __init__(
        self, app: Any, *, root_path: str = "", client: tuple[str, int] | None = None
    ) -> None:
        self.app = app
        self._root_path = root_path
        self._quoted_root = quote(root_path)
        self._client = client
        self._held: list[AppRun] = []

    def __repr__(self) -> str:
        return f"ASGITransport({self.app!r})"

    async def __aenter__(self) -> Self:
        run = AppRun.of(self.app, lifespan=True)
        await run.enter()
        self._held.append(run)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        crashes = await self._held.pop().leave()
        if not crashes:
            return
        crash = crash_error(crashes[0])
        if exc is None:
            raise crash
        exc.add_note(f"moreover, {crash}")
        if exc.__context__ is None:
            exc.__context__ = crashes[0]

    async def connect(self, handshake: Handshake, sink: Sink) -> ASGIConnection:
        """Open a connection; see :meth:`Transport.connect`.

        Raises:
            Refused: The app closed before it accepted, or answered with HTTP.
            AppCrashed: The app raised before it accepted, or in its lifespan's start-up.
            ProtocolViolation: The app speaks ASGI wrongly.
            ConnectFailed: It chose a subprotocol that was not offered.
        """
        scope = self._scope(handshake)
        run = AppRun.of(self.app, lifespan=True)
        if not run.add_user():
            await run.start()
        scope["state"] = run.state.copy()
        connection = ASGIConnection(run, handshake, sink)
        await connection.open(scope)
        return connection

    def _scope(self, handshake: Handshake) -> dict[str, Any]:
        path, _, query = handshake.join("").partition("?")
        headers = list(_BASE_HEADERS)
        for name, value in handshake.headers:
            pair = name.lower().encode("ascii"), value.encode("latin-1")
            if pair[0] == b"host":
                headers[0] = pair
            else:
                headers.append(pair)
        if handshake.subprotocols:
            headers.append((b"sec-websocket-protocol", ", ".join(handshake.subprotocols).encode()))
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": self._root_path + (unquote(path) if "%" in path else path),
            "raw_path": (self._quoted_root + path).encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": self._root_path,
            "headers": headers,
            "client": self._client or ("127.0.0.1", next(_ports)),
            "server": ("127.0.0.1", 80),
            "subprotocols": list(handshake.subprotocols),
            "extensions": {"websocket.http.response": {}},
        }
