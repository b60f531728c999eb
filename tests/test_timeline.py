"""The timeline: recording, reading, merging, subscribing, storing."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsnotebook import Event, Timeline
from wsnotebook.draw.svg import draw_svg


class Clock:
    """A loop, as far as a timeline is concerned: it has a clock of its own."""

    def __init__(self, now=0.0):
        self.now = now

    def time(self):
        return self.now


def timeline_on(clock):
    timeline = Timeline()
    timeline.start_on(clock)
    return timeline


def note(timeline, at, client, data="x"):
    timeline.record(at, client, "message", "received", data, None, None, None)


def example():
    clock = Clock(100.0)
    timeline = timeline_on(clock)
    timeline.record(100.0, "c", "open", None, "/", None, None, None)
    timeline.record(100.5, "c", "message", "sent", "hé", None, None, None)
    timeline.record(101.0, "c", "message", "received", b"\xff\x00\x01", None, None, None)
    timeline.record(101.5, "c", "ping", "sent", b"1", None, None, None)
    timeline.record(102.0, "c", "close", None, None, None, 4002, "go away")
    return timeline


EXAMPLE = [
    Event(0.0, "c", "open", None, "/"),
    Event(0.5, "c", "message", "sent", "hé", 3),
    Event(1.0, "c", "message", "received", b"\xff\x00\x01", 3),
    Event(1.5, "c", "ping", "sent", b"1", 1),
    Event(2.0, "c", "close", code=4002, reason="go away"),
]


# Reading


def test_events_come_in_the_order_of_recording_with_times_from_the_anchor():
    assert list(example()) == EXAMPLE
    assert len(example()) == 5


@pytest.mark.parametrize(
    ("data", "size"), [("", 0), ("é\U0001f44b", 6), (b"\x00" * 5, 5), ("\ud800", 1)]
)
def test_the_size_of_a_message_is_its_bytes_of_utf_8(data, size):
    timeline = timeline_on(Clock())
    note(timeline, 0.0, "c", data)
    assert timeline[0].size == size


def test_a_size_that_is_given_is_kept():
    # A masked payload is shorter than what was on the wire.
    timeline = timeline_on(Clock())
    timeline.record(0.0, "c", "message", "sent", "***", 40, None, None)
    assert timeline[0].size == 40


def test_an_index_gives_an_event_and_a_slice_a_timeline():
    timeline = example()
    assert timeline[1] == EXAMPLE[1]
    assert timeline[-1] == EXAMPLE[-1]
    part = timeline[1:3]
    assert isinstance(part, Timeline)
    assert list(part) == EXAMPLE[1:3]
    assert list(timeline[::-2]) == EXAMPLE[::-2]
    assert part.anchor == timeline.anchor
    with pytest.raises(IndexError):
        timeline[5]


def test_a_slice_does_not_grow_with_the_timeline():
    timeline = example()
    part = timeline[:]
    note(timeline, 103.0, "c")
    assert (len(timeline), len(part)) == (6, 5)


def test_timelines_are_equal_when_their_events_are():
    assert example() == example()
    assert example() != example()[1:]
    assert (example() == EXAMPLE) is False
    with pytest.raises(TypeError):
        hash(example())


@pytest.mark.parametrize(
    ("wanted", "indices"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"kind": "message"}, [1, 2]),
        ({"direction": "sent"}, [1, 3]),
        ({"kind": "message", "direction": "sent"}, [1]),
        ({"client": "d"}, []),
        ({"client": "c", "kind": "close"}, [4]),
        ({"predicate": lambda event: event.size == 3}, [1, 2]),
        ({"predicate": lambda event: event.time > 0.5, "direction": "sent"}, [3]),
    ],
)
def test_a_filter_keeps_what_fits_all_that_is_given(wanted, indices):
    filtered = example().filter(**wanted)
    assert isinstance(filtered, Timeline)
    assert list(filtered) == [EXAMPLE[index] for index in indices]


def test_a_filter_for_what_does_not_exist_is_refused():
    with pytest.raises(ValueError) as caught:
        example().filter(kind="mesage")
    assert str(caught.value) == (
        "kind must be one of 'open', 'message', 'ping', 'pong', 'close', 'error', not 'mesage'"
    )
    with pytest.raises(ValueError) as caught:
        example().filter(direction="in")
    assert str(caught.value) == "direction must be one of 'sent', 'received', not 'in'"


# Time


def test_the_anchor_is_the_utc_time_at_the_start():
    before = time.time()
    timeline = timeline_on(Clock(5.0))
    after = time.time()
    assert before <= timeline.anchor.timestamp() + 1e-6
    assert timeline.anchor.timestamp() <= after + 1e-6
    assert timeline.anchor.tzinfo is UTC


def test_an_anchor_can_be_given_and_is_now_otherwise():
    assert Timeline(anchor=0).anchor == datetime(1970, 1, 1, tzinfo=UTC)
    before = time.time()
    assert before <= Timeline().anchor.timestamp() + 1e-6


async def test_a_timeline_runs_on_the_clock_of_the_loop():
    loop = asyncio.get_running_loop()
    timeline = timeline_on(loop)
    start = loop.time()
    note(timeline, start + 2.5, "c")
    assert timeline[0].time == pytest.approx(2.5, abs=0.5)


# Merging


def test_timelines_of_one_loop_merge_in_the_order_of_time():
    clock = Clock(10.0)
    a = timeline_on(clock)
    clock.now = 11.0
    b = timeline_on(clock)
    note(b, 12.0, "b", "2")
    note(a, 10.5, "a", "1")
    note(a, 13.0, "a", "3")
    merged = Timeline.merge(b, a)
    assert [(event.time, event.client, event.data) for event in merged] == [
        (0.5, "a", "1"),
        (2.0, "b", "2"),
        (3.0, "a", "3"),
    ]
    assert merged.anchor == a.anchor
    assert len(a) == 2


def test_what_happened_at_one_reading_of_the_clock_keeps_its_order():
    # A clock may be coarse, and a virtual one stands still while things happen.
    clock = Clock(0.1)
    a = timeline_on(clock)
    clock.now = 0.3
    b = timeline_on(clock)
    for number in range(20):
        note([a, b][number % 2], 0.7, "ab"[number % 2], str(number))
    for merged in (Timeline.merge(a, b), Timeline.merge(b, a)):
        assert [event.data for event in merged] == [str(number) for number in range(20)]


def test_a_merge_of_one_loop_loses_nothing_to_rounding():
    clock = Clock(123456.7)
    a, b = timeline_on(clock), timeline_on(clock)
    step = 1e-9
    for number in range(20):
        note([a, b][number % 2], 123456.7 + number * step, "c", str(number))
    assert [event.data for event in Timeline.merge(b, a)] == [str(number) for number in range(20)]


def test_timelines_of_several_loops_merge_by_utc():
    a, b = Timeline(anchor=1000.0), Timeline(anchor=1002.0)
    note(a, 0.0, "a", "1")
    note(a, 3.0, "a", "3")
    note(b, 0.5, "b", "2")
    note(b, 2.0, "b", "4")
    merged = Timeline.merge(b, a)
    assert [(event.time, event.data) for event in merged] == [
        (0.0, "1"),
        (2.5, "2"),
        (3.0, "3"),
        (4.0, "4"),
    ]
    assert merged.anchor.timestamp() == 1000.0


def test_real_loops_line_up_by_utc():
    # What is recorded on a second loop came later, whatever its clock reads.
    async def record(client):
        loop = asyncio.get_running_loop()
        timeline = timeline_on(loop)
        note(timeline, loop.time(), client)
        return timeline

    first, second = asyncio.run(record("first")), asyncio.run(record("second"))
    merged = Timeline.merge(second, first)
    assert [event.client for event in merged] == ["first", "second"]
    assert merged.anchor == first.anchor


def test_merging_a_merge_gives_the_same():
    clock = Clock(10.0)
    a, b, c = timeline_on(clock), timeline_on(clock), timeline_on(clock)
    for number, timeline in enumerate([c, a, b, a, c]):
        note(timeline, 10.0 + number, "abc"[[a, b, c].index(timeline)], str(number))
    assert Timeline.merge(Timeline.merge(a, b), c) == Timeline.merge(c, b, a)


def test_there_must_be_something_to_merge():
    with pytest.raises(ValueError) as caught:
        Timeline.merge()
    assert str(caught.value) == "nothing to merge: pass at least one timeline"


# Subscribing


def test_a_subscriber_is_told_of_every_event_from_now_on():
    timeline, told = timeline_on(Clock()), []
    note(timeline, 0.0, "c", "before")
    timeline.subscribe(told.append)
    note(timeline, 1.0, "c", "after")
    assert told == [Event(1.0, "c", "message", "received", "after", 5)]


def test_a_subscription_can_be_ended_and_ended_again():
    timeline, told = timeline_on(Clock()), []
    unsubscribe = timeline.subscribe(told.append)
    timeline.subscribe(told.append)
    unsubscribe()
    unsubscribe()  # the other subscription of the same callback stays
    note(timeline, 0.0, "c")
    assert len(told) == 1


def test_a_subscriber_may_end_its_subscription_when_it_is_told():
    timeline, told = timeline_on(Clock()), []

    def once(event):
        told.append(event)
        unsubscribe()

    unsubscribe = timeline.subscribe(once)
    timeline.subscribe(told.append)
    note(timeline, 0.0, "c")
    note(timeline, 1.0, "c")
    assert [event.time for event in told] == [0.0, 0.0, 1.0]


def test_what_a_subscriber_raises_is_logged_and_disturbs_nobody(caplog):
    timeline, told = timeline_on(Clock()), []

    def broken(_):
        raise LookupError("broken")

    timeline.subscribe(broken)
    timeline.subscribe(told.append)
    note(timeline, 0.0, "c")
    assert len(told) == len(timeline) == 1
    [record] = caplog.records
    assert (record.name, record.levelno) == ("wsnotebook", logging.ERROR)
    assert record.getMessage() == f"a timeline subscriber raised: {broken!r}"
    assert record.exc_info[0] is LookupError


def test_a_part_of_a_timeline_has_no_subscribers():
    timeline, told = timeline_on(Clock()), []
    timeline.subscribe(told.append)
    note(timeline[:], 0.0, "c")
    assert told == []


# Showing


def test_the_text_picture():
    assert example().text() == (
        "c  ● open /\n"
        "c  → 'hé'\n"
        r"c  ← b'\xff\x00\x01'"
        "\n"
        "c  → ping b'1'\n"
        "c  ○ closed 4002 'go away'"
    )
    timeline = timeline_on(Clock())
    note(timeline, 0.0, "c", "x" * 73)
    assert timeline.text() == f"c  ← '{'x' * 72}'... (73 characters)"
    assert example().text(times=True).splitlines()[1] == "    0.500 s  c  → 'hé'"
    assert example().text(limit=2, width=1) == "c  ● open /\n(3 more)\nc  ○ closed 4002 'go away'"


def test_the_repr_is_short_and_repeats():
    assert repr(example()) == "<Timeline of c: 5 events>"
    assert repr(Timeline()) == "<Timeline of nobody: 0 events>"
    clock = Clock()
    a, b = timeline_on(clock), timeline_on(clock)
    note(b, 0.0, "bob")
    assert repr(b) == "<Timeline of bob: 1 event>"
    note(a, 1.0, "ann")
    assert repr(Timeline.merge(a, b)) == "<Timeline of bob, ann: 2 events>"


def test_the_picture_in_swim_lanes():
    timeline = example()
    assert timeline.svg() == draw_svg(timeline)
    options = {"times": True, "width": 4, "limit": 2, "mark": 1}
    assert timeline.svg(**options) == draw_svg(timeline, **options)
    assert timeline.svg(**options) != draw_svg(timeline)


def test_the_plots_are_of_this_timeline():
    [axes] = example().plots.messages().axes
    assert [line.get_label() for line in axes.get_lines()] == ["c sent", "c received"]


def shown(value):
    """Return what a notebook is told to show of the last value of a cell."""
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(value)
    return data


def test_a_timeline_as_the_last_value_of_a_cell_is_its_picture():
    timeline = example()
    picture = timeline.svg()
    assert shown(timeline) == {"text/html": picture._repr_html_(), "text/plain": timeline.text()}
    assert shown(picture) == shown(timeline)
    assert shown(Timeline()) == {"text/plain": "<Timeline of nobody: 0 events>"}


def test_a_cell_shows_a_hundred_events_of_a_long_timeline():
    from IPython.lib.pretty import pretty

    timeline = timeline_on(Clock())
    for number in range(5000):
        note(timeline, 0.0, "c", str(number))
    lines = pretty(timeline).splitlines()
    assert len(lines) == 101
    assert lines[50] == "(4,900 more)"
    assert (lines[0], lines[-1]) == ("c  ← '0'", "c  ← '4999'")


# Storing


def test_the_stored_form():
    timeline = Timeline(anchor=1000.5)
    timeline.record(0.0, "c", "message", "sent", b"\xff", None, None, None)
    timeline.record(1.0, "c", "close", None, None, None, 1000, "")
    assert json.loads(timeline.to_json()) == {
        "format": "wsnotebook.timeline/1",
        "anchor": 1000.5,
        "events": [
            {
                "time": 0.0,
                "client": "c",
                "kind": "message",
                "direction": "sent",
                "size": 1,
                "data_base64": "/w==",
            },
            {"time": 1.0, "client": "c", "kind": "close", "code": 1000, "reason": ""},
        ],
    }


seconds = st.floats(0, 1e9)
payloads = st.none() | st.text() | st.binary()
moved = st.tuples(
    seconds,
    st.text(),
    st.sampled_from(["message", "ping", "pong"]),
    st.sampled_from(["sent", "received"]),
    payloads,
    st.none() | st.integers(0),
    st.none(),
    st.none(),
)
happened = st.tuples(
    seconds,
    st.text(),
    st.sampled_from(["open", "close", "error"]),
    st.none(),
    payloads,
    st.none(),
    st.none() | st.integers(1000, 4999),
    st.none() | st.text(),
)


@given(st.lists(moved | happened, max_size=8), seconds, seconds)
def test_a_stored_timeline_comes_back_as_it_went(entries, anchor, start):
    timeline = Timeline(anchor=anchor)
    timeline.start_on(Clock(start))
    for entry in entries:
        timeline.record(entry[0] + start, *entry[1:])
    stored = timeline.to_json()
    again = Timeline.from_json(stored)
    assert again == timeline
    assert again.anchor == timeline.anchor
    assert again.text(times=True) == timeline.text(times=True)
    assert again.to_json() == stored
    assert Timeline.from_json(stored.encode()) == timeline


def test_a_timeline_that_came_back_can_be_merged_and_sliced():
    again = Timeline.from_json(example().to_json())
    assert Timeline.merge(again) == again
    assert list(again[1:2]) == EXAMPLE[1:2]
    assert repr(again) == "<Timeline of c: 5 events>"


def stored(**event):
    fields = {"time": 0.0, "client": "c", "kind": "message", "direction": "sent", **event}
    content = {"format": "wsnotebook.timeline/1", "anchor": 0.0, "events": [fields]}
    return json.dumps(content)


def test_what_is_null_in_a_stored_event_counts_as_absent():
    assert list(Timeline.from_json(stored(data="x", size=None))) == [
        Event(0.0, "c", "message", "sent", "x", 1)
    ]


def without(name):
    content = json.loads(stored())
    del content["events"][0][name]
    return json.dumps(content)


HEAD = '{"format": "wsnotebook.timeline/1"'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("[]", "it is not a JSON object"),
        ("null", "it is not a JSON object"),
        ("{}", "format is None, not 'wsnotebook.timeline/1'"),
        ('{"format": "har"}', "format is 'har', not 'wsnotebook.timeline/1'"),
        (HEAD + "}", "anchor is None, not seconds since the Unix epoch"),
        (HEAD + ', "anchor": "now"}', "anchor is 'now', not seconds since the Unix epoch"),
        (HEAD + ', "anchor": true}', "anchor is True, not seconds since the Unix epoch"),
        (HEAD + ', "anchor": NaN}', "anchor is nan, not seconds since the Unix epoch"),
        (HEAD + ', "anchor": 1e300}', "anchor is 1e+300, not seconds since the Unix epoch"),
        (HEAD + ', "anchor": -1}', "anchor is -1, not seconds since the Unix epoch"),
        (HEAD + ', "anchor": 0}', "events is not a list of objects"),
        (HEAD + ', "anchor": 0, "events": {}}', "events is not a list of objects"),
        (HEAD + ', "anchor": 0, "events": ["x"]}', "events is not a list of objects"),
        (without("time"), "an event lacks its time"),
        (without("client"), "an event lacks its client"),
        (without("kind"), "an event lacks its kind"),
        (without("direction"), "a stored message cannot have direction None"),
        (stored(time="0"), "an event cannot have time '0'"),
        (stored(time=float("inf")), "an event cannot have time inf"),
        (stored(client=1), "an event cannot have client 1"),
        (stored(data=["x"]), "an event cannot have data ['x']"),
        (stored(size=True), "an event cannot have size True"),
        (stored(code="1000"), "an event cannot have code '1000'"),
        (stored(reason=0), "an event cannot have reason 0"),
        (stored(colour="red"), "an event cannot have colour 'red'"),
        (stored(data_base64=1), "an event cannot have data_base64 1"),
        (stored(data_base64="?"), "Only base64 data is allowed"),
        (
            stored(kind="say"),
            "kind must be one of 'open', 'message', 'ping', 'pong', 'close', 'error', not 'say'",
        ),
        (stored(direction="up"), "direction must be one of 'sent', 'received', not 'up'"),
        (stored(kind="close"), "a stored close cannot have direction 'sent'"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_stored_timeline_says_why(text, reason):
    with pytest.raises(ValueError) as caught:
        Timeline.from_json(text)
    assert str(caught.value) == f"not a stored timeline: {reason}"
