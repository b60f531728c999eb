"""The log of a panel: nothing runs, nothing hides, and it keeps up."""

from __future__ import annotations

import asyncio
import re

import pytest
from panels import echoed, log

from wsnotebook import Event
from wsnotebook.widgets._html import payload, visible
from wsnotebook.widgets._log_view import INTERVAL, SHOWN_ROWS, LogView


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
    assert payload(data, 100) == html


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
    """A loop whose timers go off when a test says so."""

    def __init__(self):
        self.timers = []

    def call_later(self, delay, callback):
        assert delay == INTERVAL
        self.timers.append(callback)
        return asyncio.TimerHandle(0, callback, (), asyncio.get_running_loop())


async def test_the_first_change_shows_at_once_and_the_rest_together():
    loop, shown = HeldLoop(), []
    view = LogView(loop, shown.append)
    shown.clear()

    for number in range(5000):
        view.add(Event(0.0, "a", "message", "received", f"m{number}", 5))
    assert len(shown) == 1
    assert "m0" in shown[0]
    assert len(loop.timers) == 1

    loop.timers.pop()()
    assert len(shown) == 2
    assert "m4999" in shown[1]
    assert shown[1].count("<bdi>&#x27;m") == SHOWN_ROWS
    assert "<bdi>4,800 earlier rows not shown</bdi>" in shown[1]

    loop.timers.pop()()
    assert len(shown) == 2, "nothing changed"
    assert loop.timers == [], "and so nothing more is planned"


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
