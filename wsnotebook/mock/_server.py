"""The other end for client code: a real server whose handler is the test.

It listens, refuses and vanishes as it is told, and gives each connection to the test as a
``_peer.MockPeer``. What it answers by itself is what ``on`` was told.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import ssl as ssl_module
from collections import deque
from collections.abc import Generator, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Any

from websockets.asyncio.server import ServerConnection

from ..client import State
from ..client._inbox import ENDED, EXPIRED, Inbox
from ..client._options import check_timeout
from ..closecodes import check_close
from ..errors import Closed, SetupError, WaitTimeout, is_ours
from ..matching import Matcher, matcher_for
from ..server import Server
from ..server._engines import HandlerEngine
from ._messages import as_message
from ._peer import AcceptedConnection, MockPeer

__all__ = ["MockServer", "Rule"]

__tracebackhide__ = is_ours

_SHOWN = 5


class MockServer(Server):
    """A server that does what the test says, to test *client* code; it has a real socket.

    ::

        async with MockServer() as server:
            server.on("ping").reply("pong")
            task = asyncio.create_task(code_under_test(server.url))
            peer = await server.connected()
            await peer.wait_for_message("hello")
            await server.drop()
            await server.connected()  # it came back

    Leaving the context closes every connection with 1001 and waits for nobody.

    Args:
        host: Address to listen on; the default is reachable from this machine alone.
        port: Port to listen on; 0: any free one.
        subprotocols: What it supports, in order of preference.
        ssl: TLS settings; its URL is then ``wss://``.
        timeout: Default deadline of :meth:`connected` and of its peers, in seconds.

    Raises:
        TypeError, ValueError: An argument is not usable; the text shows it.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        subprotocols: Iterable[str] = (),
        ssl: ssl_module.SSLContext | None = None,
        timeout: float = 5.0,
    ) -> None:
        if isinstance(subprotocols, str):
            raise TypeError(f"subprotocols must be a sequence of str, not the str {subprotocols!r}")
        super().__init__(self._converse, host, port, name=None, ssl=ssl)
        self._engine = _MockEngine(self, tuple(subprotocols))
        self._timeout = check_timeout(timeout)
        self._names = (f"connection-{number}" for number in itertools.count(1))
        self._met: list[MockPeer] = []
        self._arrivals: Inbox | None = None
        self._refusals: deque[HTTPStatus] = deque()
        self._refused = 0
        self._rules: list[Rule] = []
        self._unanswered: list[str | bytes] = []

    def __repr__(self) -> str:
        return super().__repr__().replace("<Server", "<MockServer", 1)

    # Life cycle

    async def start(self) -> MockServer:
        """Listen, and return this server; see :meth:`Server.start`.

        Raises:
            OSError: The address cannot be listened on.
            SetupError: It listens already, or the loop's clock is a virtual one.
        """
        if not self.is_serving:
            self._arrivals = Inbox(asyncio.get_running_loop())
        await super().start()
        return self

    async def stop(self) -> None:
        """Close every connection with 1001 and stop listening; see :meth:`Server.stop`."""
        if self._arrivals is not None:
            self._arrivals.end()
        await super().stop()

    def __await__(self) -> Generator[Any, None, MockServer]:
        return self.start().__await__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()
        if self.crashes and exc is None:
            raise self.crashes[0]
        if exc is not None:
            for crash in self.crashes:
                exc.add_note(f"moreover, a reply of the MockServer raised {crash!r}")

    # Who connects

    async def connected(self, timeout: float | None = None) -> MockPeer:
        """Return the next connection, as a Client seen from the server's side.

        Every connection is returned once, in the order they came, even if it is closed by now.

        Args:
            timeout: Seconds; ``None``: the server's default.

        Raises:
            WaitTimeout: Nobody connected in time; the text says who did before.
            SetupError: The server is not listening, or was stopped meanwhile.

        Cancelling takes nothing.
        """
        limit = self._timeout if timeout is None else check_timeout(timeout)
        if not self.is_serving or self._arrivals is None:
            raise SetupError(f"{self!r}; start it with 'async with' or 'await'")
        outcome = await self._arrivals.take(lambda peer: peer, limit)
        if outcome is ENDED:
            raise SetupError(f"{self!r}: nobody will connect any more")
        if outcome is EXPIRED:
            missing = "no other connection" if self._met else "no connection"
            raise WaitTimeout(missing, limit, detail=self._who_came())
        return outcome  # type: ignore[return-value]  # what it holds is not looked at

    def _who_came(self) -> str:
        came = ", ".join(peer._in_words() for peer in self._met[-_SHOWN:])
        many = f"{len(self._met)} connections, the last: " if len(self._met) > _SHOWN else ""
        text = f"so far {many}{came}" if came else "nobody has connected yet"
        if self._refused:
            text += f"; {self._refused} handshake{'' if self._refused == 1 else 's'} refused"
        return text

    async def _converse(self, connection: AcceptedConnection) -> None:
        peer = MockPeer(connection, name=next(self._names), timeout=self._timeout)
        await peer.open()
        self._met.append(peer)
        assert self._arrivals is not None
        self._arrivals.arrive(peer)  # type: ignore[arg-type]  # what it holds is not looked at
        async for message in connection:  # what ends it, Server knows to be no crash
            await self._answer(peer, message)

    # What it answers by itself

    def on(self, match: Any) -> Rule:
        """Say what is to be answered to a message; of rules that match, the first one answers.

        Args:
            match: What :meth:`Client.wait_for_message` matches.

        Raises:
            TypeError: ``match`` cannot be matched.
        """
        return Rule(matcher_for(match), self._rules)

    @property
    def unanswered(self) -> list[str | bytes]:
        """A copy of the messages that no rule matched, oldest first."""
        return list(self._unanswered)

    async def _answer(self, peer: MockPeer, message: str | bytes) -> None:
        rule = next((rule for rule in self._rules if rule._matcher.test(message)), None)
        if rule is None:
            self._unanswered.append(message)
            return
        for answer in await rule._answers(message):
            try:
                await peer.send(answer)
            except Closed:
                return

    def _crashed(self, exc: BaseException, address: Any) -> None:  # noqa: ARG002
        self.crashes.append(exc)  # what a reply raised; it is raised on leaving the context

    # What goes wrong

    def refuse(self, status: int = 503, *, times: int = 1) -> None:
        """Refuse the next handshakes; those after them are accepted again.

        Args:
            status: The HTTP status of the answer, 400 to 599.
            times: How many handshakes to refuse.

        Raises:
            ValueError: It is no such status, or no number of times.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"status must be an HTTP status of 400 to 599, not {status!r}")
        if times < 1:
            raise ValueError(f"times must be 1 or more, not {times!r}")
        self._refusals.extend(itertools.repeat(HTTPStatus(status), times))

    def _refusal(self) -> HTTPStatus | None:
        if not self._refusals:
            return None
        self._refused += 1
        return self._refusals.popleft()

    async def drop(self) -> None:
        """Vanish from every connection without a close frame: the peers see 1006.

        Raises:
            SetupError: Nobody is connected.
        """
        await asyncio.gather(*(peer.abort() for peer in self._live("drop")))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close every connection; the server goes on listening.

        Args:
            code: A close code that may be sent (RFC 6455 section 7.4).
            reason: At most 123 bytes of UTF-8.

        Raises:
            TypeError, ValueError: The code or the reason may not be sent.
            SetupError: Nobody is connected.
        """
        check_close(code, reason)
        await asyncio.gather(*(peer.close(code, reason) for peer in self._live("close")))

    def _live(self, verb: str) -> list[MockPeer]:
        live = [peer for peer in self._met if peer.state is not State.CLOSED]
        if not live:
            raise SetupError(f"there is no connection to {verb}: await connected() first")
        return live


