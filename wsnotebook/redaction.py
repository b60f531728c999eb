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
_TOKEN_PARAMETER = re.compile(r"(?i)([?&]token=)[^&#]+")
_PASSWORD = re.compile(r"(?i)([a-z][a-z0-9+.-]*://[^/?#:@]*:)[^/?#]+@")


def redact_url(url: str) -> str:
    """Return ``url``, or a path with its query, without its password and ``token`` parameters.

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
            those it takes inside a Python literal or a JSON text.
    """

    __slots__ = ("_binary", "_text")

    def __init__(self, secret: str) -> None:
        forms = {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
        forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        longest_first = sorted(forms, key=len, reverse=True)
        self._text = re.compile("|".join(map(re.escape, longest_first)))
        self._binary = re.compile(b"|".join(re.escape(form.encode()) for form in longest_first))

    @overload
    def __call__(self, value: str) -> str: ...
    @overload
    def __call__(self, value: bytes) -> bytes: ...
    def __call__(self, value: str | bytes) -> str | bytes:
        """Return ``value`` with every secret in it replaced by ``***``."""
        if isinstance(value, str):
            return self._text.sub(MASK, value)
        return self._binary.sub(MASK.encode(), value)
