"""The six doors: who has a good token gets in, everybody else gets the refusal and nothing else."""

from __future__ import annotations

import json
import secrets

import pytest
from channel_ways import WAYS as REACHED
from channel_ways import heard
from hypothesis import given, settings
from hypothesis import strategies as st

from wsnotebook import Closed, Closure, Refused, connect, run, serve
from wsnotebook.apps.doors import Doors
from wsnotebook.auth import VIAS, WAYS, place_token, sign_token

BEFORE = tuple(via for via in VIAS if WAYS[via].before_accept)
MINUTES = 60.0
GREETING = {"type": "authenticated", "user": "ann"}


def good(via):
    """Return what opens a door for ann."""
    return Doors.tickets.issue("ann") if via == "ticket" else Doors.token_for("ann")


def spent(via):
    """Return what did so once, or too long ago."""
    if via != "ticket":
        return Doors.token_for("ann", now=0)
    ticket = Doors.tickets.issue("ann")
    Doors.tickets.redeem(ticket)
    return ticket


def error(reason):
    return {"type": "error", "message": reason}


@pytest.fixture(params=["in process", "on a socket"])
async def house(request):
    if request.param == "in process":
        yield Doors
        return
    async with serve(Doors) as server:
        yield server


@pytest.mark.parametrize("via", VIAS)
async def test_a_good_token_opens_its_door(house, via):
    async with connect(house, f"/{via}", token=good(via), via=via) as ann:
        assert await ann.receive_json() == GREETING
        await ann.send("who am I?")
        assert await ann.receive_json() == GREETING
        assert ann.subprotocol == ("bearer" if via == "subprotocol" else None)


ATTACKS = {
    "nothing": lambda via: None,
    "expired or replayed": spent,
    "another key": lambda via: sign_token("ann", secrets.token_bytes(32), audience="doors"),
    "another audience": lambda via: sign_token("ann", Doors.key, audience="windows"),
    "not a token": lambda via: "open-sesame",
}
REASONS = {
    "nothing": "no token was sent",
    "expired or replayed": "the token has expired",
    "another key": "the token was changed, or signed with another key",
    "another audience": "the token is for another audience",
    "not a token": "the token is malformed",
}


def reason(attack, via):
    if via != "ticket":
        return REASONS[attack]
    known = {
        "nothing": "no ticket was sent",
        "expired or replayed": "the ticket was redeemed before",
    }
    return known.get(attack, "the ticket is unknown or has expired")


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("via", BEFORE)
async def test_an_attack_is_refused_before_the_connection_opens(house, via, attack):
    eve = connect(house, f"/{via}", token=ATTACKS[attack](via), via=via)
    with pytest.raises(Refused) as caught:
        await eve
    assert (caught.value.status, caught.value.code) == (401, None)
    assert caught.value.reason == reason(attack, via)
    assert eve.messages == []


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack != "nothing"])
async def test_an_attack_by_message_is_answered_with_an_error_and_4401(house, attack):
    async with connect(house, "/message", token=ATTACKS[attack]("message"), via="message") as eve:
        closure = await eve.wait_for_close(4401)
        assert closure == Closure(4401, REASONS[attack])
        assert await eve.receive_json() == error(REASONS[attack])
        with pytest.raises(Closed):
            await eve.receive()


async def test_a_message_before_authentication_is_not_answered_otherwise(house):
    async with connect(house, "/message") as eve:
        await eve.send("who am I?")
        await eve.send(place_token(good("message"), "message").message)
        await eve.wait_for_close(4401)
        assert heard(eve) == [error("no token was sent")]


@pytest.mark.parametrize("via", VIAS)
async def test_a_token_at_another_door_does_not_open_it(house, via):
    for other in BEFORE:
        if other != via:
            with pytest.raises(Refused, match="was sent"):
                await connect(house, f"/{other}", token=good(via), via=via)


@pytest.mark.parametrize("via", VIAS)
async def test_a_foreign_page_is_refused_whatever_it_has(house, via):
    page = {"Origin": "https://evil.example"}
    with pytest.raises(Refused) as caught:
        await connect(house, f"/{via}", token=good(via), via=via, headers=page)
    assert caught.value.status == 403
    page = {"Origin": "https://tea.example"}
    async with connect(house, f"/{via}", token=good(via), via=via, headers=page) as ann:
        assert await ann.receive_json() == GREETING


async def test_there_is_no_seventh_door(house):
    with pytest.raises(Refused) as caught:
        await connect(house, "/window")
    assert (caught.value.status, caught.value.reason) == (404, "there is no door 'window'")


def test_a_silent_stranger_is_turned_away_in_time():
    async def wait():
        async with connect(Doors, "/message") as stranger:
            await stranger.receive_nothing(Doors.patience - 0.1)
            closure = await stranger.wait_for_close(timeout=0.2)
            return closure, heard(stranger)

    assert run(wait(), virtual_time=True) == (
        Closure(4401, "nothing was said in time"),
        [error("nothing was said in time")],
    )


def test_who_is_in_is_not_turned_away_and_who_left_is_not_waited_for():
    async def wait():
        async with connect(Doors, "/message"):
            pass
        async with connect(Doors, "/message", token=good("message"), via="message") as ann:
            await ann.receive()
            await ann.receive_nothing(MINUTES)
            return heard(ann)

    assert run(wait(), virtual_time=True) == [GREETING]


@pytest.mark.parametrize("way", REACHED)
async def test_a_stranger_is_among_the_connections_only_while_it_may_speak(way):
    async with REACHED[way](Doors) as reach:
        eve = await reach("/message")
        assert len(Doors.connections) == 1
        await eve.say("let me in")
        await eve.settle()
        assert eve.closure == (4401, "no token was sent")
        assert Doors.connections == ()


# Whatever is said in whatever order

SAID = st.one_of(
    st.text(),
    st.binary(),
    st.sampled_from(
        [
            *(
                '{"type":"whoami"}',
                '{"type":"authenticate"}',
                '{"type":"authenticate","token":null}',
            ),
            '{"type":"authenticated","user":"ann"}',
            place_token("open-sesame", "message").message,
            place_token(Doors.token_for("ann", now=0), "message").message,
            place_token(sign_token("ann", Doors.key), "message").message,
        ]
    ),
)


@pytest.mark.thorough
@settings(max_examples=2_000)
@given(st.lists(SAID, min_size=1, max_size=6))
def test_a_stranger_gets_the_refusal_and_nothing_else(messages):
    async def talk():
        async with connect(Doors, "/message") as eve:
            for message in messages:
                try:
                    await eve.send(message)
                except Closed:
                    break
            return await eve.wait_for_close(4401), heard(eve)

    closure, told = run(talk())
    assert told == [error(closure.reason)]
    assert "ann" not in json.dumps(told)
