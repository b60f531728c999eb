"""The text picture: one line an event, and the same picture however deliveries interleaved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsnotebook import Event
from wsnotebook.draw.text import draw_text, in_stable_order


def opened(client):
    return Event(0.0, client, "open", None, "/")


def sent(client, data="x"):
    return Event(0.0, client, "message", "sent", data)


def received(client, data="x"):
    return Event(0.0, client, "message", "received", data)


def closed(client, code=1000, reason=""):
    return Event(0.0, client, "close", code=code, reason=reason)


# Lines


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (opened("c"), "c  ● open /"),
        (sent("c", "hello"), "c  → 'hello'"),
        (sent("c\n\u202ed", "hello"), "c\\n\\u202ed  → 'hello'"),
        (received("c", "it's"), 'c  ← "it\'s"'),
        (received("c", ""), "c  ← ''"),
        (received("c", b"\x00\xff"), r"c  ← b'\x00\xff'"),
        (received("c", "two\nlines "), r"c  ← 'two\nlines '"),
        (received("c", "\x1b[31mred"), r"c  ← '\x1b[31mred'"),
        (Event(0.0, "c", "ping", "sent", b"1"), "c  → ping b'1'"),
        (Event(0.0, "c", "ping", "received", b""), "c  ← ping b''"),
        (Event(0.0, "c", "pong", "sent", b""), "c  → pong b''"),
        (Event(0.0, "c", "pong", "received", b"1"), "c  ← pong b'1'"),
        (closed("c", 4002, "go away"), "c  ○ closed 4002 'go away'"),
        (closed("c", 1006), "c  ○ closed 1006 (no close frame received)"),
        (Event(0.0, "c", "error", data="it\\'s broken"), "c  ✗ error: it\\'s broken"),
        (Event(0.0, "c", "error", data="two\nlines\x1b"), r"c  ✗ error: two\nlines\x1b"),
        (Event(0.0, "c", "error"), "c  ✗ error: None"),
    ],
)
def test_the_line_of_an_event(event, line):
    assert draw_text([event]) == line


def test_nothing_is_drawn_of_nothing():
    assert draw_text([]) == ""


def test_names_are_padded_to_the_longest():
    assert draw_text([opened("ann"), opened("b")]) == "ann  ● open /\nb    ● open /"


def test_a_long_payload_is_cut_at_the_width():
    assert draw_text([sent("c", "x" * 73)]) == f"c  → '{'x' * 72}'... (73 characters)"
    assert draw_text([sent("c", "x" * 72)]) == f"c  → '{'x' * 72}'"
    assert draw_text([sent("c", b"abc")], width=2) == "c  → b'ab'... (3 bytes)"
    assert draw_text([sent("c", "abc")], width=0) == "c  → ''... (3 characters)"


def test_times_are_shown_only_when_asked():
    events = [Event(0.0015, "c", "open", data="/"), Event(61.5, "c", "message", "sent", "x")]
    assert draw_text(events) == "c  ● open /\nc  → 'x'"
    assert draw_text(events, times=True) == "    0.002 s  c  ● open /\n   61.500 s  c  → 'x'"


# The limit


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (None, ["'0'", "'1'", "'2'", "'3'", "'4'"]),
        (5, ["'0'", "'1'", "'2'", "'3'", "'4'"]),
        (4, ["'0'", "'1'", "(1 more)", "'3'", "'4'"]),
        (3, ["'0'", "(2 more)", "'3'", "'4'"]),
        (1, ["(4 more)", "'4'"]),
        (0, ["(5 more)"]),
    ],
)
def test_the_middle_is_left_out_beyond_the_limit(limit, shown):
    picture = draw_text([sent("c", str(number)) for number in range(5)], limit=limit)
    assert [line.removeprefix("c  → ") for line in picture.splitlines()] == shown


def test_many_hidden_lines_are_counted_readably():
    picture = draw_text([sent("c")] * 5000, limit=2)
    assert picture == "c  → 'x'\n(4,998 more)\nc  → 'x'"


@pytest.mark.parametrize(("options", "name"), [({"limit": -1}, "limit"), ({"width": -1}, "width")])
@pytest.mark.parametrize("other", [{}, {"limit": 0}, {"width": 0}])
def test_a_negative_limit_or_width_is_refused(options, name, other):
    with pytest.raises(ValueError) as caught:
        draw_text([], **{**other, **options})
    assert str(caught.value) == f"{name} must be 0 or more, not -1"


# The stable order


def test_deliveries_are_grouped_by_who_acted_first():
    events = [opened("zoe"), opened("ann"), received("ann"), received("zoe"), received("ann")]
    order = [0, 1, 3, 2, 4]
    assert in_stable_order(events) == [events[index] for index in order]


def test_what_a_client_does_is_never_moved():
    events = [opened("b"), opened("a"), sent("a"), sent("b"), sent("a")]
    assert in_stable_order(events) == events


def test_a_delivery_does_not_move_across_an_action():
    events = [opened("a"), opened("b"), received("b", "1"), sent("b"), received("a", "2")]
    assert in_stable_order(events) == events


def test_those_who_did_nothing_are_in_the_order_of_their_names():
    events = [received("client-10"), received("client-9"), received("bob"), received("client-9")]
    assert in_stable_order(events) == [events[2], events[1], events[3], events[0]]


def test_a_pong_that_is_sent_by_itself_is_no_action():
    pong = Event(0.0, "b", "pong", "sent", b"")
    events = [opened("a"), opened("b"), received("b"), pong, received("a")]
    assert in_stable_order(events) == [*events[:2], events[4], events[2], pong]


def test_with_times_the_order_is_that_of_time():
    events = [opened("a"), opened("b"), received("b"), received("a")]
    lines = draw_text(events, times=True).splitlines()
    assert [line.split()[2] for line in lines] == ["a", "b", "b", "a"]


CLIENTS = ["ann", "bob", "client-9", "client-10"]
arrivals = st.sampled_from(
    [
        lambda client: received(client, "hello"),
        lambda client: received(client, b"\x00"),
        lambda client: Event(0.0, client, "pong", "received", b"1"),
        lambda client: Event(0.0, client, "ping", "received", b""),
        lambda client: Event(0.0, client, "pong", "sent", b""),
        lambda client: Event(0.0, client, "error", data="it broke"),
        closed,
    ]
)
actions = st.sampled_from([opened, sent, lambda c: Event(0.0, c, "ping", "sent", b"1")])


@st.composite
def the_same_twice(draw):
    """Draw a history twice: the same actions, and between them the deliveries interleaved anew."""
    one, other = [], []
    for _ in range(draw(st.integers(0, 4))):
        who = draw(st.lists(st.sampled_from(CLIENTS), max_size=6))
        queues = {
            client: [draw(arrivals)(client) for _ in range(who.count(client))] for client in who
        }
        for history in (one, other):
            turns = {client: iter(queue) for client, queue in queues.items()}
            history += [next(turns[client]) for client in draw(st.permutations(who))]
        if draw(st.booleans()):
            action = draw(actions)(draw(st.sampled_from(CLIENTS)))
            one.append(action)
            other.append(action)
    return one, other


@given(the_same_twice())
def test_the_order_in_which_clients_are_served_does_not_change_the_picture(histories):
    one, other = histories
    assert draw_text(one) == draw_text(other)


@given(the_same_twice())
def test_every_client_keeps_its_own_order(histories):
    for history in histories:
        ordered = in_stable_order(history)
        for client in CLIENTS:
            of_client = [event for event in history if event.client == client]
            assert [event for event in ordered if event.client == client] == of_client
