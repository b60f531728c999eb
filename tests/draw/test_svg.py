"""The picture in swim lanes: what is drawn, what is cut, and that nothing in it can act."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import (
    SVG,
    classes,
    closed,
    control,
    ends,
    failed,
    heads,
    numbered,
    opened,
    parsed,
    received,
    rows,
    said,
    sent,
    whole,
    words,
)

from wsnotebook import Event
from wsnotebook.draw.svg import draw_svg

# Rows


@pytest.mark.parametrize("kind", ["message", "ping", "pong"])
@pytest.mark.parametrize("client", ["ann", "bob"])
def test_an_arrow_points_from_the_sender_to_the_receiver(kind, client):
    events = [opened("ann"), opened("bob")]
    events += [Event(0.0, client, kind, way, b"") for way in ("sent", "received")]
    picture = draw_svg(events)
    places = dict(heads(picture))
    here, there = places[client], places["server"]
    *_, out, back = rows(picture)
    assert ends(out) == (here, there - 9, there)
    assert ends(back) == (there, here + 9, here)


def test_every_kind_of_event_has_a_shape_of_its_own_whatever_its_colour():
    events = [
        *(opened("c"), sent("c"), received("c"), failed("c"), closed("c"), closed("c", 1011)),
        *(closed("c", 1006), control("c", "ping", "sent"), control("c", "pong", "received")),
    ]
    shapes = []
    for row in rows(draw_svg(events)):
        drawn = [(p.get("class"), p.get("d")) for p in row.iter(f"{SVG}path")]
        height = re.search(r"M\d+ (\d+)", drawn[-1][1])[1]
        shapes.append(
            re.sub(rf"\b({height}|{int(height) - 5}|{int(height) - 3})\b", "y", str(drawn))
        )
    assert len(set(shapes)) == len(events)


@pytest.mark.parametrize(
    ("event", "kinds", "line"),
    [
        (opened("c", "/tea"), {"open"}, "open /tea"),
        (sent("c", "hello"), {"sent"}, "'hello'"),
        (received("c", b"\x00"), {"received"}, r"b'\x00'"),
        (control("c", "ping", "sent"), {"sent", "control"}, "ping b'1'"),
        (control("c", "pong", "received"), {"received", "control"}, "pong b'1'"),
        (closed("c"), {"close"}, "closed 1000 (OK)"),
        (closed("c", 1001), {"close"}, "closed 1001 (going away)"),
        (closed("c", 4002, "go away"), {"close"}, "closed 4002 'go away'"),
        (closed("c", None), {"close"}, "closed None"),
        (closed("c", 1011), {"wrong"}, "closed 1011 (internal error)"),
        (closed("c", 1006), {"wrong"}, "closed 1006 (no close frame received)"),
        (failed("c"), {"wrong"}, "error: it broke"),
    ],
)
def test_the_row_of_an_event(event, kinds, line):
    [row] = rows(draw_svg([event]))
    assert classes(row) == {"row", *kinds}
    assert said(row) == [line]


# Words


def test_a_long_payload_is_cut_on_the_arrow_and_longer_on_hovering():
    picture = draw_svg([sent("c", "x" * 900), sent("c", b"y" * 2000), sent("c", "x" * 46)])
    assert words(picture) == [
        f"'{'x' * 26}'... (900 characters)",
        f"b'{'y' * 28}'... (2,000 bytes)",
        f"'{'x' * 46}'",
    ]
    assert [whole(row) for row in rows(picture)] == [
        f"c sent '{'x' * 900}'",
        f"c sent b'{'y' * 1000}'... (2,000 bytes)",
        f"c sent '{'x' * 46}'",
    ]


def test_what_is_no_payload_is_cut_as_well():
    events = [opened("c", "/" * 60), closed("c", 4000, "y" * 60), failed("c", "z" * 2000)]
    picture = draw_svg(events)
    assert words(picture) == [
        "open " + "/" * 42 + "…",
        "closed 4000 '" + "y" * 34 + "…",
        "error: " + "z" * 40 + "…",
    ]
    assert [whole(row) for row in rows(picture)] == [
        "c: open " + "/" * 60,
        "c: closed 4000 '" + "y" * 60 + "'",
        "c: error: " + "z" * 992 + "…",
    ]


def test_wide_characters_count_twice_and_combining_ones_not_at_all():
    picture = draw_svg([sent("c", "漢" * 30), sent("c", "e\u0301" * 12)], width=30)
    assert words(picture) == ["'漢漢漢漢'... (30 characters)", "'" + "e\u0301" * 12 + "'"]


def test_the_width_of_the_words_can_be_chosen():
    events = [sent("c", "x" * 100), failed("c")]
    assert words(draw_svg(events, width=8)) == ["''... (…", "error: …"]
    assert words(draw_svg(events, width=0)) == ["…", "…"]


def test_what_is_written_from_right_to_left_stands_apart_from_its_length():
    [row] = rows(draw_svg([sent("c", "\u05e9" * 60)]))
    text = row.find(f"{SVG}text")
    [isolated] = text
    assert isolated.text == "'" + "\u05e9" * 27 + "'"
    assert isolated.tail == "... (60 characters)"
    assert ".wsn-lanes tspan{unicode-bidi:isolate}" in draw_svg([])


def test_blanks_are_kept():
    picture = draw_svg([sent("c", "a    b")])
    assert words(picture) == ["'a    b'"]
    assert parsed(picture).get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"


# Whole pictures


any_text = st.text(st.characters(exclude_categories=()))  # surrogates too
any_data = any_text | st.binary()
any_name = st.sampled_from(["ann", "bob", "</svg>"]) | any_text
any_event = st.one_of(
    st.builds(opened, any_name, any_text),
    st.builds(failed, any_name, any_text),
    st.builds(closed, any_name, st.none() | st.integers(1000, 4999), st.none() | any_text),
    st.builds(
        Event,
        st.floats(0, 1e6),
        any_name,
        st.sampled_from(["message", "ping", "pong"]),
        st.sampled_from(["sent", "received"]),
        st.none() | any_data,
    ),
)


@given(st.lists(any_event, max_size=12), st.booleans(), st.integers(0, 12) | st.none())
def test_any_events_give_a_well_formed_picture_with_a_row_for_each_that_is_shown(
    events, times, limit
):
    picture = draw_svg(events, times=times, limit=limit)
    shown = [row for row in rows(picture) if "gap" not in classes(row)]
    assert len(shown) == min(len(events), len(events) if limit is None else limit)
    assert all(character.isprintable() for character in picture if character != "\n")
    assert all(character.isprintable() for character in picture.text if character != "\n")
    picture.encode()


NASTY = [
    "<script>alert(1)</script>",
    "</text></g></svg><img src=x onerror=alert(1)>",
    "]]><![CDATA[ <!-- & &amp; &#0; \"'",
    "\x00\x1b[31m\ud800\ufffe",
    "\u202eevil\u2066\u200f",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_of_a_payload_a_name_or_a_reason_becomes_markup(nasty):
    def tags(text):
        events = [
            *(opened(text, text), sent(text, text), received(text, text.encode(errors="replace"))),
            *(failed(text, text), closed(text, 4000, text)),
        ]
        return [element.tag for element in parsed(draw_svg(events, width=200)).iter()]

    assert tags(nasty) == tags("plain")


def test_what_does_not_print_is_shown_as_an_escape():
    [row] = rows(draw_svg([sent("a\x00b", "\x00\ud800\u202e\xa0")]))
    assert said(row) == [r"'\x00\ud800\u202e\xa0'"]
    assert whole(row) == r"a\x00b sent '\x00\ud800\u202e\xa0'"


def test_pictures_in_one_page_do_not_touch_each_other_or_the_page():
    picture = draw_svg([opened("c"), sent("c"), failed("c")], times=True, mark=1)
    assert not {element.get("id") for element in parsed(picture).iter()} - {None}
    assert not re.search(r"url\(|href|<script|\bon\w+=", picture)
    style = parsed(picture).findtext(f"{SVG}style")
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", style)
    assert len(rules) > 15
    selectors = [selector.strip() for rule in rules for selector in rule.split(",")]
    assert [name for name in selectors if not re.match(r"\.wsn-lanes\b", name)] == []


def test_a_picture_can_be_read_without_being_seen():
    root = parsed(draw_svg([opened("ann"), sent("ann", "hi"), received("bob"), failed("bob")]))
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "Timeline of ann, bob: 4 events"
    assert root.findtext(f"{SVG}desc") == (
        "ann: open /\nann sent 'hi'\nbob received 'x'\nbob: error: it broke"
    )


@pytest.mark.parametrize(
    ("events", "title"),
    [
        ([], "Timeline of nobody: 0 events"),
        ([sent("c")], "Timeline of c: 1 event"),
        (numbered(1000), "Timeline of c: 1,000 events"),
        (
            [opened(str(number)) for number in range(10)],
            "Timeline of 0, 1, 2, 3, 4, 5, 6, 7 and 2 more: 10 events",
        ),
    ],
)
def test_the_title_of_a_picture(events, title):
    assert parsed(draw_svg(events)).findtext(f"{SVG}title") == title


def test_a_picture_has_a_size_and_gets_smaller_where_there_is_no_room():
    root = parsed(draw_svg([opened("c")]))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert ".wsn-lanes{max-width:100%;height:auto;" in root.findtext(f"{SVG}style")


# In a notebook


def test_a_notebook_shows_the_picture_and_keeps_its_words_hidden():
    events = [opened("c"), sent("c", "<b>"), *numbered(100)]
    picture = draw_svg(events, limit=3)
    html = picture._repr_html_()
    # Without the style, as in a notebook that is not trusted, the picture is hidden, not the text.
    assert f'<div class="wsn-picture" hidden="hidden">{picture}</div>\n<pre>' in html
    assert ".wsn-picture[hidden]{display:block!important}.wsn-picture+pre{display:none}" in html
    text = unescape(re.search("<pre>(.*)</pre>", html, re.DOTALL)[1])
    assert text == picture.text == "c  ● open /\n(99 more events)\nc  → '98'\nc  → '99'"


def test_a_picture_in_text_is_its_words():
    from IPython.lib.pretty import pretty

    picture = draw_svg([opened("c"), sent("c", "<b>", 1.5)], times=True)
    assert pretty(picture) == "    0.000 s  c  ● open /\n    1.500 s  c  → '<b>'"


def test_each_of_several_other_ends_has_a_lane():
    events = [opened("ann"), opened("ben"), sent("ann", "hi", 1.0), received("ben", "hi", 2.0)]
    picture = draw_svg([*events, opened("cat")], times=True, far={"ann": "one", "ben": "two"})
    places = dict(heads(picture))
    assert places["ben"] < places["one"] < places["two"] < places["server"]
    *_, said, heard, _ = rows(picture)
    assert ends(said) == (places["ann"], places["one"] - 9, places["one"])
    assert ends(heard) == (places["two"], places["ben"] + 9, places["ben"])


def test_ends_whose_names_begin_alike_have_a_lane_each():
    far = {"ann": "the process with number 1", "ben": "the process with number 2"}
    picture = draw_svg([opened("ann"), opened("ben")], far=far)
    assert picture.count(">the process w…<") == 2


def test_the_other_end_can_have_another_name():
    events = [Event(0.0, "peer", "open", None, "/")]
    picture = draw_svg(events, far="the <client>, a long name")
    assert "server" not in picture
    assert "the &lt;client&gt;,…" in picture
