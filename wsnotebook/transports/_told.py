"""What a connection of ``websockets`` that tells a sink can do, whichever end it is.

How frames become what the sink is told differs between the ends: ``network`` has the client's,
``mock`` the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import OPEN

from ..closecodes import ABNORMAL, Closure
from . import Sink

__all__ = ["ToldConnection"]


class ToldConnection(Connection):
    """See :class:`~wsnotebook.transports.Connection`."""

    request: Request | None
    response: Response | None
    _sink: Sink
    _quiet: float  # seconds without a message that count as settled
    _messages = 0  # how many arrived
    _pings = 0

    @property
    def path(self) -> str:
        """The path asked for, with its query."""
        assert self.request is not None
        return self.request.path

    @property
    def response_headers(self) -> Mapping[str, str]:
        """Headers of the answer to the handshake."""
        assert self.response is not None
        return self.response.headers

    def _tell_closed(self) -> None:
        """Tell the sink how it ended."""
        self._sink.closed(self._closure(), self._detail())

    def _closure(self) -> Closure:
        received, sent = self.protocol.close_rcvd, self.protocol.close_sent
        if received is None:
            return Closure(ABNORMAL, "", clean=False)
        return Closure(received.code, received.reason, clean=sent is not None)

    def _detail(self) -> str:
        sent, received = self.protocol.close_sent, self.protocol.close_rcvd
        failure: BaseException | None = self.protocol.parser_exc
        if failure is None or isinstance(failure, EOFError):
            failure = self.connection_exc
        if sent is not None and received is None:
            return f"this side closed with {sent.code}: {failure or 'no answer came'}"
        if failure is None or isinstance(failure, OSError):
            return ""  # the close code says all: the peer closed or vanished
        return str(failure)

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
