"""What a ClientPanel looks like: its widgets, their labels and where they stand.

What a click does, and what is shown when, is ``client_panel``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, IntText, Layout, Text, ToggleButtons, VBox

from ..client import Client, State
from ..closecodes import describe_close
from ._composer import MODES
from ._history import Typed
from ._html import visible
from ._message_box import MessageBox

__all__ = ["ClientFace", "badge", "problems"]

_PROBLEM_LIMIT = 4000  # characters; an error may quote what was typed
_LABEL_LIMIT = 60
_STYLE = f"<style>{files(__package__).joinpath('panel.css').read_text('utf-8')}</style>"
_NARROW = {"description_width": "initial"}


class ClientFace(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widgets of a panel; see :class:`ClientPanel`, which acts when they are used."""

    # Takes the place of the logger that widgets have under this name.
    log: Any = None

    # What the panel does when they are used.
    _on_connect: Callable[[Any], None]
    _on_close: Callable[[Any], None]
    _on_send: Callable[[Any], None]
    _validate: Callable[[Any], None]
    _take_up: Callable[[Any], None]
    _submit: Callable[[], None]
    _recall: Callable[[int], None]

    def _build(self) -> None:
        self.state = HTML()
        self.connect_button = button("Connect", "Open a connection", self._on_connect)
        self.close_button = button("Close", "Close with this code and reason", self._on_close)
        self.close_code = IntText(
            1000,
            description="code",
            tooltip="Close code",
            style=_NARROW,
            layout=Layout(width="8em"),
        )
        self.close_reason = Text(
            description="reason",
            tooltip="Close reason",
            style=_NARROW,
            layout=Layout(width="auto", flex="1 1 10em"),
        )
        self._build_composer()
        self.problem = wide()
        self.log = wide()
        self.log.add_class("wsn-scroll")

    def _build_composer(self) -> None:
        self.mode = ToggleButtons(
            options=MODES,
            tooltips=["Send as text", "Send text that must be JSON", "Send bytes, typed in hex"],
            style={"button_width": "5.5em"},
        )
        self.size = HTML()
        self.size.add_class("wsn-size")
        self.sent_before = Dropdown(
            options=_choices(()),
            description="sent before",
            tooltip="Take a message up again; the Up key does so, too",
            style=_NARROW,
            layout=Layout(width="15em", display="none"),
        )
        self.composer = MessageBox(
            self._submit, self._recall, layout=Layout(margin="2px", flex="1 1 16em")
        )
        self.send_button = button("Send", "Send the message (Enter)", self._on_send)
        self.send_button.button_style = "primary"
        self.mode.observe(self._validate, "value")
        self.composer.observe(self._validate, "value")
        self.sent_before.observe(self._take_up, "value")

    def _rows(self, tools: Any) -> list[Any]:
        style = HTML(_STYLE, layout=Layout(display="none"))
        life = [self.state, self.connect_button, self.close_button]
        tools.toggle.add_class("wsn-right")
        return [
            style,
            row([*life, self.close_code, self.close_reason]),
            row([self.mode, self.size, self.sent_before, tools.toggle]),
            row([self.composer, self.send_button]),
            self.problem,
            tools,
            self.log,
        ]

    def _show_history(self, kept: tuple[Typed, ...]) -> None:
        self.sent_before.options = _choices(kept)
        self.sent_before.layout.display = None if kept else "none"


def button(description: str, tooltip: str, on_click: Callable[[Any], None]) -> Any:
    """Return a button of the width that all have."""
    made = Button(description=description, tooltip=tooltip, layout=Layout(width="7em"))
    made.on_click(on_click)
    return made


def wide() -> Any:
    """Return HTML as wide as its panel; each has a layout of its own, which ends with it."""
    return HTML(layout=Layout(width="auto"))


def row(children: list[Any]) -> Any:
    """Return a row that breaks where the window is narrow."""
    return HBox(children, layout=Layout(flex_flow="row wrap", align_items="center"))


def badge(client: Client, words: str, *, opened: bool) -> str:
    """Return name and state of a client as HTML, with the close code once closed."""
    if words == State.CLOSED.value and opened:
        words += f" {describe_close(client.close_code, client.close_reason)}"
    elif words == State.CLOSED.value:
        words = "did not open"
    return (
        f'<span class="wsn-badge wsn-{client.state.value}" role="status">'
        f"<b>{visible(client.name)}</b> {visible(words)}</span>"
    )


def problems(*texts: str) -> str:
    """Return what is wrong as HTML, each text cut where it is long."""
    return "".join(
        f'<div class="wsn-problem" role="alert">{visible(_cut(text))}</div>'
        for text in texts
        if text
    )


def _choices(kept: tuple[Typed, ...]) -> list[tuple[str, Typed | None]]:
    return [("", None), *((_label(typed), typed) for typed in reversed(kept))]


def _label(typed: Typed) -> str:
    text = repr(typed.text[:_LABEL_LIMIT])[1:-1]
    more = "..." if len(typed.text) > _LABEL_LIMIT else ""
    return f"{typed.mode}: {text}{more}"


def _cut(text: str) -> str:
    if len(text) <= _PROBLEM_LIMIT:
        return text
    return f"{text[:_PROBLEM_LIMIT]}... ({len(text):,} characters)"
