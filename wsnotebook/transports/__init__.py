"""How messages move. A Transport opens Connections; a Connection tells a Sink what arrives.

The rules every transport keeps (``tests/contracts/`` holds them to it):

1. A sink is told synchronously, on the loop, in the order of arrival, from the first frame on.
2. ``opened`` is told exactly once, first, when the handshake succeeded; ``closed`` exactly once,
   last, whoever closed. Either may come before ``connect`` returns. A handshake that fails tells
   nothing and raises.
3. ``write`` hands the message over before it returns; what it returns is only back-pressure.
4. An app's exception is told as ``crashed``; before ``closed`` if it is what ended the connection,
   and no later than ``finish`` returns.

What a client makes of it (the log, the waits) is ``client``.
"""

from __future__ import annotations

import ssl as ssl_module
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any, Literal, Protocol

from ..closecodes import Closure
from .targets import kind_of, without_class

__all__ = ["Connection", "Handshake", "Sink", "Transport", "transport_for"]


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a client asks for when it opens.

    Attributes:
        path: Path to append to the target's own, already percent-encoded; ``None``: none.
        query: Query string to append to the path's own, already encoded.
        headers: Name and value of each extra header, in order.
        subprotocols: Offered subprotocols, in order of preference.
        ssl: TLS settings for ``wss://``; ``None``: the default ones.
        compression: ``"deflate"`` offers permessage-deflate (RFC 7692), ``None`` nothing.
        max_size: Largest message accepted, in bytes; ``None``: any.
        close_timeout: Seconds that a closing handshake may take.
    """

    path: str | None = None
    # A token may stand in these: a traceback that shows this object's repr shall not show it.
    query: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    ssl: ssl_module.SSLContext | None = None
    compression: Literal["deflate"] | None = None
    max_size: int | None = 2**20
    close_timeout: float = 1.0

    def join(self, base_path: str, base_query: str = "") -> str:
        """Return ``base_path`` with this handshake's path and query appended, at least ``/``."""
        if self.path is None and not self.query and not base_query:
            return base_path or "/"
        path, _, own_query = (self.path or "").partition("?")
        whole = base_path.rstrip("/") + "/" + path.lstrip("/") if path else base_path or "/"
        queries = [query for query in (base_query, own_query, self.query) if query]
        return whole + ("?" + "&".join(queries) if queries else "")


class Sink(Protocol):
    """Who is told what arrives; every call is synchronous and must not raise."""

    def opened(self, connection: Connection) -> None:
        """The handshake succeeded."""

    def message(self, data: str | bytes) -> None:
        """A message arrived, reassembled and decoded."""

    def control(
        self, kind: Literal["ping", "pong"], direction: Literal["sent", "received"], data: bytes
    ) -> None:
        """A ping or pong frame moved."""

    def crashed(self, exception: BaseException) -> None:
        """The app under test raised."""

    def closed(self, closure: Closure, detail: str = "") -> None:
        """The connection is over; ``detail`` says why this side failed it, if it did."""


class Connection(Protocol):
    """One open connection."""

    @property
    def path(self) -> str:
        """The path asked for, with its query."""

    @property
    def subprotocol(self) -> str | None:
        """What the handshake chose."""

    @property
    def response_headers(self) -> Mapping[str, str]:
        """Headers of the answer to the handshake."""

    def write(self, data: str | bytes) -> Awaitable[None] | None:
        """Hand over one message now; await what is returned, if anything, before the next.

        Raises:
            ConnectionError: The connection is closing or closed; nothing was handed over.
        """

    async def ping(self) -> float:
        """Send a ping and return the seconds until its pong.

        Raises:
            ConnectionError: The connection closed first.
        """

    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; return once ``closed`` was told."""

    async def finish(self) -> None:
        """After ``closed``: wait until the server's side is over, as far as it can be known.

        A crash that happens meanwhile is told. Calling it again does nothing.
        """

    def abort(self) -> None:
        """Vanish without a close frame."""

    def settled(self) -> bool:
        """Whether it can be seen, without waiting, that the peer has dealt with everything."""

    async def settle(self, deadline: float) -> None:
        """Return when the peer has dealt with everything sent, or has closed.

        Args:
            deadline: A reading of the loop's clock.

        Raises:
            TimeoutError: It will not by then; the text says what is still busy, or is empty.
        """


class Transport(Protocol):
    """A way to reach one server, any number of times."""

    async def connect(self, handshake: Handshake, sink: Sink) -> Connection:
        """Open a connection; cancelling leaves nothing open.

        Raises:
            ConnectFailed: Nothing usable answered.
            Refused: The server denied the handshake.
        """


def transport_for(target: Any) -> Transport:
    """Return the transport that reaches ``target``.

    Args:
        target: A ``ws://`` or ``wss://`` URL, an ASGI app (in process), a ``websockets``-style
            handler (in memory), or a Transport (a Server is one).

    Raises:
        TypeError: ``target`` is none of these, or it cannot be told which.
        ValueError: The URL is not a WebSocket URL.
    """
    if isinstance(target, str):
        return _load("network").NetworkTransport(target)  # type: ignore[no-any-return]
    opens = getattr(target, "connect", None)
    if opens is not None and iscoroutinefunction(opens) and not isinstance(target, type):
        return target  # type: ignore[no-any-return]  # it has the one method of a Transport
    target = without_class(target)
    if not callable(target):
        raise TypeError(
            f"cannot connect to {target!r}: expected a ws:// or wss:// URL, a Server from serve(), "
            "an ASGI app, a handler, or a Transport"
        )
    if kind_of(target) == "asgi":
        return _load("asgi").ASGITransport(target)  # type: ignore[no-any-return]
    return _load("memory").MemoryTransport(target)  # type: ignore[no-any-return]


@cache
def _load(name: str) -> Any:
    """Return the module of a transport, loaded when it is first needed."""
    return import_module(f".{name}", __name__)
