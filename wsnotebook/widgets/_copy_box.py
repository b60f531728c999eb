"""A button that copies a text to the clipboard, and a box in which that text can be read.

Only a browser reaches the clipboard: its half is ``copy_box.js``. Without one, ``text`` is set.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

__all__ = ["CopyBox"]


class CopyBox(AnyWidget):
    """A button, and below it the text that it copied last.

    Args:
        on_ask: Called when the button was clicked; it calls :meth:`give`.

    Attributes:
        text: What was copied last.
        button: What stands on the button.
        label: The name of the box for screen readers.
    """

    _esm = files(__package__).joinpath("copy_box.js").read_text("utf-8")
    text = Unicode().tag(sync=True)
    button = Unicode("Copy").tag(sync=True)
    label = Unicode("Copied text").tag(sync=True)

    def __init__(self, on_ask: Callable[[], None], **options: Any) -> None:
        self._on_ask = on_ask
        super().__init__(**options)
        self.on_msg(lambda _, content, __: self.click() if content.get("ask") else None)

    def click(self) -> None:
        """Do what a click on the button does."""
        self._on_ask()

    def give(self, text: str) -> None:
        """Show ``text`` in the box; the page that asked for it copies it."""
        self.text = text
        self.send({"ready": True})
