"""The inbox alone: watches that take nothing, turns that do, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import math

import pytest

from wsnotebook.client._inbox import AT_ONCE, ENDED, EXPIRED, Inbox


@pytest.fixture
async def inbox():
    return Inbox(asyncio.get_running_loop())


def as_it_is(message):
    return message


def equal(wanted):
    """Return a test that gives the message if it is ``wanted``."""
    return lambda message: message if message == wanted else None


async def begun(*awaitables):
    """Return tasks, each of which waits."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    return tasks


async def cancel(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def take(inbox, limit=math.inf):
    return inbox.take(as_it_is, limit)


def watch(inbox, wanted):
    return inbox.watch(equal(wanted), math.inf)


# Watches


async def test_a_watch_is_answered_on_arrival_and_takes_nothing(inbox):
    first, second = await begun(watch(inbox, "a"), watch(inbox, "b"))
    inbox.arrive("a")
    inbox.clear()  # before the watch runs
    assert await first == "a"
    assert not second.done()
    inbox.arrive("b")
    assert await second == "b"
    assert inbox.messages == ["b"]
    assert inbox.unread == 1


async def test_a_watch_of_an_old_message_waits_for_a_new_one(inbox):
    inbox.arrive("a")
    (watching,) = await begun(watch(inbox, "a"))
    inbox.arrive("a")
    assert await watching == "a"


async def test_an_outcome_may_be_false(inbox):
    (watching,) = await begun(inbox.watch(lambda message: message or "empty", math.inf))
    inbox.arrive("")
    assert await watching == "empty"
    (watching,) = await begun(inbox.watch(lambda _: 0, math.inf))
    inbox.arrive("x")
    assert await watching == 0


async def test_a_test_that_raises_fails_its_watch_and_disturbs_nobody(inbox):
    def fails(message):
        raise LookupError(message)

    failing, other, taking = await begun(
        inbox.watch(fails, math.inf), watch(inbox, "a"), take(inbox)
    )
    inbox.arrive("a")
    with pytest.raises(LookupError, match="a"):
        await failing
    assert await other == await taking == "a"


async def test_a_watch_is_tested_no_more_once_it_is_over(inbox):
    seen = []
    watching, cancelled = await begun(
        inbox.watch(lambda message: seen.append(message) or message, math.inf),
        inbox.watch(seen.append, math.inf),
    )
    await cancel(cancelled)
    inbox.arrive("a")
    inbox.arrive("b")
    assert await watching == "a"
    assert seen == ["a"]


# Turns


async def test_each_message_goes_to_one_in_the_order_of_joining(inbox):
    takers = await begun(*(take(inbox) for _ in range(3)))
    for message in "abc":
        inbox.arrive(message)
    assert await asyncio.gather(*takers) == ["a", "b", "c"]
    assert inbox.unread == 0


async def test_the_cursor_moves_when_a_taker_runs_not_on_arrival(inbox):
    (taker,) = await begun(take(inbox))
    inbox.arrive("a")
    assert inbox.unread == 1
    assert await taker == "a"
    assert inbox.unread == 0


async def test_who_comes_when_others_wait_goes_to_the_end_although_a_message_is_there(inbox):
    (first,) = await begun(take(inbox))
    inbox.arrive("a")
    second = asyncio.ensure_future(take(inbox))
    assert await first == "a"
    await asyncio.sleep(0)
    assert not second.done()
    inbox.arrive("b")
    assert await second == "b"


async def test_a_taker_cancelled_after_it_was_woken_leaves_the_message_to_the_next(inbox):
    first, second, third = await begun(*(take(inbox) for _ in range(3)))
    inbox.arrive("a")
    await cancel(first)
    assert await second == "a"
    inbox.arrive("b")
    assert await third == "b"


async def test_a_taker_cancelled_in_the_middle_disturbs_no_order(inbox):
    first, second, third = await begun(*(take(inbox) for _ in range(3)))
    await cancel(second)
    inbox.arrive("a")
    inbox.arrive("b")
    assert [await first, await third] == ["a", "b"]


async def test_parsing_that_fails_takes_nothing_and_passes_the_turn_on(inbox):
    failing, other = await begun(inbox.take(int, math.inf), take(inbox))
    inbox.arrive("a")
    with pytest.raises(ValueError, match="'a'"):
        await failing
    assert await other == "a"


async def test_one_who_waits_for_something_else_holds_the_others_up(inbox):
    turn = inbox.join()
    waiting, taker = await begun(
        inbox.wait_turn(turn, lambda: inbox.unread >= 2, math.inf), take(inbox)
    )
    inbox.arrive("a")
    await asyncio.sleep(0)
    assert not taker.done()
    inbox.arrive("b")
    assert await waiting is None
    inbox.leave(turn)
    assert await taker == "a"


# Deadlines


async def test_with_limit_0_there_is_a_message_or_there_is_none(inbox):
    assert await take(inbox, 0) is EXPIRED
    assert await inbox.watch(equal("a"), AT_ONCE) is EXPIRED
    inbox.arrive("a")
    assert await take(inbox, 0) == "a"
    assert await take(inbox, 0) is EXPIRED


async def test_one_that_is_not_first_can_expire(inbox):
    (first,) = await begun(take(inbox))
    assert await take(inbox, 0.01) is EXPIRED
    assert await take(inbox, 0) is EXPIRED
    inbox.arrive("a")
    assert await first == "a"


async def test_a_message_that_comes_in_the_turn_of_the_deadline_is_taken(inbox):
    (taker,) = await begun(take(inbox, 60))
    (turn,) = inbox._queue
    turn.wake.set_result(EXPIRED)
    inbox.arrive("a")
    assert await taker == "a"
    assert inbox.unread == 0


# The end


async def test_the_end_tells_everybody_who_waits(inbox):
    waiting = await begun(watch(inbox, "a"), take(inbox), take(inbox))
    inbox.end()
    assert await asyncio.gather(*waiting) == [ENDED] * 3
    assert await take(inbox) is ENDED
    assert await watch(inbox, "a") is ENDED


async def test_what_arrived_before_the_end_is_taken_first(inbox):
    takers = await begun(*(take(inbox) for _ in range(3)))
    inbox.arrive("a")
    inbox.arrive("b")
    inbox.end()
    assert await asyncio.gather(*takers) == ["a", "b", ENDED]


async def test_a_watch_answered_before_the_end_keeps_its_answer(inbox):
    (watching,) = await begun(watch(inbox, "a"))
    inbox.arrive("a")
    inbox.end()
    assert await watching == "a"


# Forgetting


async def test_clear_forgets_what_was_read_and_what_was_not(inbox):
    inbox.arrive("a")
    inbox.arrive("b")
    assert await take(inbox) == "a"
    inbox.clear()
    assert (inbox.messages, inbox.unread) == ([], 0)
    inbox.arrive("c")
    assert await take(inbox) == "c"


async def test_a_position_holds_through_clear(inbox):
    inbox.arrive("a")
    position = inbox.position
    assert inbox.since(0) == ["a"]
    assert inbox.since(position) == []
    inbox.clear()
    inbox.arrive("b")
    assert inbox.since(position) == inbox.since(0) == ["b"]
    assert inbox.since(inbox.position) == []


async def test_clear_after_a_taker_was_woken_lets_it_wait_on(inbox):
    (taker,) = await begun(take(inbox))
    inbox.arrive("a")
    inbox.clear()
    await asyncio.sleep(0)
    assert not taker.done()
    inbox.arrive("b")
    assert await taker == "b"
