"""Plots of a search: what each counts, which failure is which, and how words are shown."""

from __future__ import annotations

import sys
from itertools import accumulate
from typing import NamedTuple

import pytest

from wsnotebook import MissingExtra
from wsnotebook.draw.plots import ReportPlots
from wsnotebook.properties import Report, RouteReport

PLOTS = ["examples", "coverage", "shrinking"]


class Said(NamedTuple):
    kind: str = "text"
    size: int = 0
    reply: str = "nothing"


class Held(NamedTuple):
    examples: int
    elapsed: float = 0.0
    sent: tuple[Said, ...] = ()
    cause: str | None = None


class Searched(NamedTuple):
    route: str
    history: tuple[Held, ...]


def texts(*sizes):
    return tuple(Said(size=size) for size in sizes)


def search(*causes, route="/", every=0.5):
    """Return a route of which each conversation takes as long and shows one of these causes."""
    held = [Held(at, at * every, texts(1), cause) for at, cause in enumerate(causes, 1)]
    return Searched(route, tuple(held))


def legend(figure):
    return [text.get_text() for found in figure.legends for text in found.get_texts()]


def points(line):
    return [*zip(*line.get_data(), strict=True)]


# Conversations over time


def test_conversations_are_counted_up_over_the_time_of_their_route():
    figure = ReportPlots([search(None, None), search(None, route="/b", every=0.1)]).examples()
    one, other = figure.axes[0].get_lines()
    assert points(one) == [(0.0, 0), (0.5, 1), (1.0, 2)]
    assert points(other) == [(0.0, 0), (0.1, 1)]
    assert {line.get_drawstyle() for line in (one, other)} == {"steps-post"}
    assert legend(figure) == ["/", "/b"]
    assert figure.axes[0].get_xlabel() == "time (s)"
    assert figure.axes[0].get_ylabel() == "conversations"


def test_a_numbered_cross_stands_where_a_failure_was_seen_first():
    figure = ReportPlots([search(None, "a", "b", "a", "b")]).examples()
    _, first, second = figure.axes[0].get_lines()
    assert (points(first), points(second)) == ([(1.0, 2)], [(1.5, 3)])
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "2"]
    assert [text.xy for text in figure.axes[0].texts] == [(1.0, 2), (1.5, 3)]
    assert legend(figure) == ["/", "1  a", "2  b"]


def test_among_several_routes_a_failure_tells_its_route():
    routes = [search("a"), search(None, route="/fine"), search("a", route="/b")]
    figure = ReportPlots(routes).examples()
    assert legend(figure) == ["/", "/fine", "/b", "1  /: a", "2  /b: a"]


def test_many_routes_differ_by_more_than_colour():
    names = [f"/{number}" for number in range(20)]
    lines = ReportPlots([search(None, route=name) for name in names]).examples().axes[0].get_lines()
    looks = {(line.get_marker(), str(line._unscaled_dash_pattern)) for line in lines}
    assert len(looks) == len(lines) == 20


def test_numbers_of_neighbours_stand_at_different_heights():
    texts = ReportPlots([search(*"abcdef")]).examples().axes[0].texts
    assert len({text.get_position() for text in texts}) == 6


# What was sent and what came back


def tables(figure):
    """Return the counts of both tables, row by row."""
    counts = []
    for axes in figure.axes:
        width = len(axes.get_xticks())
        cells = [text.get_text() for text in axes.texts]
        counts.append([cells[at : at + width] for at in range(0, len(cells), width)])
    return counts


def names(axes):
    return [text.get_text().replace("\n", " ") for text in axes.get_xticklabels()]


def test_messages_are_counted_by_kind_and_size():
    sent = tuple(Said("text", size) for size in (0, 1, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000))
    sent += (Said("json", 7), Said("json", 8), Said("bytes", 70_000))
    figure = ReportPlots(
        [Searched("/", (Held(1, sent=sent[:4]), Held(2, sent=sent[4:])))]
    ).coverage()
    sizes, _ = tables(figure)
    assert sizes == [
        ["1", "2", "2", "2", "2", "1"],
        ["0", "2", "0", "0", "0", "0"],
        ["0", "0", "0", "0", "0", "1"],
    ]
    assert names(figure.axes[0]) == [
        "0", "1 to 9", "10 to 99", "100 to 999", "1,000 to 9,999", "10,000 or more",
    ]  # fmt: skip
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        "text", "JSON", "bytes",
    ]  # fmt: skip
    assert figure.axes[0].get_xlabel() == "bytes of payload"


