"""What several clients do, as it happens: their swim lanes in one picture, a window at a time.

The view keeps no events: each drawing reads the newest of the clients' Timelines. What a lane looks
like is ``draw``'s business; here stand which events are shown, and when they are drawn again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from importlib.resources import files
from typing import Any

from ipywidgets import HTML, Button, Checkbox, HBox, Layout, VBox

from ..client import Client
from ..draw.svg import Life, Picture, draw_plan, make_plan
from ..draw.text import in_one_line
from ..timeline import Event, Timeline
from ._home import Home
from ._html import visible
from ._parts import close_parts

__all__ = ["TimelineView"]

INTERVAL = 0.1  # seconds between two drawings
SHOWN_PAYLOAD = 80  # columns of text on an arrow: a short JSON message fits

_STYLE = f"<style>{files(__package__).joinpath('timeline_view.css').read_text('utf-8')}</style>"


class TimelineView(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Swim lanes that grow while clients talk: the last value of a cell, or part of a panel.

    Make it where an event loop runs; events may come from any thread. The newest events are shown
    and the others counted; Earlier and Later move over them, Pause holds the picture still. Each
    client keeps its lane, also while it has nothing to say. The picture is drawn at most ten times
    a second, and reads no more than it shows, however long the timelines are.

    Args:
        clients: Clients, and whatever has one as its ``client``: a panel is followed from
            connection to connection.
        rows: How many events are shown at a time.

    Attributes:
        picture: The swim lanes, and in words for screen readers, as HTML.
        times: A checkbox: whether each row starts with its time in seconds.
        pause_button: Holds the picture still, or lets it follow the newest events again.
        first_button, earlier_button, later_button: Show other events. Later leads back to the
            newest, which the picture then follows.
        problem: What went wrong last, as HTML.

    Raises:
        SetupError: No event loop is running.
        TypeError, ValueError: There is no client, or something else, or ``rows`` is not positive.
    """

    def __init__(self, *clients: Any, rows: int = 20) -> None:
        if not clients:
            raise ValueError("nobody to show: pass at least one client or panel")
        if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
            raise ValueError(f"rows must be 1 or more events, not {rows!r}")
        self._sources = [_Source(client) for client in clients]
        self._home = Home("TimelineView", self._show_error)
        self._size = rows
        self._end: int | None = None  # how many events come before the end of a held picture
        self._drawn: tuple[int, bool] | None = None  # which of them is in _lanes
        self._lanes = self._words = ""
        self._stale = False
        self._timer: asyncio.TimerHandle | None = None
        self._build()
        style = HTML(_STYLE, layout=Layout(display="none"))
        controls = HBox([*self._buttons, self.times], layout=Layout(flex_flow="row wrap"))
        super().__init__([style, controls, self.problem, self.picture], layout=Layout(width="auto"))
        self.add_class("wsn-timeline")
        self._over = False
        for source in self._sources:
            source.watch(self._on_event)
        self._draw()

    def __repr__(self) -> str:
        names = (in_one_line(source.name) for source in self._sources)
        return f"<TimelineView of {', '.join(names)}>"

    @property
    def timeline(self) -> Timeline:
        """All events so far in one timeline, those of earlier connections of a panel too."""
        return _merged(self._timelines())

    # Waiting and ending

    async def wait_idle(self) -> None:
        """Return when the picture shows all that has happened; safe to cancel."""
        await self._home.run(self._settle)

    async def aclose(self) -> None:
        """Let go of the clients, which stay as they are; what is shown can still be looked at."""
        self._over = True
        await self._home.run(self._end_view)

    def close(self) -> None:
        """Take the view off the page and let go of the clients."""
        super().close()
        close_parts(self)
        if not getattr(self, "_over", True):  # an unfinished __init__ leaves nothing to end
            self._over = True
            self._home.call(self._let_go)

    async def _settle(self) -> None:
        await self._home.idle()
        self._draw()

    async def _end_view(self) -> None:
        try:
            await self._settle()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        for source in self._sources:
            source.forget()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # When it is drawn

    def _on_event(self, _: object = None) -> None:
        # Called on any thread, for every event: what is stale already is drawn soon.
        if not self._stale:
            self._stale = True
            self._home.call(self._draw_or_rest)

    def _draw_or_rest(self) -> None:
        if self._timer is None:
            self._draw_and_rest()

    def _draw_and_rest(self) -> None:
        self._draw()
        if not self._over:
            self._timer = self._home.loop.call_later(INTERVAL, self._rested)

    def _rested(self) -> None:
        self._timer = None
        if self._stale:
            self._home.call(self._draw_and_rest)

    # What is drawn

    def _timelines(self) -> list[Timeline]:
        return [timeline for source in self._sources for timeline in source.timelines]

    def _draw(self) -> None:
        # First, so that what is recorded from now on counts as not drawn.
        self._stale = False
        for source in self._sources:
            source.follow()
        total = sum(map(len, self._timelines()))
        end = total if self._end is None else self._end
        if self._drawn != (end, self.times.value):
            self._draw_lanes()
            self._drawn = (end, self.times.value)
        before, after = max(0, end - self._size), total - end
        self.picture.value = (
            _note(before, "earlier") + self._lanes + _note(after, "later") + self._words
        )
        self.pause_button.description = "Pause" if self._end is None else "Follow"
        self.first_button.disabled = self.earlier_button.disabled = not before
        self.later_button.disabled = not after

    def _draw_lanes(self) -> None:
        timelines = self._timelines()
        if self._end is None:  # the newest of all are among the newest of each
            timelines = [timeline[-self._size :] for timeline in timelines]
        merged = _merged(timelines)
        end = len(merged) if self._end is None else self._end
        start = max(0, end - self._size)
        names = [source.name for source in self._sources]
        picture = _picture(merged[start:end], merged[:start], names, times=self.times.value)
        self._lanes = str(picture)
        self._words = f'<pre class="wsn-words">{escape(picture.text)}</pre>'

    def _show_error(self, exc: Exception) -> None:
        words = visible(f"{type(exc).__name__}: {exc}")
        self.problem.value = f'<div class="wsn-problem" role="alert">{words}</div>'

    # What the controls do

    def _on_control(self, move: Callable[[int], int | None], _: object) -> None:
        def act() -> None:
            self.problem.value = ""
            self._end = move(sum(map(len, self._timelines())))
            self._stale = True
            self._draw_or_rest()

        self._home.call(act)

    def _toggled(self, total: int) -> int | None:
        return total if self._end is None else None

    def _first(self, total: int) -> int:
        return min(self._size, total)

    def _earlier(self, total: int) -> int:
        end = total if self._end is None else self._end
        return max(end - self._size, self._first(total))

    def _later(self, total: int) -> int | None:
        end = total if self._end is None else self._end + self._size
        return None if end >= total else end

    def _same(self, _: int) -> int | None:
        return self._end

    # What it is built of

    def _build(self) -> None:
        self.first_button = self._button("First", "Show the first events", self._first)
        self.earlier_button = self._button("Earlier", "Show the events before", self._earlier)
        self.later_button = self._button("Later", "Show the events after", self._later)
        self.pause_button = self._button(
            "Pause", "Hold the picture still, or follow the newest events", self._toggled
        )
        self.times = Checkbox(
            False,
            description="times",
            tooltip="Start each row with its time in seconds",
            indent=False,
            layout=Layout(width="auto", margin="2px 8px"),
        )
        self.times.observe(partial(self._on_control, self._same), "value")
        self.problem = HTML(layout=Layout(width="auto"))
        self.picture = HTML(layout=Layout(width="auto"))
        self.picture.add_class("wsn-window")

    @property
    def _buttons(self) -> list[Any]:
        return [self.pause_button, self.first_button, self.earlier_button, self.later_button]

    def _button(self, description: str, tooltip: str, move: Callable[[int], int | None]) -> Any:
        button = Button(description=description, tooltip=tooltip, layout=Layout(width="6em"))
        button.on_click(partial(self._on_control, move))
        return button


