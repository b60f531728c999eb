"""A failure as HTML: the same as its text, and the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..draw.html import Html, element, heading, join
from ._readable import cut, cut_lines
from ._report_words import facts, raised_by, sent_in

if TYPE_CHECKING:
    from .failures import Failure

__all__ = ["failure_html", "failure_line"]

_TITLE, _FACT = 160, 400  # characters
_CODE = ("route", "cause", "sent", "last reply")


def failure_line(failure: Failure, number: int) -> Html:
    """Return what broke, where and on what, as a line that leads to failure ``number``."""
    broke = element("code", cut(failure.route, _TITLE)), " ", _title(failure)
    told: list[str] = [element("code", cut(failure.cause or failure.code, _TITLE))]
    if sent := sent_in(failure):
        told += [" on ", element("code", sent)]
    return join(element("a", *broke, href=f"#failure-{number}"), element("div", *told))


def failure_html(failure: Failure, *, verbose: bool, number: int | None = None) -> Html:
    """Return all that is known of ``failure``.

    Args:
        failure: The failure.
        verbose: Whether the time is told that it took.
        number: Its place among those of its page, by which the page leads to it, and which shows
            its parts at once; ``None``: it stands alone, and its parts are folded.
    """
    title = _title(failure)
    place = {} if number is None else {"id": f"failure-{number}"}
    is_open = number is not None
    traceback = f"Traceback of the {raised_by(failure)}", cut_lines(failure.traceback)
    return element(
        "article",
        heading(2, element("span", cut(failure.code, _TITLE), class_="wsn-code"), " ", title),
        _facts_html(failure, verbose=verbose),
        _picture(failure, is_page=is_open),
        _part(*traceback, is_open=is_open),
        # Whole, however long: it is there to be run.
        _part("A program that reproduces it", failure.program(), is_open=is_open),
        _part("What happened, as text", cut_lines(failure.transcript), is_open=False),
        class_="wsn-failure",
        **place,
    )


def _title(failure: Failure) -> str:
    return cut(failure.title.replace("\n", " "), _TITLE)


def _facts_html(failure: Failure, *, verbose: bool) -> Html:
    rows = []
    for name, text in facts(failure, verbose=verbose):
        words = cut_lines(text, _FACT)
        rows.append(element("dt", name))
        rows.append(element("dd", element("code", words) if name in _CODE else words))
    return element("dl", *rows, class_="wsn-facts")


def _picture(failure: Failure, *, is_page: bool) -> Html:
    picture = failure.picture()
    if not picture.text:
        return Html()
    # A notebook that is not trusted shows the words instead; a page is shown as it is.
    drawn = Html(picture if is_page else picture._repr_html_())
    caption = element("figcaption", "The shortest conversation that was found to do it")
    return element("figure", caption, element("div", drawn, class_="wsn-scroll"))


def _part(title: str, text: str, *, is_open: bool) -> Html:
    if not text:
        return Html()
    body = element("pre", text, tabindex="0")
    state = {"open": "open"} if is_open else {}
    return element("details", element("summary", title), body, **state)
