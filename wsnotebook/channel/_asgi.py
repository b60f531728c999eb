"""A Channel class as an ASGI app, and what its Channels have for a socket there.

The rules are those of the ASGI specification, "WebSocket" and "Lifespan":
https://asgi.readthedocs.io/en/stable/specs/www.html#websocket
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..closecodes import NO_STATUS
from ._context import Headers, Request
from ._life import Life, Phase
from ._paths import PathTemplate

if TYPE_CHECKING:
    from ._channel import Channel

__all__ = ["ASGISocket", "ChannelApp"]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ASGISocket:
    """The server's side of one connection, with the names of a ``websockets`` connection.

    Attributes:
        subprotocol: What was chosen in the handshake.
        close_code: The close code, once the connection is closed.
        close_reason: The reason that came with it.
    """

    __slots__ = ("_id", "_request", "_scope", "_send", "close_code", "close_reason", "subprotocol")

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        self._scope = scope
        self._send = send
        self._id: uuid.UUID | None = None
        self._request: Request | None = None
        self.subprotocol: str | None = None
        self.close_code: int | None = None
        self.close_reason: str | None = None

    def __repr__(self) -> str:
        return f"<ASGISocket {self._scope['path']}>"

    @property
    def id(self) -> uuid.UUID:
        """An identity of its own."""
        if self._id is None:
            self._id = uuid.uuid4()
        return self._id

    @property
    def request(self) -> Request:
        """The request of the handshake: its ``path``, with the query, and its ``headers``."""
        if self._request is None:
            scope = self._scope
            raw = scope.get("raw_path")
            path = raw.decode("ascii") if raw else quote(scope["path"])
            query = scope.get("query_string", b"").decode("latin-1")
            pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
            self._request = Request(path + ("?" + query if query else ""), Headers(pairs))
        return self._request

    @property
    def remote_address(self) -> Any:
        """Host and port of the client, where the server tells them."""
        client = self._scope.get("client")
        return None if client is None else tuple(client)

    def send(self, data: str | bytes) -> Awaitable[None]:
        """Send one message."""
        # Not a coroutine of its own: a broadcast makes one for each member as it is.
        kind = "text" if isinstance(data, str) else "bytes"
        return self._send({"type": "websocket.send", kind: data})

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with ``code`` and ``reason``."""
        self.ended(code, reason)
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def ended(self, code: int, reason: str) -> None:
        """Note how the connection ended, unless it had."""
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason

    # The handshake

    async def accept(self, subprotocol: str | None) -> None:
        """Accept the connection."""
        self.subprotocol = subprotocol
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def deny(self, status: int, reason: str) -> None:
        """Answer with an HTTP status; 403 where the server can do nothing else."""
        if "websocket.http.response" not in (self._scope.get("extensions") or {}):
            await self._send({"type": "websocket.close", "code": 1008, "reason": reason})
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))  # RFC 9110 section 15.5.2
        start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
        await self._send(start)
        await self._send({"type": "websocket.http.response.body", "body": reason.encode()})

    # The path

    def params_of(self, template: PathTemplate | None) -> dict[str, Any]:
        """Return the parameters of the path: what a router found, and what ``template`` adds.

        Raises:
            Refused: It is another path.
        """
        found: dict[str, Any] | None = self._scope.get("path_params")
        if found is None and "url_route" in self._scope:  # Channels' name for it
            found = self._scope["url_route"]["kwargs"]
        if template is None or (found is not None and template.names <= found.keys()):
            return found or {}
        path: str = self._scope["path"]
        root = self._scope.get("root_path") or ""  # where it is mounted
        below = path[len(root) :] if root and path.startswith(root) else path
        return {**(found or {}), **template.read(below)}


class ChannelApp:
    """An ASGI app that has a Channel of ``channel`` for each connection."""

    def __init__(self, channel: type[Channel]) -> None:
        self.channel = channel

    def __repr__(self) -> str:
        return f"{self.channel.__name__}.as_asgi()"

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one scope of ASGI's."""
        match scope["type"]:
            case "websocket":
                await self._serve(scope, receive, send)
            case "lifespan":
                await _lifespan(receive, send)
            case _:
                await _upgrade_required(send)

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        life = self.channel()._begin(ASGISocket(scope, send))
        life.task = asyncio.current_task()
        try:
            await _run(life, receive)
        except asyncio.CancelledError:
            if not life.is_cut or life.task is None:
                raise
            life.task.uncancel()
        finally:
            await life.vanish()
        if life.failure is not None:
            raise life.failure


async def _run(life: Life, receive: Receive) -> None:
    await life.connect()
    while life.phase is not Phase.ENDED:
        event = await receive()
        if event["type"] == "websocket.receive":
            text = event.get("text")
            await life.message(event["bytes"] if text is None else text)
        else:
            code, reason = event.get("code") or NO_STATUS, event.get("reason") or ""
            life.socket.ended(code, reason)
            await life.ended(code, reason)


async def _lifespan(receive: Receive, send: Send) -> None:
    while (event := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": f"{event['type']}.complete"})


async def _upgrade_required(send: Send) -> None:
    headers = [(b"upgrade", b"websocket"), (b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 426, "headers": headers})
    await send({"type": "http.response.body", "body": b"this is a WebSocket endpoint"})
