"""The bar, as its terminal gets it, and the lines of ``--verbose``."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from itertools import count

import pytest

from wsnotebook.cli._progress import Bar, Lines
from wsnotebook.properties import ExampleRun, RouteReport
from wsnotebook.properties.progress import RouteFinished, RouteStarted

EMPTY = "[--------------------]"
FULL = "[####################]"
SHRINKING = "[     shrinking      ]"


def example(examples=1, *, route="/shop", messages=3, failures=0, phase="generate", wanted=100):
    return ExampleRun(route, examples, messages, failures, phase, wanted)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def drawn(*events) -> list[str]:
    """Return what is drawn of ``events``, which are seconds apart."""
    seconds = count()
    return pictures(events, lambda: next(seconds))


def pictures(events, clock) -> list[str]:
    """Return what stands on the line after each drawing, without the blanks at its end."""
    stream = io.StringIO()
    with Bar(stream, clock=clock) as bar:
        for event in events:
            bar(event)
    *drawn, blank, end = stream.getvalue().split("\r")[1:]
    assert (blank.strip(), end) == ("", "")
    return [picture.rstrip() for picture in drawn]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (RouteStarted("/shop", 1, 1), f"/shop  {EMPTY}  0 examples, 0 messages, 0 failures"),
        (RouteStarted("/shop", 2, 6), f"2/6 /shop  {EMPTY}  0 examples, 0 messages, 0 failures"),
        (example(0), f"/shop  {EMPTY}  0/100 examples, 3 messages, 0 failures"),
        (example(50), f"/shop  [{'#' * 10}{'-' * 10}]  50/100 examples, 3 messages, 0 failures"),
        (example(100), f"/shop  {FULL}  100/100 examples, 3 messages, 0 failures"),
        (example(120), f"/shop  {FULL}  120/100 examples, 3 messages, 0 failures"),
        (
            example(120, failures=1, phase="shrink"),
            f"/shop  {SHRINKING}  120 examples, 3 messages, 1 failure",
        ),
        (
            example(12, failures=2, phase="shrink"),
            f"/shop  {SHRINKING}  12 examples, 3 messages, 2 failures",
        ),
    ],
)
def test_the_bar_tells_route_examples_messages_failures_and_phase(event, line):
    assert drawn(event) == [line]


def test_which_route_of_how_many_it_is_stays():
    started, later = drawn(RouteStarted("/shop", 2, 6), example())
    assert started.startswith("2/6 /shop  ")
    assert later.startswith("2/6 /shop  ")


def test_it_is_drawn_twenty_times_a_second_at_most():
    clock = Clock()

    def a_second() -> Iterator[ExampleRun]:
        for number in range(1024):
            clock.now = number / 1024
            yield example(number)

    assert len(pictures(a_second(), clock)) == 20


def test_what_is_no_example_is_not_drawn():
    assert drawn(RouteFinished(RouteReport(route="/shop"))) == []


def test_a_shorter_picture_leaves_nothing_of_a_longer_one():
    stream = io.StringIO()
    seconds = count()
    with Bar(stream, clock=lambda: next(seconds)) as bar:
        bar(example(route="/orders"))
        bar(example(route="/"))
    long, short, blank, _ = stream.getvalue().split("\r")[1:]
    assert len(long) == len(short) > len(short.rstrip())
    assert blank == " " * len(short.rstrip())


def test_a_long_route_leaves_room_for_the_rest():
    [line] = drawn(example(route="/" + "x" * 100))
    assert line == f"/{'x' * 23}...  {EMPTY}  1/100 examples, 3 messages"


def test_wide_characters_fill_two_columns():
    [line] = drawn(example(route="/" + "茶" * 100))
    assert line == f"/{'茶' * 11}...  {EMPTY}  1/100 examples, 3 messages,"


class Terminal(io.StringIO):
    def fileno(self):
        return 7


def test_a_line_is_cut_before_it_would_wrap(monkeypatch):
    sizes = {7: os.terminal_size((20, 24))}
    monkeypatch.setattr(os, "get_terminal_size", sizes.__getitem__)
    terminal = Terminal()
    with Bar(terminal, clock=Clock()) as bar:
        bar(example())
    assert terminal.getvalue() == f"\r/shop  [-----------\r{' ' * 19}\r"


def test_a_route_cannot_move_the_cursor():
    [line] = drawn(example(route="/\r\x1b[2J"))
    assert line.startswith("/\\r\\x1b[2J  ")


def test_what_the_encoding_has_not_is_escaped():
    raw = io.BytesIO()
    with Bar(io.TextIOWrapper(raw, "ascii", newline=""), clock=Clock()) as bar:
        bar(example(route="/é"))
        assert raw.getvalue().startswith(b"\r/\\xe9  [")


def test_the_line_is_cleared_when_an_error_ends_the_search():
    stream = io.StringIO()
    with pytest.raises(RuntimeError), Bar(stream, clock=Clock()) as bar:
        bar(example())
        raise RuntimeError
    line = f"/shop  {EMPTY}  1/100 examples, 3 messages, 0 failures"
    assert stream.getvalue() == f"\r{line}\r{' ' * len(line)}\r"


def test_lines_tell_of_each_example():
    stream = io.StringIO()
    lines = Lines(stream)
    for event in (RouteStarted("/a\n", 1, 1), example(1, route="/a\n"), example(2, failures=1)):
        lines(event)
    lines(example(3, failures=1, phase="shrink"))
    assert stream.getvalue() == (
        "/a\\n  1/100 examples, 3 messages, 0 failures\n"
        "/shop  2/100 examples, 3 messages, 1 failure\n"
        "/shop  3 examples, 3 messages, 1 failure, shrinking\n"
    )
