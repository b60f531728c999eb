"""The table of the six ways: what it says is what is sent."""

from __future__ import annotations

import json

import pytest

from wsnotebook.auth import VIAS, WAYS, place_token


def test_the_ways_are_these():
    assert VIAS == ("header", "query", "cookie", "subprotocol", "message", "ticket")
    assert tuple(WAYS) == VIAS
    assert [way.name for way in WAYS.values()] == list(VIAS)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        WAYS["smoke"] = WAYS["header"]
    with pytest.raises(AttributeError):
        WAYS["header"].called = "Smoke"


def test_a_page_can_send_all_but_a_header():
    assert [way.name for way in WAYS.values() if not way.in_browsers] == ["header"]


def test_only_a_message_comes_after_the_handshake():
    assert [way.name for way in WAYS.values() if not way.before_accept] == ["message"]


def test_what_costs_a_round_trip_is_also_remembered():
    costly = [way.name for way in WAYS.values() if way.round_trips]
    assert costly == [way.name for way in WAYS.values() if way.server_keeps]
    assert costly == ["message", "ticket"]


@pytest.mark.parametrize("way", WAYS.values(), ids=VIAS)
def test_every_way_leaks_somewhere_has_advice_and_a_reference(way):
    assert way.leaks
    assert way.advice.endswith(".")
    assert all(reference.startswith("RFC ") for reference in way.references)
    assert way.references


def sent(token, via):
    """Return what stands on the wire for a token, in the words of the table."""
    placed = place_token(token, via)
    for name, value in placed.headers:
        return f"{name}: {value}"
    for name, value in placed.cookies:
        return f"Cookie: {name}={value}"
    for name, value in placed.query:
        return f"GET /path?{name}={value}"
    if placed.subprotocols:
        return f"Sec-WebSocket-Protocol: {', '.join(placed.subprotocols)}"
    return placed.message


@pytest.mark.parametrize("way", WAYS.values(), ids=VIAS)
def test_what_the_table_says_is_sent(way):
    shown = "<ticket>" if way.name == "ticket" else "<token>"
    assert sent("t0ken", way.name) == way.sends.replace(shown, "t0ken")


def test_the_message_of_the_table_is_json():
    assert json.loads(WAYS["message"].sends) == {"type": "authenticate", "token": "<token>"}
