"""The message that says how an authentication ended, as Chanx's consumers send it first."""

from __future__ import annotations

from typing import Any, Literal

from ..messages import Message

__all__ = ["AuthenticationMessage", "AuthenticationPayload"]


class AuthenticationPayload(Message):
    """How an authentication ended, in the terms of HTTP.

    Attributes:
        status_code: 200 if it succeeded.
        status_text: The same in words.
        data: Whatever the server adds.
    """

    status_code: int
    status_text: str
    data: Any = None


class AuthenticationMessage(Message):
    """``{"action": "authentication", "payload": {...}}``."""

    action: Literal["authentication"] = "authentication"
    payload: AuthenticationPayload
