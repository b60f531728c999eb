"""Reading the arguments of ``connect``: what is refused, and what a handshake is made of."""

from __future__ import annotations

import math
import re
import ssl as ssl_module
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

from ..auth import TokenPlacement, place_token
from ..transports import Handshake

__all__ = ["build_handshake", "check_timeout"]

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Query = Mapping[str, object] | Iterable[tuple[str, object]]

# RFC 9110 section 5.6.2 (token) and section 5.5 (what a value may not hold).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_A_HEADER = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_NO_TOKEN = TokenPlacement()
_NOTHING = (None, None, None, None, (), None, None, None)
_DEFAULT = Handshake()
_SENSITIVE = {"authorization", "cookie"}


def check_timeout(value: float, name: str = "timeout") -> float:
    """Return ``value`` if it is a number of seconds to wait.

    Raises:
        TypeError: It is not a number.
        ValueError: It is negative or NaN.
    """
    if type(value) is float and value >= 0:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {value!r}")
    if math.isnan(value) or value < 0:
        raise ValueError(
            f'{name} must be 0 or more seconds (float("inf"): no limit), not {value!r}'
        )
    return value


def build_handshake(
    path: str | None,
    *,
    headers: Headers | None,
    query: Query | None,
    cookies: Mapping[str, str] | None,
    subprotocols: Iterable[str],
    token: str | None,
    via: str,
    ssl: ssl_module.SSLContext | None,
    compression: Literal["deflate"] | None,
    close_timeout: float,
    max_size: int | None,
) -> Handshake:
    """Return the handshake that the arguments of ``connect`` describe, or refuse them."""
    if (path, headers, query, cookies, subprotocols, token, ssl, compression) == _NOTHING and (
        max_size == _DEFAULT.max_size and close_timeout == _DEFAULT.close_timeout
    ):
        return _DEFAULT  # most connections ask for nothing
    if path is not None and not isinstance(path, str):
        raise TypeError(f"path must be a str, not {path!r}")
    if path is not None and "#" in path:
        raise ValueError(f"path must not hold a fragment (RFC 6455 section 3): {path!r}")
    if ssl is not None and not isinstance(ssl, ssl_module.SSLContext):
        raise TypeError(f"ssl must be an ssl.SSLContext, not {ssl!r}")
    if compression not in (None, "deflate"):
        raise ValueError(f"compression must be None or 'deflate', not {compression!r}")
    if max_size is not None and (isinstance(max_size, bool) or not isinstance(max_size, int)):
        raise TypeError(f"max_size must be a number of bytes or None, not {max_size!r}")
    if max_size is not None and max_size < 1:
        raise ValueError(f"max_size must be 1 byte or more, or None for no limit, not {max_size!r}")
    placed = _NO_TOKEN if token is None else place_token(token, via)
    return Handshake(
        path=None if path is None else _encoded("path", path),
        query=_encoded("query", pairs) if (pairs := [*_pairs(query), *placed.query]) else "",
        headers=_headers(headers, cookies, placed),
        subprotocols=_subprotocols(subprotocols, placed),
        ssl=ssl,
        compression=compression,
        max_size=max_size,
        close_timeout=close_timeout,
    )


def _encoded(name: str, value: str | list[tuple[str, Any]]) -> str:
    try:
        return (
            quote(value, safe="/?&=%+:@!$'()*,;~") if isinstance(value, str) else urlencode(value)
        )
    except UnicodeEncodeError:
        raise ValueError(f"{name} cannot be encoded as UTF-8: it holds a lone surrogate") from None


def _pairs(given: Mapping[str, Any] | Iterable[tuple[str, Any]] | None) -> list[tuple[str, Any]]:
    if given is None:
        return []
    return list(given.items() if isinstance(given, Mapping) else given)


def _headers(
    given: Headers | None, cookies: Mapping[str, str] | None, placed: TokenPlacement
) -> tuple[tuple[str, str], ...]:
    headers = [*_pairs(given), *placed.headers]
    if pairs := [*_pairs(cookies), *placed.cookies]:
        for name, value in pairs:
            if not isinstance(name, str) or not _TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} is not a cookie name (RFC 6265 section 4.1.1)")
            if not isinstance(value, str) or ";" in value:
                raise ValueError(f"cookie {name!r} must have a str value without ';'")
        headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in pairs)))
    for name, value in headers:
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is not a header name (RFC 9110 section 5.1)")
        shown = "***" if name.lower() in _SENSITIVE else repr(value)
        if not isinstance(value, str):
            raise TypeError(f"header {name!r} must have a str value, not {shown}")
        if _NOT_IN_A_HEADER.search(value):
            raise ValueError(
                f"header {name!r} may hold no control character, and nothing beyond ISO-8859-1 "
                f"(RFC 9110 section 5.5): {shown}"
            )
    return tuple(headers)


def _subprotocols(given: Iterable[str], placed: TokenPlacement) -> tuple[str, ...]:
    if isinstance(given, str):
        raise TypeError(f"subprotocols must be a sequence of str, not the str {given!r}")
    # The token comes right after the name that marks it, and no name is offered twice.
    own = [name for name in given if name not in placed.subprotocols]
    subprotocols = (*own, *placed.subprotocols)
    for subprotocol in subprotocols:
        if not isinstance(subprotocol, str) or not _TOKEN.fullmatch(subprotocol):
            shown = "the token" if subprotocol in placed.subprotocols else repr(subprotocol)
            raise ValueError(
                f"{shown} cannot be a subprotocol: it must be one or more of the characters "
                "of an HTTP token (RFC 6455 section 4.1)"
            )
    return subprotocols
