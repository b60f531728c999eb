"""What was sent in a search, and what came next, counted: small bars, in HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..draw.counted import KINDS, REPLIES, SIZES, size_name
from ..draw.html import Html, element, heading, join
from ._report_words import number_of

if TYPE_CHECKING:
    from .progress import ExampleRun

__all__ = ["counts"]


def counts(history: Iterable[ExampleRun]) -> Html:
    """Return what was sent in all these conversations; nothing, if nothing was."""
    runs = list(history)
    sent = [message for run in runs for message in run.sent]
    if not sent:
        return Html()
    held = f"{number_of(len(sent), 'message')} in {number_of(len(runs), 'conversation')}"
    sizes = Counter(size_name(one.size) for one in sent)
    groups = join(
        _bars("by kind", KINDS, Counter(one.kind for one in sent)),
        _bars("by size, in bytes", dict.fromkeys(SIZES), sizes),
        _bars("what came next", REPLIES, Counter(one.reply for one in sent)),
    )
    return element(
        "section",
        heading(2, "What was sent"),
        element("p", held),
        element("div", groups, class_="wsn-groups"),
    )


def _bars(title: str, names: Mapping[str, str | None], found: Counter[str]) -> Html:
    """Return a bar for each name, as long as its share of all."""
    rows = [_bar(name or key, found[key], found.total()) for key, name in names.items()]
    return element("table", element("caption", title), *rows, class_="wsn-bars")


def _bar(name: str, count: int, whole: int) -> Html:
    bar = element("span", style=f"width:{100 * count / whole:.4g}%")
    return element(
        "tr",
        element("th", name, scope="row"),
        element("td", f"{count:,}"),
        element("td", bar),
    )
