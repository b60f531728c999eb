"""Secrets: what counts as one, and how a text is shown without it.

Every text that the library shows (errors, timelines, pictures, logs) passes through here first.
Nothing here decides how a secret travels; that is ``auth``.
"""

from __future__ import annotations

import re
from typing import overload
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Redactor", "redact_url"]

MASK = "***"

_TOKEN_PARAMETER = re.compile(r"(?i)([?&]token=)[^&#\s'\"]+")
_USER_INFO = re.compile(r"(?i)(\bwss?://[^/:@\s]*:)[^/@\s]+@")


def redact_url(text: str) -> str:
    """Return ``text`` with the values of ``token`` parameters and passwords in URLs hidden."""
    text = _TOKEN_PARAMETER.sub(rf"\g<1>{MASK}", text)
    return _USER_INFO.sub(rf"\g<1>{MASK}@", text)


class Redactor:
    """Hides one secret wherever it stands, in text and in binary.

    Args:
        secret: The exact value to hide, not empty. Its URL-encoded forms are hidden as well.
    """

    __slots__ = ("_binary", "_text")

    def __init__(self, secret: str) -> None:
        forms = {secret, quote(secret, safe=""), quote_plus(secret)}
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
