"""What an AuthPanel looks like: its widgets, their labels and where they stand.

What a click does, and what is shown when, is ``auth_panel``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from importlib.resources import files
from typing import Any

from ipywidgets import HTML, Button, Dropdown, Layout, Password, ToggleButtons, VBox

from ..auth import VIAS, WAYS
from ._client_face import badge, button, row, wide
from ._html import visible
from ._visits import ATTACKS, Visit, answer, request

__all__ = ["NOBODY", "TYPED", "AuthFace", "facts", "verdict"]

NOBODY, TYPED = "nobody", "something else"
_STYLE = "".join(
    f"<style>{files(__package__).joinpath(name).read_text('utf-8')}</style>"
    for name in ("panel.css", "auth_panel.css")
)
_MARKS = {True: ("held", "✓"), False: ("broken", "✗"), None: ("open", "○")}


class AuthFace(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widgets of a panel; see :class:`AuthPanel`, which acts when they are used."""

    _on_connect: Callable[[Any], None]
    _on_close: Callable[[Any], None]
    _on_attack: Callable[[str, Any], None]
    _on_choice: Callable[[Any], None]
    _on_typed: Callable[[Any], None]

    def _build(self, people: Iterable[str], via: str) -> None:
        self.state = HTML()
        self.connect_button = button("Connect", "Connect as who is chosen", self._on_connect)
        self.connect_button.button_style = "primary"
        self.close_button = button("Close", "Close the connection", self._on_close)
        self.who = Dropdown(
            options=[*people, NOBODY, TYPED],
            description="who",
            tooltip="Whose token is sent",
            style={"description_width": "initial"},
            layout=Layout(width="16em"),
        )
        # Taken on Enter or on leaving the box, and emptied: what stands in a widget is saved.
        self.typed = Password(
            continuous_update=False,
            tooltip="A token; it is kept out of the notebook",
            layout=Layout(width="auto", flex="1 1 14em", display="none"),
        )
        self.via = ToggleButtons(
            options=VIAS,
            value=via,
            tooltips=[WAYS[name].sends for name in VIAS],
            style={"button_width": "8.5em"},
        )
        self.facts, self.verdict, self.problem = (wide() for _ in range(3))
        self.request, self.answer, self.lanes = wide(), wide(), VBox()
        self.attack_buttons = {name: self._attack_button(name) for name in ATTACKS}
        self.who.observe(self._on_choice, "value")
        self.via.observe(self._on_choice, "value")
        self.typed.observe(self._on_typed, "value")

    def _attack_button(self, name: str) -> Any:
        attack = ATTACKS[name]
        made = Button(description=attack.words, tooltip=attack.tooltip, layout=Layout(width="10em"))
        made.on_click(partial(self._on_attack, name))
        return made

    def _rows(self) -> list[Any]:
        return [
            HTML(_STYLE, layout=Layout(display="none")),
            row([self.state, self.who, self.typed, self.connect_button, self.close_button]),
            row([self.via]),
            self.facts,
            row([HTML('<span class="wsn-label">try</span>'), *self.attack_buttons.values()]),
            self.verdict,
            self.problem,
            self.request,
            self.answer,
            self.lanes,
        ]

    def _show_visit(self, visit: Visit | None, words: str) -> None:
        if visit is None:
            self.state.value = f'<span class="wsn-badge" role="status">{words}</span>'
            self.request.value = self.answer.value = ""
            return
        self.state.value = badge(visit.client, words, opened=visit.opened)
        self.request.value = _lines("asked", request(visit))
        self.answer.value = _lines("answered", answer(visit))


def facts(via: str) -> str:
    """Return what a way sends, costs and leaks, as HTML."""
    way = WAYS[via]
    costs = [
        f"{way.round_trips} more round trip" if way.round_trips else "no more round trips",
        "known before the server accepts" if way.before_accept else "known only after accepting",
        "pages in a browser can" if way.in_browsers else "no page in a browser can",
    ]
    if way.server_keeps:
        costs.append(f"the server keeps {way.server_keeps}")
    told = (
        ("sends", f"<code>{escape(way.sends)}</code>"),
        ("costs", escape("; ".join(costs))),
        ("leaks to", escape("; ".join(way.leaks))),
        ("so", escape(way.advice)),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in told)
    return f'<dl class="wsn-facts">{rows}</dl>'


def _lines(title: str, text: str) -> str:
    """Return lines of a handshake under a title as HTML; nothing, if there are none."""
    if not text:
        return ""
    return f'<div class="wsn-lines"><b>{title}</b><pre>{visible(text)}</pre></div>'


def verdict(held: bool | None, words: str) -> str:
    """Return what came of an attack as HTML: whether the server held, and a sentence."""
    if not words:
        return ""
    name, mark = _MARKS[held]
    return f'<div class="wsn-verdict wsn-{name}" role="status">{mark} {visible(words)}</div>'
