"""WebsocketCommunicator: a Client under the names of Channels' and Chanx's communicators.

Connecting and sending are here; what is received is ``_receiving``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from ..client import Client, State
from ..client._options import check_timeout
from ..errors import Refused, SetupError, is_ours
from ..messages import encode, is_message
from ._reaching import Headers, as_text, note_open, scoped, takes_scope
from ._receiving import Receiving
from ._typed import typed_by

__all__ = ["WebsocketCommunicator"]

__tracebackhide__ = is_ours


class WebsocketCommunicator(Receiving):
    """Talks to an app under the names that tests for Channels and Chanx use.

    ::

        async with WebsocketCommunicator(app, "/ws/chat/", consumer=Chat) as communicator:
            await communicator.send_message(Say(text="hello"))
            assert await communicator.receive_all_messages() == [Said(text="hello")]

        communicator = WebsocketCommunicator(app, "/ws/chat/")
        connected, subprotocol = await communicator.connect()
        assert connected
        await communicator.send_json_to({"message": "hello"})
        assert await communicator.receive_json_from() == {"message": "hello"}
        await communicator.disconnect()

    What times out leaves the app alive, and nothing taken. What the app raises is told as
    :exc:`AppCrashed`, and its close as :exc:`Closed`, with code and unread messages.

    Args:
        application: An ASGI app, run in process; or whatever else a :class:`Client` connects to.
        path: The path, with a query if need be.
        headers: Pairs of ``bytes`` as in ASGI or of ``str``, or a mapping.
        subprotocols: Offered subprotocols, in order of preference.
        consumer: What types the messages that arrive: a Chanx consumer, or a Channel, whose
            ``sends`` does. ``None``: the application itself, if it is one, or nothing.
        timeout: Seconds that everything may take that is given no ``timeout`` of its own.
        options: Further arguments of :class:`Client`: ``name``, ``query``, ``cookies``, ``token``,
            ``via``, ``close_timeout`` and so on.

    Attributes:
        client: The Client behind it, with all that it knows and can do.
        scope: What is put in here before connecting is added to the ASGI scope of an app.

    Raises:
        TypeError, ValueError: An argument is not usable; the text shows it.
    """

    def __init__(
        self,
        application: Any,
        path: str,
        headers: Headers | None = None,
        subprotocols: Iterable[str] | None = None,
        *,
        consumer: Any = None,
        timeout: float = 1.0,
        **options: Any,
    ) -> None:
        self.application = application
        self.consumer = consumer
        self.scope: dict[str, Any] = {}
        self._typed = typed_by(consumer, application)
        self.client = Client(
            scoped(application, self.scope),
            path,
            headers=None if headers is None else as_text(headers),
            subprotocols=subprotocols or (),
            timeout=timeout,
            **{"open_timeout": timeout, "close_timeout": timeout, **options},
        )
        self.client._read_message = self._typed.read

    def __repr__(self) -> str:
        return f"<WebsocketCommunicator of {self.client!r}>"

    # Life cycle

    async def connect(self, timeout: float | None = None) -> tuple[bool, int | str | None]:
        """Perform the opening handshake.

        Returns:
            ``(True, subprotocol)``, or ``(False, code)`` if the server refused: the close code that
            the app gave; where there is none, as over the network, the HTTP status.

        Raises:
            AppCrashed: The app raised before it answered.
            ConnectFailed: Nothing usable answered.
            WaitTimeout: It took longer than ``timeout`` seconds.
            SetupError: It was connected before.
        """
        try:
            await self._open(timeout)
        except Refused as refused:
            return False, refused.status if refused.code is None else refused.code
        return True, self.client.subprotocol

    async def _open(self, timeout: float | None) -> None:
        client = self.client
        if self.scope and not takes_scope(client):
            raise SetupError(
                "scope reaches an ASGI app in process only; to another server, send headers, "
                f"cookies or a token, not {sorted(self.scope)}"
            )
        limit = client._open_timeout if timeout is None else check_timeout(timeout)
        await client._session.open(limit)
        note_open(client)

    async def __aenter__(self) -> Self:
        """Connect; a refusal raises :exc:`Refused`."""
        await self._open(None)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.client.__aexit__(exc_type, exc, traceback)

    async def disconnect(self, code: int = 1000, timeout: float | None = None) -> None:
        """Close the connection, if it is open, and wait for the app to end.

        Args:
            code: A close code that may be sent.
            timeout: Seconds; past them, or past ``close_timeout``, the app is cancelled.

        Raises:
            AppCrashed: The app raised what no other call has told yet.
            TimeoutError: It took longer than ``timeout``.
        """
        limit = self.client._limit(timeout)
        async with asyncio.timeout(None if limit == float("inf") else limit):
            await self.client.close(code)
            await self._finish()

    async def wait(self, timeout: float | None = None) -> None:
        """Wait until the app has closed and ended by itself.

        Raises:
            AppCrashed: It raised what no other call has told yet.
            WaitTimeout: It is still open after ``timeout`` seconds; it goes on.
        """
        await self.client.wait_until("closed", timeout)
        await self._finish()

    async def _finish(self) -> None:
        await self.client.__aexit__(None, None, None)

    def stop(self, exceptions: bool = True) -> None:
        """Vanish at once, without a close frame: the app sees 1006.

        Args:
            exceptions: Whether to raise what the app has raised by now.

        Raises:
            AppCrashed: The app raised what no other call has told yet.
        """
        session = self.client._session
        if session.connection is not None and session.state is not State.CLOSED:
            session.connection.abort()
            assert session.loop is not None
            # Kept, since a loop refers to its tasks weakly.
            self._stopping = session.loop.create_task(session.finish())
        if exceptions and session.crash is not None and not session.crash_seen:
            raise session.crash_error()

    # Sending

    async def send_to(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Send one text or one binary message, which may be empty.

        Raises:
            TypeError: Both are given or neither is, or one is of the wrong type.
            Closed, AppCrashed: The connection is closed.
        """
        if (text_data is None) is (bytes_data is None):
            raise TypeError(
                "send_to takes either text_data or bytes_data, "
                f"not text_data={text_data!r} and bytes_data={bytes_data!r}"
            )
        if text_data is not None and not isinstance(text_data, str):
            raise TypeError(f"text_data must be a str, not {text_data!r}")
        if text_data is None and not isinstance(bytes_data, bytes | bytearray | memoryview):
            raise TypeError(f"bytes_data must be bytes, not {bytes_data!r}")
        await self.client.send(bytes_data if text_data is None else text_data)

    async def send_json_to(self, data: Any) -> None:
        """Send ``data`` as JSON text.

        Raises:
            TypeError, ValueError: JSON has no form for it.
            Closed, AppCrashed: The connection is closed.
        """
        await self.client.send_json(data)

    send_json = send_json_to

    async def send_message(self, message: Any) -> None:
        """Send a Message, or any other pydantic model, as JSON text.

        Raises:
            TypeError: It is something else.
            Closed, AppCrashed: The connection is closed.
        """
        if not is_message(message):
            raise TypeError(
                f"send_message takes a Message, not {message!r}; send_json sends other values"
            )
        await self.client.send(encode(message))