class Rule:
    """What a MockServer answers to some messages; see :meth:`~wsnotebook.MockServer.on`."""

    def __init__(self, matcher: Matcher, rules: list[Rule]) -> None:
        self._matcher = matcher
        self._rules = rules
        self._replies: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"<Rule for {self._matcher.description}>"

    def reply(self, *replies: Any) -> None:
        """Answer every message that matches with ``replies``, in this order, from now on.

        Args:
            replies: Each is a message (``str``, ``bytes``, a Message, or a ``dict``, sent as its
                JSON); or a function of the message that returns one, a list of them, or ``None``
                for none. The function may be async. What it raises closes that connection with
                1011, and is raised on leaving the server's context.

        Raises:
            TypeError, ValueError: There is none, or one of them is no message.
        """
        if not replies:
            raise TypeError("reply() needs at least one message, or a function that returns some")
        is_function = [callable(reply) and not isinstance(reply, type) for reply in replies]
        self._replies = tuple(
            reply if function else as_message(reply)
            for reply, function in zip(replies, is_function, strict=True)
        )
        if self not in self._rules:
            self._rules.append(self)

    async def _answers(self, message: str | bytes) -> list[str | bytes]:
        found: list[str | bytes] = []
        for reply in self._replies:
            given = reply(message) if callable(reply) else reply
            if inspect.isawaitable(given):
                given = await given
            if given is not None:
                several = given if isinstance(given, list | tuple) else [given]
                found += map(as_message, several)
        return found


class _MockEngine(HandlerEngine):
    """Makes connections that are told to the test, and that may be refused."""

    def __init__(self, server: MockServer, subprotocols: tuple[str, ...]) -> None:
        super().__init__(server._handle)
        self._refusal = server._refusal
        self._subprotocols: Any = subprotocols or None

    def _connect(self, *args: Any, **kwargs: Any) -> ServerConnection:
        kwargs["max_queue"] = None  # what arrived is told, whether or not a reply takes its time
        connection = AcceptedConnection(*args, refusal=self._refusal, **kwargs)
        connection.protocol.available_subprotocols = self._subprotocols
        self._connections.add(connection)
        return connection
