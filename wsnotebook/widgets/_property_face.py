"""What a PropertyPanel looks like: its widgets, their labels and where they stand.

What a click does, and what is shown when, is ``property_panel``; what a search told, ``_seen``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from ipywidgets import HTML, IntProgress, Layout, VBox

from ..draw.text import in_one_line
from ..properties import Failure, Report, RouteReport, Settings
from ._client_face import button, problems, row, wide
from ._failure_choice import FailureChoice
from ._failure_view import FailureView
from ._html import visible
from ._route_choice import RouteChoice
from ._search_controls import SearchControls
from ._seen import Seen

__all__ = ["PropertyFace", "badge", "mark", "verdict_of"]

_STYLE = "".join(
    f"<style>{files(__package__).joinpath(name).read_text('utf-8')}</style>"
    for name in ("panel.css", "property_panel.css")
)
_TITLE = 160  # characters of a failure's title in the list
_WORST_FIRST = ("failed", "error", "stopped", "passed")
_MARKS = {"passed": "✓", "failed": "✗", "error": "!", "stopped": "◼"}
_BARS = {"passed": "success", "failed": "danger", "error": "warning", "stopped": "warning"}
_LONG = (
    "; nothing new for a while: what is under way takes long. A call that blocks, such as "
    "time.sleep, cannot be ended from here; restarting the kernel ends it"
)
_STOPPED = {"cancelled": "it was stopped", "max_seconds": "its time was up"}


class PropertyFace(VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widgets of a panel; see :class:`PropertyPanel`, which acts when they are used."""

    _on_start: Callable[[Any], None]
    _on_stop: Callable[[Any], None]
    _on_failure: Callable[[], None]

    def _build(self, settings: Settings, call: Callable[[Callable[[], None]], None]) -> None:
        self.state = HTML()
        self.start_button = button("Start", "Search the routes that are ticked", self._on_start)
        self.start_button.button_style = "primary"
        self.stop_button = button("Stop", "End the search; what was found stays", self._on_stop)
        self.routes = RouteChoice()
        self.controls = SearchControls(settings)
        self.settings = self.controls.by_name
        self.problem = wide()
        self.progress = IntProgress(
            0,
            tooltip="How much of the search is done",
            layout=Layout(width="auto", height="14px", display="none"),
        )
        self.progress_words, self.counts, self.results = (wide() for _ in range(3))
        self.results.add_class("wsn-window")
        self.results.add_class("wsn-found")
        self.failures = FailureChoice(self._on_failure)
        self.more_failures = wide()
        self.failure = FailureView(call)
        self.steps, self.picture = self.failure.steps, self.failure.picture
        self.program = self.failure.program

    def _rows(self) -> list[Any]:
        return [
            HTML(_STYLE, layout=Layout(display="none")),
            row([self.state, self.start_button, self.stop_button]),
            self.routes,
            self.controls,
            self.problem,
            self.progress,
            self.progress_words,
            self.counts,
            self.results,
            self.failures,
            self.more_failures,
            self.failure,
        ]

    def _show_buttons(self, *, running: bool, stopping: bool, over: bool) -> None:
        self.start_button.disabled = running or over
        self.stop_button.disabled = not running or stopping
        self.routes.freeze(running or over)
        self.controls.freeze(running or over)

    def _show_progress(
        self, seen: Seen, report: Report | None, *, running: bool, quiet: bool = False
    ) -> None:
        """Show how far the search is, or how far it came."""
        self.progress.layout.display = None
        self.progress.max = max(1, seen.routes * seen.wanted)
        self.progress.value = seen.done
        verdict = "error" if report is None else verdict_of(report)
        self.progress.bar_style = "info" if running else _BARS[verdict]
        words = _doing(seen) + _LONG * quiet if running else _totals(seen)
        self.progress_words.value = f'<div class="wsn-note">{words}</div>'
        self.counts.value = seen.counts.html()
        self.results.value = _results(seen.finished)

    def _show_list(self, found: Iterable[tuple[tuple[str, str], Failure]], more: int) -> None:
        """Offer the failures to choose from; the one that was chosen stays it."""
        self.failures.offer(
            [(_label(number, failure), key) for number, (key, failure) in enumerate(found, start=1)]
        )
        self.more_failures.value = (
            f'<div class="wsn-note">{more:,} more: see panel.report.failures</div>' if more else ""
        )


def verdict_of(report: Report) -> str:
    """Return the worst verdict of all routes."""
    verdicts = {one.verdict for one in report.routes}
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), "error")


def badge(name: str, words: str) -> str:
    """Return a state as HTML: ``name`` is its class, ``words`` what is read."""
    return f'<span class="wsn-badge wsn-{name}" role="status">{visible(words)}</span>'


def mark(verdict: str) -> str:
    """Return the sign of a verdict, for those who see no colours."""
    return _MARKS[verdict]


def _doing(seen: Seen) -> str:
    if not seen.route:
        return "the app is being started"
    run = seen.run
    number = min(len(seen.finished) + 1, seen.routes)
    place = f" ({number} of {seen.routes})" if seen.routes > 1 else ""
    words = f"<code>{visible(seen.route)}</code>{place}: "
    if run is None:
        return words + "beginning"
    if run.phase == "shrink":
        found = "a failure" if run.failures == 1 else f"{run.failures} failures"
        return words + f"making {found} smaller, {_number(run.examples, 'example')} so far"
    return words + f"{run.examples:,} of {_number(run.wanted, 'example')}"


def _totals(seen: Seen) -> str:
    told = [
        _number(seen.examples, "example"),
        f"{_number(seen.messages, 'message')} sent",
        f"{seen.replies:,} received",
    ]
    if seen.refused:
        told.append(f"{_number(seen.refused, 'handshake')} refused")
    return ", ".join(told)


def _results(finished: Iterable[RouteReport]) -> str:
    """Return a table of the routes that are over, and what is to be known of them."""
    routes = list(finished)
    if not routes:
        return ""
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("route", "verdict", "examples", "messages", "failures", "seed")
    )
    return (
        f'<table class="wsn-results"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(map(_result, routes))}</tbody></table>"
        f"{''.join(map(_remarks, routes))}"
    )


def _result(one: RouteReport) -> str:
    numbers = (f"{one.examples:,}", f"{one.messages:,}", f"{len(one.failures):,}", str(one.seed))
    return (
        f'<tr><th scope="row"><code>{visible(one.route)}</code></th>'
        f'<td class="wsn-{one.verdict}">{_MARKS[one.verdict]} {one.verdict}</td>'
        f"{''.join(f'<td>{number}</td>' for number in numbers)}</tr>"
    )


def _remarks(one: RouteReport) -> str:
    stopped = f"ended early: {_STOPPED[one.stopped]}" if one.stopped else ""
    notes = "".join(
        f'<div class="wsn-note"><code>{visible(one.route)}</code> {visible(note)}</div>'
        for note in (stopped, *one.notes)
        if note
    )
    return problems(f"{one.route}: {one.error}" if one.error else "") + notes


def _label(number: int, failure: Failure) -> str:
    title = in_one_line(failure.title)
    short = title if len(title) <= _TITLE else f"{title[:_TITLE]}..."
    return f"{number}  {in_one_line(failure.route)}  {failure.code}: {short}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
