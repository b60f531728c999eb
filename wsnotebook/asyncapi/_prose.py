"""The little of Markdown that descriptions are written in, as HTML.

Paragraphs, lists, headings, fenced code; code, bold text and links within a line. Whatever else
there is stays as it was written, and all of it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..draw.html import Html, element, join

__all__ = ["line", "prose"]

_FENCE = "```"
_HEADING = re.compile(r"#{1,6}\s+")
_ITEM = re.compile(r"(?m)^\s*(?:[-*+]|\d+\.)\s+")
_SPANS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\[\]]+)\]\((https?://[^\s()]+)\)")


def prose(text: str) -> Html:
    """Return a description as HTML."""
    return join(*_blocks(text.strip()))


def line(text: str) -> Html:
    """Return a text of one line as HTML."""
    return join(*_spans(" ".join(text.split())))


def _blocks(text: str) -> Iterator[Html]:
    rows: list[str] = []
    is_code = False
    for row in text.split("\n"):
        if row.startswith(_FENCE) and (not is_code or row.strip() == _FENCE):
            yield _block(rows, is_code=is_code)
            rows, is_code = [], not is_code
        elif is_code or (row.strip() and not _HEADING.match(row)):
            rows.append(row)
        else:
            yield _block(rows)
            yield _block([row])
            rows = []
    yield _block(rows, is_code=is_code)


def _block(rows: list[str], *, is_code: bool = False) -> Html:
    text = "\n".join(rows)
    if not text.strip():
        return Html()
    if is_code:
        return element("pre", element("code", text.strip("\n")))
    text = text.strip()
    if heading := _HEADING.match(text):
        return element("p", element("strong", line(text[heading.end() :])))
    if _ITEM.match(text):
        return element(
            "ul", *[element("li", line(one)) for one in _ITEM.split(text) if one.strip()]
        )
    return element("p", line(text))


def _spans(text: str) -> Iterator[str]:
    end = 0
    for found in _SPANS.finditer(text):
        code, bold, label, address = found.groups()
        yield text[end : found.start()]
        if code is not None:
            yield element("code", code)
        elif bold is not None:
            yield element("strong", bold)
        else:
            yield element("a", label, href=address, rel="noreferrer noopener")
        end = found.end()
    yield text[end:]
