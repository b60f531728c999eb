"""What a widget is made of, closed with it.

ipywidgets closes a widget alone: what stands in it stays open, and so do layouts and styles, each
of which is a widget of its own, in the kernel and in the page.
"""

from __future__ import annotations

from typing import Any

__all__ = ["close_parts"]


def close_parts(widget: Any) -> None:
    """Close all that ``widget`` is made of; itself it closes by itself."""
    for child in getattr(widget, "children", ()):
        child.close()
        close_parts(child)
    for name in ("layout", "style"):
        if widget.has_trait(name) and widget.trait_has_value(name):  # else it was never made
            getattr(widget, name).close()
