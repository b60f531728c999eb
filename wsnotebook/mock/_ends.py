"""Two ends of a connection that is open from the start, and the pipe that joins them at once.

The handshake is done by the protocols of ``websockets``, which need no event loop, so that a mock
can be made before one runs.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from websockets.client import ClientProtocol
from websockets.http11 import USER_AGENT, Request, Response
from websockets.protocol import Protocol
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from ..transports._pipe import Pipe

__all__ = ["DirectPipe", "Opened"]

_log = logging.getLogger("wsnotebook.mock")
# At DEBUG, websockets writes every header and frame, secrets included.
_log.addFilter(lambda record: record.levelno > logging.DEBUG)
_ports = itertools.cycle(range(49152, 65536))  # RFC 6335 section 6: the dynamic ports


class DirectPipe(Pipe):
    """A pipe that delivers before ``write`` returns: what was sent has arrived."""

    @classmethod
    def loopless(cls) -> tuple[DirectPipe, DirectPipe]:
        """Return the server's end and the client's end, which get their loop by ``run_on``."""
        loop: Any = None
        client = ("127.0.0.1", next(_ports))
        ends = cls.pair(loop, server=("127.0.0.1", 80), client=client, on_delivery=lambda: None)
        return cast("tuple[DirectPipe, DirectPipe]", ends)

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the loop on which the connections learn that they are lost."""
        self._loop = loop

    def _schedule(self) -> None:
        if not self._closing and self._reading:
            self._deliver()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a handshake leaves: the protocols of both ends, and what they said.

    Attributes:
        server: The server's end.
        client: The client's end.
        request: The client's request, as the server read it.
        response: The server's answer.
    """

    server: ServerProtocol
    client: ClientProtocol
    request: Request
    response: Response

    @classmethod
    def by_handshake(
        cls, path: str, headers: Iterable[tuple[str, str]], subprotocol: str | None
    ) -> Opened:
        """Perform a handshake.

        Raises:
            ValueError: The headers break it.
        """
        offered: Any = None if subprotocol is None else [subprotocol]
        client = ClientProtocol(
            parse_uri(f"ws://localhost{path}"), subprotocols=offered, max_size=None, logger=_log
        )
        server = ServerProtocol(subprotocols=offered, logger=_log)
        request = client.connect()
        request.headers.update(headers)
        request.headers.setdefault("User-Agent", USER_AGENT)
        client.send_request(request)
        _move(client, server)
        for event in server.events_received():
            assert isinstance(event, Request)
            response = server.accept(event)
            server.send_response(response)
            _move(server, client)
            if response.status_code == 101:
                client.events_received()
                return cls(server, client, event, response)
        raise ValueError(f"no handshake can be made with these headers: {server.handshake_exc}")


def _move(sender: Protocol, receiver: Protocol) -> None:
    for data in sender.data_to_send():
        receiver.receive_data(data) if data else receiver.receive_eof()
