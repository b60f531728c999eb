"""The text area of a composer: Enter sends, Shift and Enter make a new line, Up and Down recall.

A text area of ipywidgets would not do. It sends its value when it may, so that the message which
says "send" can overtake the text that it means. Here both are messages of one kind, which keep
their order, and "send" carries its text. The browser's half is ``message_box.js``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

__all__ = ["MessageBox"]


class MessageBox(AnyWidget):
    """What is to be sent.

    Args:
        on_submit: Called when Enter was pressed; ``value`` is then what stood there.
        on_recall: Called with -1 or 1 when Up or Down was pressed at the first or last line.

    Attributes:
        value: What the box holds.
        placeholder: What it shows while it is empty.
        label: Its name for screen readers.
    """

    _esm = files(__package__).joinpath("message_box.js").read_text("utf-8")
    # Not echoed: an echo would set the box back to what stood there before the last few keys.
    value = Unicode().tag(sync=True, echo_update=False)
    placeholder = Unicode().tag(sync=True)
    label = Unicode("Message to send").tag(sync=True)

    def __init__(
        self, on_submit: Callable[[], None], on_recall: Callable[[int], None], **options: Any
    ) -> None:
        self._on_submit = on_submit
        self._on_recall = on_recall
        super().__init__(**options)
        self.on_msg(self._on_keys)

    def _on_keys(self, _: object, content: dict[str, Any], buffers: object) -> None:
        del buffers
        if isinstance(typed := content.get("typed"), str):
            self.set_state({"value": typed})  # the way that does not send it back
        if content.get("submit"):
            self._on_submit()
        if (by := content.get("recall")) in (-1, 1):
            self._on_recall(by)
