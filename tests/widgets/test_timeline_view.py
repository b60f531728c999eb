"""TimelineView without a browser: what is drawn, when, of whom, and who is let go of."""

from __future__ import annotations

import asyncio
import re
import threading
from html import unescape

import ipywidgets
import pytest
from panels import click, send, text

from wsnotebook import Client, SetupError, Timeline, connect
from wsnotebook.apps import echo
from wsnotebook.widgets import TimelineView
from wsnotebook.widgets.timeline_view import INTERVAL


@pytest.fixture
async def make_view():
    """Return a maker of views, which ends them all after the test."""
    views = []

    def make(*args, **options):
        views.append(TimelineView(*args, **options))
        return views[-1]

    yield make
    for view in views:
        await view.aclose()
        view.close()


@pytest.fixture
async def alice():
    async with connect(echo, name="alice") as client:
        yield client


@pytest.fixture
async def bob():
    async with connect(echo, name="bob") as client:
        yield client


def record(client, *words: str, at: float = 0.0) -> None:
    for word in words:
        client.timeline.record(at, client.name, "message", "received", word)


def words(view) -> list[str]:
    """Return what a screen reader reads: a line an event."""
    return unescape(re.search(r"<pre[^>]*>(.*?)</pre>", view.picture.value, re.DOTALL)[1]).split(
        "\n"
    )


def notes(view) -> list[str]:
    return re.findall(r'<p class="wsn-note">(.*?)</p>', view.picture.value)


def lanes(view) -> list[str]:
    """Return the names above the lanes, from the left."""
    return re.findall(r'wsn-middle"[^>]*><tspan>(.*?)</tspan>', view.picture.value)


def lives(view) -> list[str]:
    """Return the path of each stretch in which a client, or the server, was connected."""
    return re.findall(r'class="wsn-life" d="([^"]*)"', view.picture.value)


async def seen(client) -> None:
    """Send a word and wait for its echo."""
    count = len(client.messages)
    await client.send("hello")
    await client.wait_for_message_count(count + 1)


# What it shows


async def test_it_shows_the_clients_merged_in_order(alice, bob, make_view):
    view = make_view(alice, bob)
    await seen(alice)
    await seen(bob)
    await view.wait_idle()

    assert repr(view) == "<TimelineView of alice, bob>"
    assert words(view) == [
        "alice  ● open /",
        "bob    ● open /",
        "alice  → 'hello'",
        "alice  ← 'hello'",
        "bob    → 'hello'",
        "bob    ← 'hello'",
    ]
    assert view.timeline == Timeline.merge(alice.timeline, bob.timeline)
    assert notes(view) == []


async def test_the_picture_has_a_title_and_the_words_for_screen_readers(alice, make_view):
    view = make_view(alice)
    assert "<title>Timeline of alice: 1 event</title>" in view.picture.value
    assert ' role="img" ' in view.picture.value
    assert words(view) == ["alice  ● open /"]


async def test_what_happens_is_drawn_without_being_asked(alice, make_view):
    view = make_view(alice)
    drawn = asyncio.get_running_loop().create_future()

    def look(_):
        if words(view)[-1] == "alice  ← 'hello'" and not drawn.done():
            drawn.set_result(None)

    view.picture.observe(look, "value")
    await seen(alice)
    await drawn


async def test_everybody_has_a_lane_before_anything_happens(make_view):
    view = make_view(Client(echo, name="bob"), Client(echo, name="alice"))
    assert lanes(view) == ["bob", "alice", "server"]
    assert words(view) == [""]
    assert view.timeline == Timeline()
    assert len(lives(view)) == 1, "only the server is there"


async def test_a_client_that_is_not_open_yet_does_not_shift_the_clock(alice, make_view):
    early = Client(echo, name="early")
    view = make_view(early, alice)
    assert view.timeline.anchor == alice.timeline.anchor


async def test_lanes_keep_their_order_and_the_silent_keep_theirs(alice, bob, make_view):
    view = make_view(alice, bob, rows=2)
    await seen(bob)
    await view.wait_idle()
    assert words(view) == ["bob    → 'hello'", "bob    ← 'hello'"]
    assert lanes(view) == ["alice", "bob", "server"]
    assert len(lives(view)) == 3, "alice is silent, and connected all the same"

    await alice.close()
    await seen(bob)
    await view.wait_idle()
    assert lanes(view) == ["alice", "bob", "server"]
    assert len(lives(view)) == 2, "alice has gone"


