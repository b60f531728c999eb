"""How a PropertyPanel keeps up: a hundred thousand examples, few drawings, a complete last one."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest
from baskets import Echo, Shout, routed
from panels import click, text

from wsnotebook import Channel, Report, Settings
from wsnotebook.properties import (
    CampaignFinished,
    ExampleRun,
    RouteFinished,
    RouteReport,
    RouteStarted,
    Sent,
)
from wsnotebook.widgets import PropertyPanel, property_panel
from wsnotebook.widgets._seen import Seen
from wsnotebook.widgets._sent_counts import SentCounts

SENT = (Sent("text", 0, "text"), Sent("json", 12, "json"), Sent("bytes", 70_000, "close"))


def run(examples, *, phase="generate", failures=0, refused=0, sent=SENT):
    return ExampleRun(
        "/echo",
        examples,
        3 * examples,
        failures,
        phase,
        100_000,
        sent=sent,
        replies=2,
        refused=refused,
    )


class Told:
    """A campaign that tells what it is told to, all at once."""

    def __init__(self, *events, routes=(), settings=None):
        self.events, self.routes, self.settings = events, routes, settings

    def subscribe(self, callback):
        self.callback = callback
        return lambda: None

    def cancel(self):
        pass

    def __await__(self):
        for event in self.events:
            self.callback(event)
        self.at_the_end()
        yield
        return self.events[-1].report


@pytest.fixture
def told(monkeypatch):
    """Return a function that makes panels, whose campaigns tell the events that it is given."""

    def make(*events):
        panel = PropertyPanel(Echo, settings=Settings(max_examples=100_000))
        campaign = Told(*events, routes=panel.campaign.routes, settings=panel.campaign.settings)
        monkeypatch.setattr(property_panel, "Campaign", lambda **_: campaign)
        return panel, campaign

    return make


REPORT = RouteReport(route="/echo", examples=100_000, messages=300_000, seed=7)
END = [RouteFinished(REPORT), CampaignFinished(Report(routes=(REPORT,)))]


async def test_a_hundred_thousand_examples_are_drawn_a_few_times_and_take_no_more_room(told):
    panel, campaign = told(
        RouteStarted("/echo", 1, 1), *[run(number) for number in range(1, 100_001)], *END
    )
    drawn, between = [], []
    panel.counts.observe(lambda change: drawn.append(change.new), "value")
    campaign.at_the_end = lambda: between.append(len(drawn))
    async with aclosing(panel):
        await click(panel.start_button, panel)
        assert between == [1]  # nothing is drawn for each event, but once for all of a tenth second
        assert text(panel.counts).count("100,000") == 9
        assert (
            text(panel.progress_words)
            == "100,000 examples, 300,000 messages sent, 200,000 received"
        )
        assert (panel.progress.value, panel.progress.max) == (100_000, 100_000)
        assert sum(len(part) for part in drawn[-1:]) < 3000
        assert len(panel.results.value) < 1000


async def test_events_that_come_after_a_drawing_are_drawn_with_the_next(told, monkeypatch):
    monkeypatch.setattr(property_panel, "INTERVAL", 0)
    panel, campaign = told(RouteStarted("/echo", 1, 1), run(1), run(2), *END)
    campaign.at_the_end = lambda: None
    async with aclosing(panel):
        await click(panel.start_button, panel)
        assert text(panel.results).endswith("/echo  ✓ passed  100,000  300,000  0  7")


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "the app is being started"),
        ([RouteStarted("/echo", 1, 2)], "/echo (1 of 2): beginning"),
        (
            [RouteStarted("/echo", 1, 2), run(1000)],
            "/echo (1 of 2): 1,000 of 100,000 examples",
        ),
        (
            [
                RouteStarted("/a", 1, 2),
                RouteFinished(REPORT),
                RouteStarted("/echo", 2, 2),
                run(1, phase="shrink", failures=1),
            ],
            "/echo (2 of 2): making a failure smaller, 1 example so far",
        ),
        (
            [RouteStarted("/echo", 1, 2), run(2500, phase="shrink", failures=2)],
            "/echo (1 of 2): making 2 failures smaller, 2,500 examples so far",
        ),
    ],
)
async def test_progress_is_told_in_words(events, words):
    async with aclosing(PropertyPanel(routed(Echo, Shout))) as panel:
        seen = Seen(2, 100_000)
        for event in events:
            seen.take(event)
        panel._show_progress(seen, None, running=True)
        assert text(panel.progress_words) == words


async def test_a_search_that_tells_nothing_for_long_says_so(monkeypatch):
    monkeypatch.setattr(property_panel, "QUIET", 0.01)
    said, quiet, goes_on = [], asyncio.Event(), threading.Event()

    class Slow(Channel):
        async def on_connect(self):
            goes_on.wait(60)

    def look(_):
        words = text(panel.progress_words)
        if "nothing new" in words:
            said.append(words)
            quiet.set()

    async with aclosing(PropertyPanel(Slow, settings=Settings(seed=1, max_examples=3))) as panel:
        panel.progress_words.observe(look, "value")
        panel.start_button.click()
        await quiet.wait()
        goes_on.set()
        await panel.wait_idle()
        assert said[0].endswith(
            "; nothing new for a while: what is under way takes long. A call that blocks, such as "
            "time.sleep, cannot be ended from here; restarting the kernel ends it"
        )
        assert text(panel.progress_words).endswith(" received")


def test_refused_handshakes_are_counted_and_told():
    seen = Seen(1, 10)
    seen.take(run(1, refused=2))
    seen.take(run(2, refused=1))
    assert (seen.refused, seen.replies, seen.examples, seen.messages) == (3, 4, 2, 6)


def test_what_need_not_be_waited_for_is_done():
    seen = Seen(3, 100)
    assert seen.done == 0
    seen.take(run(40))
    assert seen.done == 40
    seen.take(run(150, phase="shrink", failures=1))
    assert seen.done == 100
    seen.take(RouteFinished(RouteReport(route="/echo", examples=31)))  # a failure ends it sooner
    assert seen.done == 100
    seen.take(RouteFinished(RouteReport(route="/b", examples=5, stopped="cancelled")))
    assert seen.done == 105


def test_messages_are_counted_by_kind_length_and_reply():
    counts = SentCounts()
    sizes = [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 65_536]
    counts.add(Sent("text", size, "nothing") for size in sizes)
    counts.add([Sent("json", 2, "bytes")])
    assert counts.kinds == {"text": 11, "json": 1}
    assert counts.lengths == {
        "0": 1,
        "1 to 9": 3,
        "10 to 99": 2,
        "100 to 999": 2,
        "1,000 to 9,999": 2,
        "10,000 or more": 2,
    }
    assert counts.replies == {"nothing": 11, "bytes": 1}


async def test_what_goes_wrong_while_drawing_is_shown():
    async with aclosing(PropertyPanel(Echo)) as panel:
        panel._seen.take = None
        panel._on_event(run(1))
        await panel.wait_idle()  # and is no error of who waits
        assert text(panel.problem) == "TypeError: 'NoneType' object is not callable"
