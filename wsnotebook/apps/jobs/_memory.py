"""A queue in this process: the same jobs, attempts and messages, without ARQ and Redis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ._work import Order, Retry, attempt, log

if TYPE_CHECKING:
    from ._channel import JobChannel

__all__ = ["MemoryQueue"]


class MemoryQueue:
    """Runs each job as a task of its own, at once; a retry that is deferred sleeps.

    Jobs end with the last client of their class on the loop: those that are not done by then are
    dropped, and the log ``wsnotebook.apps.jobs`` says which.
    """

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], Order] = {}

    def __repr__(self) -> str:
        return "MemoryQueue()"

    async def put(self, order: Order) -> None:
        """See :meth:`Queue.put`."""
        task = asyncio.create_task(_work(order), name=f"job {order.id}")
        self._tasks[task] = order
        task.add_done_callback(self._tasks.pop)

    async def rest(self, channel: type[JobChannel]) -> None:
        """See :meth:`Queue.rest`."""
        loop = asyncio.get_running_loop()
        left = [
            (task, order)
            for task, order in self._tasks.items()
            if order.channel is channel and task.get_loop() is loop
        ]
        for task, order in left:
            task.cancel()
            log.warning("job %s: dropped, for the last client has gone", order.id)
        await asyncio.gather(*(task for task, _ in left), return_exceptions=True)


async def _work(order: Order) -> None:
    number = 1
    while True:
        try:
            await attempt(order, {"job_id": order.id, "job_try": number})
        except Retry as retry:
            await asyncio.sleep((retry.defer_score or 0) / 1000)
            number += 1
        except Exception:
            log.info("job %s: failed", order.id, exc_info=True)
            return
        else:
            return
