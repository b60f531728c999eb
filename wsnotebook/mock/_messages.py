"""What a test may give a mock to send: what a Client sends, and a ``dict`` as its JSON."""

from __future__ import annotations

from typing import Any

from ..messages import encode, encode_json

__all__ = ["as_message"]


def as_message(message: Any) -> str | bytes:
    """Return what goes on the wire for ``message``.

    Raises:
        TypeError, ValueError: It is neither ``str``, ``bytes``, a Message nor a ``dict``, or it
            cannot be encoded.
    """
    if isinstance(message, dict):
        return encode_json(message)
    try:
        return encode(message)
    except TypeError:
        raise TypeError(
            f"cannot send {message!r:.160}: expected str (text), bytes (binary), "
            "a Message or a dict (its JSON)"
        ) from None
