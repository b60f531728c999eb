"""One connection of a MockServer: a Client whose transport is what the server accepted.

The frames of a genuine ``websockets`` server connection are told to a sink as they arrive, as
``transports.network`` does for a client's; so a server's end has all that a Client has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN, Event

from ..client import Client
from ..errors import is_ours
from ..redaction import redact_url
from ..transports import Handshake, Sink
from ..transports._told import ToldConnection

__all__ = ["AcceptedConnection", "MockPeer"]

__tracebackhide__ = is_ours

_QUIET = 0.05


class MockPeer(Client):
    """One connection of a :class:`~wsnotebook.MockServer`, seen from the server's side.

    It is a :class:`~wsnotebook.Client`: ``messages`` is what the code under test sent, and what is
    sent here is what it will receive.
    """

    def __init__(self, connection: AcceptedConnection, *, name: str, timeout: float) -> None:
        super().__init__(connection, name=name, timeout=timeout)
        assert connection.request is not None
        self._request = connection.request

    @property
    def request(self) -> Request:
        """The request of its handshake, with ``path`` and ``headers``, as ``websockets`` has it."""
        return self._request

    def _in_words(self) -> str:
        """Return its name, path and state, for an error."""
        state = self.state.value if self.close_code is None else f"closed with {self.close_code}"
        return f"{self.name} ({redact_url(self.request.path)}, {state})"


class AcceptedConnection(ToldConnection, ServerConnection):
    """A server connection whose frames go to a sink, too; and which may refuse the handshake.

    It is the :class:`~wsnotebook.transports.Connection` of a client, and the Transport that has no
    other.
    """

    def __init__(self, *args: Any, refusal: Callable[[], HTTPStatus | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refusal = refusal
        self._is_told = False  # whether there is a sink
        self._quiet = _QUIET
        self._data: list[bytes] = []
        self._opcode = Opcode.TEXT

    async def handshake(self, *_: Any, **__: Any) -> None:
        """Perform the opening handshake, or refuse it."""
        await super().handshake(process_request=self._answer)

    def _answer(self, _: ServerConnection, __: Request) -> Response | None:
        status = self._refusal()
        return None if status is None else self.respond(status, status.phrase)

    async def connect(self, _: Handshake, sink: Sink) -> AcceptedConnection:
        """Tell ``sink`` from now on; see :meth:`Transport.connect`."""
        self._sink, self._is_told = sink, True
        sink.opened(self)
        return self

    # Arrivals

    def process_event(self, event: Event) -> None:
        """Take a frame as a server connection does, and tell the sink of it."""
        super().process_event(event)
        if not self._is_told or not isinstance(event, Frame):
            return
        data = bytes(event.data)
        if event.opcode in DATA_OPCODES:
            self._data_frame(event, data)
        elif event.opcode is Opcode.PONG:
            self._sink.control("pong", "received", data)
        elif event.opcode is Opcode.PING:
            self._sink.control("ping", "received", data)
            self._sink.control("pong", "sent", data)

    def _data_frame(self, frame: Frame, data: bytes) -> None:
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._data.append(data)
        if not frame.fin:
            return
        whole = b"".join(self._data)
        self._data.clear()
        self._messages += 1
        if self._opcode is Opcode.BINARY:
            self._sink.message(whole)
            return
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            return  # whoever reads next fails the connection with 1007
        self._sink.message(text)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink that it is over."""
        super().connection_lost(exc)
        if self._is_told:
            self._tell_closed()

    # What a client does

    def write(self, data: str | bytes) -> Awaitable[None] | None:
        """Put one message on the wire; see :meth:`Connection.write`."""
        if self.protocol.state is not OPEN:
            raise ConnectionError("the connection is not open")
        broadcast([self], data)  # to one: the way to write without waiting
        return self.drain() if self.paused else None

    async def finish(self) -> None:
        """Do nothing: of the code under test no more is seen."""
