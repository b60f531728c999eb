"""The little of Markdown that descriptions are written in, as HTML.

Paragraphs, lists, headings, fenced code; code, bold text and links within a line. Whatever else
there is stays as it was written, and all of it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..draw.html import Html, element, join

__all__ = ["line", "prose"]

_BLOCKS = re.compile(r"(?ms)^```[^\n]*\n(.*?)^```\s*$|(.+?)(?=\n\s*\n|^```|\Z)")
_ITEM = re.compile(r"(?m)^\s*(?:[-*+]|\d+\.)\s+")
_SPANS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?://[^\s()]+)\)")


def prose(text: str) -> Html:
    """Return a description as HTML."""
    return join(*_blocks(text.strip()))


def line(text: str) -> Html:
    """Return a text of one line as HTML."""
    return join(*_spans(" ".join(text.split())))


def _blocks(text: str) -> Iterator[Html]:
    for found in _BLOCKS.finditer(text):
        code, plain = found.groups()
        if code is not None:
            yield element("pre", element("code", code.strip("\n")))
        elif plain.strip():
            yield _block(plain.strip())


def _block(text: str) -> Html:
    if heading := re.fullmatch(r"#{1,6}\s+([^\n]*)", text):
        return element("p", element("strong", line(heading[1])))
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
