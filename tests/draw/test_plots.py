"""Plots: what is measured, whose line shows it, and that no state of matplotlib is left behind."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import pytest

from wsnotebook import Event
from wsnotebook.draw.plots import Plots


def sent(time, client="c", data="x"):
    return Event(time, client, "message", "sent", data, len(data))


def received(time, client="c", data="x"):
    return Event(time, client, "message", "received", data, len(data))


def plotted(figure):
    """Return what the lines of the only axes show, by their names: the x and y of every point."""
    [axes] = figure.axes
    return {line.get_label(): [*zip(*line.get_data(), strict=True)] for line in axes.get_lines()}


def counted(figure):
    """Return the middle and the height of the bins that are not empty, by the names of lines."""
    return {
        name: [(pytest.approx(middle), height) for middle, height in points if height]
        for name, points in plotted(figure).items()
    }


def legend(figure):
    return [text.get_text() for found in figure.legends for text in found.get_texts()]


# Latency


def test_latency_is_the_time_to_the_next_message_that_the_same_client_received():
    events = [
        sent(0.0, "ann"),
        sent(1.0, "bob"),
        received(2.0, "ann"),  # 2 s after ann sent
        received(5.0, "bob"),  # 4 s after bob sent
        received(9.0, "bob"),  # nothing was sent in between
        sent(10.0, "ann"),  # nothing follows
    ]
    figure = Plots(events).latency()
    assert counted(figure) == {"ann": [(2.1, 1)], "bob": [(3.9, 1)]}
    assert figure.axes[0].get_xlabel() == "time to the next received message (s)"
    assert figure.axes[0].get_ylabel() == "messages"


def test_messages_sent_in_a_row_are_all_measured_to_the_same_answer():
    events = [sent(0.0), sent(1.0), received(2.0), received(3.0)]
    assert counted(Plots(events).latency()) == {"c": [(1.05, 1), (1.95, 1)]}


def test_only_messages_are_measured():
    events = [
        sent(0.0),
        Event(1.0, "c", "pong", "received", b""),
        Event(2.0, "c", "ping", "sent", b""),
        received(10.0),
    ]
    assert counted(Plots(events).latency()) == {"c": [(9.75, 1)]}


@pytest.mark.parametrize(
    ("longest", "unit", "middle"),
    [
        (2.0, "s", 1.95),
        (0.02, "ms", 19.5),
        (0.00002, "µs", 19.5),
        (0.0, "µs", 0.5),  # a virtual clock stands still
    ],
)
def test_the_unit_fits_the_longest(longest, unit, middle):
    figure = Plots([sent(0.0), received(longest)]).latency()
    assert figure.axes[0].get_xlabel() == f"time to the next received message ({unit})"
    assert counted(figure) == {"c": [(middle, 1)]}


def test_latencies_are_counted_in_twenty_bins():
    events = [event for at in range(20) for event in (sent(at), received(at + at / 20 + 0.01))]
    events += [sent(30.0), received(31.0)]
    [bins] = counted(Plots(events).latency()).values()
    assert bins == [(0.025 + 0.05 * number, 1) for number in range(19)] + [(0.975, 2)]


# Messages


def test_messages_are_counted_up_over_time():
    events = [
        Event(0.0, "ann", "open", data="/"),
        sent(1.0, "ann"),
        sent(2.0, "bob"),
        received(3.0, "ann"),
        sent(4.0, "ann"),
        Event(5.0, "ann", "ping", "sent", b""),
    ]
    figure = Plots(events).messages()
    assert plotted(figure) == {
        "ann sent": [(1.0, 0), (1.0, 1), (4.0, 2), (4.0, 2)],
        "ann received": [(3.0, 0), (3.0, 1), (4.0, 1)],
        "bob sent": [(2.0, 0), (2.0, 1), (4.0, 1)],
    }
    assert {line.get_drawstyle() for line in figure.axes[0].get_lines()} == {"steps-post"}
    assert legend(figure) == ["ann sent", "ann received", "bob sent"]


# Sizes


def test_sizes_are_counted_in_bins_of_powers_of_two():
    events = [received(0.0, data=b"x" * size) for size in (0, 1, 2, 3, 4, 7, 8, 3000)]
    events += [sent(0.0, data="x" * 1024), Event(0.0, "c", "message", "sent", None, None)]
    figure = Plots(events).sizes()
    assert counted(figure) == {
        "c sent": [(0.5, 1), (11.5, 1)],
        "c received": [(0.5, 1), (1.5, 1), (2.5, 2), (3.5, 2), (4.5, 1), (12.5, 1)],
    }
    axes = figure.axes[0]
    names = [text.get_text() for text in axes.get_xticklabels()]
    assert [*axes.get_xticks()] == [0, 2, 4, 6, 8, 10, 12]
    assert names == ["0", "2", "8", "32", "128", "512", "2 KiB"]
    assert axes.get_xlabel() == "bytes of payload"


def test_the_ticks_of_big_messages_are_in_mebibytes():
    figure = Plots([sent(0.0, data=b"x" * (1 << 21))]).sizes()
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["2 MiB", "4 MiB"]


def test_a_masked_payload_counts_with_its_size_on_the_wire():
    event = Event(0.0, "c", "message", "sent", "***", 40)
    assert counted(Plots([event]).sizes()) == {"c sent": [(6.5, 1)]}


# Looks

PLOTS = ["latency", "messages", "sizes"]


def talk(clients):
    events = []
    for at, name in enumerate(clients):
        events += [sent(at, name), received(at + 0.5, name)]
    return events


@pytest.mark.parametrize("plot", PLOTS)
def test_up_to_six_clients_differ_by_more_than_colour(plot):
    names = [f"client-{number}" for number in range(6)]
    lines = getattr(Plots(talk(names)), plot)().axes[0].get_lines()
    assert len(lines) == 6 * (1 if plot == "latency" else 2)
    assert len({line.get_marker() for line in lines}) == 6
    ways = {
        (str(line._unscaled_dash_pattern), line.get_markerfacecolor() == "none") for line in lines
    }
    assert len(ways) == (6 if plot == "latency" else 2)
    assert len({line.get_color() for line in lines}) == 6


@pytest.mark.parametrize("plot", PLOTS)
def test_more_than_six_clients_are_drawn_as_one(plot):
    names = [f"client-{number}" for number in range(7)]
    figure = getattr(Plots(talk(names)), plot)()
    ways = [""] if plot == "latency" else [" sent", " received"]
    assert legend(figure) == [f"7 clients{way}" for way in ways]
    assert max(y for _, y in next(iter(plotted(figure).values()))) == 7


def test_a_client_looks_the_same_in_every_plot():
    events = [sent(0.0, "ann"), sent(0.0, "bob"), received(1.0, "bob"), received(2.0, "ann")]
    looks = {
        (line.get_label().split()[0], line.get_color(), line.get_marker())
        for plot in PLOTS
        for line in getattr(Plots(events), plot)().axes[0].get_lines()
    }
    assert len(looks) == 2


@pytest.mark.parametrize("plot", PLOTS)
def test_a_name_is_shown_as_it_is(plot):
    names = ["_private", "$x^$", "two\nlines", "a client with a very long name indeed"]
    figure = getattr(Plots(talk(names)), plot)()
    figure._repr_png_()
    shown = ["_private", "$x^$", r"two\nlines", "a client with a very lo…"]
    ways = [""] if plot == "latency" else [" sent", " received"]
    assert legend(figure) == [name + way for name, way in product(shown, ways)]


@pytest.mark.parametrize(
    ("plot", "words"),
    [
        ("latency", "no message was received after one was sent"),
        ("messages", "no messages"),
        ("sizes", "no messages"),
    ],
)
def test_a_plot_of_nothing_says_so(plot, words):
    figure = getattr(Plots([Event(0.0, "c", "open", data="/")]), plot)()
    assert [text.get_text() for text in figure.axes[0].texts] == [words]
    assert legend(figure) == []
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_plot_draws_what_has_happened_by_then():
    events = [sent(0.0)]
    plots = Plots(events)
    events.append(received(1.0))
    assert list(plotted(plots.messages())) == ["c sent", "c received"]


# In a notebook


def test_a_notebook_shows_a_plot_that_pyplot_does_not_know():
    code = (
        "import sys; from wsnotebook import Timeline\n"
        "from IPython.core.formatters import DisplayFormatter\n"
        "shown, _ = DisplayFormatter().format(Timeline().plots.latency())\n"
        "print(sorted(shown), shown['text/plain'], 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['image/png', 'text/plain'] <Plot size 700x350 with 1 Axes> False\n"


def test_the_plots_name_themselves():
    assert repr(Plots([])) == "<Plots: latency(), messages(), sizes()>"


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    from wsnotebook import MissingExtra, Timeline

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "wsnotebook.draw.plots")
    with pytest.raises(MissingExtra) as caught:
        Timeline().plots  # noqa: B018
    assert str(caught.value) == (
        "matplotlib is not installed; run: pip install 'wsnotebook[notebook]'"
    )
