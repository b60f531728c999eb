"""Where a token travels in the opening handshake.

A browser can only choose the URL, the cookies of the site and the subprotocols; any other client
can set headers too. What a server makes of a token is the app's business.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VIAS", "TokenPlacement", "place_token"]

VIAS = ("header", "query", "cookie", "subprotocol")


@dataclass(frozen=True, slots=True)
class TokenPlacement:
    """What a token adds to a handshake."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()


def place_token(token: str, via: str) -> TokenPlacement:
    """Return what ``token`` adds to a handshake when it travels ``via``.

    Args:
        token: The token, unencoded.
        via: ``"header"``: ``Authorization: Bearer`` (RFC 6750 section 2.1); ``"query"``: the
            ``token`` parameter; ``"cookie"``: a cookie named ``token``; ``"subprotocol"``: an
            offered subprotocol, which must then be made of HTTP token characters.

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
    match via:
        case "header":
            return TokenPlacement(headers=(("Authorization", f"Bearer {token}"),))
        case "query":
            return TokenPlacement(query=(("token", token),))
        case "cookie":
            return TokenPlacement(cookies=(("token", token),))
        case "subprotocol":
            return TokenPlacement(subprotocols=(token,))
    raise ValueError(f"via must be one of {', '.join(map(repr, VIAS))}, not {via!r}")