async def test_times_are_shown_when_asked_for(alice, make_view, masked):
    view = make_view(alice)
    view.times.value = True
    await view.wait_idle()
    assert [masked(line) for line in words(view)] == ["    0.000 s  alice  ● open /"]
    assert view.picture.value.count('class="wsn-time"') == 1

    view.times.value = False
    await view.wait_idle()
    assert words(view) == ["alice  ● open /"]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("</pre></svg>&lt;", "</pre></svg>&lt;"),
        ("a\u202eb", "a\\u202eb"),
        ("\ud800", "\\ud800"),
        ("a\x00\x1b[31m\n", "a\\x00\\x1b[31m\\n"),
    ],
)
async def test_nothing_in_a_name_or_a_payload_is_markup_or_hides(make_view, hostile, shown):
    client = Client(echo, name=hostile)
    record(client, hostile)
    view = make_view(client)
    assert words(view) == [f"{shown}  ← '{shown}'"]
    assert repr(view) == f"<TimelineView of {shown}>"
    elements = set(re.findall(r"<(\w+)", view.picture.value))
    assert elements == {
        *("svg", "title", "desc", "style", "path", "g", "rect", "text"),
        "tspan",
        "pre",
    }
    view.picture.value.encode()


async def test_a_megabyte_is_cut_and_its_length_told(make_view):
    client = Client(echo, name="alice")
    record(client, "x" * 1_000_000)
    view = make_view(client)
    assert words(view) == [f"alice  ← '{'x' * 72}'... (1,000,000 characters)"]
    assert len(view.picture.value) < 10_000


# A window on a long conversation


async def test_the_newest_are_shown_and_the_others_counted(make_view):
    alice = Client(echo, name="alice")
    view = make_view(alice, rows=3)
    record(alice, *map(str, range(1234)))
    await view.wait_idle()
    assert words(view) == ["alice  ← '1231'", "alice  ← '1232'", "alice  ← '1233'"]
    assert notes(view) == ["1,231 earlier events not shown"]


async def test_one_hidden_event_is_one_event(make_view):
    alice = Client(echo, name="alice")
    record(alice, "0", "1")
    assert notes(make_view(alice, rows=1)) == ["1 earlier event not shown"]


async def test_the_newest_of_all_are_not_the_newest_of_each(alice, bob, make_view):
    await alice.send("a1")
    for word in ("b1", "b2", "b3"):
        await bob.send(word)
    await alice.send("a2")
    view = make_view(alice, bob, rows=3)
    assert words(view) == ["bob    → 'b2'", "bob    → 'b3'", "alice  → 'a2'"]
    assert notes(view) == ["4 earlier events not shown"]


async def test_buttons_page_over_all_events_and_back_to_the_newest(make_view):
    alice = Client(echo, name="alice")
    record(alice, *"abcde")
    view = make_view(alice, rows=2)
    pages = [(words(view), notes(view))]
    for button in (view.earlier_button, view.earlier_button, view.later_button, view.later_button):
        await click(button, view)
        pages.append((words(view), notes(view)))
    assert pages == [
        (["alice  ← 'd'", "alice  ← 'e'"], ["3 earlier events not shown"]),
        (
            ["alice  ← 'b'", "alice  ← 'c'"],
            ["1 earlier event not shown", "2 later events not shown"],
        ),
        (["alice  ← 'a'", "alice  ← 'b'"], ["3 later events not shown"]),
        (
            ["alice  ← 'c'", "alice  ← 'd'"],
            ["2 earlier events not shown", "1 later event not shown"],
        ),
        (["alice  ← 'd'", "alice  ← 'e'"], ["3 earlier events not shown"]),
    ]


async def test_first_goes_to_the_beginning(make_view):
    alice = Client(echo, name="alice")
    record(alice, *"abcde")
    view = make_view(alice, rows=2)
    await click(view.first_button, view)
    assert words(view) == ["alice  ← 'a'", "alice  ← 'b'"]
    assert view.pause_button.description == "Follow"


async def test_only_the_buttons_that_lead_somewhere_are_enabled(make_view):
    alice = Client(echo, name="alice")
    view = make_view(alice, rows=2)

    def disabled():
        buttons = (view.first_button, view.earlier_button, view.later_button)
        return tuple(button.disabled for button in buttons)

    assert disabled() == (True, True, True)
    record(alice, *"abcde")
    await view.wait_idle()
    assert disabled() == (False, False, True)
    await click(view.earlier_button, view)
    assert disabled() == (False, False, False)
    await click(view.first_button, view)
    assert disabled() == (True, True, False)


