"""The ``wait_`` verbs: they look at the log and take nothing.

Each has a deadline, fails at once when it can no longer succeed, and is safe to cancel. The verbs
that take are in ``_receives``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Literal, TypeVar

from ..closecodes import Closure
from ..errors import is_ours
from ..matching import Matcher, matcher_for
from ._inbox import ENDED, EXPIRED
from ._options import check_timeout
from ._session import Session, State

__all__ = ["Waits"]

__tracebackhide__ = is_ours

T = TypeVar("T")


class Waits:
    """What a client may wait for."""

    __slots__ = ("_session", "_timeout")

    def __init__(self, session: Session, timeout: float) -> None:
        self._session = session
        self._timeout = timeout

    def _limit(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else check_timeout(timeout)

    async def wait_until(
        self, state: Literal["open", "closed"], timeout: float | None = None
    ) -> None:
        """Return once the client is open, or closed; at once if it already is.

        Raises:
            ConnectFailed, Refused, Closed: It can no longer open.
            WaitTimeout: It did not get there within ``timeout`` seconds.
            ValueError: ``state`` is neither.
        """
        if state not in ("open", "closed"):
            raise ValueError(f"wait_until knows 'open' and 'closed', not {state!r}")
        session, limit = self._session, self._limit(timeout)
        wanted = State(state)
        deadline = session.bind().time() + limit
        reached = session.state
        while reached is not wanted:
            if reached is State.CLOSED:
                raise session.ended(self._never_open_again())
            told = await session.wait_state(deadline)
            if told is None:
                verb = "open" if wanted is State.OPEN else "close"
                raise session.timed_out(f"{session.name} did not {verb}", limit)
            reached = wanted if told is wanted else session.state

    def _never_open_again(self) -> str:
        name, was_open = self._session.name, self._session.connection is not None
        return f"and {name} will not open again" if was_open else f"before {name} was open"

    def wait_for_message(
        self, match: Any, *, include_existing: bool = True, timeout: float | None = None
    ) -> Coroutine[Any, Any, str | bytes]:
        """Return the first message that fits ``match``; it stays unread.

        Args:
            match: ``str`` or ``bytes`` (equal), a compiled pattern (search), a ``dict`` (the
                message is JSON and contains it, deeply), a Message (equal), a Message class
                (parses as it), or a predicate.
            include_existing: Whether messages that came before *this call* count. The position is
                taken when the method is called, not when the result is awaited.
            timeout: Seconds.

        Raises:
            WaitTimeout: None came in time.
            Closed, AppCrashed: The connection closed, so none can come.
            TypeError: ``match`` is none of the above.
        """
        matcher, limit = matcher_for(match), self._limit(timeout)
        session = self._session
        start = 0 if include_existing or session.loop is None else session.inbox.position
        return self._wait_for_message(matcher, start, limit)

    async def _wait_for_message(self, matcher: Matcher, start: int, limit: float) -> str | bytes:
        self._session.bind()
        for message in self._session.inbox.since(start):
            if matcher.test(message):
                return message
        return await self._watch(
            lambda message: message if matcher.test(message) else None, matcher, limit
        )

    async def wait_for_message_count(
        self, n: int, timeout: float | None = None
    ) -> list[str | bytes]:
        """Return a copy of ``messages`` once it is at least ``n`` long.

        Raises:
            WaitTimeout: Fewer came in time.
            Closed, AppCrashed: The connection closed, so fewer will stay.
            ValueError: ``n`` is not a number of messages.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 0:
            raise ValueError(f"n must be 0 or more messages, not {n!r}")
        limit = self._limit(timeout)
        self._session.bind()
        messages = self._session.inbox.messages
        if len(messages) >= n:
            return list(messages)
        plural = "" if n == 1 else "s"
        wanted = Matcher(f"{n} message{plural}", lambda _: len(messages) >= n)
        return await self._watch(
            lambda message: list(messages) if wanted.test(message) else None, wanted, limit
        )

    async def _watch(
        self, test: Callable[[str | bytes], T | None], matcher: Matcher, limit: float
    ) -> T:
        inbox = self._session.inbox
        outcome = await inbox.watch(test, inbox.deadline(limit))
        if outcome is EXPIRED:
            raise self._session.timed_out(f"no {matcher.description}", limit, matcher)
        if outcome is ENDED:
            raise self._session.ended(f"before {matcher.description} arrived", matcher)
        return outcome  # type: ignore[no-any-return]  # what test returned

    async def wait_for_close(
        self, code: int | None = None, timeout: float | None = None
    ) -> Closure:
        """Return how the connection closed, once it has.

        Args:
            code: The close code that is expected; ``None``: any.
            timeout: Seconds.

        Raises:
            Closed: It closed with another code.
            AppCrashed: It closed with another code because the app raised.
            ConnectFailed, Refused: It never opened.
            WaitTimeout: It did not close in time.
        """
        await self.wait_until("closed", timeout)
        closure = self._session.closure
        assert closure is not None
        if self._session.connection is None:
            raise self._session.ended(self._never_open_again())
        if code is not None and closure.code != code:
            raise self._session.ended(f"instead of {code}")
        return closure
