"""The search for a conversation that breaks an app, made visible: choose, start, watch, stop.

The panel is a view of a Campaign, which does the work on a thread of its own. What it has told so
far is kept by ``_seen``, the widgets are made in ``_property_face``.
"""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ipywidgets import Layout

from ..errors import SetupError
from ..properties import Campaign, Progress, Report, Settings
from ._cells import take_over
from ._client_face import problems
from ._home import Home
from ._parts import close_parts
from ._property_face import PropertyFace, badge, mark, verdict_of
from ._route_choice import some
from ._seen import Seen

__all__ = ["PropertyPanel"]

INTERVAL = 0.1  # seconds between two drawings
QUIET = 10.0  # seconds without news, after which that is told


class PropertyPanel(PropertyFace):
    """The search of an app, with buttons: what is sent, what fails, and how that is made smaller.

    Make it where an event loop runs (a notebook cell, an async function). The search runs on a
    thread of its own, so other cells go on meanwhile; the panel is drawn at most ten times a
    second. ``start_button.click()`` starts a search; ``await wait_idle()`` returns when it is over
    and shown. Each search is a new :class:`~wsnotebook.Campaign`, and shows nothing of the last. A
    cell of JupyterLab that makes a panel closes the one that it made when it was run before.

    Args:
        target: What to search, as :func:`~wsnotebook.check` takes it.
        path: A path to search instead of all routes; parameters in braces.
        factory: Makes the app, instead of ``target``, for each conversation.
        params: Values of the path's parameters, or strategies of them, by name.
        messages: A strategy of one message.
        oracles: Functions that look at each finished conversation.
        settings: What the controls say at first, and what has no control: which routes there are to
            choose from (``include``, ``exclude``), ``auth``, ``allow_remote``.
        name: The ``"module:attribute"`` by which programs import the target, or the factory.

    Attributes:
        start_button, stop_button: Buttons. Stop ends the search within one example.
        routes: A box to tick for each route: ``routes.boxes`` by path, ``routes.value`` the paths
            that are ticked.
        settings: The control of each setting, by the name that :class:`~wsnotebook.Settings` gives
            it; ``controls`` shows them, those that are rarely changed behind ``controls.more``.
        state: What the search is at, or what came of it, as HTML.
        problem: What went wrong last, as HTML.
        progress: A bar: how many of all examples were held.
        progress_words: The same in words, as HTML.
        counts: What was sent, by kind, length and reply, as HTML.
        results: The routes that are over, with their seeds, as HTML.
        failures: The failures, to choose from: ``failures.index``, from 0, ``failures.options``,
            a button for each in ``failures.buttons``.
        failure: The chosen one: ``failure.heading``, ``failure.facts`` and what follows.
        steps: A slider over the conversations that showed it, each smaller than the one before.
        picture: The swim lanes of that step, as HTML.
        program: Copies the program that reproduces it; ``program.text`` once the search is over.

    Raises:
        SetupError: No event loop is running.
        TypeError, ValueError: An argument is not usable. What else keeps an app from being
            searched (it has no routes, say) is shown, and tried again by Start.
    """

    def __init__(
        self,
        target: Any = None,
        path: str | None = None,
        *,
        factory: Callable[[], Any] | None = None,
        params: Mapping[str, Any] | None = None,
        messages: Any = None,
        oracles: Iterable[Callable[[Any], None]] | None = None,
        settings: Settings | None = None,
        name: str | None = None,
    ) -> None:
        self._home = Home("PropertyPanel", self._show_error)
        self._given: dict[str, Any] = {
            "target": target,
            "path": path,
            "factory": factory,
            "params": params,
            "messages": messages,
            "oracles": None if oracles is None else tuple(oracles),
            "name": name,
        }
        self._campaign: Campaign | None = None
        self._report: Report | None = None
        self._seen = Seen()
        self._shown: tuple[str, str] | None = None  # the failure that the view shows
        self._error = ""
        self._running = self._stopping = self._begun = self._over = False
        self._stale = self._told = self._quiet = False
        self._timer: asyncio.TimerHandle | None = None
        self._listening: asyncio.TimerHandle | None = None
        problem = self._read(settings)
        self._settings = settings or Settings()
        self._build(self._settings, self._home.call)
        self._offer()
        super().__init__(self._rows(), layout=Layout(width="auto"))
        self.add_class("wsn-panel")
        self.add_class("wsn-property")
        if problem is not None:
            self._show_error(problem)
        self._draw()
        take_over(self)

    def __repr__(self) -> str:
        return f"<PropertyPanel of {some(self.routes.boxes) or 'no routes'}: {self._state()[1]}>"

    @property
    def campaign(self) -> Campaign | None:
        """The newest campaign; ``None``: there could be none yet."""
        return self._campaign

    @property
    def report(self) -> Report | None:
        """What the newest campaign found; ``None``: it is not over, or was not started."""
        return self._report

    # Waiting and ending

    async def wait_idle(self) -> None:
        """Return when the search, if there is one, is over and shown.

        Cancelling leaves it running.
        """
        await self._home.run(self._settle)

    async def aclose(self) -> None:
        """Stop the search and end the panel; what it shows stays. Doing it twice does nothing."""
        self._over = True
        await self._home.run(self._end)

    def close(self) -> None:
        """Take the panel off the page, and stop the search."""
        super().close()
        close_parts(self)
        self._over = True
        if getattr(self, "_running", False):
            self._cancel()

    async def _settle(self) -> None:
        await self._home.idle()
        self._home.call(self._draw)

    async def _end(self) -> None:
        self._cancel()
        await self._settle()

    def _cancel(self) -> None:
        if self._campaign is not None:
            self._campaign.cancel()

    # What the controls do

    def _on_start(self, _: object) -> None:
        self._home.call(self._start)

    def _on_stop(self, _: object) -> None:
        self._home.call(self._stop)

    def _on_failure(self) -> None:
        self._home.call(self._show_failure)

    def _stop(self) -> None:
        if self._running:
            self._stopping = True
            self._cancel()
            self._draw()

    def _start(self) -> None:
        if self._over:
            raise SetupError("this panel was closed; make a new one")
        if not self._running:
            campaign = self._begin(self._chosen())
            self._home.start(partial(self._search, campaign))

    async def _search(self, campaign: Campaign) -> None:
        unsubscribe = campaign.subscribe(self._on_event)
        self._told = True
        self._listen()
        try:
            self._report = await campaign
        except BaseException as exc:
            if isinstance(exc, Exception) or not campaign.done:
                raise
            # The app's own exit: this loop is to go on.
            self._error = f"the app raised {exc!r}, which ended the search"
        finally:
            unsubscribe()
            self._running = self._stopping = self._quiet = False
            for timer in (self._timer, self._listening):
                if timer is not None:
                    timer.cancel()
            self._timer = self._listening = None
            self._draw()

    def _read(self, settings: Settings | None) -> SetupError | None:
        """See which routes there are; return why they cannot be searched, if so."""
        try:
            self._campaign = Campaign(**self._given, settings=settings)
        except SetupError as exc:
            return exc
        return None

    def _offer(self) -> None:
        if self._campaign is not None:
            self.routes.offer(route.path for route in self._campaign.routes)

    def _chosen(self) -> Campaign:
        """Return a campaign of what was chosen; what is shown stays if there can be none."""
        settings = self.controls.settings(self._settings)
        if not self.routes.boxes:
            if problem := self._read(self._settings):
                raise problem
            self._offer()
        chosen = self.routes.value
        if not chosen:
            raise SetupError(f"no route is chosen: tick at least one of {some(self.routes.boxes)}")
        if len(chosen) < len(self.routes.boxes):
            settings = settings.replace(include=[glob.escape(path) for path in chosen])
        return Campaign(**self._given, settings=settings)

    def _begin(self, campaign: Campaign) -> Campaign:
        """Show nothing of the search before any more."""
        self._campaign, self._report = campaign, None
        self._seen = Seen(len(campaign.routes), campaign.settings.max_examples)
        self._error = ""
        self._running = self._begun = True
        self._draw()
        return campaign

    # What is shown

    def _on_event(self, event: Progress) -> None:
        self._home.call(partial(self._take, event))

    def _take(self, event: Progress) -> None:
        # For every event, of which there are many: taken at once, and drawn soon.
        self._seen.take(event)
        self._stale = self._told = True
        self._quiet = False
        if self._timer is None:
            self._draw_and_rest()

    def _draw_and_rest(self) -> None:
        self._draw()
        self._timer = self._home.loop.call_later(INTERVAL, self._rested)

    def _rested(self) -> None:
        self._timer = None
        if self._stale:
            self._home.call(self._draw_and_rest)

    def _listen(self) -> None:
        """See from time to time whether anything was told since the last time."""
        self._quiet, self._told = not self._told, False
        if self._quiet:
            self._draw()
        self._listening = self._home.loop.call_later(QUIET, self._listen)

    def _draw(self) -> None:
        self._stale = False
        self.state.value = badge(*self._state())
        self.problem.value = problems(self._error)
        self._show_buttons(running=self._running, stopping=self._stopping, over=self._over)
        if self._begun:
            self._show_progress(self._seen, self._report, running=self._running, quiet=self._quiet)
        self._show_list(
            [(key, steps[-1]) for key, steps in self._seen.steps.items()], self._seen.more
        )
        self._show_failure()

    def _show_failure(self) -> None:
        chosen = self.failures.value
        steps = () if chosen is None else self._seen.steps.get(chosen, ())
        is_over = not self._running or (chosen is not None and self._seen.is_over(chosen))
        self.failure.show(steps, is_over=is_over, is_other=chosen != self._shown)
        self._shown = chosen

    def _show_error(self, exc: Exception) -> None:
        self._error = f"{type(exc).__name__}: {exc}"
        self.problem.value = problems(self._error)

    def _state(self) -> tuple[str, str]:
        """Return the class of the state, and what is read."""
        if self._running:
            return "running", "stopping" if self._stopping else "searching"
        if not self._begun:
            return "new", "not started"
        if self._report is None:
            return "error", "not searched"
        verdict = verdict_of(self._report)
        words = f"{self._report!r}".removeprefix("<Report: ").removesuffix(">")
        return verdict, f"{mark(verdict)} {words}"
