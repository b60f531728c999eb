"""Reading the URL of a WebSocket server (RFC 6455 section 3): its parts, or what is wrong."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from ..redaction import redact_url

__all__ = ["is_loopback", "split_url"]

# What no URL holds as it is (RFC 3986 section 2), and urlsplit may drop without a word.
_RAW = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")


def split_url(url: str) -> SplitResult:
    """Return the parts of ``url``.

    Raises:
        ValueError: It is not a WebSocket URL; the text says why, secrets masked.
    """
    try:
        parts = urlsplit(url)
        problem = _problem(url, parts)
    except ValueError as exc:
        problem = str(exc)
    if problem:
        raise ValueError(f"{redact_url(url)!r} is not a WebSocket URL: {problem}")
    return parts


def _problem(url: str, parts: SplitResult) -> str:
    if parts.scheme not in ("ws", "wss"):
        return "it must start with ws:// or wss://"
    if _RAW.search(url):
        return "it holds a space, a control character or a lone surrogate; percent-encode it"
    if not parts.hostname or parts.port == 0:
        return "it names no host and port to reach"
    parts.hostname.encode("idna")  # raises a ValueError
    if parts.username is not None and parts.password is None:
        return "a user name needs a password, as in ws://user:password@host"
    return "a fragment (#) is not allowed" if parts.fragment else ""


def is_loopback(host: str | None) -> bool:
    """Whether ``host`` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
