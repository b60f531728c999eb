"""Writing HTML so that what others said can be read in it, and nothing else.

Whatever is put into an :func:`element` is escaped, unless it is :class:`Html`.
"""

from __future__ import annotations

from html import escape

from .text import printable

__all__ = ["Html", "element", "heading", "join"]

_EMPTY = ("meta", "link")  # elements that have no end


class Html(str):
    """Text that is HTML: only for what was made here, drawn as SVG, or stands in this package."""

    __slots__ = ()


def element(tag: str, /, *parts: str, **attributes: str) -> Html:
    """Return an element; of an attribute's name, ``_`` is ``-``, or nothing at the end."""
    told = [
        f' {key.rstrip("_").replace("_", "-")}="{join(value)}"' for key, value in attributes.items()
    ]
    begin = f"<{tag}{''.join(told)}>"
    return Html(begin if tag in _EMPTY else f"{begin}{join(*parts)}</{tag}>")


def heading(level: int, *parts: str) -> Html:
    """Return a heading, which JupyterLab leaves out of a notebook's table of contents."""
    return element(f"h{level}", *parts, class_="jp-toc-ignore")


def join(*parts: str, between: str = "") -> Html:
    """Return the parts one after the other; those that are no HTML are escaped.

    Characters that do not print, and those that reorder text, are shown as Python escapes.
    """
    return Html(_shown(between).join([_shown(part) for part in parts]))


def _shown(text: str) -> str:
    return text if isinstance(text, Html) else escape(printable(text))