async def test_a_paused_picture_holds_still_and_counts_what_it_misses(make_view):
    alice = Client(echo, name="alice")
    record(alice, "a", "b")
    view = make_view(alice)
    await click(view.pause_button, view)
    assert view.pause_button.description == "Follow"
    record(alice, "c")
    await view.wait_idle()
    assert words(view) == ["alice  ← 'a'", "alice  ← 'b'"]
    assert notes(view) == ["1 later event not shown"]

    await click(view.pause_button, view)
    assert view.pause_button.description == "Pause"
    assert words(view) == ["alice  ← 'a'", "alice  ← 'b'", "alice  ← 'c'"]
    assert notes(view) == []


# How often, and how much


class HeldTimers:
    """Stands in for ``call_later`` of a loop: timers go off when a test says so."""

    def __init__(self, monkeypatch):
        self.held = []
        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", self.call_later)

    def call_later(self, delay, callback):
        assert delay == INTERVAL
        self.held.append(callback)
        return asyncio.TimerHandle(0, callback, (), asyncio.get_running_loop())

    def go_off(self):
        self.held.pop()()


async def test_the_first_event_is_drawn_at_once_and_the_rest_together(make_view, monkeypatch):
    alice = Client(echo, name="alice")
    view = make_view(alice)
    shown = []
    view.picture.observe(lambda _: shown.append(words(view)[-1]), "value")
    with monkeypatch.context() as patch:
        timers = HeldTimers(patch)
        record(alice, *map(str, range(5000)))
        assert shown == ["alice  ← '0'"]
        assert len(timers.held) == 1

        timers.go_off()
        assert shown == ["alice  ← '0'", "alice  ← '4999'"]
        timers.go_off()
        assert len(shown) == 2, "nothing changed"
        assert timers.held == [], "and so nothing more is planned"


async def test_a_drawing_reads_no_more_than_it_shows(make_view, monkeypatch):
    alice = Client(echo, name="alice")
    record(alice, *map(str, range(5000)))
    read = []
    merge = Timeline.merge
    monkeypatch.setattr(
        Timeline,
        "merge",
        lambda *timelines: read.append(sum(map(len, timelines))) or merge(*timelines),
    )
    view = make_view(alice, rows=20)
    record(alice, "new")
    await view.wait_idle()
    assert read == [20, 20]
    assert len(view.picture.value) < 20_000


# Panels


async def test_a_panel_is_followed_from_connection_to_connection(server, make_panel, make_view):
    panel = make_panel(server, name="alice")
    view = make_view(panel)
    for word in ("first", "second"):
        await click(panel.connect_button, panel)
        await send(panel, word)
        await panel.client.wait_for_message(word)
        await click(panel.close_button, panel)
    await view.wait_idle()
    assert words(view) == [
        "alice  ● open /",
        "alice  → 'first'",
        "alice  ← 'first'",
        "alice  ○ closed 1000 (OK)",
        "alice  ● open /",
        "alice  → 'second'",
        "alice  ← 'second'",
        "alice  ○ closed 1000 (OK)",
    ]
    assert len(lives(view)) == 3, "two lives of alice, and the server's"


async def test_a_new_connection_of_a_panel_is_drawn_without_being_asked(panel, make_view):
    view = make_view(panel)
    drawn = asyncio.get_running_loop().create_future()

    def look(_):
        if (
            words(view)[-2:] == ["alice  ○ closed 1000 (OK)", "alice  ● open /"]
            and not drawn.done()
        ):
            drawn.set_result(None)

    view.picture.observe(look, "value")
    await click(panel.close_button, panel)
    panel.connect_button.click()
    await drawn


async def test_whatever_has_a_client_is_followed(alice, bob, make_view):
    class Holder:
        client = alice

    holder = Holder()
    view = make_view(holder)
    holder.client = bob
    await view.wait_idle()
    assert words(view) == ["alice  ● open /", "bob    ● open /"]
    assert lanes(view) == ["bob", "alice", "server"]


# Threads


async def test_events_of_another_thread_are_drawn(make_view):
    async def talk():
        async with connect(echo, name="alice") as client:
            views.append(make_view_at_home(client))
            await seen(client)

    def make_view_at_home(client):
        async def make():
            view = make_view(client)
            view.picture.observe(lambda _: threads.add(threading.get_ident()), "value")
            return view

        return asyncio.run_coroutine_threadsafe(make(), loop).result()

    loop, views, threads = asyncio.get_running_loop(), [], set()
    await asyncio.to_thread(asyncio.run, talk())
    (view,) = views
    await view.wait_idle()
    assert words(view)[:3] == ["alice  ● open /", "alice  → 'hello'", "alice  ← 'hello'"]
    assert threads == {threading.get_ident()}
    assert text(view.problem) == ""