class _Source:
    """A client, or what has one: its name, and the timelines of all its connections so far."""

    def __init__(self, given: Any) -> None:
        self._given = given
        self._client = self._find()
        self.timelines: list[Timeline] = [self._client.timeline]
        self._on_event: Callable[[object], None] | None = None
        self._ends: list[Callable[[], None]] = []

    def _find(self) -> Client:
        client = self._given if isinstance(self._given, Client) else _client_of(self._given)
        if not isinstance(client, Client):
            raise TypeError(
                f"cannot show {self._given!r}: expected a Client, from connect() or Client(), "
                "or a panel, which has one as its client"
            )
        return client

    @property
    def name(self) -> str:
        return self._client.name

    def watch(self, on_event: Callable[[object], None]) -> None:
        """Call ``on_event`` for each event, and whenever a panel may have a new client."""
        self._on_event = on_event
        self._ends.append(self._client.timeline.subscribe(on_event))
        state = getattr(self._given, "state", None)
        if state is not None and hasattr(state, "observe"):
            state.observe(on_event, "value")
            self._ends.append(partial(state.unobserve, on_event, "value"))

    def follow(self) -> None:
        """Take in the client that a panel has made since."""
        if self._ends and (client := self._find()) is not self._client:
            self._client = client
            self.timelines.append(client.timeline)
            assert self._on_event is not None
            self._ends.append(client.timeline.subscribe(self._on_event))

    def forget(self) -> None:
        """End all subscriptions."""
        while self._ends:
            self._ends.pop()()


def _client_of(given: Any) -> Any:
    return getattr(given, "client", None)


def _merged(timelines: Sequence[Timeline]) -> Timeline:
    # One that has not begun has no place on the clock yet.
    begun = [timeline for timeline in timelines if len(timeline)]
    return Timeline.merge(*begun) if begun else Timeline()


def _picture(window: Timeline, before: Timeline, names: Sequence[str], *, times: bool) -> Picture:
    """Return the lanes of all ``names``, in this order, whoever of them is in ``window``."""
    plan = make_plan(window, times=times, limit=None, mark=None)
    last = {event.client: event for event in before}
    silent = {name: _life(name, last) for name in names}
    plan = replace(
        plan,
        clients=list(dict.fromkeys([*names, *plan.clients])),
        lives={**silent, **plan.lives},
    )
    return draw_plan(plan, times=times, width=SHOWN_PAYLOAD)


def _life(name: str, last: Mapping[str, Event]) -> list[Life]:
    """Return the life of a client that has nothing in the window, by what it did last before."""
    if name not in last or last[name].kind in ("close", "error"):
        return []
    return [Life(None, None)]


def _note(count: int, which: str) -> str:
    if not count:
        return ""
    return f'<p class="wsn-note">{count:,} {which} event{"" if count == 1 else "s"} not shown</p>'
