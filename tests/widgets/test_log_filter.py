"""Which rows a filter wants."""

from __future__ import annotations

import pytest

from wsnotebook import Event
from wsnotebook.widgets._log_filter import KINDS, LogFilter

EVENTS = {
    "open": Event(0.0, "a", "open", None, "/chat?room=Tea"),
    "sent": Event(0.0, "a", "message", "sent", "Straße", 7),
    "received": Event(0.0, "a", "message", "received", b"tea\xff", 4),
    "empty": Event(0.0, "a", "message", "received", "", 0),
    "ping": Event(0.0, "a", "ping", "sent", b"1", 1),
    "error": Event(0.0, "a", "error", None, "the app raised TeaError"),
    "close": Event(0.0, "a", "close", None, None, None, 4002, "no more tea"),
    "bare close": Event(0.0, "a", "close", None, None, None, 1001, ""),
}


def wanted(text: str = "", kind: str = "all") -> list[str]:
    found = LogFilter(text, kind)
    return [name for name, event in EVENTS.items() if found.wants(event)]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("all", list(EVENTS)),
        ("sent", ["sent", "ping"]),
        ("received", ["received", "empty"]),
        ("life", ["open", "error", "close", "bare close"]),
    ],
)
def test_kinds(kind, names):
    assert wanted(kind=kind) == names


def test_every_kind_is_tried_here():
    assert set(KINDS) == {"all", "sent", "received", "life"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tea", ["open", "received", "error", "close"]),
        ("TEA", ["open", "received", "error", "close"]),
        ("STRASSE", ["sent"]),
        ("\\xff", ["received"]),
        ("4002", ["close"]),
        ("going away", ["bare close"]),
        ("(*[<b>", []),
        ("e tea", ["close"]),
        ("1", ["ping", "bare close"]),
    ],
)
def test_a_text_is_found_in_any_case_wherever_it_stands(text, names):
    assert wanted(text) == names


def test_both_must_fit():
    assert wanted("tea", "life") == ["open", "error", "close"]


def test_an_open_filter_knows_that_it_is():
    assert LogFilter().is_open
    assert not LogFilter("x").is_open
    assert not LogFilter(kind="sent").is_open
