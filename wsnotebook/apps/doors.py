"""A house with six doors: each takes a signed token that travels its own way.

* ``/header``, ``/query``, ``/cookie``, ``/subprotocol``: a token from ``Doors.token_for(user)``;
  ``/ticket``: one from ``Doors.tickets.issue(user)``. Whoever has none that is good is answered
  with HTTP 401, and a page of another site with 403.
* ``/message``: the first message is to be ``{"type": "authenticate", "token": ...}``. Anything
  else, or nothing for ``patience`` seconds: ``{"type": "error", "message": ...}``, and the
  connection is closed with 4401.
* Who is in is told ``{"type": "authenticated", "user": ...}``, and again for every message.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import ClassVar

from ..auth import Tickets, check_origin, read_token, sign_token, verify_token
from ..channel import Channel
from ..errors import Closed, Refused

__all__ = ["Doors"]


class Doors(Channel):
    """A client at one of the doors, or in.

    Attributes:
        key: What tokens are signed with.
        origins: The pages that may connect.
        patience: Seconds that a stranger at ``/message`` may be silent.
        tickets: Gives out tickets.
        user: Who is in; ``None``: not yet known.
    """

    path = "/{via}"
    subprotocols = ("bearer",)
    key: ClassVar[bytes] = secrets.token_bytes(32)
    origins: ClassVar[tuple[str, ...]] = ("https://tea.example",)
    patience: ClassVar[float] = 5.0
    tickets: ClassVar[Tickets] = Tickets()
    user: str | None = None

    @classmethod
    def token_for(cls, user: str, *, now: float | None = None) -> str:
        """Return a token that opens every door but ``/ticket`` for five minutes."""
        return sign_token(user, cls.key, audience="doors", now=now)

    @classmethod
    def who(cls, token: str | None) -> str:
        """Return whose token it is, or refuse it."""
        user: str = verify_token(token, cls.key, audience="doors")["sub"]
        return user

    async def authenticate(self) -> None:
        """Look at what stands in the handshake."""
        check_origin(self, self.origins)
        via = self.params["via"]
        if via == "ticket":
            self.user = self.tickets.redeem(read_token(self, via=via))
        elif via in ("header", "query", "cookie", "subprotocol"):
            self.user = self.who(read_token(self, via=via))
        elif via != "message":
            raise Refused(404, reason=f"there is no door {via!r}")

    async def on_connect(self) -> None:
        """Greet who is known; say nothing to a stranger, and do not wait for it for long."""
        if self.user is not None:
            await self._greet()
            return
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(self.patience, self._lose_patience)

    async def on_message(self, message: str | bytes) -> None:
        """Let in who says first who it is; tell everybody else who it is."""
        if self.user is None:
            self._patience.cancel()
            try:
                self.user = self.who(read_token(message, via="message"))
            except Refused as refusal:
                await self._turn_away(refusal.reason)
                return
        await self._greet()

    async def on_close(self, code: int, reason: str) -> None:  # noqa: ARG002
        """Wait for nobody who is gone."""
        if self.user is None:
            self._patience.cancel()

    async def _greet(self) -> None:
        await self.send_json({"type": "authenticated", "user": self.user})

    def _lose_patience(self) -> None:
        self._leaving = asyncio.create_task(self._turn_away("nothing was said in time"))

    async def _turn_away(self, reason: str) -> None:
        with suppress(Closed):  # it may have left by itself
            await self.send_json({"type": "error", "message": reason})
            await self.close(4401, reason)
