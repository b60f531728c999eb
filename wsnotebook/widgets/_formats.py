"""Payloads as text to read: as Python writes them, JSON laid out, or a hex dump.

The work for one payload is bounded, however long it is; what is left out is told. Making HTML of
the text is ``_html``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from ..errors import shorten

__all__ = ["FORMS", "as_hex", "as_json", "as_python"]

SHOWN_PAYLOAD = 300  # characters or bytes
LONGEST_JSON = 16_384  # characters; longer ones are shown as Python writes them
SHOWN_JSON = 3_000  # characters, when laid out
SHOWN_HEX = 256  # bytes
_HEX_COLUMNS = 16

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,\s"]+')
_OPENING, _CLOSING = {"[", "{"}, {"]", "}"}
_NOT_PRINTABLE = re.compile(rb"[^ -~]")


def as_python(data: str | bytes, size: int | None = None) -> str:
    """Return ``repr(data)``, cut, with the whole length."""
    del size
    return shorten(data, SHOWN_PAYLOAD)


def as_json(data: str | bytes, size: int | None = None) -> str:
    """Return JSON laid out, and what is no JSON as Python writes it.

    Numbers, escapes and doubled keys stay as they were sent: only the spaces between are new.
    """
    if not _is_json(data):
        return as_python(data, size)
    text = data if isinstance(data, str) else data.decode()
    laid_out, length = [], 0
    for part in _lay_out(text):
        laid_out.append(part)
        length += len(part)
        if length > SHOWN_JSON:
            return f"{''.join(laid_out)[:SHOWN_JSON]}... ({len(text):,} characters)"
    return "".join(laid_out)


def _is_json(data: str | bytes) -> bool:
    if len(data) > LONGEST_JSON:
        return False
    try:
        text = data if isinstance(data, str) else data.decode()
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)  # NaN and the infinities are no JSON (RFC 8259 section 6)


def _lay_out(text: str) -> Iterator[str]:
    """Yield valid JSON in pieces, one member of an object or array to a line."""
    depth, before = 0, ""
    for part in _PART.findall(text):
        begins, ends = part in _OPENING, part in _CLOSING
        depth -= ends
        is_first = before in _OPENING
        if (ends and not is_first) or (not ends and (is_first or before == ",")):
            yield "\n" + "  " * depth
        yield f"{part} " if part == ":" else part
        depth += begins
        before = part


def as_hex(data: str | bytes, size: int | None = None) -> str:
    """Return a hex dump: the offset, the bytes in hex, and those that print.

    Args:
        data: The payload; of a text, its UTF-8.
        size: Its bytes on the wire, if that is known.
    """
    if isinstance(data, str):
        size = len(data.encode(errors="replace")) if size is None else size
        data = data[:SHOWN_HEX].encode(errors="replace")
    size = len(data) if size is None else size
    shown = data[:SHOWN_HEX]
    lines = [
        _hex_line(start, shown[start : start + _HEX_COLUMNS])
        for start in range(0, len(shown), _HEX_COLUMNS)
    ]
    if size > len(shown):
        lines.append(f"... ({size:,} bytes)")
    return "\n".join(lines) or "(no bytes)"


def _hex_line(offset: int, row: bytes) -> str:
    printed = _NOT_PRINTABLE.sub(b".", row).decode("ascii")
    return f"{offset:08x}  {row.hex(' '):{3 * _HEX_COLUMNS - 1}}  |{printed}|"


FORMS: dict[str, Callable[[str | bytes, int | None], str]] = {
    "Python": as_python,
    "JSON": as_json,
    "hex": as_hex,
}