def test_messages_are_counted_by_kind_and_what_came_back():
    sent = [Said("text", 1, reply) for reply in ("text", "json", "bytes", "close", "close")]
    sent += [Said("bytes", 1, "nothing"), Said("bytes", 1, "bytes")]
    routes = [
        Searched("/", (Held(1, sent=tuple(sent)),)),
        Searched("/b", (Held(1, sent=sent[-1:]),)),
    ]
    figure = ReportPlots(routes).coverage()
    assert tables(figure)[1] == [
        ["1", "1", "1", "2", "0"],
        ["0", "0", "0", "0", "0"],
        ["0", "0", "2", "0", "1"],
    ]
    assert names(figure.axes[1]) == ["text", "JSON", "bytes", "a close", "nothing"]


def test_a_cell_has_room_for_a_long_search():
    sent = (Said("text", 1, "text"),)
    history = (Held(1, sent=sent * 9_999), Held(2, sent=(Said("json", 3),) * 12_345))
    sizes, replies = tables(ReportPlots([Searched("/", history)]).coverage())
    assert (sizes[0][1], sizes[1][1]) == (replies[0][0], replies[1][4]) == ("9,999", "12k")


def test_counts_are_read_on_every_shade():
    sent = texts(*[1] * 100, *[10] * 20, 100)
    figure = ReportPlots([Searched("/", (Held(1, sent=sent),))]).coverage()
    assert [text.get_color() for text in figure.axes[0].texts[:4]] == [
        "dimgrey", "white", "black", "black",
    ]  # fmt: skip


# Growing smaller


def shrunk(*sizes, cause="a", route="/", start=1):
    """Return a route whose conversations fail, each with messages of these sizes."""
    held = [Held(at, at / 10, texts(*each), cause) for at, each in enumerate(sizes, start)]
    return Searched(route, tuple(held))


def test_each_failing_conversation_is_shown_and_the_smallest_so_far():
    sizes = [(4, 4), (1, 1, 1), (9,), (1, 2), (9,), (2,)]
    figure = ReportPlots([shrunk(*sizes, start=7)]).shrinking()
    messages, size = figure.axes
    tried, best = messages.get_lines()
    assert points(tried) == [(7, 2), (8, 3), (9, 1), (10, 2), (11, 1), (12, 1)]
    assert points(best) == [(7, 2), (8, 2), (9, 1), (10, 1), (11, 1), (12, 1)]
    tried, best = size.get_lines()
    assert points(tried) == [(7, 8), (8, 3), (9, 9), (10, 3), (11, 9), (12, 2)]
    # With the fewest messages first, its bytes may be more for a while.
    assert points(best) == [(7, 8), (8, 8), (9, 9), (10, 9), (11, 9), (12, 2)]
    assert (tried.get_linestyle(), best.get_marker()) == ("None", "None")
    assert [axes.get_ylabel() for axes in figure.axes] == ["messages", "bytes"]
    assert legend(figure) == ["failed so", "smallest so far: fewest messages, then fewest bytes"]


def test_a_conversation_that_passes_is_left_out():
    history = (
        Held(1),
        Held(2, cause="a", sent=texts(5)),
        Held(3, sent=texts(1)),
        Held(4, cause="b"),
    )
    figure = ReportPlots([Searched("/", history)]).shrinking()
    assert [points(axes.get_lines()[0]) for axes in figure.axes] == [
        [(2, 1)], [(2, 5)], [(4, 0)], [(4, 0)],
    ]  # fmt: skip


def test_each_failure_has_a_row_with_the_number_that_it_has_in_every_plot():
    plots = ReportPlots([search("a", "b"), search("a", route="/b")])
    rows = [axes.get_title(loc="left") for axes in plots.shrinking().axes[::2]]
    assert rows == ["1  /: a", "2  /: b", "3  /b: a"] == legend(plots.examples())[2:]


