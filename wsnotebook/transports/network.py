"""Over the network: a genuine ``websockets`` client connection that tells a sink of every frame.

Frames are told as they arrive, so that nothing depends on somebody calling ``recv``. The opening
handshake, keep-alive and the closing handshake are those of ``websockets``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl as ssl_module
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
)
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN, Event

from ..closecodes import ABNORMAL, Closure
from ..errors import ConnectFailed, Refused
from ..redaction import redact_url
from . import Handshake, Sink

__all__ = ["NetworkTransport"]


class NetworkTransport:
    """Reaches a server by its URL.

    Args:
        url: ``ws://host:port/path`` or ``wss://…``.
        quiet: Seconds without a message, after a ping was answered, that count as settled.

    Raises:
        ValueError: ``url`` is not a WebSocket URL (RFC 6455 section 3).
    """

    def __init__(self, url: str, *, quiet: float = 0.05) -> None:
        self._url = _split(url)
        self._quiet = quiet

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
        if handshake.ssl is not None and self._url.scheme != "wss":
            raise ValueError(f"ssl needs a wss:// URL, not {redact_url(url)!r}")
        connect: Any = websockets_connect  # its parameters are typed as NewTypes of str
        try:
            connection: NetworkConnection = await connect(
                url,
                additional_headers=list(handshake.headers),
                subprotocols=list(handshake.subprotocols) or None,
                compression=handshake.compression,
                max_size=handshake.max_size,
                max_queue=None,
                close_timeout=handshake.close_timeout,
                open_timeout=None,
                ping_interval=None,
                proxy=None if _is_loopback(self._url.hostname) else True,
                create_connection=partial(NetworkConnection, sink=sink, quiet=self._quiet),
                **({"ssl": handshake.ssl} if handshake.ssl else {}),
            )
        except InvalidStatus as exc:
            body = (exc.response.body or b"").decode(errors="replace").strip()
            raise Refused(exc.response.status_code, reason=body) from exc
        except (OSError, InvalidHandshake) as exc:
            raise ConnectFailed(redact_url(url), _cause(exc)) from exc
        return connection


class NetworkConnection(ClientConnection):
    """A ``websockets`` client connection whose frames go to a sink instead of a queue."""

    def __init__(self, *args: Any, sink: Sink, quiet: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sink = sink
        self._quiet = quiet
        self._fragments: list[bytes] = []
        self._is_text = False
        self._messages = 0
        self._pings = 0

    @property
    def response_headers(self) -> Mapping[str, str]:
        assert self.response is not None
        return self.response.headers

    # Arrivals

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
            self.set_connection_exc(exc)
            self.protocol.fail(1007, f"{exc.reason} at position {exc.start}")
            self.send_data()
            return
        self._sink.message(text)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink that it is over, unless the handshake never was."""
        opened = self.response is not None and self.protocol.handshake_exc is None
        super().connection_lost(exc)
        if opened:
            self._sink.closed(self._closure(), self._detail())

    def _closure(self) -> Closure:
        received, sent = self.protocol.close_rcvd, self.protocol.close_sent
        if received is None:
            return Closure(ABNORMAL, "", clean=False)
        return Closure(received.code, received.reason, clean=sent is not None)

    def _detail(self) -> str:
        if (failure := self.protocol.parser_exc or self.connection_exc) is None:
            return ""
        sent, received = self.protocol.close_sent, self.protocol.close_rcvd
        if isinstance(failure, EOFError) and sent is None:
            return ""  # the peer vanished: 1006 says it
        if sent is not None and received is None:
            return f"this side closed with {sent.code}: {failure}"
        return str(failure)

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

    async def ping(self, data: Any = None) -> Any:  # noqa: ARG002  # the payload is counted
        """Send a ping and return the seconds to its pong; see :meth:`Connection.ping`."""
        self._pings += 1
        payload = str(self._pings).encode()  # counted, so that a picture repeats
        try:
            answered = await super().ping(payload)
            self._sink.control("ping", "sent", payload)
            return await answered
        except ConnectionClosed as exc:
            raise ConnectionError(str(exc)) from exc

    def abort(self) -> None:
        """Drop the TCP connection: the peer sees 1006."""
        self.transport.abort()

    def settled(self) -> bool:
        """Over a network nothing can be seen without asking."""
        return False

    async def settle(self, deadline: float) -> None:
        """Return when a ping was answered and ``quiet`` seconds passed without a message."""
        try:
            async with asyncio.timeout_at(None if deadline == float("inf") else deadline):
                await self.ping()
                seen = -1
                while seen != self._messages and self.protocol.state is OPEN:
                    seen = self._messages
                    await asyncio.wait([self.connection_lost_waiter], timeout=self._quiet)
        except ConnectionError:
            return  # closed: nothing more will come
        except TimeoutError:
            raise TimeoutError from None


def _split(url: str) -> SplitResult:
    shown = redact_url(url)
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError as exc:
        raise ValueError(f"{shown!r} is not a WebSocket URL: {exc}") from None
    if parts.scheme not in ("ws", "wss"):
        raise ValueError(
            f"{shown!r} is not a WebSocket URL: it must start with ws:// or wss://, "
            f"not {parts.scheme + '://' if parts.scheme else 'nothing'!r}"
        )
    if not parts.hostname or not port_is_valid:
        raise ValueError(f"{shown!r} is not a WebSocket URL: it names no host and port to reach")
    if parts.fragment:
        raise ValueError(f"{shown!r} is not a WebSocket URL: a fragment (#) is not allowed")
    return parts


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _cause(exc: BaseException) -> str:
    if isinstance(exc, ConnectionRefusedError):
        return "connection refused; is the server running, and on that port?"
    if isinstance(exc, ssl_module.SSLError):
        return f"TLS failed: {exc.reason or exc}" + (
            f" ({exc.verify_message})"
            if isinstance(exc, ssl_module.SSLCertVerificationError)
            else ""
        )
    if isinstance(exc, InvalidMessage):
        cause = exc.__cause__ or exc
        return f"what answered does not speak WebSocket: {cause}"
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return str(exc)
