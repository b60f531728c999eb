"""Close codes: what each means, and which of them may be sent.

The table and the rules are RFC 6455 section 7.4 and the IANA registry it opens. Nothing here
knows about connections.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ABNORMAL", "NAMES", "NORMAL", "NO_STATUS", "Closure", "check_close", "describe_close"]

NORMAL = 1000
NO_STATUS = 1005
ABNORMAL = 1006

NAMES = {
    1000: "OK",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "no status received",
    1006: "no close frame received",
    1007: "invalid payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake failed",
}

# Reserved for reporting only: an endpoint must not send them (RFC 6455 section 7.4.1).
_NEVER_SENT = {NO_STATUS, ABNORMAL, 1015}

# A control frame carries at most 125 bytes, and the code takes two (RFC 6455 section 5.5).
_MAX_REASON_BYTES = 123


@dataclass(frozen=True, slots=True)
class Closure:
    """How a connection ended.

    Attributes:
        code: The close code received, or 1006 when the peer vanished (RFC 6455 section 7.1.5).
        reason: The reason received with it, possibly empty.
        clean: Whether both sides sent a close frame (RFC 6455 section 7.1.4).
    """

    code: int
    reason: str = ""
    clean: bool = True


def check_close(code: int, reason: str) -> None:
    """Refuse a close code or reason that RFC 6455 does not let an endpoint send.

    Raises:
        TypeError: The code is not an int, or the reason not a str.
        ValueError: The code is outside the sendable range, or the reason is over 123 bytes of UTF-8
            or cannot be encoded as UTF-8.
    """
    if not isinstance(code, int) or isinstance(code, bool):
        raise TypeError(f"close code must be an int, not {code!r}")
    if not isinstance(reason, str):
        raise TypeError(f"close reason must be a str, not {reason!r}")
    if not (3000 <= code <= 4999 or (code in NAMES and code not in _NEVER_SENT)):
        raise ValueError(
            f"close code {code} may not be sent (RFC 6455 section 7.4); "
            "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
        )
    try:
        size = len(reason.encode())
    except UnicodeEncodeError as exc:
        raise ValueError(
            f"close reason {reason!r} is not UTF-8 (RFC 6455 section 5.5.1): "
            f"lone surrogate at character {exc.start}"
        ) from None
    if size > _MAX_REASON_BYTES:
        raise ValueError(
            f"close reason is {size} bytes of UTF-8; a close frame carries at most "
            f"{_MAX_REASON_BYTES} (RFC 6455 section 5.5): {reason!r}"
        )


def describe_close(code: int | None, reason: str | None = "") -> str:
    """Return ``4002 'go away'`` or ``1001 (going away)``: how a closure reads in texts."""
    name = f" ({NAMES[code]})" if code in NAMES and not reason else ""
    return f"{code}{name}" + (f" {reason!r}" if reason else "")
