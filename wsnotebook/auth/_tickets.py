"""Tickets: random values that let in once, and soon.

A page that is logged in fetches one over HTTPS and connects with it, so that what stands in the
URL, and so in logs, is worthless by the time that somebody reads it.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import threading
import time
from collections.abc import Callable

from ..errors import Refused, is_ours

__all__ = ["Tickets"]

__tracebackhide__ = is_ours

_BYTES = 32  # 256 random bits: not to be guessed


class Tickets:
    """Gives out tickets and takes them back, each once; usable from any thread.

    It remembers a ticket for ``ttl`` seconds, redeemed or not, and then no more.

    Args:
        ttl: Seconds that a ticket is good for.
        clock: Gives the time in seconds; ``None``: the running loop's clock (a virtual one under
            virtual time), and where no loop runs, ``time.monotonic``, which asyncio's loops use.

    Raises:
        ValueError: ``ttl`` is not a number of seconds over 0.
    """

    def __init__(self, ttl: float = 30.0, *, clock: Callable[[], float] | None = None) -> None:
        if not 0 < ttl < math.inf:
            raise ValueError(f"ttl must be a number of seconds over 0, not {ttl!r}")
        self._ttl = ttl
        self._clock = clock or _now
        # Expiry and subject, or None once redeemed; in the order of issue, which is that of expiry.
        # Looked up by hash and not in constant time: what timing could tell of one random value
        # helps nobody to guess another.
        self._known: dict[str, tuple[float, str | None]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        count = sum(subject is not None for _, subject in self._known.values())
        return f"<Tickets: {count} not redeemed>"

    def issue(self, subject: str) -> str:
        """Return a new ticket for ``subject``, who has shown who it is in another way.

        Raises:
            TypeError: ``subject`` is not a str.
        """
        if not isinstance(subject, str):
            raise TypeError(f"subject must be a str, not {subject!r}")
        ticket = secrets.token_urlsafe(_BYTES)
        with self._lock:
            now = self._clock()
            self._forget(now)
            self._known[ticket] = (now + self._ttl, subject)
        return ticket

    def redeem(self, ticket: str | None, *, code: int | None = None) -> str:
        """Return whom ``ticket`` was issued to; from now on it is worthless.

        Args:
            ticket: What the client sent; ``None``: nothing.
            code: A close code to refuse with after accepting, instead of HTTP 401.

        Raises:
            Refused: It was redeemed before, has expired, or never was a ticket.
        """
        if not ticket:
            raise Refused(401, code, "no ticket was sent")
        with self._lock:
            self._forget(self._clock())
            expiry, subject = self._known.get(ticket, (None, None))
            if expiry is None:
                raise Refused(401, code, "the ticket is unknown or has expired")
            if subject is None:
                raise Refused(401, code, "the ticket was redeemed before")
            self._known[ticket] = (expiry, None)
        return subject

    def _forget(self, now: float) -> None:
        """Drop what has expired: from the front, for that is the oldest."""
        while self._known:
            ticket, (expiry, _) = next(iter(self._known.items()))
            if expiry > now:
                return
            del self._known[ticket]


def _now() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()
