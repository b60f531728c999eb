"""A log as an HTML table: what each row says. Which rows there are is ``_log_view``'s business."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..closecodes import describe_close
from ..timeline import Event
from ._formats import as_hex
from ._html import visible

__all__ = ["EMPTY", "note", "row", "table"]

Form = Callable[[str | bytes, int | None], str]

_MARKS = {"sent": "→", "received": "←"}
_WORDS = {"open": "● open", "close": "○ closed", "error": "✗ error"}
_HEAD = "".join(f'<th scope="col">{name}</th>' for name in ("time", "event", "bytes", "payload"))
EMPTY = '<p class="wsn-note">Nothing has happened yet. Connect, then send.</p>'


def table(rows: Iterable[str]) -> str:
    """Return the table of these rows."""
    return (
        '<table class="wsn-log" aria-label="log">'
        f"<thead><tr>{_HEAD}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def note(words: str) -> str:
    """Return a row of words across the table."""
    return f'<tr class="wsn-note"><td colspan="4">{visible(words)}</td></tr>'


def row(event: Event, form: Form) -> str:
    """Return the row of an event, its payload written by ``form``."""
    size = "" if event.size is None else f"{event.size:,}"
    cells = (f"{event.time:.3f} s", _what(event), size, _content(event, form))
    tds = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="wsn-{event.direction or event.kind}">{tds}</tr>'


def _what(event: Event) -> str:
    if event.direction is None:
        return _WORDS[event.kind]
    words = event.direction if event.kind == "message" else event.kind
    return f"{_MARKS[event.direction]} {words}"


def _content(event: Event, form: Form) -> str:
    if event.kind == "close":
        return visible(describe_close(event.code, event.reason))
    data = "" if event.data is None else event.data
    if event.kind in ("open", "error"):
        return visible(str(data))
    shown = visible(form(data, event.size))
    return f'<span class="wsn-hex">{shown}</span>' if form is as_hex else shown
