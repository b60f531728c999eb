"""Reading what was typed into a composer: text, JSON, or bytes in hex.

Nothing here knows about widgets; a text that cannot be sent is a ValueError that says why.
"""

from __future__ import annotations

import json
from string import hexdigits
from typing import NoReturn

from ..messages import encode

__all__ = ["MODES", "PLACEHOLDERS", "read_payload"]

MODES = ("Text", "JSON", "Binary")
PLACEHOLDERS = {
    "Text": "a message, sent as it stands",
    "JSON": '{"type": "ECHO", "value": "hello"}',
    "Binary": "bytes in hex: 48 65 6c 6c 6f",
}


def read_payload(mode: str, typed: str) -> str | bytes:
    """Return the message that ``typed`` stands for.

    Args:
        mode: One of ``MODES``. JSON is sent as it was typed; it only has to parse.
        typed: What the composer holds.

    Raises:
        ValueError: It stands for none; the text says where it goes wrong.
    """
    if mode == "Binary":
        return _read_hex(typed)
    if mode == "JSON":
        _check_json(typed)
    return encode(typed)


def _read_hex(typed: str) -> bytes:
    for position, character in enumerate(typed, 1):
        if character not in hexdigits and not character.isspace():
            raise ValueError(f"not hex: {character!r} at character {position}")
    digits = "".join(typed.split())
    if len(digits) % 2:
        plural = "" if len(digits) == 1 else "s"
        raise ValueError(f"not hex: {len(digits)} digit{plural}, but every byte takes two")
    return bytes.fromhex(digits)


def _check_json(typed: str) -> None:
    if not typed.strip():
        raise ValueError("not JSON: nothing typed")
    try:
        # Numbers stay text: JSON sets no limit to their length, int() does.
        json.loads(typed, parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except json.JSONDecodeError as exc:
        raise ValueError(f"not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}") from None
    except RecursionError:
        raise ValueError("not JSON that can be checked: nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"not JSON: {name} is no JSON value (RFC 8259 section 6)")
