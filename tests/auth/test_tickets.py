"""Tickets let in once, and soon."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from wsnotebook import Refused, run
from wsnotebook.auth import Tickets

UNKNOWN = "the ticket is unknown or has expired"
AGAIN = "the ticket was redeemed before"


class Clock:
    """Time that a test sets."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tickets(clock):
    return Tickets(ttl=30, clock=clock)


def refusal(tickets, ticket, **options):
    """Return the reason with which a ticket is refused."""
    with pytest.raises(Refused) as caught:
        tickets.redeem(ticket, **options)
    assert (caught.value.status, caught.value.code) == (401, options.get("code"))
    return caught.value.reason


def test_a_ticket_is_whose_it_was_issued_to(tickets):
    ann, bob = tickets.issue("ann"), tickets.issue("bob")
    assert tickets.redeem(bob) == "bob"
    assert tickets.redeem(ann) == "ann"


def test_a_ticket_cannot_be_guessed_and_fits_a_url(tickets):
    issued = {tickets.issue("ann") for _ in range(100)}
    assert len(issued) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", ticket) for ticket in issued)


def test_it_lets_in_once(tickets, clock):
    ticket = tickets.issue("ann")
    tickets.redeem(ticket)
    assert refusal(tickets, ticket) == AGAIN
    clock.now = 29.9
    assert refusal(tickets, ticket) == AGAIN
    clock.now = 30
    assert refusal(tickets, ticket) == UNKNOWN


def test_it_lets_in_soon(tickets, clock):
    early, late = tickets.issue("ann"), tickets.issue("bob")
    clock.now = 29.9
    assert tickets.redeem(early) == "ann"
    clock.now = 30
    assert refusal(tickets, late) == UNKNOWN


@pytest.mark.parametrize("ticket", ["guess", "é", "x" * 100_000])
def test_an_unknown_ticket(tickets, ticket):
    tickets.issue("ann")
    assert refusal(tickets, ticket) == UNKNOWN


@pytest.mark.parametrize("ticket", [None, ""])
def test_no_ticket(tickets, ticket):
    assert refusal(tickets, ticket) == "no ticket was sent"


def test_a_close_code_instead_of_a_status(tickets):
    assert refusal(tickets, "guess", code=4401) == UNKNOWN
    assert refusal(tickets, None, code=4401) == "no ticket was sent"
    ticket = tickets.issue("ann")
    tickets.redeem(ticket)
    assert refusal(tickets, ticket, code=4401) == AGAIN


def test_what_has_expired_is_forgotten(tickets, clock):
    for second in range(1000):
        clock.now = second
        ticket = tickets.issue("ann")
        if second % 2:
            tickets.redeem(ticket)
    assert len(tickets._known) == 30
    clock.now = 2000
    refusal(tickets, "guess")
    assert tickets._known == {}


def test_of_many_threads_one_gets_in(tickets):
    ticket = tickets.issue("ann")

    def attempt(_):
        try:
            return tickets.redeem(ticket)
        except Refused:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(filter(None, pool.map(attempt, range(200)))) == ["ann"]


def test_the_clock_is_the_loop_s():
    tickets = Tickets(ttl=3600)

    async def wait(seconds):
        ticket = tickets.issue("ann")
        await asyncio.sleep(seconds)
        return tickets.redeem(ticket)

    assert run(wait(3599), virtual_time=True) == "ann"
    with pytest.raises(Refused, match=UNKNOWN):
        run(wait(3600), virtual_time=True)


async def test_a_ticket_that_a_thread_issued_is_redeemed_on_the_loop():
    tickets = Tickets()
    assert tickets.redeem(await asyncio.to_thread(tickets.issue, "ann")) == "ann"


def test_tickets_do_not_show_themselves(tickets):
    tickets.redeem(tickets.issue("ann"))
    ticket = tickets.issue("ann")
    assert repr(tickets) == "<Tickets: 1 not redeemed>"
    assert ticket not in repr(tickets)


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf")])
def test_a_time_to_live_that_cannot_be(ttl):
    with pytest.raises(ValueError) as caught:
        Tickets(ttl)
    assert str(caught.value) == f"ttl must be a number of seconds over 0, not {ttl!r}"


def test_a_subject_is_text(tickets):
    with pytest.raises(TypeError) as caught:
        tickets.issue(7)
    assert str(caught.value) == "subject must be a str, not 7"
