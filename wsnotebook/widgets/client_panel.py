"""One client, by hand: connect, close with a code, compose, send, and watch the log.

The panel is a view. Its client does the work and the client's Timeline keeps the facts; so a cell
may drive ``panel.client`` as well, and the log shows that, too. How events are drawn is in
``_log_view``, what may be typed in ``_composer``, on which loop a click acts in ``_home``; the
widgets themselves are made in ``_client_face``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ipywidgets import Button, Layout

from ..client import Client, State
from ..errors import SetupError, WsNotebookError
from ..timeline import Event, Timeline
from ._client_face import ClientFace, badge, problems
from ._composer import PLACEHOLDERS, read_payload
from ._history import History, Typed
from ._home import Home
from ._log_tools import LogTools
from ._log_view import LogView
from ._parts import close_parts
from ._replay import Conversation, replay
from ._replay_call import Call

__all__ = ["ClientPanel"]


class ClientPanel(ClientFace):
    """A client with buttons: the last value of a notebook cell, or driven by code.

    Make it where an event loop runs (a notebook cell, an async function); everything it does
    happens on that loop, whichever thread an event comes from. ``connect_button.click()`` and its
    like start an action; ``await wait_idle()`` returns when the action is over and shown.

    A Client opens once, so every Connect after the first makes a new one. The log goes on below a
    line that says so, while ``client`` and ``timeline`` are those of the newest connection; a
    timeline that you hold stays readable.

    Enter sends, Shift and Enter make a new line. Sending leaves the composer as it is; Up and Down
    take up what was sent before.

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
        sent_before: The history as a list to choose from.
        size: How many bytes that is, as HTML.
        state: Name and state of the client, with the close code once closed, as HTML.
        problem: What went wrong last, and why the composer cannot be sent, as HTML.
        log: The newest events, as HTML.
        tools: Behind the toggle "Log tools": filter, format, Clear, and the test code.
        client: The Client.

    Raises:
        SetupError: No event loop is running.
        TypeError, ValueError: An argument is not usable for a Client.
    """

    def __init__(
        self, target: Any, path: str | None = None, *, name: str | None = None, **options: Any
    ) -> None:
        self._home = Home("ClientPanel", self._show_error)
        self._make_client: Callable[[str | None], Client] = lambda name: Client(
            target, path, name=name, **options
        )
        self.client = self._make_client(name)
        self._call = Call(target, path, options)
        self._history = History()
        self._connections = 0  # how often Connect made or used a client
        self._opened = False  # whether the newest client ever was open
        self._over = False
        self._closed_here = False  # whether this side began the closing handshake
        self._failure = WsNotebookError.__name__  # what stopped the newest client from opening
        self._error = ""
        self._invalid = ""
        self._build()
        self._log_view = LogView(self._home.loop, self._show_log)
        self.tools = LogTools(self._home.call, self._log_view, self.test_code)
        self._follow(self.client)
        super().__init__(self._rows(self.tools), layout=Layout(width="auto"))
        self.add_class("wsn-panel")
        self._validate()

    def __repr__(self) -> str:
        return f"<ClientPanel {self.client.name}: {self._state_word()}>"

    @property
    def timeline(self) -> Timeline:
        """Everything that happened on the newest connection."""
        return self.client.timeline

    @property
    def history(self) -> tuple[str, ...]:
        """What was sent from the composer, as it was typed, newest last; the last 50."""
        return tuple(typed.text for typed in self._history.kept)

    def test_code(self) -> str:
        """Return the newest conversation as a pytest test that has it again.

        Secrets are masked in it, as they are on the timeline; the test says where to put them.
        """
        return replay(
            Conversation(self._call, tuple(iter(self.timeline)), self._closed_here, self._failure)
        )

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
        close_parts(self)
        if not getattr(self, "_over", True):  # an unfinished __init__ leaves nothing to end
            self._over = True
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
        self._submit()

    def _submit(self) -> None:
        self._act(partial(self._send_typed, Typed(self.mode.value, self.composer.value)))

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
        try:
            await opening
        except WsNotebookError as exc:
            self._failure = type(exc).__name__
            raise

    def _replace_client(self) -> None:
        client = self._make_client(self.client.name)
        self._unsubscribe()
        self._opened = self._closed_here = False
        self.client = client
        self._follow(client)

    def _follow(self, client: Client) -> None:
        self._unsubscribe = client.timeline.subscribe(self._on_event)
        self._log_view.follow(client.timeline)

    async def _close(self, code: int, reason: str) -> None:
        if self._connections:
            self._home.loop.call_soon(self._refresh)  # by then the client is CLOSING
            await self.client.close(code, reason)

    async def _send_typed(self, typed: Typed) -> None:
        await self.client.send(read_payload(*typed))
        self._history.add(typed)
        self._show_history(self._history.kept)

    def _recall(self, by: int) -> None:
        def recall() -> None:
            self._compose(self._history.step(by, Typed(self.mode.value, self.composer.value)))

        self._home.call(recall)

    def _take_up(self, change: Any) -> None:
        def take_up() -> None:
            self._compose(change.new)
            self.sent_before.value = None

        if change.new is not None:
            self._home.call(take_up)

    def _compose(self, typed: Typed | None) -> None:
        if typed is not None:
            self.mode.value, self.composer.value = typed

    # What is shown

    def _on_event(self, event: Event) -> None:
        self._log_view.changed()
        if event.kind == "open":
            self._opened = True
        if event.kind == "close":
            self._closed_here = self.client.state is State.CLOSING
        if event.kind == "error":
            self._error = str(event.data)
        if event.kind in ("open", "close", "error"):
            # The client changes its state right after it has recorded why.
            self._home.loop.call_soon(self._refresh)

    def _show_log(self, html: str, wanted: str) -> None:
        self.log.value = html
        if hasattr(self, "tools"):
            self.tools.tell(wanted)

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
        self.state.value = badge(self.client, self._state_word(), opened=self._opened)
        self.problem.value = problems(self._error, self._invalid)

    def _state_word(self) -> str:
        return self.client.state.value if self._connections else "not connected"
