"""A report as HTML: a page that stands alone, and the fragments that a notebook shows.

Neither has scripts or loads anything, and whatever a server sent is escaped. A page is ASCII, so
that it reads the same whatever encoding it is written in. A failure is ``_html_failure``'s, the
counts are ``_html_counts``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from ..draw.html import Html, element, heading
from ._html_counts import counts
from ._html_failure import failure_html, failure_line
from ._readable import cut
from ._report_words import columns, remarks, row, summary, to_repeat_all, worst

if TYPE_CHECKING:
    from .failures import Failure, Report, RouteReport

__all__ = ["failure_fragment", "report_fragment", "report_page", "route_fragment"]

_MARKS = {"passed": "✓", "failed": "✗", "error": "!", "stopped": "…"}
# Should anything ever get past the escaping, this keeps it from running or loading.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def _style(name: str) -> Html:
    return element("style", Html(files(__package__).joinpath(name).read_text("utf-8")))


_FRAGMENT_STYLE = _style("report.css")
_PAGE_STYLE = _style("report_page.css")


def report_page(report: Report, *, verbose: bool) -> str:
    """Return ``report`` as a page that stands alone."""
    failures = enumerate(report.failures, start=1)
    whole = element(
        "html",
        element("head", *_head(report)),
        element(
            "body",
            _verdict_html(report, verbose=verbose),
            _found(report),
            _table(report.routes, verbose=verbose),
            *[failure_html(one, verbose=verbose, number=number) for number, one in failures],
            _remarks_html(report.routes),
            counts(run for one in report.routes for run in one.history),
            class_="wsn-report wsn-page",
        ),
        lang="en",
    )
    return f"<!doctype html>\n{whole}".encode("ascii", "xmlcharrefreplace").decode("ascii")


def report_fragment(report: Report) -> str:
    """Return ``report`` as a notebook shows it."""
    return _fragment(_verdict_html(report, verbose=False), report.routes)


def route_fragment(one: RouteReport) -> str:
    """Return the report of a route as a notebook shows it."""
    return _fragment(Html(), [one])


def failure_fragment(failure: Failure) -> str:
    """Return ``failure`` as a notebook shows it."""
    return _scoped(failure_html(failure, verbose=False))


def _fragment(verdict: Html, routes: Sequence[RouteReport]) -> Html:
    return _scoped(
        verdict,
        _table(routes, verbose=False),
        *[failure_html(failure, verbose=False) for one in routes for failure in one.failures],
        _remarks_html(routes),
        counts(run for one in routes for run in one.history),
    )


def _scoped(*parts: Html) -> Html:
    return element("div", _FRAGMENT_STYLE, *parts, class_="wsn-report")


def _head(report: Report) -> list[Html]:
    title = f"{worst(report)}: {cut(report.target, 80) or 'a search'}: {summary(report)}"
    return [
        element("meta", charset="utf-8"),
        element("meta", **{"http-equiv": "Content-Security-Policy", "content": _POLICY}),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        _FRAGMENT_STYLE,
        _PAGE_STYLE,
    ]


# What it came to


def _verdict_html(report: Report, *, verbose: bool) -> Html:
    verdict = summary(report) + to_repeat_all(report, verbose=verbose)
    target = [element("code", cut(report.target, 200)), ": "] if report.target else []
    return element(
        "header",
        heading(1, _verdict_mark(worst(report))),
        element("p", *target, verdict),
    )


def _verdict_mark(verdict: str) -> Html:
    return element("span", f"{_MARKS[verdict]} {verdict}", class_=f"wsn-{verdict}")


def _found(report: Report) -> Html:
    """Return a line for each failure, which leads to it, and for each route in error."""
    lines = [
        element("li", failure_line(failure, number))
        for number, failure in enumerate(report.failures, start=1)
    ]
    lines += [
        element("li", element("code", cut(one.route)), " ", cut(one.error))
        for one in report.routes
        if one.error
    ]
    return element("ol", *lines, class_="wsn-found") if lines else Html()


# The routes


def _table(routes: Iterable[RouteReport], *, verbose: bool) -> Html:
    names = [element("th", name, scope="col") for name in columns(verbose=verbose)]
    head = element("tr", *names)
    rows = [_route(one, verbose=verbose) for one in routes]
    table = element("table", element("thead", head), element("tbody", *rows), class_="wsn-routes")
    return element("div", table, class_="wsn-scroll")


def _route(one: RouteReport, *, verbose: bool) -> Html:
    route, verdict, *numbers = row(one, verbose=verbose)
    return element(
        "tr",
        element("th", element("code", cut(route)), scope="row"),
        element("td", _verdict_mark(verdict)),
        *[element("td", number) for number in numbers],
    )


def _remarks_html(routes: Iterable[RouteReport]) -> Html:
    lines = [element("li", cut(f"{kind:5}  {text}")) for kind, text in remarks(routes)]
    if not lines:
        return Html()
    return element("section", heading(2, "Notes"), element("ul", *lines, class_="wsn-remarks"))
