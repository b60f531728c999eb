"""Several people in one chat: a panel for each, side by side, and their shared lanes below.

Each person is a ClientPanel and the lanes are a TimelineView; what they do is their business. Here
stands only what takes more than one: who is there, and buttons that act on all.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ipywidgets import HTML, Button, GridBox, HBox, Layout, VBox

from ..client import Client, State
from ..draw.labels import cut
from ..messages import encode, encode_json, is_message
from ..timeline import Timeline
from ._home import Home
from ._html import visible
from ._parts import close_parts
from .client_panel import ClientPanel
from .timeline_view import TimelineView

__all__ = ["ChatPanel"]

_STYLE = f"<style>{files(__package__).joinpath('chat_panel.css').read_text('utf-8')}</style>"
_SHOWN_TOOLTIP = 300  # characters

_live: weakref.WeakSet[ChatPanel] = weakref.WeakSet()


class ChatPanel(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Several clients of one server, by hand: the last value of a notebook cell.

    Make it where an event loop runs. Connect all lets people in one after another, in the order of
    their names, so that the picture repeats; whoever is in stays in. In process, all of them reach
    the same app. A message that is sent often can have a button in every panel::

        ChatPanel(server, ["ann", "bob"], quick={"join": {"type": "JOIN_GROUP", "value": "tea"}})

    A chat of the same people with the same target, path and options replaces the one before, whose
    clients close: the cell can be run again.

    Args:
        target: What :class:`~wsnotebook.Client` connects to.
        names: Who is there, from the left; no name twice.
        path: Passed on to each client, as are ``options``.
        quick: Messages by the words on their buttons: ``str`` is sent as text, ``bytes`` as
            binary, anything else as JSON.
        rows: How many events the lanes show at a time.
        options: Keyword arguments of :class:`~wsnotebook.Client`.

    Attributes:
        panels: The ClientPanel of each name; ``chat["alice"]`` is that of alice.
        view: The TimelineView.
        connect_button, close_button: Act on all panels that are closed, or open.
        quick_buttons: For each name its buttons, by the words on them.
        who: Who is connected, as HTML.
        problem: What went wrong last in a button of the chat itself, as HTML.

    Raises:
        SetupError: No event loop is running.
        TypeError, ValueError: An argument is not usable; the text shows it.
    """

    def __init__(
        self,
        target: Any,
        names: Iterable[str],
        path: str | None = None,
        *,
        quick: Mapping[str, object] | None = None,
        rows: int = 20,
        **options: Any,
    ) -> None:
        people = _checked_names(names)
        typed = _checked_quick({} if quick is None else quick)
        if "name" in options:
            raise TypeError(
                f"every client has its name from names: leave out name={options['name']!r}"
            )
        self._home = Home("ChatPanel", self._show_error)
        self._wanted = False  # whether Connect all was clicked last, rather than Close all
        self._observing: list[Callable[[], None]] = []
        self._made_of = (target, people, path, options)
        self.panels: Mapping[str, ClientPanel] = MappingProxyType(
            {name: ClientPanel(target, path, name=name, **options) for name in people}
        )
        self.view = TimelineView(*self.panels.values(), rows=rows)
        self.quick_buttons = {
            name: {words: self._quick_button(name, words, *typed[words]) for words in typed}
            for name in people
        }
        self._build()
        self._observe()
        self._over = False
        self._refresh()
        self._replace_the_one_before()

    def __repr__(self) -> str:
        return f"<ChatPanel of {', '.join(map(cut, self.panels))}: {len(self._there())} open>"

    def __getitem__(self, name: str) -> ClientPanel:
        if name not in self.panels:
            raise KeyError(f"nobody is called {name!r}; there are {', '.join(self.panels)}")
        return self.panels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.panels)

    @property
    def clients(self) -> dict[str, Client]:
        """The Client of each name, that of the newest connection."""
        return {name: panel.client for name, panel in self.panels.items()}

    @property
    def timeline(self) -> Timeline:
        """All that happened to all of them in one timeline, earlier connections included."""
        return self.view.timeline

    # Waiting and ending

    async def wait_idle(self) -> None:
        """Return when every action that clicks started is over, and shown everywhere.

        An answer that a server has yet to send is not an action: wait for it on a client.
        Cancelling leaves the actions running.
        """
        await self._home.run(self._settle)

    async def aclose(self) -> None:
        """Close all clients and end the chat; what it shows stays. Twice does nothing."""
        self._over, self._wanted = True, False
        await self._home.run(self._end_all)

    def close(self) -> None:
        """Take the chat off the page; its clients close in the background."""
        super().close()
        if not getattr(self, "_over", True):  # an unfinished __init__ leaves nothing to end
            self._over, self._wanted = True, False
            self._home.call(self._let_go)
        close_parts(self)

    async def _settle(self) -> None:
        await self._home.idle()
        for panel in self.panels.values():
            await panel.wait_idle()
        await self.view.wait_idle()
        self._refresh()

    async def _end_all(self) -> None:
        endings = (panel.aclose() for panel in self.panels.values())
        outcomes = await asyncio.gather(*endings, return_exceptions=True)
        await self._home.idle()
        await self.view.aclose()
        self._let_go()
        self._refresh()
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    def _replace_the_one_before(self) -> None:
        for chat in list(_live):
            if not chat._over and chat._made_of == self._made_of:
                chat.close()
        _live.add(self)

    # What the buttons do

    def _on_connect_all(self, _: Button) -> None:
        self._wanted = True
        self._home.start(self._connect_all)

    def _on_close_all(self, _: Button) -> None:
        self._wanted = False
        self._home.start(self._close_all)

    async def _connect_all(self) -> None:
        self.problem.value = ""
        for panel in self.panels.values():
            if self._wanted and not panel.connect_button.disabled:
                panel.connect_button.click()
                await panel.wait_idle()

    async def _close_all(self) -> None:
        self.problem.value = ""
        for panel in self.panels.values():
            if not panel.close_button.disabled:
                panel.close_button.click()

    def _on_quick(self, name: str, mode: str, typed: str, _: Button) -> None:
        def act() -> None:
            # By hand, so to say: what is sent is seen, and can be changed and sent again.
            panel = self.panels[name]
            panel.mode.value, panel.composer.value = mode, typed
            panel.send_button.click()

        self._home.call(act)

    # What is shown

    def _there(self) -> list[str]:
        return [name for name, client in self.clients.items() if client.state is State.OPEN]

    def _on_change(self, _: object) -> None:
        self._home.call(self._refresh)

    def _refresh(self) -> None:
        there, panels = self._there(), self.panels.values()
        self.connect_button.disabled = all(panel.connect_button.disabled for panel in panels)
        self.close_button.disabled = all(panel.close_button.disabled for panel in panels)
        words = f"{len(there)} of {len(panels)} open"
        shown = ", ".join(map(visible, there))
        self.who.value = f'<span role="status">{words}{": " if there else ""}{shown}</span>'

    def _show_error(self, exc: Exception) -> None:
        words = visible(f"{type(exc).__name__}: {exc}")
        self.problem.value = f'<div class="wsn-problem" role="alert">{words}</div>'

    # What it is built of

    def _build(self) -> None:
        wide = Layout(width="8em")
        self.connect_button = Button(
            description="Connect all", tooltip="Connect everybody who is not connected", layout=wide
        )
        self.connect_button.on_click(self._on_connect_all)
        self.close_button = Button(
            description="Close all", tooltip="Close all connections", layout=wide
        )
        self.close_button.on_click(self._on_close_all)
        self.who = HTML()
        self.who.add_class("wsn-who")
        self.problem = HTML(layout=Layout(width="auto"))
        style = HTML(_STYLE, layout=Layout(display="none"))
        life = HBox(
            [self.connect_button, self.close_button, self.who],
            layout=Layout(flex_flow="row wrap", align_items="center"),
        )
        people = GridBox([self._person(name) for name in self.panels], layout=Layout(width="auto"))
        people.add_class("wsn-people")
        super().__init__(
            [style, life, self.problem, people, self.view], layout=Layout(width="auto")
        )
        self.add_class("wsn-chat")

    def _person(self, name: str) -> Any:
        panel, buttons = self.panels[name], list(self.quick_buttons[name].values())
        above = [HBox(buttons, layout=Layout(flex_flow="row wrap"))] if buttons else []
        return VBox([*above, panel], layout=Layout(width="auto"))

    def _quick_button(self, name: str, words: str, mode: str, typed: str) -> Any:
        button = Button(
            description=cut(words),
            tooltip=f"{cut(name)} sends {cut(typed, _SHOWN_TOOLTIP)}",
            layout=Layout(width="auto"),
        )
        button.on_click(partial(self._on_quick, name, mode, typed))
        return button

    def _observe(self) -> None:
        for panel in self.panels.values():
            buttons = (panel.connect_button, panel.close_button)
            for part, trait in ((panel.state, "value"), *((b, "disabled") for b in buttons)):
                part.observe(self._on_change, trait)
                self._observing.append(partial(part.unobserve, self._on_change, trait))

    def _let_go(self) -> None:
        while self._observing:
            self._observing.pop()()


