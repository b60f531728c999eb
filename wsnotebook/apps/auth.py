"""A door with a lock: only who brings a token that it knows may speak.

* ``?token=`` a token of the table: ``{"type": "authenticated", "user": ...}``, and every
  ``{"type": "whoami"}`` is answered with the same.
* Any other token, or none: ``{"type": "error", "message": "invalid token"}``, and the connection
  is closed with 4401.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from ..channel import Channel
from ..errors import Refused
from ..messages import Message

__all__ = ["AuthenticatedChannel"]


class Authenticated(Message):
    """Says who the client is."""

    type: Literal["authenticated"] = "authenticated"
    user: str


class WhoAmI(Message):
    """Asks."""

    type: Literal["whoami"] = "whoami"


class AuthenticatedChannel(Channel):
    """A client that has shown who it is.

    Attributes:
        tokens: The user that each token stands for.
        user: The user of this connection.
    """

    accepts = WhoAmI
    sends = Authenticated
    tokens: ClassVar[Mapping[str, str]] = {"tea-4-two": "ann", "tea-4-ten": "bob"}
    user: str

    async def authenticate(self) -> None:
        """Look the token up."""
        user = self.tokens.get(self.params.get("token", ""))
        if user is None:
            raise Refused(code=4401, reason="invalid token")
        self.user = user

    async def on_connect(self) -> None:
        """Say who it is."""
        await self.send(Authenticated(user=self.user))

    async def on_message(self, message: WhoAmI) -> None:  # noqa: ARG002  # there is one kind
        """Say it again."""
        await self.send(Authenticated(user=self.user))
