"""The parlour, and what each of its three faults does otherwise."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from wsnotebook import WaitTimeout, connect, run
from wsnotebook.apps import FaultyParlour, Parlour
from wsnotebook.apps.parlour import BusyParlour, OpenParlour, WrittenParlour

SAY = {"type": "say", "text": "hi"}
ALL = [Parlour, BusyParlour, WrittenParlour, OpenParlour, FaultyParlour]


def whisper(to):
    return {"type": "whisper", "to": to, "text": "psst"}


def whispered(by, to):
    return {"type": "whispered", "by": by, "to": to, "text": "psst"}


def sent(by):
    return {"type": "sent", "by": by}


async def asked(guest, request):
    """Return what ``guest`` receives first after a request."""
    await guest.send_json(request)
    return await guest.receive_json()


async def named(guest, name):
    return await asked(guest, {"type": "name", "name": name})


@asynccontextmanager
async def guests(parlour):
    """Two who are called ann and bob, and one who has not said."""
    async with (
        connect(parlour, "/parlour") as ann,
        connect(parlour, "/parlour") as bob,
        connect(parlour, "/parlour") as eve,
    ):
        assert await named(ann, "ann") == {"type": "named", "name": "ann"}
        assert await named(bob, "bob") == {"type": "named", "name": "bob"}
        yield ann, bob, eve


@pytest.mark.parametrize("parlour", ALL)
async def test_what_is_said_the_others_hear(parlour):
    async with guests(parlour) as (ann, bob, eve):
        assert await asked(ann, SAY) == sent("ann")
        for other in (bob, eve):
            assert await other.receive_json() == {"type": "said", "by": "ann", "text": "hi"}
        await ann.receive_nothing()


async def test_a_whisper_one_hears():
    async with guests(Parlour) as (ann, bob, eve):
        assert await asked(ann, whisper("bob")) == sent("ann")
        assert await bob.receive_json() == whispered("ann", "bob")
        await eve.receive_nothing()
        await ann.receive_nothing()


async def test_who_whispers_to_themselves_hears_it():
    async with guests(Parlour) as (ann, _, _):
        assert await asked(ann, whisper("ann")) == whispered("ann", "ann")
        assert await ann.receive_json() == sent("ann")


@pytest.mark.parametrize("parlour", ALL)
async def test_a_whisper_to_nobody(parlour):
    async with guests(parlour) as (ann, bob, eve):
        assert await asked(ann, whisper("guest")) == {"type": "nobody", "to": "guest"}
        await bob.close()
        assert await asked(ann, whisper("bob")) == {"type": "nobody", "to": "bob"}
        await eve.receive_nothing()


@pytest.mark.parametrize("parlour", ALL)
async def test_a_name_belongs_to_one(parlour):
    async with guests(parlour) as (ann, bob, eve):
        assert await named(eve, "ann") == {"type": "taken", "name": "ann"}
        assert await named(ann, "ann") == {"type": "named", "name": "ann"}
        assert await named(ann, "amy") == {"type": "named", "name": "amy"}
        assert await named(eve, "ann") == {"type": "named", "name": "ann"}
        await bob.close()
        assert await named(ann, "bob") == {"type": "named", "name": "bob"}


@pytest.mark.parametrize("name", ["", "al", "Ann", "ann bob", "a" * 13, "änne"])
async def test_what_is_no_name(name):
    async with guests(Parlour) as (ann, _, _):
        reply = await named(ann, name)
        assert reply["type"] == "error"
        assert await asked(ann, SAY) == sent("ann")


async def test_the_name_that_counts_is_the_last():
    async with guests(Parlour) as (_, _, eve):
        assert await asked(eve, SAY) == sent("guest")
        await named(eve, "eve")
        assert await asked(eve, SAY) == sent("eve")
        await named(eve, "eva")
        assert await asked(eve, whisper("ann")) == sent("eva")


# The faults


@pytest.mark.parametrize("parlour", [BusyParlour, FaultyParlour])
def test_who_whispers_to_themselves_waits_for_ever(parlour):
    async def conversation():
        async with connect(parlour, "/parlour") as ann:
            await named(ann, "ann")
            await ann.send_json(whisper("ann"))
            with pytest.raises(WaitTimeout) as caught:
                await ann.receive(timeout=3600)
            assert caught.value.messages == ['{"type":"named","name":"ann"}']

    run(conversation(), virtual_time=True)


@pytest.mark.parametrize("parlour", [WrittenParlour, FaultyParlour])
async def test_who_has_spoken_keeps_that_name(parlour):
    async with guests(parlour) as (_, _, eve):
        assert await asked(eve, SAY) == sent("guest")
        await named(eve, "eve")
        assert await asked(eve, SAY) == sent("guest")


@pytest.mark.parametrize("parlour", [OpenParlour, FaultyParlour])
async def test_everybody_hears_a_whisper(parlour):
    async with guests(parlour) as (ann, bob, eve):
        assert await asked(ann, whisper("bob")) == whispered("ann", "bob")
        assert await ann.receive_json() == sent("ann")
        for other in (bob, eve):
            assert await other.receive_json() == whispered("ann", "bob")


@pytest.mark.parametrize("parlour", [BusyParlour, WrittenParlour])
async def test_the_other_faults_leave_whispers_alone(parlour):
    async with guests(parlour) as (ann, bob, eve):
        assert await asked(ann, whisper("bob")) == sent("ann")
        assert await bob.receive_json() == whispered("ann", "bob")
        await eve.receive_nothing()
