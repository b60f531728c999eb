"""What the swim lanes show: whose lanes, connected when, which events and in which order."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import (
    SVG,
    classes,
    closed,
    failed,
    heads,
    numbered,
    opened,
    parsed,
    paths,
    received,
    rows,
    said,
    sent,
    whole,
    words,
)

from wsnotebook.draw.svg import draw_svg

# Lanes


def test_clients_have_lanes_in_the_order_of_what_they_did_first_and_the_server_is_at_the_right():
    picture = draw_svg([opened("zoe"), opened("ann"), received("ann"), received("bob")])
    assert [name for name, _ in heads(picture)] == ["zoe", "ann", "bob", "server"]
    places = [place for _, place in heads(picture)]
    assert places == sorted(places)


def test_words_stand_where_no_lane_crosses_them():
    picture = draw_svg([opened("ann"), opened("bob"), sent("ann", "x" * 40)])
    places = dict(heads(picture))
    text = rows(picture)[2].find(f"{SVG}text")
    assert places["bob"] < int(text.get("x")) < places["server"] - 8 * len("'x'") - 8 * 39


def lives(picture):
    """Return what is drawn of the lane of the only client: whether connected, from, to."""
    root = parsed(picture)
    place = heads(picture)[0][1]
    found = []
    for name in ("lane", "life"):
        for d in paths(root, name):
            x, first, last = map(int, re.fullmatch(r"M(\d+) (\d+)V(\d+)", d).groups())
            if x == place and first < last:
                found.append((first, last, name))
    return sorted(found)


def test_a_lane_shows_when_its_client_was_connected():
    picture = draw_svg([opened("c"), sent("c"), closed("c"), opened("c"), closed("c")])
    assert [name for _, _, name in lives(picture)] == ["lane", "life", "lane", "life", "lane"]
    drawn = lives(picture)
    assert [first for first, _, _ in drawn[1:]] == [last for _, last, _ in drawn[:-1]]
    assert drawn[1][1] - drawn[1][0] == 2 * (drawn[3][1] - drawn[3][0])


@pytest.mark.parametrize(
    ("events", "drawn"),
    [
        ([sent("c")], ["life"]),  # a part of a timeline
        ([sent("c"), closed("c")], ["life", "lane"]),
        ([opened("c"), sent("c")], ["lane", "life"]),
        ([opened("c"), opened("c")], ["lane", "life", "life"]),
        ([failed("c")], ["lane"]),  # it never connected
    ],
)
def test_a_lane_that_begins_or_ends_beyond_the_picture(events, drawn):
    assert [name for _, _, name in lives(draw_svg(events))] == drawn


def test_many_clients_have_narrow_lanes_with_their_names_upwards():
    nine = draw_svg([opened(f"client-{number}") for number in range(9)])
    eight = draw_svg([opened(f"client-{number}") for number in range(8)])
    assert nine.count("rotate(-90)") == 9
    assert "rotate" not in eight
    assert int(parsed(nine).get("width")) < int(parsed(eight).get("width"))


def test_a_long_name_is_cut_and_whole_on_hovering():
    root = parsed(draw_svg([opened("a client with a very long name")]))
    [head] = [g for g in root.iter(f"{SVG}g") if g.get("class") is None]
    assert "".join(head.find(f"{SVG}text").itertext()) == "a client with…"
    assert whole(head) == "a client with a very long name"


def test_a_tall_picture_repeats_the_names_at_its_foot():
    names = [name for name, _ in heads(draw_svg([sent("c")] * 20))]
    assert names == ["c", "server"]
    names = [name for name, _ in heads(draw_svg([sent("c")] * 21))]
    assert names == ["c", "server"] * 2


def test_nothing_is_drawn_of_nothing():
    picture = draw_svg([])
    assert heads(picture)[0][0] == "server"
    assert rows(picture) == []
    assert picture.text == ""


# Order


def test_times_are_shown_only_when_asked():
    events = [sent("c", "1", 0.0015), sent("c", "2", 123.5)]
    assert [said(row) for row in rows(draw_svg(events))] == [["'1'"], ["'2'"]]
    timed = rows(draw_svg(events, times=True))
    assert [said(row) for row in timed] == [["0.002 s", "'1'"], ["123.500 s", "'2'"]]
    assert whole(timed[1]) == "123.500 s  c sent '2'"


def test_the_picture_does_not_depend_on_times():
    first = [opened("c"), sent("c", time=1.0), received("c", time=2.0)]
    second = [opened("c"), sent("c", time=7.0), received("c", time=70.0)]
    assert draw_svg(first) == draw_svg(second)
    assert draw_svg(first, times=True) != draw_svg(second, times=True)


@given(st.permutations(["ann", "bob", "client-9", "client-10"]))
def test_the_order_in_which_clients_are_served_does_not_change_the_picture(served):
    start = [opened("zoe"), sent("zoe")]
    usual = draw_svg(start + [received(name) for name in ("ann", "bob", "client-9", "client-10")])
    assert draw_svg(start + [received(name) for name in served]) == usual


def test_with_times_the_order_is_that_of_time():
    events = [opened("a"), opened("b"), received("b", "1"), received("a", "2")]
    assert words(draw_svg(events))[2:] == ["'2'", "'1'"]
    assert words(draw_svg(events, times=True))[2:] == ["'1'", "'2'"]


# The limit


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (None, ["'0'", "'1'", "'2'", "'3'", "'4'"]),
        (5, ["'0'", "'1'", "'2'", "'3'", "'4'"]),
        (4, ["'0'", "'1'", "(1 more event)", "'3'", "'4'"]),
        (3, ["'0'", "(2 more events)", "'3'", "'4'"]),
        (1, ["(4 more events)", "'4'"]),
        (0, ["(5 more events, 1 more client)"]),
    ],
)
def test_the_middle_is_left_out_beyond_the_limit(limit, shown):
    assert words(draw_svg(numbered(5), limit=limit)) == shown


def test_sixty_events_of_a_long_timeline_are_shown():
    picture = draw_svg(numbered(50_000))
    assert len(rows(picture)) == 61
    assert words(picture)[29:32] == ["'29'", "(49,940 more events)", "'49970'"]
    assert len(picture) < 40_000


def test_clients_that_are_left_out_have_no_lane_and_are_counted():
    events = [opened("ann"), opened("bob"), opened("cid"), sent("dan"), sent("ann")]
    picture = draw_svg(events, limit=2)
    assert [name for name, _ in heads(picture)] == ["ann", "server"]
    assert words(picture)[1] == "(3 more events, 3 more clients)"
    assert words(draw_svg(events, limit=4))[2] == "(1 more event, 1 more client)"


def test_a_client_that_connects_among_what_is_left_out_is_connected_from_there():
    events = [failed("c"), *numbered(3), opened("c"), *numbered(4), closed("c")]
    drawn = lives(draw_svg(events, limit=4))
    assert [name for _, _, name in drawn] == ["lane", "life", "lane"]
    assert drawn[1][1] - drawn[1][0] == 2 * 28


@pytest.mark.parametrize("name", ["limit", "width"])
def test_a_negative_limit_or_width_is_refused(name):
    with pytest.raises(ValueError) as caught:
        draw_svg([], **{name: -1})
    assert str(caught.value) == f"{name} must be 0 or more, not -1"


# The mark


def marked(picture):
    return [said(row)[-1] for row in rows(picture) if "marked" in classes(row)]


@pytest.mark.parametrize(("mark", "shown"), [(0, "'0'"), (3, "'3'"), (-1, "'4'")])
def test_an_event_can_be_marked(mark, shown):
    picture = draw_svg(numbered(5), mark=mark)
    assert marked(picture) == [shown]
    assert picture.count("<polygon") == 1
    assert [line for line in picture.text.splitlines() if line[0] == ">"] == [f"> c  → {shown}"]
    assert f"c sent {shown} (marked)" in parsed(picture).findtext(f"{SVG}desc").splitlines()


def test_no_event_is_marked_unless_asked():
    assert marked(draw_svg(numbered(5))) == []
    assert "<polygon" not in draw_svg(numbered(5))


def test_the_mark_follows_its_event_when_deliveries_are_grouped():
    events = [opened("a"), opened("b"), received("b", "1"), received("a", "2")]
    assert marked(draw_svg(events, mark=2)) == ["'1'"]
    same = [opened("a"), received("a")] + [opened("b")] * 2
    assert [classes(row) & {"marked"} for row in rows(draw_svg(same, mark=3))][3] == {"marked"}


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        (1, ["'0'", "'1'", "(5 more events)", "'7'", "'8'", "'9'"]),
        (4, ["'0'", "'1'", "(1 more event)", "'3'", "'4'", "'5'", "(4 more events)"]),
        (2, ["'0'", "'1'", "'2'", "'3'", "'4'", "(5 more events)"]),
        (8, ["'0'", "'1'", "(5 more events)", "'7'", "'8'", "'9'"]),
    ],
)
def test_a_marked_event_is_shown_with_what_surrounds_it_wherever_it_is(mark, shown):
    picture = draw_svg(numbered(10), limit=5, mark=mark)
    assert words(picture) == shown
    assert marked(picture) == [f"'{mark}'"]


@pytest.mark.parametrize("mark", [5, -6])
def test_a_mark_on_no_event_is_refused(mark):
    with pytest.raises(ValueError) as caught:
        draw_svg(numbered(5), mark=mark)
    assert str(caught.value) == f"mark must be the index of one of 5 events, not {mark}"
