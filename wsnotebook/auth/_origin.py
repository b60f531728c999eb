"""Which page opened the connection: the one thing that a browser tells truthfully.

A browser lets any page connect anywhere, cookies included; only the ``Origin`` header says which
page it is (RFC 6455 section 10.2, RFC 6454). Any other client may send what it likes there, so it
replaces no token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..errors import Refused, is_ours, shorten
from ._reading import asked

__all__ = ["check_origin"]

__tracebackhide__ = is_ours

# RFC 6454 section 6.2: a scheme, a host in ASCII, maybe a port; no path, no user, nothing else.
_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(:(?P<port>[0-9]{1,5}))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SHOWN = 60
Origin = tuple[str, str, int | None]


def check_origin(source: Any, allowed: Iterable[str], *, required: bool = False) -> None:
    """Refuse a page of another site.

    Two origins are the same if scheme, host and port are; case does not count, and a default port
    may be left out. There are no patterns: what looks like part of an origin is none.

    Args:
        source: What :func:`read_token` takes.
        allowed: The origins that may connect, such as ``"https://example.org"``. ``"null"``, which
            sandboxed frames and local files send, and anybody can be made to, counts only if it is
            among them.
        required: Whether a client that sends no origin is refused as well: no browser is one.

    Raises:
        Refused: With 403: the origin is another, unreadable, or missing though required.
        TypeError: ``allowed`` is one str, or ``source`` holds no handshake.
        ValueError: One of ``allowed`` is no origin.
    """
    if isinstance(allowed, str):
        raise TypeError(f"allowed must be origins, not the single str {allowed!r}")
    known = {_allowed(origin) for origin in allowed}
    origin = asked(source).header("origin").strip()
    if not origin:
        if required:
            raise Refused(403, reason="no origin was sent")
        return
    if _parse(origin) not in known:
        raise Refused(403, reason=f"the origin {shorten(origin, _SHOWN)} is not allowed")


def _allowed(origin: str) -> Origin:
    parsed = _parse(origin) if isinstance(origin, str) and "*" not in origin else None
    if parsed is None or parsed[0] in ("ws", "wss"):
        raise ValueError(
            f"{origin!r} is not an origin: expected scheme and host, and a port if it is not the "
            "scheme's own, as in 'https://example.org' or 'http://localhost:8888'"
        )
    return parsed


def _parse(origin: str) -> Origin | None:
    origin = origin.lower()
    if origin == "null":
        return ("null", "", None)
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return None
    scheme, port = found["scheme"], found["port"]
    return scheme, found["host"], int(port) if port else _DEFAULT_PORTS.get(scheme)
