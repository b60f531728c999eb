"""The log of a panel: nothing runs, nothing hides, and it keeps up."""

from __future__ import annotations

import asyncio
import re

import pytest
from panels import echoed, log

from wsnotebook import Timeline
from wsnotebook.widgets._formats import FORMS, as_python
from wsnotebook.widgets._html import visible
from wsnotebook.widgets._log_filter import LogFilter
from wsnotebook.widgets._log_view import INTERVAL, SHOWN_ROWS, SLICE, LogView


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;"]
)
async def test_markup_in_a_message_is_shown_and_is_no_markup(panel, payload):
    await echoed(panel, payload)
    assert log(panel)[1:] == [
        f"→ sent  {len(payload)}  '{payload}'",
        f"← received  {len(payload)}  '{payload}'",
    ]
    elements = set(re.findall(r"<(\w+)", panel.log.value))
    assert elements == {"table", "thead", "tbody", "tr", "th", "td", "bdi"}


@pytest.mark.parametrize(
    ("data", "html"),
    [
        ("a\x00b\x1b[31m", "<bdi>&#x27;a\\x00b\\x1b[31m&#x27;</bdi>"),
        ("two\nlines", "<bdi>&#x27;two\\nlines&#x27;</bdi>"),
        ("a\u202etxt.exe", "<bdi>&#x27;a\\u202etxt.exe&#x27;</bdi>"),
        ("\ud800", "<bdi>&#x27;\\ud800&#x27;</bdi>"),
        ("שלום", "<bdi>&#x27;שלום&#x27;</bdi>"),
        (b"<\xff", "<bdi>b&#x27;&lt;\\xff&#x27;</bdi>"),
    ],
)
def test_a_payload_hides_nothing_and_reorders_nothing(data, html):
    assert visible(as_python(data)) == html


def test_words_keep_their_line_breaks_and_show_the_rest():
    assert visible("one\ntwo\r\u2066<") == "<bdi>one\ntwo\\r\\u2066&lt;</bdi>"


async def test_a_long_payload_is_cut_and_its_length_told(panel):
    await echoed(panel, "x" * 5000)
    assert log(panel)[2] == f"← received  5,000  '{'x' * 300}'... (5,000 characters)"


async def test_pings_are_in_the_log(panel):
    await panel.client.ping()
    await panel.wait_idle()
    assert log(panel)[1:] == ["→ ping  1  b'1'", "← pong  1  b'1'"]


class HeldLoop:
    """A loop that turns, and whose timers go off, when a test says so."""

    def __init__(self):
        self.ready = []
        self.timers = []

    def call_soon(self, callback):
        self.ready.append(callback)
        return asyncio.Handle(callback, (), asyncio.get_running_loop())

    def call_later(self, delay, callback):
        assert delay == INTERVAL
        self.timers.append(callback)
        return asyncio.TimerHandle(0, callback, (), asyncio.get_running_loop())


class Held:
    """A log of one timeline on such a loop, and all that it showed."""

    def __init__(self):
        self.loop, self.shown, self.words = HeldLoop(), [], []
        self.view = LogView(self.loop, self.show)
        self.timeline = Timeline()
        self.view.follow(self.timeline)
        self.shown.clear()

    def show(self, html, words):
        self.shown.append(html)
        self.words.append(words)

    def record(self, *payloads):
        for data in payloads:
            self.timeline.record(0.0, "a", "message", "received", data)
            self.view.changed()

    def rows(self):
        """Return what the newest drawing shows: notes, and payloads."""
        cells = re.findall(r'(?:<td colspan="4">|</td><td>)<bdi>(.*?)</bdi>', self.shown[-1])
        return [cell.replace("&#x27;", "") for cell in cells]


async def test_the_first_change_shows_at_once_and_the_rest_together():
    held = Held()
    held.record(*(f"m{number}" for number in range(5000)))
    assert len(held.shown) == 1
    assert held.rows() == ["m0"]
    assert len(held.loop.timers) == 1

    held.loop.timers.pop()()
    assert len(held.shown) == 2
    assert held.rows() == ["4,800 earlier rows not shown", *(f"m{n}" for n in range(4800, 5000))]

    held.loop.timers.pop()()
    assert len(held.shown) == 2, "nothing changed"
    assert held.loop.timers == [], "and so nothing more is planned"


async def test_without_a_timeline_nothing_has_happened():
    shown = []
    view = LogView(HeldLoop(), lambda html, _: shown.append(html))
    view.changed()
    view.stop()
    assert len(shown) == 1
    assert "Nothing has happened yet." in shown[0]


async def test_of_a_burst_only_the_rows_to_be_shown_are_looked_at(monkeypatch):
    held, looked = Held(), []
    read = Timeline.__getitem__
    monkeypatch.setattr(Timeline, "__getitem__", lambda *args: looked.append(1) or read(*args))
    held.record(*map(str, range(50_000)))
    held.view.flush()
    assert len(looked) == 1 + SHOWN_ROWS


