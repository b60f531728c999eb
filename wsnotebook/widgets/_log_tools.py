"""What can be done with a log: filter it, write payloads otherwise, clear it, make a test of it.

The tools stand behind one toggle, so that a first look at a panel meets the log alone. What they
do is ``_log_view``'s business and ``_replay``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Button, Dropdown, Layout, Text, ToggleButton, VBox

from ._client_face import row
from ._copy_box import CopyBox
from ._formats import FORMS
from ._html import visible
from ._log_filter import KINDS, LogFilter
from ._log_view import LogView

__all__ = ["LogTools"]

_KINDS = dict(zip(("all", "sent", "received", "open, close, error"), KINDS, strict=True))
_FORMS = dict(zip(("Python", "JSON, laid out", "hex dump"), FORMS, strict=True))


class LogTools(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The tools of one log.

    Args:
        call: Calls a function on the loop of the panel.
        log: What the tools work on.
        test_code: Makes the test.

    Attributes:
        toggle: Shows and hides the rest; the panel says where it stands.
        text, kind: The filter.
        form: How payloads are written.
        wanted: How much the filter lets through, for screen readers; the log shows it, too.
        clear_button: Empties the view.
        copy_box: Copies the test and shows it.
    """

    def __init__(
        self,
        call: Callable[[Callable[[], None]], None],
        log: LogView,
        test_code: Callable[[], str],
    ) -> None:
        self._call = call
        self._log = log
        self.toggle = ToggleButton(
            description="Log tools",
            tooltip="Filter the log, write payloads otherwise, clear it, copy it as a test",
            layout=Layout(width="7em"),
        )
        self.text = Text(placeholder="part of a payload", **_labelled("filter", "3 1 14em"))
        self.kind = Dropdown(options=_KINDS, **_labelled("show", "1 1 12em"))
        self.form = Dropdown(options=_FORMS, **_labelled("payloads as", "1 1 16em"))
        self.wanted = HTML()
        self.wanted.add_class("wsn-heard")
        self.clear_button = Button(
            description="Clear",
            tooltip="Empty the view; the timeline keeps it",
            layout=Layout(width="7em"),
        )
        self.copy_box = CopyBox(
            lambda: call(lambda: self.copy_box.give(test_code())),
            button="Copy as test code",
            label="The conversation as a pytest test",
            layout=Layout(margin="2px"),
        )
        self._observe()
        super().__init__(
            [row([self.text, self.kind, self.form, self.clear_button]), self.wanted, self.copy_box]
        )
        self.add_class("wsn-tools")
        self._show_or_hide()

    def tell(self, words: str) -> None:
        """Say how much the filter lets through."""
        self.wanted.value = f'<span role="status">{visible(words)}</span>' if words else ""

    def _observe(self) -> None:
        self.toggle.observe(self._show_or_hide, "value")
        for part in (self.text, self.kind):
            part.observe(lambda _: self._call(self._filter), "value")
        self.form.observe(lambda _: self._call(self._write), "value")
        self.clear_button.on_click(lambda _: self._call(self._log.clear))

    def _show_or_hide(self, _: object = None) -> None:
        self.layout.display = None if self.toggle.value else "none"

    def _filter(self) -> None:
        self._log.want(LogFilter(self.text.value, self.kind.value))

    def _write(self) -> None:
        self._log.write_as(self.form.value)


def _labelled(label: str, flex: str) -> dict[str, Any]:
    return {
        "description": label,
        "style": {"description_width": "initial"},
        "layout": Layout(width="auto", flex=flex),
    }
