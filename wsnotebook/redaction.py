"""Secrets: what counts as one, and how a text is shown without it.

Every text that the library shows (errors, timelines, pictures, logs) passes through here first.
Nothing here decides how a secret travels; that is ``auth``.
"""

from __future__ import annotations

import json
import re
from typing import overload
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Redactor", "redact_url"]

MASK = "***"

# Both read to the next delimiter of RFC 3986, so that what a bad URL holds is hidden as well.
_TOKEN_PARAMETER = re.compile(r"(?i)([?&](?:token|ticket|password)=)[^&#]+")
_PASSWORD = re.compile(r"(?i)([a-z][a-z0-9+.-]*://[^/?#:@]*:)[^/?#]+@")

# Nothing that a URL (RFC 3986 section 2.3), JSON or a Python literal writes in another way.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")


def redact_url(url: str) -> str:
    """Return ``url``, or a path with its query, without its password, token and ticket.

    They are the query's parameters of these names, and what stands between ``:`` and ``@``.

    It takes one URL alone: in a longer text it could not tell where the secret ends.
    """
    if "=" in url:
        url = _TOKEN_PARAMETER.sub(rf"\g<1>{MASK}", url)
    if "@" in url:
        url = _PASSWORD.sub(rf"\g<1>{MASK}@", url)
    return url


class Redactor:
    """Hides one secret wherever it stands, in text and in binary.

    Args:
        secret: The exact value to hide, not empty. Its URL-encoded forms are hidden as well, and
            those it takes inside a Python literal or a JSON text, or a text of either inside
            another.
    """

    __slots__ = ("_binary", "_is_plain", "_secret", "_text")

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._is_plain = _PLAIN.fullmatch(secret) is not None
        if self._is_plain:
            return  # it is written one way only
        longest_first = sorted(_forms(secret), key=len, reverse=True)
        self._text = re.compile("|".join(map(re.escape, longest_first)))
        self._binary = re.compile(b"|".join(re.escape(form.encode()) for form in longest_first))

    @overload
    def __call__(self, value: str) -> str: ...
    @overload
    def __call__(self, value: bytes) -> bytes: ...
    def __call__(self, value: str | bytes) -> str | bytes:
        """Return ``value`` with every secret in it replaced by ``***``."""
        if isinstance(value, str):
            if self._is_plain:
                return value.replace(self._secret, MASK)
            return self._text.sub(MASK, value)
        if self._is_plain:
            return value.replace(self._secret.encode(), MASK.encode())
        return self._binary.sub(MASK.encode(), value)


def _forms(secret: str) -> set[str]:
    urls = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    inside = _literals(secret)
    return {secret} | urls | inside | {twice for form in inside for twice in _literals(form)}


def _literals(text: str) -> set[str]:
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    # Which quote repr escapes depends on all that stands around the secret.
    return escaped | {repr(f"{text}'\"")[1:-4]}
