"""What ties a client to the Server object that it connects to: it learns what its handler raised.

A server keeps what was raised; when it is told, and to which client, is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..closecodes import Closure
from ..transports import Sink

if TYPE_CHECKING:
    from ..transports.network import NetworkConnection
    from ._server import Server

__all__ = ["CrashTeller"]


class CrashTeller:
    """A sink that asks the server, when the connection is over, whether its handler crashed."""

    def __init__(self, server: Server, sink: Sink, close_timeout: float) -> None:
        self._server = server
        self._close_timeout = close_timeout
        self._sink = sink
        self._address = ("", 0)
        self.message = sink.message
        self.control = sink.control
        self.opened = sink.opened
        self.crashed = sink.crashed

    def has_socket(self, connection: NetworkConnection) -> None:
        """Say whose the address is: before the handshake, for the handler may crash at once."""
        self._address = connection.local_address[:2]
        self._server._own_clients[self._address] = self
        connection.on_finish = self._finish

    def closed(self, closure: Closure, detail: str = "") -> None:
        """Tell the crash first, if there was one: it is why the connection is over."""
        self._tell(self._server._crash_of.pop(self._address, None))
        self._sink.closed(closure, detail)

    async def _finish(self) -> None:
        self._tell(await self._server.end_of(self._address, self._close_timeout))
        self._server._own_clients.pop(self._address, None)

    def _tell(self, crash: BaseException | None) -> None:
        if crash is not None:
            self._sink.crashed(crash)
