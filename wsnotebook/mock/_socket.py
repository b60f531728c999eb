"""The server's socket, replaced: for Channels and handlers that a test drives by hand.

A MockWebSocket *is* a server connection of ``websockets``. Its other end is a client connection in
the same loop, which records; between them is a pipe that delivers at once, and no socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.protocol import CLOSED, OPEN

from ..client._options import Headers, build_handshake
from ..client._session import Session, next_name
from ..client._waits import Waits
from ..closecodes import ABNORMAL, NO_STATUS, check_close
from ..errors import Closed, SetupError, WsNotebookError, is_ours
from ..opened import say_opened
from ..timeline import Timeline
from ..transports.network import NetworkConnection
from ._ends import DirectPipe, Opened
from ._messages import as_message

__all__ = ["MockWebSocket"]

__tracebackhide__ = is_ours

_TIMEOUT = 5.0
_CLOSE_TIMEOUT = 1.0
_OPTIONS: Any = {"ping_interval": None, "close_timeout": _CLOSE_TIMEOUT, "max_queue": None}


class MockWebSocket(ServerConnection, Waits):
    """A ``websockets`` server connection without a client: the test says what the client does.

    Give it to what expects a connection, a handler or a Channel. The ``wait_`` verbs are those of
    :class:`Client` and look at what the server sent. It needs no closing.

    Args:
        incoming: Messages that the client has sent already; see :meth:`feed`.
        path: What the client asked for; may carry a query.
        headers: Headers of the client's request, besides those of every handshake.
        subprotocol: The subprotocol that was agreed on.

    Raises:
        TypeError, ValueError: An argument is not usable; the text shows it.
    """

    def __init__(
        self,
        incoming: Iterable[Any] = (),
        *,
        path: str = "/",
        headers: Headers | None = None,
        subprotocol: str | None = None,
    ) -> None:
        if isinstance(incoming, str | bytes | dict):
            raise TypeError(f"incoming must be messages, not the single message {incoming!r}")
        self._opened = open_ends(path, headers, subprotocol)
        self._record = Session("client", None, None, None)  # type: ignore[arg-type]  # it is open
        self._timeout = _TIMEOUT
        self._waiting: list[str | bytes] = []  # what was fed before a loop ran
        self._farewell: tuple[int, str] | None = None
        self._client: NetworkConnection | None = None
        # What needs no loop; the rest of a connection is made by _start.
        self.id = self._opened.server.id
        self.request = self._opened.request
        self.response = self._opened.response
        self._pipes = DirectPipe.loopless()
        self.transport = self._pipes[0]
        for message in incoming:
            self.feed(message)
        self._runs()

    def __repr__(self) -> str:
        state, sent = self.state.name.lower(), len(self.sent_messages)
        return f"<MockWebSocket {self._record.name}: {state}, {sent} sent>"

    # What the client does

    def feed(self, message: Any) -> None:
        """Let the client send one message; it has arrived when this returns.

        Args:
            message: ``str`` (text), ``bytes`` (binary), a Message, or a ``dict`` (its JSON).

        Raises:
            TypeError, ValueError: ``message`` is something else, or cannot be encoded.
            Closed: The connection is closed.
            SetupError: The client was told to disconnect.
        """
        data = as_message(message)
        if self._farewell is not None and not self.closed:
            raise SetupError(f"{self!r} is to disconnect: feed() before disconnect()")
        if not self._runs():
            self._waiting.append(data)
            return
        assert self._client is not None
        try:
            self._client.write(data)
        except ConnectionError:
            raise self._closed_before("the message was fed") from None
        self._record.record_sent(data)

    def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """Let the client go, once what it sent has been read.

        If nothing is unread, it goes at once. Otherwise it goes when the handler asks for more than
        there is, so that a handler can deal with all that was fed: in the order of the calls.

        Args:
            code: A close code that may be sent; or 1005: a close frame without a code; or 1006: it
                vanishes without a close frame.
            reason: At most 123 bytes of UTF-8.

        Raises:
            TypeError, ValueError: The code or the reason may not be sent.
        """
        if code not in (NO_STATUS, ABNORMAL):
            check_close(code, reason)
        elif reason:
            raise ValueError(f"{code} comes without a reason, not with {reason!r}")
        if self._farewell is None and not self.closed:
            self._farewell = (code, reason)
            if self._runs():
                self._asked()

    def _asked(self) -> None:
        """The handler wants another message: if there is none, a client that is to go goes."""
        if not self.recv_messages.frames:
            self._leave()

    def _leave(self) -> None:
        if self._farewell is None or self._client is None:
            return
        code, reason = self._farewell
        client = self._client
        if code == ABNORMAL:
            client.abort()
        elif client.protocol.state is OPEN:
            client.protocol.send_close(None if code == NO_STATUS else code, reason)
            client.send_data()

    def _closed_before(self, what: str) -> WsNotebookError:
        if self._record.closure is not None:
            return self._record.ended(f"before {what}")
        # It is closed, and the loop has not yet come to say so.
        code, reason = self.close_code or ABNORMAL, self.close_reason or ""
        return Closed(code, reason, doing=f"before {what}", situation=self._record.situation())

    # What is known

    @property
    def sent_messages(self) -> list[str | bytes]:
        """A copy of what was sent to the client, oldest first; a fragmented message is one."""
        return list(self._record.inbox.messages) if self._record.loop else []

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, whoever closed it."""
        return self.state is CLOSED

    @property
    def timeline(self) -> Timeline:
        """Everything that happened, as the client saw it; see :attr:`Client.timeline`."""
        return self._record.timeline

    # A server connection, from when a loop runs

    def _runs(self) -> bool:
        """Whether a loop runs; if so, this is a connection of that loop from now on."""
        if self._client is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return False
            self._start(loop)
        return True

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        opened, (own_pipe, client_pipe) = self._opened, self._pipes
        self._client = client = NetworkConnection(
            opened.client, sink=self._record, quiet=0.0, **_OPTIONS
        )
        client.request, client.response = opened.request, opened.response
        server: Any = None  # there is none; its connections are what is mocked
        super().__init__(opened.server, server, **_OPTIONS)
        self.request, self.response = opened.request, opened.response
        for pipe, connection in ((own_pipe, self), (client_pipe, client)):
            pipe.run_on(loop)
            pipe.set_protocol(connection)
            # Not a ServerConnection's own: that one starts a handler.
            Connection.connection_made(connection, pipe)
        self._record.name = next_name()
        self._record.bind()
        self._record.opened(client)
        self._session = self._record
        waiting, self._waiting = self._waiting, []
        farewell, self._farewell = self._farewell, None
        for message in waiting:
            self.feed(message)
        if farewell is not None:
            self.disconnect(*farewell)
        say_opened(self)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return what a connection has only on a loop; what is known of it without one."""
            made = self.__dict__  # not yet all of it, when __init__ has refused an argument
            if "transport" not in made or made["_client"] is not None or name.startswith("__"):
                raise AttributeError(f"'MockWebSocket' object has no attribute {name!r}")
            if self._runs():
                return getattr(self, name)
            if name == "protocol":
                return self._opened.server
            raise AttributeError(f"{name!r} of a MockWebSocket needs a running event loop")

    async def recv(self, decode: bool | None = None) -> Any:
        """Return the next message; see ``websockets``."""
        self._asked()
        return await super().recv(decode)

    async def recv_streaming(self, decode: bool | None = None) -> AsyncIterator[Any]:
        """Yield the next message in fragments; see ``websockets``."""
        self._asked()
        async for fragment in super().recv_streaming(decode):
            yield fragment

    async def wait_closed(self) -> None:
        """Wait until the connection is closed; what is unread will not be read."""
        self._runs()
        self._leave()
        await super().wait_closed()


def open_ends(path: str, headers: Headers | None, subprotocol: str | None) -> Opened:
    """Return the ends of a connection that these arguments describe, or refuse them."""
    handshake = build_handshake(
        path,
        headers=headers,
        query=None,
        cookies=None,
        subprotocols=() if subprotocol is None else (subprotocol,),
        token=None,
        via="header",
        ssl=None,
        compression=None,
        close_timeout=_CLOSE_TIMEOUT,
        max_size=None,
    )
    return Opened.by_handshake(handshake.join(""), handshake.headers, subprotocol)
