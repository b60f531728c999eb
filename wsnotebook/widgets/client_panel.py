"""One client, by hand: connect, close with a code, compose, send, and watch the log.

The panel is a view. Its client does the work and the client's Timeline keeps the facts; so a cell
may drive ``panel.client`` as well, and the log shows that, too. How events are drawn is in
``_log_view``, what may be typed in ``_composer``, on which loop a click acts in ``_home``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import Any

from ipywidgets import (
    HTML,
    Button,
    HBox,
    IntText,
    Layout,
    Text,
    Textarea,
    ToggleButtons,
    VBox,
)

from ..client import Client, State
from ..closecodes import describe_close
from ..errors import SetupError
from ..timeline import Event, Timeline
from ._composer import MODES, PLACEHOLDERS, read_payload
from ._home import Home
from ._html import visible
from ._log_view import LogView

__all__ = ["ClientPanel"]

_PROBLEM_LIMIT = 4000  # characters; an error may quote what was typed
_STYLE = f"<style>{files(__package__).joinpath('panel.css').read_text('utf-8')}</style>"


class ClientPanel(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A client with buttons: the last value of a notebook cell, or driven by code.

    Make it where an event loop runs (a notebook cell, an async function); everything it does
    happens on that loop, whichever thread an event comes from. ``connect_button.click()`` and its
    like start an action; ``await wait_idle()`` returns when the action is over and shown.

    A Client opens once, so every Connect after the first makes a new one. The log goes on below a
    line that says so, while ``client`` and ``timeline`` are those of the newest connection; a
    timeline that you hold stays readable. Sending leaves the composer as it is.

    Args:
        target: What :class:`~wsnotebook.Client` connects to.
        path: Passed on, as are ``options``.
        name: Label of the client; by default ``client-1``, ``client-2`` and so on.
        options: Keyword arguments of :class:`~wsnotebook.Client`.

    Attributes:
        connect_button, close_button, send_button: Buttons.
        close_code, close_reason: What Close sends.
        mode: How the composer is read: ``Text``, ``JSON`` or ``Binary`` (bytes in hex).
        composer: What is to be sent.
        size: How many bytes that is, as HTML.
        state: Name and state of the client, with the close code once closed, as HTML.
        problem: What went wrong last, and why the composer cannot be sent, as HTML.
        log: The newest events, as HTML.
        client: The Client.

    Raises:
        SetupError: No event loop is running.
        TypeError, ValueError: An argument is not usable for a Client.
    """

    # Takes the place of the logger that widgets have under this name.
    log: Any = None

    def __init__(
        self, target: Any, path: str | None = None, *, name: str | None = None, **options: Any
    ) -> None:
        self._home = Home("ClientPanel", self._show_error)
        self._make_client: Callable[[str | None], Client] = lambda name: Client(
            target, path, name=name, **options
        )
        self.client = self._make_client(name)
        self._connections = 0  # how often Connect made or used a client
        self._opened = False  # whether the newest client ever was open
        self._over = False
        self._error = ""
        self._invalid = ""
        self._build()
        self._log_view = LogView(self._home.loop, partial(setattr, self.log, "value"))
        self._unsubscribe = self.client.timeline.subscribe(self._on_event)
        super().__init__(self._rows(), layout=Layout(width="auto"))
        self.add_class("wsn-panel")
        self._validate()

    def __repr__(self) -> str:
        return f"<ClientPanel {self.client.name}: {self._state_word()}>"

    @property
    def timeline(self) -> Timeline:
        """Everything that happened on the newest connection."""
        return self.client.timeline

    # Waiting and ending

    async def wait_idle(self) -> None:
        """Return when every action that clicks started is over and the log shows everything.

        An answer that a server has yet to send is not an action: wait for it on ``client``.
        Cancelling leaves the actions running.
        """
        await self._home.run(self._settle_view)

    async def aclose(self) -> None:
        """Close the client and end the panel; what it shows stays. Doing it twice does nothing."""
        self._over = True
        await self._home.run(self._end)

    def close(self) -> None:
        """Take the panel off the page; its client closes in the background."""
        super().close()
        if not getattr(self, "_over", True):  # an unfinished __init__ leaves nothing to end
            self._over = True
            for widget in self._parts():
                widget.close()
            self._home.start(self._end)

    async def _settle_view(self) -> None:
        await self._home.idle()
        self._refresh()
        self._log_view.flush()

    async def _end(self) -> None:
        try:
            await self.client.close()
            await self._home.idle()
        finally:
            self._unsubscribe()
            self._refresh()
            self._log_view.stop()

    # What the buttons do

    def _on_connect(self, _: Button) -> None:
        self._act(self._connect)

    def _on_close(self, _: Button) -> None:
        self._act(partial(self._close, self.close_code.value, self.close_reason.value))

    def _on_send(self, _: Button) -> None:
        self._act(partial(self._send_typed, self.mode.value, self.composer.value))

    def _act(self, action: Any) -> None:
        async def act() -> None:
            self._error = ""
            self._refresh()
            try:
                await action()
            finally:
                self._refresh()

        self._home.start(act)

    async def _connect(self) -> None:
        if self._over:
            raise SetupError("this panel was closed; make a new one")
        if self._connections and self.client.state is not State.CLOSED:
            return  # a second click while connecting, or open already
        if self._connections:
            self._replace_client()
        self._connections += 1
        opening = self.client.open()
        self._refresh()
        await opening

    def _replace_client(self) -> None:
        client = self._make_client(self.client.name)
        self._unsubscribe()
        self._opened = False
        self.client = client
        self._unsubscribe = client.timeline.subscribe(self._on_event)
        self._log_view.add(f"connection {self._connections + 1}")

    async def _close(self, code: int, reason: str) -> None:
        if self._connections:
            self._home.loop.call_soon(self._refresh)  # by then the client is CLOSING
            await self.client.close(code, reason)

    async def _send_typed(self, mode: str, typed: str) -> None:
        await self.client.send(read_payload(mode, typed))

    # What is shown

    def _on_event(self, event: Event) -> None:
        self._log_view.add(event)
        if event.kind == "open":
            self._opened = True
        if event.kind == "error":
            self._error = str(event.data)
        if event.kind in ("open", "close", "error"):
            # The client changes its state right after it has recorded why.
            self._home.loop.call_soon(self._refresh)

    def _show_error(self, exc: Exception) -> None:
        self._error = f"{type(exc).__name__}: {exc}"
        self._refresh()

    def _validate(self, _: object = None) -> None:
        self._home.call(self._check_composer)

    def _check_composer(self) -> None:
        mode = self.mode.value
        self.composer.placeholder = PLACEHOLDERS[mode]
        try:
            data = read_payload(mode, self.composer.value)
        except ValueError as exc:
            self._invalid = str(exc)
            self.size.value = ""
        else:
            count = len(data if isinstance(data, bytes) else data.encode())
            self._invalid = ""
            self.size.value = f"{count:,} byte{'' if count == 1 else 's'}"
        self._refresh()

    def _refresh(self) -> None:
        state = self.client.state
        live = bool(self._connections) and state is not State.CLOSED
        self.connect_button.disabled = self._over or live
        self.close_button.disabled = not live
        self.send_button.disabled = state is not State.OPEN or bool(self._invalid)
        self.state.value = self._badge()
        self.problem.value = "".join(
            f'<div class="wsn-problem" role="alert">{visible(_cut(text))}</div>'
            for text in (self._error, self._invalid)
            if text
        )

    def _state_word(self) -> str:
        return self.client.state.value if self._connections else "not connected"

    def _badge(self) -> str:
        words = self._state_word()
        if words == "closed" and self._opened:
            words += f" {describe_close(self.client.close_code, self.client.close_reason)}"
        elif words == "closed":
            words = "did not open"
        return (
            f'<span class="wsn-badge wsn-{self.client.state.value}" role="status">'
            f"<b>{visible(self.client.name)}</b> {visible(words)}</span>"
        )

    # What it is built of

    def _build(self) -> None:
        self.state = HTML()
        self.connect_button = _button("Connect", "Open a connection", self._on_connect)
        self.close_button = _button("Close", "Close with this code and reason", self._on_close)
        narrow = {"description_width": "initial"}
        self.close_code = IntText(
            1000,
            description="code",
            tooltip="Close code",
            style=narrow,
            layout=Layout(width="8em"),
        )
        self.close_reason = Text(
            description="reason",
            tooltip="Close reason",
            style=narrow,
            layout=Layout(width="auto", flex="1 1 10em"),
        )
        self.mode = ToggleButtons(
            options=MODES,
            tooltips=["Send as text", "Send text that must be JSON", "Send bytes, typed in hex"],
            style={"button_width": "5.5em"},
        )
        self.composer = Textarea(
            rows=3,
            tooltip="Message to send",
            layout=Layout(width="auto", height="auto", flex="1 1 16em"),
        )
        self.send_button = _button("Send", "Send the message", self._on_send)
        self.send_button.button_style = "primary"
        self.size = HTML()
        self.problem = HTML(layout=Layout(width="auto"))
        self.log = HTML(layout=Layout(width="auto"))
        for part, css_class in ((self.log, "wsn-scroll"), (self.size, "wsn-size")):
            part.add_class(css_class)
        self.mode.observe(self._validate, "value")
        self.composer.observe(self._validate, "value")

    def _rows(self) -> list[Any]:
        style = HTML(_STYLE, layout=Layout(display="none"))
        life = [self.state, self.connect_button, self.close_button]
        return [
            style,
            _row([*life, self.close_code, self.close_reason]),
            _row([self.mode, self.size]),
            _row([self.composer, self.send_button]),
            self.problem,
            self.log,
        ]

    def _parts(self) -> list[Any]:
        return [part for row in self.children for part in (*getattr(row, "children", ()), row)]


def _button(description: str, tooltip: str, on_click: Callable[[Any], None]) -> Any:
    button = Button(description=description, tooltip=tooltip, layout=Layout(width="7em"))
    button.on_click(on_click)
    return button


def _row(children: list[Any]) -> Any:
    return HBox(children, layout=Layout(flex_flow="row wrap", align_items="center"))


def _cut(text: str) -> str:
    if len(text) <= _PROBLEM_LIMIT:
        return text
    return f"{text[:_PROBLEM_LIMIT]}... ({len(text):,} characters)"
