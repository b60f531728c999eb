"""Lesson 09: typical answers to its exercise, and what is said of each."""

from __future__ import annotations

import asyncio
import re

import pytest
from answers import Answers, named, remark

from wsnotebook.lessons.rooms_across_processes import arrive

answers = Answers()


async def tell(chat, *, count=None, **to):
    """Tell the room, or whom ``to`` says, who came."""
    room = chat.params["room"]
    count = len(await chat.members(room)) if count is None else count
    to = {"room": room, "exclude": chat, **to}
    await chat.broadcast(f"{chat.params['name']} is here, we are {count}", **to)


async def join(chat):
    await chat.join(chat.params["room"])


@answers.are_wrong(
    arrive,
    "eve came and is not in the room 'garden': `await chat.join(room)`, whose name is "
    '`chat.params["room"]`.',
)
async def stays_outside(chat):
    await tell(chat)


@answers.are_wrong(
    arrive,
    "eve came and is not in the room 'garden': `await chat.join(room)`, whose name is "
    '`chat.params["room"]`.',
)
async def goes_elsewhere(chat):
    await chat.join("tea")


@answers.are_wrong(arrive, "eve was told 'eve is here, we are 1'. Who arrives knows that already.")
async def tells_itself(chat):
    await join(chat)
    await tell(chat, exclude=None)


@answers.are_wrong(
    arrive, "eve is in another room, 'garden', and was told 'ann is here, we are 1'."
)
async def tells_every_room(chat):
    await join(chat)
    await tell(chat, room=None)


@answers.are_wrong(arrive, "ben came, and ann was told nothing.")
async def tells_nobody(chat):
    await join(chat)


@answers.are_wrong(
    arrive,
    "cleo came, and ann was told nothing.",
    "cleo came to process 2, ann is connected to process 1. `connections` and `room_members` know "
    "one process; `broadcast` reaches all of them.",
)
async def sends_to_the_connections_here(chat):
    await join(chat)
    count = len(await chat.members(chat.params["room"]))
    for other in chat.connections:
        if other is not chat and other.params["room"] == chat.params["room"]:
            await other.send(f"{chat.params['name']} is here, we are {count}")


@answers.are_wrong(
    arrive,
    "ann was told 'cleo is here, we are 1', and not 'cleo is here, we are 3'.",
    "They are connected to two processes. `connections` and `room_members` know one of them; "
    "`await chat.members(room)` knows both.",
)
async def counts_who_is_here(chat):
    await join(chat)
    await tell(chat, count=len(chat.room_members(chat.params["room"])))


@answers.are_wrong(
    arrive,
    "ann was told 'ben is here, we are 3', and not 'ben is here, we are 2'.",
    "Who is in another room does not count here, and is among the `connections`, too.",
)
async def counts_all_connections(chat):
    await join(chat)
    await tell(chat, count=len(chat.connections))


@answers.are_wrong(
    arrive,
    "ann was told 'ben is here, we are several', and not 'ben is here, we are 2'.",
)
async def does_not_count(chat):
    await join(chat)
    await tell(chat, count="several")


@answers.are_wrong(
    arrive,
    "ann was told 'ben is here, we are 1', and not 'ben is here, we are 2'.",
    "Who arrives is one of them.",
)
async def counts_too_early(chat):
    count = len(await chat.members(chat.params["room"]))
    await join(chat)
    await tell(chat, count=count)


@answers.are_wrong(
    arrive,
    "ann was told 2 times that ben came: ['ben is here, we are 2', 'ben is here, we are 2'].",
)
async def tells_twice(chat):
    await join(chat)
    await tell(chat)
    await tell(chat)


@answers.are_wrong(
    arrive, '`arrive` raised `KeyError` at line N, `chat.params["table"]`.', "'table'"
)
async def fails(chat):
    chat.params["table"]


@answers.are_wrong(arrive, "`arrive` has to await: write `async def`.")
def does_not_await(chat):
    return chat


@answers.are_wrong(arrive, "`arrive` has a `yield` in it: whoever awaits it needs `return`.")
async def yields(chat):
    yield chat


@answers.are_wrong(
    arrive,
    "`arrive` does not end: it stands at line N, `await asyncio.Event().wait()`. If it asks again "
    "and again there, wait for what should happen instead.",
)
async def waits_for_ever(chat):
    await join(chat)
    await asyncio.Event().wait()


@answers.are_wrong(
    arrive,
    "`arrive` has started something that does not end.",
    "the server did not settle within 5 s: a background task sleeps for another 3600 s; it "
    "stands at WHERE",
)
async def starts_what_does_not_end(chat):
    chat.reminder = asyncio.create_task(asyncio.sleep(3600))


@answers.are_wrong(arrive, "eve came, and eve is not connected any more. Let them stay.")
async def sends_away(chat):
    await join(chat)
    await chat.close()


@answers.are_right(arrive)
async def takes_its_time(chat):
    await join(chat)
    await asyncio.sleep(1)
    await tell(chat)


@answers.are_right(arrive)
async def joins_in_the_end(chat):
    count = len(await chat.members(chat.params["room"])) + 1
    await tell(chat, count=count)
    await join(chat)


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    found = re.sub(r"(it stands at) /.*", r"\1 WHERE", remark(exercise.check(answer)))
    assert found == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"
