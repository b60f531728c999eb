"""The ``receive`` verbs: they take what is unread, by moving the cursor; and ``settle``.

Concurrent receives are served in the order of their calls, each message to one. The cursor moves
when a receiver runs, never when a message arrives, so cancelling takes nothing; a receive that
fails moves nothing. The verbs that only look are in ``_waits``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

from ..errors import (
    Closed,
    SetupError,
    UndecodableMessage,
    UnexpectedMessage,
    WsNotebookError,
    is_ours,
)
from ..matching import Matcher, stop_matcher_for
from ..messages import COMPLETION_SIGNALS, decode_json, is_action
from ._inbox import ENDED, EXPIRED, Turn
from ._options import check_timeout
from ._session import Session, State
from ._waits import Waits

__all__ = ["Receives"]

__tracebackhide__ = is_ours

T = TypeVar("T")
Parse = Callable[[str | bytes], T]


def _as_it_is(message: str | bytes) -> str | bytes:
    return message


class Receives(Waits):
    """What a client may receive."""

    __slots__ = ("_drops_signals", "_read_message")

    def __init__(
        self, session: Session, timeout: float, read_message: Parse[Any], *, drops_signals: bool
    ) -> None:
        super().__init__(session, timeout)
        self._read_message = read_message
        self._drops_signals = drops_signals

    # One message

    def receive(self, timeout: float | None = None) -> Coroutine[Any, Any, str | bytes]:
        """Return the next unread message.

        Raises:
            WaitTimeout: None came in time.
            Closed, AppCrashed: None is left and the connection is closed.

        Cancelling takes nothing. Concurrent receives are served in the order of their calls.
        """
        return self._receive(_as_it_is, timeout)

    def receive_json(self, timeout: float | None = None) -> Coroutine[Any, Any, Any]:
        """Return the JSON value of the next unread message.

        Raises:
            UndecodableMessage: It is not JSON; it stays unread.
            WaitTimeout, Closed, AppCrashed: As for :meth:`receive`.
        """
        return self._receive(decode_json, timeout)

    def receive_message(self, timeout: float | None = None) -> Coroutine[Any, Any, Any]:
        """Return the next unread message as one of the classes that ``accepts`` names.

        Raises:
            UndecodableMessage: It is none of them; it stays unread.
            SetupError: ``accepts`` was not given to :func:`connect`.
            WaitTimeout, Closed, AppCrashed: As for :meth:`receive`.
        """
        return self._receive(self._read_message, timeout)

    async def _receive(self, parse: Parse[T], timeout: float | None) -> T:
        limit = self._timeout if timeout is None else check_timeout(timeout)
        session = self._session
        if session.loop is not asyncio.get_running_loop():
            session.bind()
        try:
            outcome = await session.inbox.take(parse, limit)
        except (SetupError, UndecodableMessage) as exc:
            raise session.masked(exc) from None
        if outcome is EXPIRED or outcome is ENDED:
            raise self._unsuccessful(outcome, "message", limit)
        return outcome

    def _unsuccessful(
        self, outcome: object, wanted: str, limit: float, matcher: Matcher | None = None
    ) -> WsNotebookError:
        if outcome is EXPIRED:
            return self._session.timed_out(f"no {wanted}", limit, matcher)
        assert outcome is ENDED
        return self._session.ended(f"before a {wanted} arrived", matcher)

    # Several messages

    async def receive_all(
        self, stop: Any = None, timeout: float | None = None
    ) -> list[str | bytes]:
        """Return all unread messages up to the one that fits ``stop``, which is kept.

        Args:
            stop: What :meth:`wait_for_message` matches; or one of the completion constants, which
                matches the JSON message with that ``action``, and then completion signals are
                dropped from the result; so they are if the target is a Channel that sends them.
                ``None``: until the server is settled or has closed.
            timeout: Seconds, for all together.

        Raises:
            WaitTimeout: ``stop`` did not come, or the server did not settle, in time.
            Closed, AppCrashed: The connection closed before ``stop`` came.

        On an error nothing is taken; the error carries what is unread.
        """
        return await self._receive_all(_as_it_is, stop, timeout)

    async def receive_all_json(self, stop: Any = None, timeout: float | None = None) -> list[Any]:
        """Do as :meth:`receive_all`, each message parsed as JSON.

        Raises:
            UndecodableMessage: One of them is not JSON; nothing is taken.
        """
        return await self._receive_all(decode_json, stop, timeout)

    async def receive_all_messages(
        self, stop: Any = None, timeout: float | None = None
    ) -> list[Any]:
        """Do as :meth:`receive_all`, each message read as :meth:`receive_message` does.

        Raises:
            UndecodableMessage: One of them is none of the classes; nothing is taken.
        """
        return await self._receive_all(self._read_message, stop, timeout)

    async def _receive_all(self, parse: Parse[T], stop: Any, timeout: float | None) -> list[T]:
        limit = self._limit(timeout)
        self._session.bind()
        inbox = self._session.inbox
        deadline = inbox.deadline(limit)
        matcher = None if stop is None else stop_matcher_for(stop)
        turn = inbox.join()
        try:
            if matcher is None:
                count = await self._settled_count(turn, deadline, limit)
            else:
                count = await self._count_up_to(matcher, turn, deadline, limit)
            asked = isinstance(stop, str) and stop in COMPLETION_SIGNALS
            signals = asked or self._drops_signals
            unread = inbox.messages[inbox.cursor : inbox.cursor + count]
            parsed = [
                parse(message)
                for message in unread
                if not (signals and is_action(message, COMPLETION_SIGNALS))
            ]
            inbox.cursor += count
        except (SetupError, UndecodableMessage) as exc:
            raise self._session.masked(exc) from None
        finally:
            inbox.leave(turn)
        return parsed

    async def _count_up_to(self, stop: Matcher, turn: Turn, deadline: float, limit: float) -> int:
        """Return how many unread messages there are up to the first that fits ``stop``."""
        inbox = self._session.inbox
        looked = inbox.read_to

        def found() -> bool:
            nonlocal looked
            looked = max(looked, inbox.read_to)  # clear_messages may have been called
            for message in inbox.since(looked):
                if stop.test(message):
                    return True
                looked += 1
            return False

        outcome = await inbox.wait_turn(turn, found, deadline)
        if outcome is not None:
            raise self._unsuccessful(outcome, stop.description, limit, stop)
        return looked + 1 - inbox.read_to

    async def _settled_count(self, turn: Turn, deadline: float, limit: float) -> int:
        inbox = self._session.inbox
        if await inbox.wait_turn(turn, _yes, deadline) is EXPIRED:
            raise self._session.timed_out("no turn to receive", limit)
        await self._settle(turn, deadline, limit, _no)
        return inbox.unread

    # Silence

    async def receive_nothing(self, during: float | None = None) -> None:
        """Return if no message is unread and none comes.

        Args:
            during: Seconds of the loop's clock to listen; ``None``: until the server is settled,
                which in process is decided by looking at the app, not by waiting.

        Raises:
            UnexpectedMessage: One is unread, or came; it stays unread.
            AppCrashed: The app raised.
            WaitTimeout: The server did not settle within the client's ``timeout``.

        A connection that closes meanwhile can bring no message any more: that is silence, too.
        """
        limit = self._timeout if during is None else check_timeout(during, "during")
        self._session.bind()
        inbox = self._session.inbox
        deadline = inbox.deadline(limit)
        turn = inbox.join()
        try:
            if during is None:
                await inbox.wait_turn(turn, _yes, deadline)
                await self._settle(turn, deadline, limit, inbox.has_unread)
            else:
                await inbox.wait_turn(turn, inbox.has_unread, deadline)
            if inbox.has_unread():
                message = inbox.messages[inbox.cursor]
                error = UnexpectedMessage(message, situation=self._session.situation())
                raise self._session.masked(error)
            if self._session.state is State.CLOSED:
                self._raise_unless_closed_quietly()
        finally:
            inbox.leave(turn)

    def _raise_unless_closed_quietly(self) -> None:
        error = self._session.ended("while silence was awaited")
        if not isinstance(error, Closed):
            raise error

    async def settle(self, timeout: float | None = None) -> None:
        """Return when the server has dealt with all that was sent, or has closed.

        Over the network: a ping sent now is answered, then 0.05 s pass without a message.

        Raises:
            WaitTimeout: It is still busy after ``timeout`` seconds.
            AppCrashed: The app raised.
        """
        limit = self._limit(timeout)
        self._session.bind()
        deadline = self._session.inbox.deadline(limit)
        await self._settle(None, deadline, limit, _no)
        if self._session.state is State.CLOSED:
            self._raise_unless_closed_quietly()

    async def _settle(
        self, turn: Turn | None, deadline: float, limit: float, enough: Callable[[], bool]
    ) -> None:
        """Wait until the server is settled or, holding ``turn``, there is ``enough``."""
        session = self._session
        if session.connection is None and session.state is not State.CLOSED:
            await self.wait_until("open", max(0.0, deadline - session.inbox.loop.time()))
        connection = session.connection
        if enough() or session.state is State.CLOSED or connection is None or connection.settled():
            return
        settling = session.inbox.loop.create_task(connection.settle(deadline))
        try:
            if turn is None:
                await asyncio.wait({settling})
            else:
                inbox = session.inbox
                settling.add_done_callback(lambda _: inbox.wake_first())
                await inbox.wait_turn(turn, lambda: enough() or settling.done(), _FOREVER)
            if settling.done() and not enough():
                settling.result()
        except TimeoutError as exc:
            raise session.timed_out("the server did not settle", limit, detail=str(exc)) from None
        finally:
            if not settling.done():
                settling.cancel()
                await asyncio.wait({settling})

    # Iteration

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str | bytes:
        """Return the next unread message; iteration ends when the connection is closed.

        It ends silently whatever the close code. Each message has the client's default deadline.
        """
        self._session.bind()
        outcome = await self._session.inbox.take(_as_it_is, self._timeout)
        if outcome is ENDED and self._session.connection is not None:
            raise StopAsyncIteration
        if outcome is EXPIRED or outcome is ENDED:
            raise self._unsuccessful(outcome, "message", self._timeout)
        return outcome


_FOREVER = float("inf")


def _yes() -> bool:
    return True


def _no() -> bool:
    return False
