"""The client: life cycle, sending, what is known; and ``connect``.

The verbs that wait are in ``_waits``, those that receive in ``_receives``.
"""

from __future__ import annotations

import asyncio
import ssl as ssl_module
from collections.abc import Callable, Generator, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, ParamSpec, Self

from ..auth import place_token
from ..closecodes import check_close
from ..draw.text import in_one_line
from ..errors import SetupError, is_ours
from ..messages import MessageReader, encode, encode_json, read_nothing
from ..redaction import Redactor
from ..timeline import Timeline
from ..transports import transport_for
from ..transports.targets import channel_of
from ._options import Headers, Query, build_handshake, check_timeout
from ._receives import Receives
from ._session import Session, State, next_name

__all__ = ["Client", "connect"]

__tracebackhide__ = is_ours

P = ParamSpec("P")
_FOREVER = float("inf")
_OPEN = State.OPEN


class Client(Receives):
    """One side of a WebSocket conversation, awaitable and recorded.

    Use it through :func:`connect`, or in two steps (``Client(target)``, then ``await open()``) when
    the CONNECTING state matters.

    Args:
        target: A ``ws://`` or ``wss://`` URL, a :class:`Server`, or a Transport.
        path: Appended to the path of a URL; for other targets the path. May carry a query.
        name: Label on the timeline; by default ``client-1``, ``client-2`` and so on in each loop.
        headers: Extra headers of the handshake.
        query: Parameters added to the query.
        cookies: Sent as one ``Cookie`` header.
        subprotocols: Offered subprotocols, in order of preference.
        token: A secret that proves who connects. It is shown as ``***`` wherever it would appear.
        via: How the token travels: ``"header"``, ``"query"``, ``"cookie"``, ``"subprotocol"``,
            ``"message"`` or ``"ticket"``; see :data:`wsnotebook.auth.WAYS`.
        accepts: The Message class, or a union or tuple of them, that ``receive_message`` reads;
            ``None``: what a Channel says that it ``sends``, if the target is one.
        ssl: TLS settings for a ``wss://`` URL.
        compression: ``"deflate"`` offers permessage-deflate.
        timeout: Default deadline of every wait and receive, in seconds.
        open_timeout: Seconds the opening handshake may take.
        close_timeout: Seconds the closing handshake may take before the connection is dropped.
        max_size: Largest message accepted, in bytes; ``None``: any. A larger one fails the
            connection with 1009.

    Raises:
        TypeError, ValueError: An argument is not usable; the text shows it.
    """

    __slots__ = ("__weakref__", "_open_timeout")

    def __init__(
        self,
        target: Any,
        path: str | None = None,
        *,
        name: str | None = None,
        headers: Headers | None = None,
        query: Query | None = None,
        cookies: Mapping[str, str] | None = None,
        subprotocols: Iterable[str] = (),
        token: str | None = None,
        via: str = "header",
        accepts: Any = None,
        ssl: ssl_module.SSLContext | None = None,
        compression: Literal["deflate"] | None = None,
        timeout: float = 5.0,
        open_timeout: float = 5.0,
        close_timeout: float = 1.0,
        max_size: int | None = 2**20,
    ) -> None:
        handshake = build_handshake(
            path,
            headers=headers,
            query=query,
            cookies=cookies,
            subprotocols=subprotocols,
            token=token,
            via=via,
            ssl=ssl,
            compression=compression,
            close_timeout=check_timeout(close_timeout, "close_timeout"),
            max_size=max_size,
        )
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name must be a str, not {name!r}")
        limit = check_timeout(timeout)
        self._open_timeout = check_timeout(open_timeout, "open_timeout")
        channel = channel_of(target)
        if accepts is None and channel is not None:
            accepts = channel.sends
        reader = read_nothing if accepts is None else MessageReader(accepts)
        transport = transport_for(target)
        session = Session(
            name or next_name(), transport, handshake, Redactor(token) if token else None
        )
        if token is not None:
            session.first_message = place_token(token, via).message
        signals = channel is not None and channel.send_completion
        super().__init__(session, limit, reader, drops_signals=signals)

    def __repr__(self) -> str:
        received = len(self.messages)
        return f"<Client {in_one_line(self.name)}: {self.state.value}, {received} received>"

    # Life cycle

    async def open(self) -> Client:
        """Perform the opening handshake and return this client.

        Raises:
            ConnectFailed: Nothing usable answered.
            Refused: The server denied the handshake.
            WaitTimeout: It took longer than ``open_timeout``.
            SetupError: This client was opened before.

        Cancelling leaves nothing open; the client is then CLOSED.
        """
        await self._session.open(self._open_timeout)
        return self

    def __await__(self) -> Generator[Any, None, Client]:
        return self.open().__await__()

    async def __aenter__(self) -> Self:
        await self._session.open(self._open_timeout)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session = self._session
        await session.finish()
        if session.crash is None or session.crash_seen:
            return
        crash = session.crash_error()
        if exc is None:
            raise crash
        exc.add_note(f"moreover, {crash}")
        if exc.__context__ is None:
            exc.__context__ = session.crash

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Perform the closing handshake and return when it is over; once closed, do nothing.

        Args:
            code: A close code that may be sent (RFC 6455 section 7.4).
            reason: At most 123 bytes of UTF-8.

        Raises:
            TypeError, ValueError: The code or the reason may not be sent.

        Cancelling leaves the handshake under way.
        """
        check_close(code, reason)
        await self._session.close(code, reason)

    async def abort(self) -> None:
        """Vanish without a close frame: the peer sees 1006."""
        session = self._session
        session.bind()
        if session.connection is None:
            await session.close(1000, "")
            return
        session.connection.abort()
        while session.state is not State.CLOSED:
            await session.wait_state(_FOREVER)

    # What is known

    @property
    def name(self) -> str:
        """The label on the timeline."""
        return self._session.name

    @property
    def state(self) -> State:
        """``State.CONNECTING``, ``OPEN``, ``CLOSING`` or ``CLOSED``."""
        return self._session.state

    @property
    def close_code(self) -> int | None:
        """The close code (RFC 6455 section 7.1.5), 1006 when the peer vanished; else ``None``."""
        return None if self._session.closure is None else self._session.closure.code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with the close code; ``None`` while not closed."""
        return None if self._session.closure is None else self._session.closure.reason

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the handshake chose."""
        connection = self._session.connection
        return None if connection is None else connection.subprotocol

    @property
    def response_headers(self) -> Mapping[str, str]:
        """The headers of the server's answer; names in any case. Empty until open."""
        connection = self._session.connection
        return {} if connection is None else connection.response_headers

    @property
    def messages(self) -> list[str | bytes]:
        """A copy of what was received since ``clear_messages``, oldest first."""
        return list(self._session.inbox.messages) if self._session.loop else []

    @property
    def sent(self) -> list[str | bytes]:
        """A copy of what was sent, oldest first; what ``token`` sent by itself is not among it."""
        return list(self._session.sent)

    @property
    def timeline(self) -> Timeline:
        """Everything that happened; it goes on growing while the client lives."""
        return self._session.timeline

    def clear_messages(self) -> None:
        """Forget what was received: counts restart and nothing is unread. The timeline keeps it."""
        if self._session.loop is not None:
            self._session.inbox.clear()

    # Sending

    async def send(self, message: Any) -> None:
        """Send one message: ``str`` as text, ``bytes`` as binary, a Message as its JSON.

        Raises:
            TypeError: ``message`` is something else; :meth:`send_json` sends other values.
            ValueError: A text cannot be encoded as UTF-8.
            Closed, AppCrashed: The connection is closed.
            SetupError: The client is not open yet.

        Cancelling may happen only while the buffers are full; the message is sent all the same.
        """
        session = self._session
        # Most messages are text that needs no encoding.
        data = message if type(message) is str and message.isascii() else encode(message)
        if session.loop is not asyncio.get_running_loop():
            session.bind()
        if session.connection is None or session.state is not _OPEN:
            await self._refuse("before the message was sent")
        assert session.connection is not None
        try:
            drained = session.connection.write(data)
        except ConnectionError:
            # The closing handshake is under way; it decides which code the error shows.
            await session.connection.close(1000, "")
            await self._refuse("before the message was sent")
            raise
        session.record_sent(data)
        if drained is not None:
            try:
                await drained
            except OSError:
                await self._refuse("while the message was on its way")

    async def send_json(self, value: object) -> None:
        """Send ``value`` as compact JSON text.

        Raises:
            TypeError, ValueError: JSON has no form for it.
            Closed, AppCrashed, SetupError: As for :meth:`send`.
        """
        await self.send(encode_json(value))

    async def _refuse(self, doing: str) -> None:
        session = self._session
        if session.state is State.CONNECTING:
            raise SetupError(
                f"{self.name} is not open yet: await open() or wait_until('open') before sending"
            )
        while session.state is not State.CLOSED:
            await session.wait_state(_FOREVER)
        raise session.ended(doing)

    async def ping(self, timeout: float | None = None) -> float:
        """Send a ping and return the seconds until its pong.

        Raises:
            WaitTimeout: No pong came within ``timeout`` seconds.
            Closed, AppCrashed: The connection closed first.
        """
        session, limit = self._session, self._limit(timeout)
        session.bind()
        if session.connection is None or session.state is not State.OPEN:
            await self._refuse("before a pong arrived")
        assert session.connection is not None
        try:
            async with asyncio.timeout(None if limit == _FOREVER else limit):
                return await session.connection.ping()
        except TimeoutError:
            raise session.timed_out("no pong", limit) from None
        except ConnectionError:
            raise session.ended("before a pong arrived") from None


def _with_parameters_of(
    _: Callable[P, Client],
) -> Callable[[Callable[..., Client]], Callable[P, Client]]:
    return lambda function: function  # only the type checker needs to know


@_with_parameters_of(Client)
def connect(*args: Any, **kwargs: Any) -> Client:
    """Connect to a WebSocket server; the arguments are those of :class:`Client`.

    Use it as a context manager, which closes the connection and re-raises a crash of the app that
    nobody has seen yet, or await it and close by hand::

        async with connect("ws://127.0.0.1:8765") as client:
            await client.send("hello")
            assert await client.receive() == "hello"

        client = await connect("ws://127.0.0.1:8765")

    Raises:
        ConnectFailed, Refused, WaitTimeout: On opening; see :meth:`Client.open`.
        TypeError, ValueError: On the call, for arguments that cannot work.
    """
    return Client(*args, **kwargs)


connect.__wrapped__ = Client  # type: ignore[attr-defined]  # what help() and Shift-Tab show
