"""Writing HTML so that what a server sent can be read in it, and nothing else.

Whatever is put into an :func:`element` is escaped, unless an element or :func:`raw` made it. What a
report looks like is the business of the other ``_html`` modules and of ``_report_html``.
"""

from __future__ import annotations

from html import escape

from ._readable import printable

__all__ = ["Html", "element", "heading", "join", "raw"]

_EMPTY = ("meta", "link")  # elements that have no end


class Html(str):
    """Text that is HTML; any other is escaped where it meets some."""

    __slots__ = ()


def raw(text: str) -> Html:
    """Return ``text`` as the HTML that it is: only for what was made here or by ``draw``."""
    return Html(text)


def element(tag: str, /, *parts: str, **attributes: str) -> Html:
    """Return an element; an attribute's name may end with ``_``, which is left out."""
    told = [f' {key.strip("_")}="{join(value)}"' for key, value in attributes.items()]
    begin = f"<{tag}{''.join(told)}>"
    return Html(begin if tag in _EMPTY else f"{begin}{join(*parts)}</{tag}>")


def heading(level: int, *parts: str) -> Html:
    """Return a heading, which JupyterLab leaves out of a notebook's table of contents."""
    return element(f"h{level}", *parts, class_="jp-toc-ignore")


def join(*parts: str, between: str = "") -> Html:
    """Return the parts one after the other; those that are no HTML are escaped."""
    return Html(_safe(between).join(map(_safe, parts)))


def _safe(text: str) -> str:
    return text if isinstance(text, Html) else escape(printable(text))
