"""Lesson 10: typical answers to its exercise, and what is said of each."""

from __future__ import annotations

import asyncio
import sys

import pytest
from answers import Answers, named, remark

from wsnotebook.apps.jobs import Retry
from wsnotebook.lessons.background_jobs import order_milk

answers = Answers()

ENGAGED = "the line is always engaged"


async def order(ctx, ring, *, calls=3, pause=20, words=ENGAGED):
    """Do it as the solution does, or nearly so."""
    if await ring():
        return "milk is on its way"
    if ctx["job_try"] >= calls:
        raise RuntimeError(words)
    raise Retry(pause)


@answers.are_wrong(order_milk, "you never rang: `await ring()`.")
async def never_rings(ctx, ring):
    return "milk is on its way"


@answers.are_wrong(
    order_milk,
    "the shop answers at the second call, and you rang again within the same attempt. The worker "
    "does nothing else meanwhile: `raise Retry(defer=20)` instead.",
)
async def sleeps(ctx, ring):
    for _ in range(3):
        if await ring():
            return "milk is on its way"
        await asyncio.sleep(20)
    raise RuntimeError(ENGAGED)


@answers.are_wrong(
    order_milk,
    "the shop answers at the second call, and an attempt took 20 s. The worker does nothing else "
    "meanwhile: `raise Retry(defer=20)` does not wait.",
)
async def sleeps_before_it_retries(ctx, ring):
    try:
        return await order(ctx, ring)
    except Retry:
        await asyncio.sleep(20)
        raise Retry from None


@answers.are_wrong(
    order_milk, "`Retry` is what you returned, as if it were the result: `raise` it."
)
async def returns_the_retry(ctx, ring):
    return "milk is on its way" if await ring() else Retry(defer=20)


@answers.are_wrong(order_milk, "`order_milk` raised `SystemExit` at line N, `sys.exit(3)`.", "3")
async def exits(ctx, ring):
    sys.exit(3)


@answers.are_wrong(
    order_milk, "the shop answers at the second call, and you rang again 0 s later, not 20 s."
)
async def retries_at_once(ctx, ring):
    return await order(ctx, ring, pause=None)


@answers.are_wrong(order_milk, "the shop never answers, and you rang 5 times. Three are enough.")
async def never_gives_up(ctx, ring):
    return await order(ctx, ring, calls=99)


@answers.are_wrong(
    order_milk,
    "the shop never answers, and you rang 4 times. Three are enough.",
)
async def gives_up_late(ctx, ring):
    return await order(ctx, ring, calls=4)


@answers.are_wrong(
    order_milk,
    "the shop never answers, and you returned 'no milk': the client was told that this is the "
    "result. Who gives up has to raise something that says so.",
)
async def returns_that_it_gives_up(ctx, ring):
    try:
        return await order(ctx, ring)
    except RuntimeError:
        return "no milk"


@answers.are_wrong(
    order_milk,
    "the shop answers at the first call, and you returned nothing. Return what the client is to "
    "be told.",
)
async def returns_nothing(ctx, ring):
    await order(ctx, ring)


@answers.are_wrong(
    order_milk,
    "the shop never answers, and the client was told 'RuntimeError: no'. What you raise in the end "
    "should say 'the line is always engaged'.",
    "`order_milk` raised `RuntimeError` at line N, `raise RuntimeError(words)`.",
    "no",
)
async def says_something_else(ctx, ring):
    return await order(ctx, ring, words="no")


@answers.are_wrong(
    order_milk,
    "the shop answers at the second call, and you gave up after 1 call. Try it three times.",
)
async def gives_up_early(ctx, ring):
    return await order(ctx, ring, calls=1)


@answers.are_wrong(
    order_milk,
    "the shop answers at the first call, and the client was told: "
    "PydanticSerializationError: Unable to serialize unknown type: <class 'method'>.",
)
async def returns_what_cannot_be_told(ctx, ring):
    return ring if await ring() else await order(ctx, ring)


@answers.are_wrong(
    order_milk, '`order_milk` raised `KeyError` at line N, `ctx["tries"]`.', "'tries'"
)
async def fails(ctx, ring):
    if await ring():
        ctx["tries"]
    return await order(ctx, ring)


@answers.are_wrong(
    order_milk,
    "`order_milk` does not end: it stands at line N, `await asyncio.sleep(3600)`. If it asks again "
    "and again there, wait for what should happen instead.",
)
async def sleeps_for_an_hour(ctx, ring):
    await ring()
    await asyncio.sleep(3600)


@answers.are_wrong(
    order_milk,
    "`order_milk` cannot be called with 2 arguments: too many positional arguments.",
)
async def takes_no_ring(ctx):
    return "milk is on its way"


@answers.are_right(order_milk)
async def counts_down(ctx, ring):
    if await ring():
        return {"milk": 1}
    if ctx["job_try"] < 3:
        raise Retry(defer=20)
    raise LookupError(f"sorry, {ENGAGED}")


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    assert remark(exercise.check(answer)) == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"
