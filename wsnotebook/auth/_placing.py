"""The client's side: what a token adds to a handshake, or to the conversation."""

from __future__ import annotations

from dataclasses import dataclass

from ..messages import encode_json
from ._ways import check_via

__all__ = ["TokenPlacement", "place_token"]


@dataclass(frozen=True, slots=True, repr=False)
class TokenPlacement:
    """What a token adds: one of these is not empty."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    message: str | None = None


def place_token(token: str, via: str) -> TokenPlacement:
    """Return what ``token`` adds when it travels ``via``.

    Args:
        token: The token, unencoded.
        via: ``"header"``: ``Authorization: Bearer`` (RFC 6750 section 2.1); ``"query"``: the
            ``token`` parameter; ``"cookie"``: a cookie named ``token``; ``"subprotocol"``: an
            offered subprotocol, after one named ``bearer`` for the server to accept, so it must be
            made of HTTP token characters; ``"message"``: the first message,
            ``{"type": "authenticate", "token": ...}``; ``"ticket"``: the ``ticket`` parameter.

    Raises:
        TypeError: ``token`` is not a str.
        ValueError: ``via`` is unknown, or ``token`` cannot be encoded as UTF-8.
    """
    if not isinstance(token, str):
        raise TypeError(f"token must be a str, not {type(token).__name__}")
    try:
        token.encode()
    except UnicodeEncodeError:
        raise ValueError("token cannot be encoded as UTF-8: it holds a lone surrogate") from None
    called = check_via(via).called
    match via:
        case "header":
            return TokenPlacement(headers=(("Authorization", f"{called} {token}"),))
        case "cookie":
            return TokenPlacement(cookies=((called, token),))
        case "subprotocol":
            return TokenPlacement(subprotocols=(called, token))
        case "message":
            return TokenPlacement(message=encode_json({"type": "authenticate", called: token}))
    return TokenPlacement(query=((called, token),))