def _checked_names(names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise TypeError(f"names must be a list of names, such as ['alice', 'bob'], not {names!r}")
    people = tuple(names)
    if not people:
        raise ValueError("nobody to chat: pass at least one name, as in ['alice', 'bob']")
    for name in people:
        if not isinstance(name, str):
            raise TypeError(f"a name must be a str, not {name!r} (in {list(people)!r})")
        if not name:
            raise ValueError(f"a name must not be empty (in {list(people)!r})")
        if people.count(name) > 1:
            raise ValueError(
                f"names must differ, but {name!r} is given {people.count(name)} times: "
                f"tell them apart, as in {name + '-2'!r}"
            )
    return people


def _checked_quick(quick: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """Return the mode of a composer, and what to type into it, by the words on each button."""
    if not isinstance(quick, Mapping):
        raise TypeError(
            "quick must be a dict of the words on each button and its message, "
            f"such as {{'greet': 'hello'}}, not {quick!r}"
        )
    typed = {}
    for words, message in quick.items():
        if not isinstance(words, str) or not words:
            raise TypeError(f"the words on a quick button must be a str with words, not {words!r}")
        try:
            typed[words] = _as_typed(message)
        except (TypeError, ValueError) as exc:
            kind = TypeError if isinstance(exc, TypeError) else ValueError
            raise kind(f"quick[{words!r}]: {exc}") from None
    return typed


def _as_typed(message: object) -> tuple[str, str]:
    if isinstance(message, str):
        return "Text", str(encode(message))
    if isinstance(message, bytes | bytearray | memoryview):
        return "Binary", bytes(message).hex(" ")
    return "JSON", str(encode(message)) if is_message(message) else encode_json(message)
