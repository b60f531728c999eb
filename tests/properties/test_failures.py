"""A failure as people read it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from wsnotebook import Event
from wsnotebook.properties._example import Example
from wsnotebook.properties._source import Source
from wsnotebook.properties.failures import Failure

BARE = Failure(
    code="leaked-task",
    title="a task is left behind",
    route="/ws/{id:int}",
    example=Example(),
    seed=7,
    source=Source("from shop import app", "app"),
)
FULL = replace(
    BARE,
    transcript="client-1  ● open /ws/3\nclient-1  → 'hello'",
    index=1,
    sent="hello",
    expected="no task is left",
    actual="tick, which stands at shop.py:31\n  await asyncio.sleep(1)",
    state="closed with 1000 (OK)",
    close_code=1000,
    last_reply=b"\x00",
    messages_sent=2,
    messages_received=1,
    connections=2,
    elapsed=1.25,
    traceback='Traceback (most recent call last):\n  File "shop.py", line 31, in app\nKeyError: 3',
    cause="leaked-task: shop.py:31",
    seen=4,
    notes=("the app keeps state",),
    shrunk=False,
)


def test_its_repr_is_short():
    assert repr(FULL) == "<Failure at /ws/{id:int}: leaked-task: a task is left behind>"
    assert repr(replace(BARE, title="a\nb")) == r"<Failure at /ws/{id:int}: leaked-task: a\nb>"


def test_it_is_a_fact():
    with pytest.raises(FrozenInstanceError):
        FULL.code = "hang"


def test_all_that_is_known_is_told():
    assert (
        str(FULL)
        == FULL.text()
        == (
            """\
leaked-task: a task is left behind
  route       /ws/{id:int}
  cause       shop.py:31
  sent        'hello'  (message 2 of 2)
  expected    no task is left
  actual      tick, which stands at shop.py:31
                await asyncio.sleep(1)
  state       closed with 1000 (OK)
  last reply  b'\\x00'
  counts      2 sent, 1 received, 2 connections, seen in 4 examples
  seed        7  (to repeat: Settings(seed=7, include=['/ws/{id:int}']))
  note        the app keeps state
  note        the search ended early: less may do as well
  help        docs/reference/failures/leaked-task.md

  what happened
    client-1  ● open /ws/3
    client-1  → 'hello'

  traceback of the app
    Traceback (most recent call last):
      File "shop.py", line 31, in app
    KeyError: 3

  a program that reproduces it

"""
            + FULL.program()
        )
    )


def test_what_is_not_known_is_left_out():
    assert str(BARE) == (
        """\
leaked-task: a task is left behind
  route   /ws/{id:int}
  counts  0 sent, 0 received, 1 connection, seen in 1 example
  seed    7  (to repeat: Settings(seed=7, include=['/ws/{id:int}']))
  help    docs/reference/failures/leaked-task.md

  a program that reproduces it

"""
        + BARE.program()
    )
    assert "cause" not in str(replace(BARE, cause="leaked-task"))
    assert "  close code  1006 (no close frame received)\n" in str(replace(BARE, close_code=1006))
    assert "sent    'hello'\n" in str(replace(BARE, sent="hello"))


@pytest.mark.parametrize("code", ["oracle:totals", "mine"])
def test_what_an_own_oracle_says_is_explained_on_one_page(code):
    text = str(replace(BARE, code=code))
    assert "  help    docs/reference/failures/oracle.md\n" in text


def test_whose_traceback_it_is_is_told():
    text = str(replace(FULL, code="oracle:totals", oracle=repr))
    assert "  traceback of the oracle\n    Traceback (most" in text
    assert "of the app" not in text.partition("  a program")[0]


def test_time_is_told_if_asked_for():
    assert "  found       after 1.25 s\n" in FULL.text(verbose=True)
    assert "1.25" not in FULL.text()


def test_colours_are_added_if_asked_for():
    lines = FULL.text(color=True).splitlines()
    assert lines[0] == "\033[31mleaked-task\033[0m: a task is left behind"
    assert lines[1] == "  \033[2mroute     \033[0m  /ws/{id:int}"
    assert "\033" not in FULL.text()


def test_long_messages_are_cut():
    text = str(replace(BARE, sent="x" * 200, last_reply=b"y" * 200)).partition("  a program")[0]
    assert f"  sent        '{'x' * 160}'... (200 characters)\n" in text
    assert f"  last reply  b'{'y' * 160}'... (200 bytes)\n" in text


def test_nothing_in_it_moves_the_cursor_of_a_terminal():
    evil = "a\x1b[2J\rb\x07\tc"
    parts = ("title", "expected", "actual", "state", "traceback", "transcript", "cause")
    failure = replace(BARE, **dict.fromkeys(parts, evil), sent=evil, last_reply=evil, notes=(evil,))
    text = failure.text()
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.startswith(r"leaked-task: a\x1b[2J\rb\x07\tc")


# Its picture

EVENTS = (
    Event(0.0, "client-1", "open", data="/ws/3"),
    Event(0.0, "client-2", "open", data="/ws/3"),
    Event(0.1, "client-1", "message", "sent", "first", 5),
    Event(0.2, "client-2", "message", "received", "first", 5),
    Event(0.3, "client-2", "message", "sent", "second", 6),
    Event(0.4, "client-2", "error", data="the app raised KeyError(3)"),
    Event(0.4, "client-1", "close", code=1011, reason=""),
    Event(0.5, "client-2", "error", data="it is over"),
    Event(0.5, "client-2", "close", code=1006, reason=""),
)


def marked(failure):
    """Return the line of the picture that is marked."""
    picture = failure.picture()
    assert picture.startswith("<svg ")
    assert picture.count("wsn-marked") == 2  # in the style, and once in the picture
    [line] = [line for line in picture.text.splitlines() if line.startswith("> ")]
    return line


@pytest.mark.parametrize(
    ("index", "led"),
    [
        (0, "> client-1  → 'first'"),
        (1, "> client-2  → 'second'"),
        (None, "> client-2  ✗ error: the app raised KeyError(3)"),
        (2, "> client-2  ✗ error: the app raised KeyError(3)"),  # which was not sent
    ],
)
def test_its_picture_marks_what_led_to_it(index, led):
    assert marked(replace(BARE, events=EVENTS, index=index)) == led


def test_without_a_message_and_an_error_the_last_close_led_to_it():
    events = tuple(event for event in EVENTS if event.kind != "error")
    assert marked(replace(BARE, events=events)).startswith("> client-2  ○ closed 1006")


def test_a_picture_can_be_without_a_mark():
    picture = replace(BARE, events=EVENTS[:2]).picture()
    assert picture.text == "client-1  ● open /ws/3\nclient-2  ● open /ws/3"
    assert picture.count("wsn-marked") == 1


def test_its_picture_is_as_wide_as_is_asked_for():
    letters = "abcdefghijklmnopqrstuvwxyz"
    sent = Event(0.0, "client-1", "message", "sent", letters * 2, 52)
    failure = replace(BARE, events=(sent,), index=0)
    assert f">'{letters}a'<" in failure.picture()
    assert ">'abcdefghi'<" in failure.picture(width=30)
    with pytest.raises(ValueError, match=r"^width must be 0 or more, not -1$"):
        failure.picture(width=-1)


def test_the_picture_of_no_events_is_empty():
    picture = BARE.picture()
    assert (picture, picture.text) == ("", "")