def test_more_than_six_failures_are_counted():
    figure = ReportPlots([search(*"abcdefgh")]).shrinking()
    assert len(figure.axes) == 12
    assert figure.get_suptitle() == "Shrinking: the first 6 of 8 failures"
    assert ReportPlots([search(*"abcdef")]).shrinking().get_suptitle() == "Shrinking"


@pytest.mark.parametrize(("most", "scale"), [(100, "linear"), (101, "symlog")])
def test_many_bytes_are_shown_on_a_scale_on_which_few_are_seen(most, scale):
    figure = ReportPlots([shrunk((most,), (0,))]).shrinking()
    assert figure.axes[1].get_yscale() == scale
    assert figure.axes[0].get_yscale() == "linear"


# Words


@pytest.mark.parametrize("plot", PLOTS)
def test_words_are_shown_as_they_are(plot):
    routes = [search("oracle: $x^$\n_a", route="/_$y_"), search("b" * 80, route="/" + "r" * 40)]
    figure = getattr(ReportPlots(routes), plot)()
    figure._repr_png_()
    shown = [*legend(figure), *(axes.get_title(loc="left") for axes in figure.axes)]
    if plot != "coverage":
        assert r"1  /_$y_: oracle: $x^$\n_a" in shown
        assert f"2  /{'r' * 40}: {'b' * 28}…" in shown
    if plot == "examples":
        assert {"/_$y_", f"/{'r' * 30}…"} < set(shown)


def test_what_the_font_lacks_is_replaced_so_that_nothing_warns():
    figure = ReportPlots([search("\u65e5 \u00e4", route="/\u65e5")]).examples()
    figure._repr_png_()
    assert legend(figure) == ["/\ufffd", "1  \ufffd \u00e4"]


@pytest.mark.parametrize(
    ("plot", "words"),
    [("examples", "no conversations"), ("shrinking", "no failure was found")],
)
@pytest.mark.parametrize("routes", [[], [Searched("/", ())]])
def test_a_plot_of_nothing_says_so(plot, words, routes):
    figure = getattr(ReportPlots(routes), plot)()
    assert [text.get_text() for text in figure.axes[0].texts] == [words]
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_search_that_sent_nothing_has_tables_of_noughts():
    figure = ReportPlots([]).coverage()
    assert {cell for table in tables(figure) for row in table for cell in row} == {"0"}
    assert figure._repr_png_().startswith(b"\x89PNG")


# Where they come from


def report():
    from wsnotebook.properties import ExampleRun, Sent

    sizes = [7, 5, 5]
    history = tuple(
        ExampleRun("/a", at, total, 1, "shrink", 9, at / 10, (Sent("text", size, "close"),), 0, "c")
        for at, size, total in zip((1, 2, 3), sizes, accumulate([1, 1, 1]), strict=True)
    )
    fine = RouteReport(route="/b", history=(ExampleRun("/b", 1, 0, 0, "generate", 9, 0.5),))
    return Report(routes=(RouteReport(route="/a", history=history), fine))


def test_a_report_plots_its_routes_and_a_route_itself():
    whole = report()
    assert legend(whole.plots.examples()) == ["/a", "/b", "1  /a: c"]
    assert legend(whole.routes[0].plots.examples()) == ["/a", "1  c"]
    assert tables(whole.plots.coverage())[1][0] == ["0", "0", "0", "3", "0"]
    assert points(whole.plots.shrinking().axes[1].get_lines()[0]) == [(1, 7), (2, 5), (3, 5)]


def test_the_plots_name_themselves():
    assert repr(report().plots) == "<ReportPlots: examples(), coverage(), shrinking()>"


@pytest.mark.parametrize("whose", [report(), report().routes[0]])
def test_without_matplotlib_the_error_says_what_to_install(monkeypatch, whose):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "wsnotebook.draw.plots")
    with pytest.raises(MissingExtra) as caught:
        whose.plots  # noqa: B018
    assert str(caught.value) == (
        "matplotlib is not installed; run: pip install 'wsnotebook[notebook]'"
    )
