"""Over the network: a genuine ``websockets`` client connection that tells a sink of every frame.

Frames are told as they arrive, so that nothing depends on somebody calling ``recv``. The opening
handshake, keep-alive and the closing handshake are those of ``websockets``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlunsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import (
    InvalidStatus,
    WebSocketException,
)
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN, Event

from ..clock import is_virtual
from ..errors import ConnectFailed, Refused, SetupError, is_ours
from ..redaction import redact_url
from . import Connection, Handshake, Sink
from ._told import ToldConnection
from ._urls import is_loopback, split_url
from .causes import cause_of

__all__ = ["NetworkConnection", "NetworkTransport", "open_connection"]

__tracebackhide__ = is_ours

_log = logging.getLogger("wsnotebook.network")
# At DEBUG, websockets writes every header and frame, secrets included; a timeline masks them.
_log.addFilter(lambda record: record.levelno > logging.DEBUG)


class NetworkTransport:
    """Reaches a server by its URL.

    Args:
        url: ``ws://host:port/path`` or ``wss://…``.
        quiet: Seconds without a message, after a ping was answered, that count as settled.
        on_socket: Called with each connection once it has a socket, before the handshake.

    Raises:
        ValueError: ``url`` is not a WebSocket URL (RFC 6455 section 3).
    """

    def __init__(
        self,
        url: str,
        *,
        quiet: float = 0.05,
        on_socket: Callable[[NetworkConnection], None] | None = None,
    ) -> None:
        self._url = split_url(url)
        self._quiet = quiet
        self._on_socket = on_socket

    def __repr__(self) -> str:
        return f"NetworkTransport({redact_url(urlunsplit(self._url))!r})"

    async def connect(self, handshake: Handshake, sink: Sink) -> NetworkConnection:
        """Open a connection; see :meth:`Transport.connect`.

        Raises:
            ConnectFailed: The port refused, the host is unknown, TLS failed, or what answered
                does not speak WebSocket.
            Refused: The server answered with an HTTP status other than 101.
            ValueError: TLS settings were given for a ``ws://`` URL.
        """
        path = handshake.join(self._url.path, self._url.query)
        url = f"{self._url.scheme}://{self._url.netloc}{path}"
        if is_virtual(asyncio.get_running_loop()):
            raise SetupError(
                f"{redact_url(url)!r} is on a network, and virtual time jumps over its delays; "
                "reach the app in process: connect(app), connect(handler)"
            )
        if handshake.ssl is not None and self._url.scheme != "wss":
            raise ValueError(f"ssl needs a wss:// URL, not {redact_url(url)!r}")
        connection: NetworkConnection = await open_connection(
            websockets_connect,
            partial(NetworkConnection, sink=sink, quiet=self._quiet, on_socket=self._on_socket),
            url,
            handshake,
            proxy=None if is_loopback(self._url.hostname) else True,
            **({"ssl": handshake.ssl} if handshake.ssl else {}),
        )
        return connection


async def open_connection(
    connector: Any, factory: Callable[..., Connection], url: str, handshake: Handshake, **more: Any
) -> Any:
    """Open a ``websockets`` client connection, its errors told as ours.

    Args:
        connector: ``websockets.asyncio.client.connect`` or a subclass of it.
        factory: Makes the connection.
        url: Where to, path and query included.
        handshake: What to ask for.
        more: Passed to ``connector``.
    """
    try:
        return await connector(
            url,
            additional_headers=list(handshake.headers),
            subprotocols=list(handshake.subprotocols) or None,
            compression=handshake.compression,
            max_size=handshake.max_size,
            max_queue=None,
            close_timeout=handshake.close_timeout,
            open_timeout=None,
            ping_interval=None,
            create_connection=factory,
            logger=_log,
            **more,
        )
    except InvalidStatus as exc:
        body = (exc.response.body or b"").decode(errors="replace").strip()
        raise Refused(exc.response.status_code, reason=body) from exc
    except (OSError, WebSocketException) as exc:
        raise ConnectFailed(redact_url(url), cause_of(exc)) from exc


class NetworkConnection(ToldConnection, ClientConnection):
    """A ``websockets`` client connection whose frames go to a sink instead of a queue."""

    def __init__(
        self,
        *args: Any,
        sink: Sink,
        quiet: float,
        on_socket: Callable[[NetworkConnection], None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._sink = sink
        self._quiet = quiet
        self._on_socket = on_socket
        self._fragments: list[bytes] = []
        self._is_text = False
        self._failed = False
        self._cut: asyncio.TimerHandle | None = None
        self.on_finish: Callable[[], Awaitable[None]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        super().connection_made(transport)
        if self._on_socket is not None:
            self._on_socket(self)

    # Arrivals

    def data_received(self, data: bytes) -> None:
        """Take what arrived; see that a connection which is ending does end."""
        super().data_received(data)
        if self.response is None and self.protocol.handshake_exc is not None:
            self.transport.abort()  # not HTTP: nothing that follows could mend it
        elif self.close_deadline is not None:
            self._end_by(self.close_deadline)

    def _end_by(self, deadline: float) -> None:
        # websockets looks at its deadline only while somebody awaits close().
        if self._cut is None and not self.connection_lost_waiter.done():
            self._cut = self.loop.call_at(deadline, self._cut_off)

    def _cut_off(self) -> None:
        self.set_connection_exc(TimeoutError("timed out while closing connection"))
        self.transport.abort()

    def process_event(self, event: Event) -> None:
        """Tell the sink of a frame; the handshake's response goes its usual way."""
        if isinstance(event, Response):
            super().process_event(event)
            if self.protocol.handshake_exc is None:
                self._sink.opened(self)
            return
        assert isinstance(event, Frame)
        opcode = event.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY or opcode is Opcode.CONT:
            self._data_frame(event)
        elif opcode is Opcode.PONG:
            self._sink.control("pong", "received", bytes(event.data))
            super().process_event(event)
        elif opcode is Opcode.PING:
            self._sink.control("ping", "received", bytes(event.data))
            self._sink.control("pong", "sent", bytes(event.data))

    def _data_frame(self, frame: Frame) -> None:
        if self._failed:
            return  # RFC 6455 section 7.1.7: no data is processed after the failure
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
            if frame.fin:
                self._message(bytes(frame.data))
                return
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            data = b"".join(self._fragments)
            self._fragments.clear()
            self._message(data)

    def _message(self, data: bytes) -> None:
        self._messages += 1
        if not self._is_text:
            self._sink.message(data)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError as exc:
            # RFC 6455 section 8.1: a text that is not UTF-8 fails the connection.
            self._failed = True
            self.set_connection_exc(exc)
            self.protocol.fail(1007, f"{exc.reason} at position {exc.start}")
            self.send_data()
            self._end_by(self._close_by())
            return
        self._sink.message(text)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink that it is over, unless the handshake never was."""
        opened = self.response is not None and self.protocol.handshake_exc is None
        if self._cut is not None:
            self._cut.cancel()
        super().connection_lost(exc)
        if opened:
            self._tell_closed()

    # What a client does

    def write(self, data: str | bytes) -> Awaitable[None] | None:
        """Put one message on the wire; see :meth:`Connection.write`."""
        protocol = self.protocol
        if protocol.state is not OPEN:
            raise ConnectionError("the connection is not open")
        if isinstance(data, str):
            protocol.send_text(data.encode())
        else:
            protocol.send_binary(data)
        self.send_data()
        return self.drain() if self.paused else None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Perform the closing handshake; see :meth:`Connection.close`."""
        self._end_by(self._close_by())
        await super().close(code, reason)

    def _close_by(self) -> float:
        return self.loop.time() + (self.close_timeout or 0.0)

    async def finish(self) -> None:
        """Do what a server in this process asked for; of others nothing is seen."""
        if self.on_finish is not None:
            await self.on_finish()