async def test_a_filter_looks_through_everything_and_says_how_much_fits():
    held = Held()
    held.record(*(f"m{number}" for number in range(5000)))
    held.view.want(LogFilter("M12"))
    held.view.flush()
    assert held.rows()[:3] == ["111 of 5,000 rows fit the filter", "m12", "m120"]
    assert held.rows()[-1] == "m1299"
    assert held.words[-1] == "111 of 5,000 rows fit the filter"

    held.view.want(LogFilter("m1"))
    held.view.flush()
    assert held.rows()[:2] == [
        "1,111 of 5,000 rows fit the filter",
        "911 earlier rows not shown",
    ]
    assert len(held.rows()) == 2 + SHOWN_ROWS

    held.view.want(LogFilter())
    held.view.flush()
    assert held.rows()[0] == "4,800 earlier rows not shown"
    assert held.words[-1] == ""


async def test_what_comes_later_goes_through_the_filter_too():
    held = Held()
    held.view.want(LogFilter("tea"))
    held.record("tea", "coffee", "TEA")
    held.view.flush()
    assert held.rows() == ["2 of 3 rows fit the filter", "tea", "TEA"]
    held.record("steam", "water")
    held.view.flush()
    assert held.rows() == ["3 of 5 rows fit the filter", "tea", "TEA", "steam"]


async def test_looking_through_a_long_timeline_leaves_the_loop_free_in_between():
    held = Held()
    held.record(*("x" * 1000 for _ in range(5000)))
    held.loop.timers.pop()()
    held.loop.timers.pop()()
    held.view.want(LogFilter("nowhere"))
    turns = 0
    while held.loop.ready:
        turns += 1
        held.loop.ready.pop()()
    assert turns == 5000 * 1100 // SLICE
    assert held.rows() == ["0 of 5,000 rows fit the filter"]
    assert len(held.loop.timers) == 1


async def test_a_newer_filter_takes_the_place_of_a_search_under_way():
    held = Held()
    held.record(*("x" * 1000 for _ in range(1000)), "last")
    held.loop.timers.pop()()
    held.loop.timers.pop()()
    held.view.want(LogFilter("nowhere"))
    assert len(held.loop.ready) == 1
    held.view.want(LogFilter("last"))
    assert len(held.loop.ready) == 1
    while held.loop.ready:
        held.loop.ready.pop()()
    assert held.rows() == ["1 of 1,001 rows fit the filter", "last"]
    assert "0 of 1,001 rows fit the filter" not in held.words


async def test_clear_empties_the_view_and_says_where_it_all_is():
    held = Held()
    held.record("one")
    held.view.clear()
    held.view.flush()
    assert held.rows() == ["1 earlier row cleared from view; the timeline holds it"]

    held.record("two", "three")
    held.view.flush()
    assert held.rows() == ["1 earlier row cleared from view; the timeline holds it", "two", "three"]
    held.view.clear()
    held.view.want(LogFilter("t"))
    held.record("tea", "milk")
    held.view.flush()
    assert held.rows() == [
        "3 earlier rows cleared from view; the timeline holds them",
        "1 of 2 rows fit the filter",
        "tea",
    ]
    assert len(held.timeline) == 5


async def test_the_next_timeline_goes_on_below_a_line_and_the_old_one_is_let_go():
    held = Held()
    held.record("one")
    second = Timeline()
    held.view.follow(second)
    held.timeline.record(0.0, "a", "message", "received", "late")
    second.record(0.0, "a", "message", "received", "two")
    held.view.changed()
    held.view.flush()
    assert held.rows() == ["one", "connection 2", "two"]

    held.view.want(LogFilter("two"))
    held.view.flush()
    assert held.rows() == ["1 of 2 rows fit the filter", "two"]
    held.view.want(LogFilter())
    held.view.clear()
    held.view.flush()
    assert held.rows() == ["2 earlier rows cleared from view; the timeline holds them"]


async def test_a_stopped_view_shows_nothing_newer_and_can_still_be_filtered():
    held = Held()
    held.record("one", "two")
    held.view.stop()
    assert held.rows() == ["one", "two"]
    held.timeline.record(0.0, "a", "message", "received", "late")
    held.view.want(LogFilter("t"))
    assert held.rows() == ["1 of 2 rows fit the filter", "two"]


async def test_rows_are_written_once_until_they_are_wanted_otherwise(monkeypatch):
    held, written = Held(), []
    monkeypatch.setitem(FORMS, "hex", lambda *_: written.append(1) or "")
    held.record("one", "two")
    held.view.write_as("hex")
    held.view.flush()
    assert len(written) == 2
    held.record("three")
    held.view.flush()
    assert len(written) == 3


async def test_the_log_shows_what_came_last_without_being_asked(panel):
    shown = asyncio.get_running_loop().create_future()

    def look(_):
        if log(panel)[-1] == "← received  4  'last'" and not shown.done():
            shown.set_result(None)

    panel.log.observe(look, "value")
    await panel.client.send("first")
    await panel.client.send("last")
    await shown


async def test_5000_messages_keep_the_log_short_and_its_updates_few(panel):
    updates = 0

    def count(_):
        nonlocal updates
        updates += 1

    loop = asyncio.get_running_loop()
    panel.log.observe(count, "value")
    started = loop.time()
    for number in range(2500):
        await panel.client.send(f"message {number}")
    await panel.client.wait_for_message("message 2499")
    await panel.wait_idle()

    # A rate, not a speed: a slower machine has more time for more updates.
    assert updates <= (loop.time() - started) / INTERVAL + 3
    rows = log(panel)
    assert rows[0] == "4,801 earlier rows not shown"
    assert len(rows) == 1 + SHOWN_ROWS
    assert rows[-1] == "← received  12  'message 2499'"
    assert len(panel.timeline) == 5001