async def test_clicks_and_waits_from_another_thread_act_at_home(make_view):
    alice = Client(echo, name="alice")
    record(alice, *"abc")
    view = make_view(alice, rows=2)
    threads = set()
    view.picture.observe(lambda _: threads.add(threading.get_ident()), "value")

    async def elsewhere():
        view.first_button.click()
        await view.wait_idle()

    await asyncio.to_thread(asyncio.run, elsewhere())
    assert words(view) == ["alice  ← 'a'", "alice  ← 'b'"]
    assert threads == {threading.get_ident()}
    assert text(view.problem) == ""


# What goes wrong


@pytest.mark.parametrize(
    ("clients", "options", "error"),
    [
        ((), {}, "nobody to show: pass at least one client or panel"),
        (
            ("alice",),
            {},
            (
                "cannot show 'alice': expected a Client, from connect() or Client(), "
                "or a panel, which has one as its client"
            ),
        ),
        ((Client(echo),), {"rows": 0}, "rows must be 1 or more events, not 0"),
        ((Client(echo),), {"rows": "20"}, "rows must be 1 or more events, not '20'"),
        ((Client(echo),), {"rows": True}, "rows must be 1 or more events, not True"),
    ],
)
async def test_a_wrong_argument_is_refused_with_its_value(clients, options, error):
    with pytest.raises((TypeError, ValueError)) as caught:
        TimelineView(*clients, **options)
    assert str(caught.value) == error


def test_a_view_needs_a_running_loop():
    with pytest.raises(SetupError) as caught:
        TimelineView(Client(echo))
    assert str(caught.value) == (
        "a TimelineView needs a running event loop: "
        "make it in a notebook cell or inside an async function"
    )


async def test_what_drawing_raises_is_shown_until_the_next_click(make_view, monkeypatch):
    alice = Client(echo, name="alice")
    view = make_view(alice)

    def fail(*args, **options):
        raise RuntimeError("out of <i>ink</i>")

    with monkeypatch.context() as patch:
        patch.setattr("wsnotebook.widgets.timeline_view.make_plan", fail)
        record(alice, "a")
    assert text(view.problem) == "RuntimeError: out of <i>ink</i>"
    assert "<i>" not in view.problem.value
    assert 'role="alert"' in view.problem.value

    view.times.value = True
    await view.wait_idle()
    assert text(view.problem) == ""
    assert words(view)[0].endswith("alice  ← 'a'")


# Its end


def observers(panel) -> tuple[int, int]:
    """Return how many listen to the events of a panel, and to its state."""
    listening = panel.state._trait_notifiers.get("value", {}).get("change", [])
    return len(panel.timeline._subscribers), len(listening)


@pytest.mark.parametrize("how", ["aclose", "close"])
async def test_its_end_leaves_no_observer_and_no_timer_and_the_client_open(panel, monkeypatch, how):
    loop, timers = asyncio.get_running_loop(), []
    call_later = loop.call_later
    monkeypatch.setattr(
        loop, "call_later", lambda *args: timers.append(call_later(*args)) or timers[-1]
    )
    before = observers(panel)
    view = TimelineView(panel)
    record(panel.client, "early")
    assert observers(panel) != before
    for _ in range(2):
        await view.aclose() if how == "aclose" else view.close()
    assert observers(panel) == before
    # On a slow machine one may have been due before.
    assert all(timer.cancelled() or timer.when() <= loop.time() for timer in timers)

    shown = view.picture.value
    record(panel.client, "late")
    assert view.picture.value == shown
    assert repr(panel) == "<ClientPanel alice: open>"
    view.close()


async def test_after_aclose_the_past_can_still_be_looked_at(make_view):
    alice = Client(echo, name="alice")
    record(alice, *"abc")
    view = make_view(alice, rows=2)
    await view.aclose()
    await click(view.earlier_button, view)
    assert words(view) == ["alice  ← 'a'", "alice  ← 'b'"]


async def test_closing_the_widget_leaves_no_part_behind(alice):
    view = TimelineView(alice)
    parts = [view, *view.children, *view.children[1].children]
    view.close()
    assert len(parts) == 10
    assert all(part.comm is None for part in parts)


async def test_its_names_hide_nothing_of_ipywidgets_but_close(alice, make_view):
    class Plain(ipywidgets.VBox):
        pass

    plain, view = Plain(), make_view(alice)
    own = {*vars(view), *vars(TimelineView)} - {*vars(plain), *vars(Plain), "__init__", "__repr__"}
    assert {name for name in own if hasattr(plain, name)} == {"close"}


async def test_every_control_says_what_it_does(alice, make_view):
    view = make_view(alice)
    controls = view.children[1].children
    assert [control.description for control in controls] == [
        *("Pause", "First", "Earlier", "Later", "times")
    ]
    assert all(control.tooltip for control in controls)
