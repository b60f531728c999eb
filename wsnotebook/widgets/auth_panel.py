"""Who are you: the same door tried with and without a good token, and by every way.

The panel is a view. Clients do the work and their Timelines keep the facts; the lanes are a
TimelineView. What is tried and how it reads is ``_visits``, the widgets are made in ``_auth_face``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from ipywidgets import Button, Layout

from ..auth import Tickets
from ..auth._ways import check_via
from ..client import Client, State
from ..errors import Closed, Refused, SetupError, WsNotebookError
from ..timeline import Event, Timeline
from ._auth_face import NOBODY, TYPED, AuthFace, facts, verdict
from ._client_face import problems
from ._home import Home
from ._parts import close_parts
from ._visits import (
    ATTACKS,
    Visit,
    check_tokens,
    outcome,
    pairs,
    path_of,
    settled,
    tampered,
    turned_away,
)
from .timeline_view import TimelineView

__all__ = ["AuthPanel"]

_STRANGER = "mallory"  # the name that attackers have in textbooks


class AuthPanel(AuthFace):
    """A door to try: who knocks, how the token travels, and five attacks, each with its outcome.

    Make it where an event loop runs (a notebook cell, an async function).
    ``connect_button.click()`` and its like start an action; ``await wait_idle()`` returns when the
    action is over and shown. Each attempt is a new Client; the one before is closed.

    Tokens are never shown, and never stored in a widget, so that no saved notebook has them.

    Args:
        target: What :class:`~wsnotebook.Client` connects to.
        tokens: The token of each person, by the name to choose; one at least.
        path: Passed on; ``{via}`` in it is replaced by the way that is chosen.
        via: The way that is chosen at first.
        tickets: What gives out tickets; without it, the person's own token is sent as ticket.
        expired: A token that was good once, for the attack.
        origin: The page that the attack comes from.
        rows: How many events the lanes show at a time.
        options: Keyword arguments of :class:`~wsnotebook.Client`.

    Attributes:
        who: Who connects: a person, ``"nobody"``, or ``"something else"``.
        typed: Takes the token of something else, and empties itself.
        via: The way that is chosen.
        facts: What this way sends, costs and leaks, as HTML.
        connect_button, close_button: Buttons.
        attack_buttons: The buttons ``expired``, ``tampered``, ``replayed``, ``foreign`` and
            ``early``, by these names.
        state: Name and state of the newest client, as HTML.
        request, answer: The newest handshake, secrets masked, as HTML.
        verdict: What came of the newest attack, in a sentence, as HTML.
        problem: What went wrong last, as HTML.

    Raises:
        SetupError: No event loop is running.
        TypeError, ValueError: An argument is not usable.
    """

    def __init__(
        self,
        target: Any,
        tokens: Mapping[str, str],
        path: str | None = None,
        *,
        via: str = "header",
        tickets: Tickets | None = None,
        expired: str | None = None,
        origin: str = "https://evil.example",
        rows: int = 20,
        **options: Any,
    ) -> None:
        check_tokens(tokens, reserved=(NOBODY, TYPED))
        self._tokens = dict(tokens)
        check_via(via)
        if taken := sorted({"name", "token"} & options.keys()):
            raise TypeError(f"the panel chooses the {taken[0]}: leave out {taken[0]}=")
        self._home = Home("AuthPanel", self._show_error)
        self._target, self._path, self._options = target, path, options
        self._tickets, self._expired, self._origin = tickets, expired, origin
        self._rows_shown = rows
        self._typed: str | None = None
        self._visits: list[Visit] = []  # those of the newest attempt
        self._view: TimelineView | None = None
        self._unsubscribe: list[Callable[[], None]] = []
        self._turn = asyncio.Lock()  # one attempt at a time
        self._over = False
        self._error, self._verdict = "", ""
        self._build(self._tokens, via)
        self._make_client(None, via, None, options)  # an argument that no Client takes shows now
        super().__init__(self._rows(), layout=Layout(width="auto"))
        self.add_class("wsn-panel")
        self.add_class("wsn-auth")
        self._refresh()

    def __repr__(self) -> str:
        return f"<AuthPanel of {', '.join(self._tokens)}: {self._state_word()}>"

    @property
    def client(self) -> Client | None:
        """The client of the newest attempt; ``None``: nothing was tried yet."""
        return self._visits[-1].client if self._visits else None

    @property
    def timeline(self) -> Timeline:
        """Everything that happened in the newest attempt."""
        return self._view.timeline if self._view is not None else Timeline()

    # Waiting and ending

    async def wait_idle(self) -> None:
        """Return when every action that clicks started is over and shown.

        Cancelling leaves the actions running.
        """
        await self._home.run(self._settle)

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

    async def _settle(self) -> None:
        await self._home.idle()
        if self._view is not None:
            await self._view.wait_idle()
        self._refresh()

    async def _end(self) -> None:
        try:
            await self._close_all()
            await self._home.idle()
        finally:
            self._let_go()
            if self._view is not None:
                await self._view.aclose()
            self._refresh()

    def _let_go(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()

    # What the buttons do

    def _on_connect(self, _: Button) -> None:
        self._act(self._connect)

    def _on_close(self, _: Button) -> None:
        self._home.start(self._close_all)

    def _on_attack(self, name: str, _: Button) -> None:
        self._act(partial(self._attack, name))

    def _on_choice(self, _: object) -> None:
        self._home.call(self._refresh)

    def _on_typed(self, change: Any) -> None:
        def take() -> None:
            self._typed, self.typed.value = change.new, ""
            self._refresh()

        if change.new:
            self._home.call(take)

    def _act(self, action: Callable[[], Awaitable[None]]) -> None:
        async def act() -> None:
            try:
                async with self._turn:
                    if self._over:
                        raise SetupError("this panel was closed; make a new one")
                    await self._begin()
                    await action()
            finally:
                self._refresh()

        self._home.start(act)

    async def _begin(self) -> None:
        """Close what the attempt before has left open, and show nothing of it any more."""
        with suppress(WsNotebookError):  # it was shown when it happened
            await self._close_all()
        self._let_go()
        self._visits = []
        self._error = self._verdict = ""
        self._show_lanes()
        self._refresh()

    async def _close_all(self) -> None:
        for visit in self._visits:
            await visit.client.close()

    async def _connect(self) -> None:
        who, via = self.who.value, self.via.value
        others = {NOBODY: None, TYPED: self._typed}
        await self._knock(who, via, others[who] if who in others else self._token_of(who, via))

    async def _attack(self, name: str) -> None:
        attack = ATTACKS[name]
        if reason := self._cannot(name):
            raise SetupError(reason)
        who, via = self._person, attack.via or self.via.value
        token = "" if name in ("expired", "early") else self._token_of(who, via)
        match name:
            case "expired":
                visit = await self._knock(_STRANGER, via, self._expired)
            case "tampered":
                visit = await self._knock(_STRANGER, via, tampered(token))
            case "foreign":
                origin = [*pairs(self._options.get("headers") or ()), ("Origin", self._origin)]
                visit = await self._knock(who, via, token, headers=origin)
            case "replayed":
                await (await self._knock(who, via, token, is_shown=False)).client.close()
                visit = await self._knock(_STRANGER, via, token)
            case _:
                visit = await self._knock(_STRANGER, via, None)
                if visit.opened:
                    with suppress(Closed):
                        await visit.client.send("hello")
        if visit.opened:
            await turned_away(visit.client)
        self._verdict = verdict(*outcome(attack, visit))

    def _cannot(self, name: str) -> str:
        """Return why an attack cannot be tried; empty: it can."""
        if name == "replayed" and self._tickets is None:
            return "no tickets are given out here: pass tickets= to the panel"
        if name == "expired" and self._expired is None:
            return "no expired token is at hand: pass expired= to the panel"
        if name == "expired" and self.via.value == "ticket":
            return "a token is no ticket: choose another way"
        return ""

    # Knocking

    @property
    def _person(self) -> str:
        """Who is attacked: who is chosen, if it is a person."""
        who: str = self.who.value
        return who if who in self._tokens else next(iter(self._tokens))

    def _token_of(self, who: str, via: str) -> str:
        if via == "ticket" and self._tickets is not None:
            return self._tickets.issue(who)
        return self._tokens[who]

    def _make_client(
        self, name: str | None, via: str, token: str | None, options: Mapping[str, Any]
    ) -> Client:
        path = self._path_for(via)
        return Client(self._target, path, name=name, token=token, via=via, **options)

    def _path_for(self, via: str) -> str | None:
        return self._path and self._path.replace("{via}", via)

    async def _knock(
        self, name: str, via: str, token: str | None, *, is_shown: bool = True, **more: Any
    ) -> Visit:
        """Try to connect; what stops it is kept, and whatever is no answer is shown, too."""
        options = {**self._options, **more}
        client = self._make_client(name, via, token or None, options)
        visit = Visit(client, via, bool(token), path_of(self._target, self._path_for(via)), options)
        self._visits.append(visit)
        self._unsubscribe.append(client.timeline.subscribe(self._on_event))
        if is_shown:  # together with who came before: a page cannot follow views that come and go
            self._show_lanes()
        opening = client.open()
        self._refresh()
        try:
            await opening
            await settled(client)
        except WsNotebookError as exc:
            visit.failure = None if visit.opened else exc
            if not isinstance(exc, Refused):
                self._show_error(exc)
        self._refresh()
        return visit

    # What is shown

    def _show_lanes(self) -> None:
        for view in self.lanes.children:
            view.close()
        clients = [visit.client for visit in self._visits]
        self._view = TimelineView(*clients, rows=self._rows_shown) if clients else None
        self.lanes.children = () if self._view is None else (self._view,)

    def _on_event(self, event: Event) -> None:
        visit = self._visits[-1]
        if event.kind == "open":
            visit.opened = True
        if event.kind == "error" and visit.opened:
            self._error = str(event.data)
        if event.kind in ("open", "close", "error"):
            # The client changes its state right after it has recorded why.
            self._home.loop.call_soon(self._refresh)

    def _show_error(self, exc: Exception) -> None:
        self._error = f"{type(exc).__name__}: {exc}"
        self._refresh()

    def _refresh(self) -> None:
        busy, via = self._turn.locked() or self._over, self.via.value
        live = self.client is not None and self.client.state is State.OPEN
        self.connect_button.disabled = busy or live
        self.close_button.disabled = not live
        for name, button in self.attack_buttons.items():
            reason = self._cannot(name)
            button.disabled = busy or bool(reason)
            button.tooltip = reason or ATTACKS[name].tooltip
        self.typed.layout.display = None if self.who.value == TYPED else "none"
        self.typed.placeholder = "a token, then Enter" if self._typed is None else "one is kept"
        self.facts.value = facts(via)
        self._show_visit(self._visits[-1] if self._visits else None, self._state_word())
        self.verdict.value, self.problem.value = self._verdict, problems(self._error)

    def _state_word(self) -> str:
        return self.client.state.value if self.client is not None else "not connected"
