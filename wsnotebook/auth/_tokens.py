"""Signed tokens (JSON Web Tokens, RFC 7519) with one algorithm, HMAC with SHA-256.

The signature is PyJWT's, which is loaded when a token is first signed or verified. The claims are
checked here, against a time that the caller may give, so that what expires can be tested.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from typing import Any

from ..errors import MissingExtra, Refused, is_ours

__all__ = ["sign_token", "verify_token"]

__tracebackhide__ = is_ours

_ALGORITHM = "HS256"
_KEY_BYTES = 32  # RFC 7518 section 3.2: as many as the hash has
_OWN_CLAIMS = frozenset({"sub", "aud", "iat", "exp"})


def sign_token(
    subject: str,
    key: str | bytes,
    *,
    audience: str | None = None,
    expires_in: float = 300,
    claims: Mapping[str, Any] | None = None,
    now: float | None = None,
) -> str:
    """Return a signed token that says who its bearer is.

    Args:
        subject: Who (the claim ``sub``).
        key: The secret that is shared with who verifies: 32 bytes or more, such as
            ``secrets.token_bytes(32)``.
        audience: For whom it is (``aud``); ``None``: for anybody who has the key.
        expires_in: Seconds that it is good for, from ``now`` on (``exp``).
        claims: More claims, such as ``nbf``: not good before that time.
        now: The time in seconds since 1970, or on any clock that who verifies uses too; ``None``:
            ``time.time()``.

    Raises:
        MissingExtra: PyJWT is not installed.
        TypeError: An argument is of the wrong type, or JSON has no form for a claim.
        ValueError: The key is too short or a public one, or an argument cannot be.
    """
    jws, jwt = _library()
    if not isinstance(subject, str) or not subject:
        raise TypeError(f"subject must be a str that is not empty, not {subject!r}")
    if not 0 < expires_in < math.inf:
        raise ValueError(f"expires_in must be a number of seconds over 0, not {expires_in!r}")
    if taken := sorted(_OWN_CLAIMS & (claims or {}).keys()):
        raise ValueError(
            f"claims must not hold {taken[0]!r}, which is an argument's or the clock's"
        )
    issued = time.time() if now is None else now
    own = {"sub": subject, "iat": issued, "exp": issued + expires_in}
    if audience is not None:
        own["aud"] = audience
    payload = json.dumps({**own, **(claims or {})}, separators=(",", ":"), allow_nan=False)
    try:
        signed: str = jws.encode(payload.encode(), _checked(key), algorithm=_ALGORITHM)
    except jwt.InvalidKeyError as exc:
        raise _bad_key(exc) from None
    return signed


def verify_token(
    token: str | None,
    key: str | bytes,
    *,
    audience: str | None = None,
    now: float | None = None,
    code: int | None = None,
) -> dict[str, Any]:
    """Return the claims of a token that was signed with ``key`` and is good now.

    Args:
        token: What the client sent; ``None``: nothing.
        key: The secret that it was signed with.
        audience: Who verifies: a token for somebody else is refused; so is one for anybody, and
            with ``None`` one for somebody.
        now: The time; see :func:`sign_token`.
        code: A close code to refuse with after accepting, instead of HTTP 401.

    Raises:
        Refused: It is not to be trusted; the reason says why.
        MissingExtra: PyJWT is not installed.
        TypeError: The key, or the token, is of the wrong type.
        ValueError: The key is too short, or a public one.
    """
    if token is not None and not isinstance(token, str):
        raise TypeError(f"token must be a str or None, not {type(token).__name__}")
    reason = "no token was sent"
    claims: dict[str, Any] = {}
    if token:
        reason, claims = _opened(token, _checked(key))
    if not reason:
        reason = _problem(claims, audience, time.time() if now is None else now)
    if reason:
        raise Refused(401, code, reason)
    return claims


def _opened(token: str, key: bytes) -> tuple[str, dict[str, Any]]:
    """Return why the token is not to be believed, and what it says if it is."""
    jws, jwt = _library()
    try:
        claims = json.loads(jws.decode(token, key, algorithms=[_ALGORITHM]))
    except jwt.InvalidSignatureError:
        return "the token was changed, or signed with another key", {}
    except jwt.InvalidAlgorithmError:
        return f"the token is not signed with {_ALGORITHM}", {}
    except jwt.InvalidKeyError as exc:
        raise _bad_key(exc) from None
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return "the token is malformed", {}
    return ("", claims) if isinstance(claims, dict) else ("the token is malformed", {})


def _problem(claims: dict[str, Any], audience: str | None, now: float) -> str:
    """Return what is wrong with the claims (RFC 7519 section 4.1); empty: nothing."""
    for name in ("sub", "exp", *(["aud"] if audience is not None else [])):
        if name not in claims:
            return f"the token has no {name!r}"
    if not isinstance(claims["sub"], str):
        return "the token's 'sub' is not text"
    for name in ("exp", "nbf"):
        if name in claims and not _is_time(claims[name]):
            return f"the token's {name!r} is not a time"
    if not now < claims["exp"]:
        return "the token has expired"
    if not now >= claims.get("nbf", now):
        return "the token is not valid yet"
    meant = claims.get("aud")
    for_us = meant if isinstance(meant, list) else [meant]  # None for None
    return "" if audience in for_us else "the token is for another audience"


def _is_time(value: object) -> bool:
    # JSON as Python reads it knows NaN, which compares with nothing.
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _checked(key: str | bytes) -> bytes:
    if not isinstance(key, str | bytes):
        raise TypeError(f"key must be str or bytes, not {type(key).__name__}")
    data = key.encode() if isinstance(key, str) else key
    if len(data) < _KEY_BYTES:
        raise ValueError(
            f"key must hold {_KEY_BYTES} bytes or more (RFC 7518 section 3.2), not {len(data)}: "
            "make one with secrets.token_bytes(32)"
        )
    return data


def _bad_key(exc: Exception) -> ValueError:
    return ValueError(f"key cannot be used with {_ALGORITHM}: {exc}")


def _library() -> tuple[Any, Any]:
    try:
        import jwt
    except ImportError:
        raise MissingExtra("PyJWT", "auth") from None
    return jwt.PyJWS(algorithms=[_ALGORITHM]), jwt
