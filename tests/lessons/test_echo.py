"""Lesson 01: typical answers to its exercises, and what is said of each.

They may sleep: a check runs under virtual time.
"""

from __future__ import annotations

import asyncio

import pytest
from answers import Answers, named, remark

from wsnotebook import Closed, WaitTimeout
from wsnotebook.lessons.echo import knock_again, order, wait_for_shout

answers = Answers()

# wait_for_shout


@answers.are_wrong(
    wait_for_shout,
    "you waited for the shout, but returned nothing. Return what the wait gives you.",
)
async def forgets_to_return(client, word):
    await client.send(word)
    await client.wait_for_message(word.upper())


@answers.are_wrong(
    wait_for_shout,
    "`wait_for_shout` raised `IndexError` at line N, `return client.messages[-1]`.",
    "list index out of range",
    "No message had come yet: wait for it first.",
)
async def looks_at_once(client, word):
    await client.send(word)
    return client.messages[-1]


@answers.are_wrong(
    wait_for_shout,
    "you went on before the shout was there. This time it took 0.1 s, and nobody can know that "
    "beforehand: wait for the message.",
)
async def guesses_the_shout(client, word):
    await client.send(word)
    return word.upper()


@answers.are_wrong(
    wait_for_shout,
    "the shout was there after 0.1 s, but you went on 0.4 s later. A wait goes on at that very "
    "moment; a sleep does not.",
)
async def sleeps_too_long(client, word):
    await client.send(word)
    await asyncio.sleep(0.5)
    return client.messages[-1]


@answers.are_wrong(
    wait_for_shout,
    "the shout was there after 0.1 s, but you went on 0.02 s later. A wait goes on at that very "
    "moment; a sleep does not.",
)
async def polls(client, word):
    await client.send(word)
    while not client.messages:  # noqa: ASYNC110  # that is what is wrong with it
        await asyncio.sleep(0.06)
    return client.messages[-1]


@answers.are_wrong(
    wait_for_shout,
    "`wait_for_shout` raised `WaitTimeout` at line N, `await client.wait_for_message(word)`.",
    "no message 'hello' within 5 s",
    "  alice is open; 1 message received:",
    "    0.100 s  ← 'HELLO'",
)
async def waits_for_the_wrong_word(client, word):
    await client.send(word)
    await client.wait_for_message(word)


@answers.are_wrong(
    wait_for_shout, "`wait_for_shout` sent nothing. Is there an `await` in front of `client.send`?"
)
async def sends_nothing_and_waits(client, word):
    return await client.wait_for_message(word.upper())


@answers.are_wrong(
    wait_for_shout, "`wait_for_shout` sent nothing. Is there an `await` in front of `client.send`?"
)
async def sends_nothing_and_shouts_itself(client, word):
    return word.upper()


@answers.are_wrong(
    wait_for_shout,
    "`wait_for_shout` returned a coroutine, `wait_for_message`: a call that nobody has awaited. "
    "Put `await` in front of it.",
)
async def returns_the_wait(client, word):
    await client.send(word)
    return client.wait_for_message(word.upper())


@answers.are_wrong(wait_for_shout, "the shout was 'HELLO', but you returned ['HELLO'].")
async def returns_a_list(client, word):
    await client.send(word)
    return await client.wait_for_message_count(1)


@answers.are_wrong(wait_for_shout, "the word was 'hello', but you sent 'hello', then 'hello'.")
async def sends_twice(client, word):
    await client.send(word)
    await client.send(word)
    return await client.receive()


@answers.are_wrong(wait_for_shout, "`wait_for_shout` has to await: write `async def`.")
def is_not_async(client, word):
    return word.upper()


@answers.are_wrong(
    wait_for_shout,
    "`wait_for_shout` cannot be called with 2 arguments: too many positional arguments.",
)
async def takes_too_little(client):
    await client.send("hello")


@answers.are_wrong(
    wait_for_shout,
    "`wait_for_shout` raised `AttributeError` at line N, `await client.sned(word)`.",
    "'Client' object has no attribute 'sned'",
)
async def misspells(client, word):
    await client.sned(word)


@answers.are_right(wait_for_shout)
async def receives(client, word):
    await client.send(word)
    return await client.receive()


# knock_again


@answers.are_wrong(
    knock_again,
    "you went on before the second answer was there. The 'who is there?' in the log is the answer "
    "to the first knock.",
)
async def finds_the_old_answer(client):
    await client.send("knock")
    await client.wait_for_message("who is there?")


@answers.are_wrong(knock_again, "one more 'knock' was to be sent, but you sent 'Knock'.")
async def knocks_otherwise(client):
    await client.send("Knock")
    await client.receive()


@answers.are_wrong(
    knock_again,
    "the second answer was there after 0 s, but you went on 2 s later. A wait goes on at that very "
    "moment; a sleep does not.",
)
async def knocks_and_sleeps(client):
    await client.send("knock")
    await asyncio.sleep(2)


@answers.are_right(knock_again)
async def makes_the_wait_first(client):
    answer = client.wait_for_message("who is there?", include_existing=False)
    await client.send("knock")
    await answer


@answers.are_right(knock_again)
async def counts(client):
    await client.send("knock")
    await client.wait_for_message_count(2)


@answers.are_right(knock_again)
async def takes_the_next(client):
    await client.send("knock")
    await client.receive()


# order


@answers.are_wrong(
    order,
    "`order` raised `Closed` at line N, `return await client.receive()`.",
    "the connection closed with 4003 'we are closing' before a message arrived",
    "  alice is closed (4003 'we are closing'); nothing received",
)
async def lets_the_error_out(client, dish):
    await client.send(dish)
    try:
        return await client.receive()
    except WaitTimeout:
        return client.close_code


@answers.are_wrong(
    order,
    "4003 was the close code, but you returned Closed(4003, 'we are closing'). That is the whole "
    "error: its code is enough.",
)
async def returns_the_error(client, dish):
    await client.send(dish)
    try:
        return await client.receive()
    except Closed as closed:
        return closed


@answers.are_wrong(order, "4010 was the close code, but you returned 4003.")
async def knows_the_code_beforehand(client, dish):
    await client.send(dish)
    try:
        return await client.receive()
    except Closed:
        return 4003


@answers.are_wrong(order, "you returned None before anything had happened: the house took 0.4 s.")
async def asks_for_the_code_at_once(client, dish):
    await client.send(dish)
    return client.close_code


@answers.are_wrong(order, "'tea' was ordered, but you sent 'bill'.")
async def asks_for_the_bill(client, dish):
    await client.send("bill")
    return await client.receive()


# Checking


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    assert remark(exercise.check(answer)) == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"
