"""Exercise of lesson 10: a job that is tried again, and gives up in words.

It is run by a MemoryQueue, which runs a job as an ARQ worker does.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..client import connect
from ._answer import Answer, Off
from ._exercise import exercise

if TYPE_CHECKING:
    from ..apps.jobs import Job

__all__ = ["order_milk"]

PAUSE = 20.0  # seconds between two calls
CALLS = 3
WORDS = "the line is always engaged"


@dataclass(slots=True)
class _Shop:
    """A shop that answers the telephone at the nth call, or never.

    Attributes:
        answers_at: Which call it answers; 0: none.
        calls: When it rang, in seconds since the first time, and in which attempt.
        attempt: The attempt that is under way.
        longest: How long an attempt took, at most, in seconds.
        off: What was off with the answer.
    """

    answers_at: int
    calls: list[tuple[float, int]] = field(default_factory=list)
    attempt: int = 0
    longest: float = 0.0
    off: Exception | None = None

    async def ring(self) -> bool:
        """Ring; whether somebody answers."""
        self.calls.append((asyncio.get_running_loop().time(), self.attempt))
        return len(self.calls) == self.answers_at

    def job(self, answer: Answer) -> Job:
        """Return the answer as a job."""
        from ..apps.jobs import Job

        async def order_milk(ctx: dict[str, Any]) -> Any:
            self.attempt = ctx["job_try"]
            began = asyncio.get_running_loop().time()
            try:
                return await self._outcome(answer, ctx)
            finally:
                self.longest = max(self.longest, asyncio.get_running_loop().time() - began)

        # More than it needs: giving up is the answer's business.
        return Job(order_milk, max_tries=CALLS + 2)

    async def _outcome(self, answer: Answer, ctx: dict[str, Any]) -> Any:
        """Return or raise what the answer does, as a client is told it; keep what is off."""
        from ..apps.jobs import Retry

        try:
            result = await answer(ctx, self.ring)
            if result is Retry or isinstance(result, Retry):
                raise Off("`Retry` is what you returned, as if it were the result: `raise` it.")
        except Off as off:
            if not isinstance(off.__cause__, Retry):
                self.off = off
            raise (off.__cause__ if isinstance(off.__cause__, Exception) else off) from None
        except Exception as exc:  # for the check, not for the client
            self.off = exc
            raise
        return result


@exercise(
    right="a free line took one attempt, a busy one two or three, 20 s apart, and who gave up said "
    "why.",
    hints="""
    One attempt is one call: `if await ring(): return "milk is on its way"`. What else there is to
    do depends on which attempt this is: `ctx["job_try"]` is 1, 2 or 3.

    `raise Retry(defer=20)` ends this attempt and has the queue begin another one, 20 seconds later.
    Meanwhile the worker does other jobs; with a sleep it would not be free.

    A job fails by raising anything else: `raise RuntimeError("the line is always engaged")`. What
    it *returns* is a result, and the client would be told that all is well.
    """,
    solution="""
    from wsnotebook.apps.jobs import Retry


    async def order_milk(ctx, ring):
        if await ring():
            return "milk is on its way"
        if ctx["job_try"] == 3:
            raise RuntimeError("the line is always engaged")
        raise Retry(defer=20)
    """,
)
async def order_milk(answer: Answer) -> None:
    """Ring; if the line is engaged, have it tried again 20 s later; give up after three times."""
    for answers_at in (1, 2, 3, 0):
        shop = _Shop(answers_at)
        told = await _order(shop, answer)
        _judge_calls(shop)
        if shop.off is not None and shop.off.__cause__ is None:
            raise shop.off
        _judge_end(shop, told)


async def _order(shop: _Shop, answer: Answer) -> dict[str, Any]:
    """Have a client order milk; return what it is told last."""
    from ..apps.jobs import JobChannel, MemoryQueue

    class Kitchen(JobChannel):
        jobs = (shop.job(answer),)
        queue = MemoryQueue()
        layer = "memory://"

    async with connect(Kitchen, "/jobs", timeout=1000) as client:
        await client.send_json({"type": "job", "job": "order_milk"})
        async for message in client:
            told: dict[str, Any] = json.loads(message)
            if told["type"] in ("result", "failed"):
                return told
    raise AssertionError("it came to no end")


def _judge_calls(shop: _Shop) -> None:
    in_words = _in_words(shop.answers_at)
    if not shop.calls and shop.off is None:
        raise Off("you never rang: `await ring()`.")
    for (before, first), (after, second) in zip(shop.calls, shop.calls[1:], strict=False):
        if first == second:
            raise Off(
                f"{in_words}, and you rang again within the same attempt. The worker does nothing "
                f"else meanwhile: `raise Retry(defer={PAUSE:g})` instead."
            )
        if abs(after - before - PAUSE) > 1e-6:
            raise Off(
                f"{in_words}, and you rang again {after - before:g} s later, not {PAUSE:g} s."
            )
    if shop.longest and shop.off is None:
        raise Off(
            f"{in_words}, and an attempt took {shop.longest:g} s. The worker does nothing else "
            f"meanwhile: `raise Retry(defer={PAUSE:g})` does not wait."
        )
    if len(shop.calls) > CALLS:
        raise Off(f"{in_words}, and you rang {len(shop.calls)} times. Three are enough.")


def _judge_end(shop: _Shop, told: dict[str, Any]) -> None:
    in_words, calls = _in_words(shop.answers_at), len(shop.calls)
    if told["type"] == "result":
        if not shop.answers_at:
            raise Off(
                f"{in_words}, and you returned {told['result']!r}: the client was told that this "
                f"is the result. Who gives up has to raise something that says so."
            )
        if told["result"] is None:
            raise Off(
                f"{in_words}, and you returned nothing. Return what the client is to be told."
            )
        return
    if WORDS not in told["error"]:
        if calls == CALLS and shop.off is not None:
            raise Off(
                f"{in_words}, and the client was told {told['error']!r}. What you raise in the end "
                f"should say {WORDS!r}.\n{shop.off}"
            ) from shop.off.__cause__
        raise shop.off or Off(f"{in_words}, and the client was told: {told['error']}.")
    if shop.answers_at or calls < CALLS:
        plural = "" if calls == 1 else "s"
        raise Off(f"{in_words}, and you gave up after {calls} call{plural}. Try it three times.")


def _in_words(answers_at: int) -> str:
    if not answers_at:
        return "the shop never answers"
    return f"the shop answers at the {('first', 'second', 'third')[answers_at - 1]} call"
