"""Background jobs: a client asks for one, and is told what became of it.

Every message is a JSON object with a ``type``:

* ``{"type": "job", "job": NAME, "payload": {...}}`` asks for a job. It is answered with
  ``{"type": "queuing", "id": ID, "job": NAME}``, and once it is queued with
  ``{"type": "queued", "id": ID}``.
* Later, ``{"type": "result", "id": ID, "result": ...}`` or
  ``{"type": "failed", "id": ID, "error": ...}``; before that, for each further attempt,
  ``{"type": "retrying", "id": ID, "attempt": 2}``. A quick worker may be heard before ``queued``.
* ``{"type": "error", "message": ...}``: the job is unknown, its payload does not fit, Redis cannot
  be reached, or the message makes no sense; the connection lives.
* ``{"type": "missed", "count": C}``: so many messages about jobs, of whichever clients, were lost
  on their way from the workers.

What becomes of a job travels from the worker's process to the client's through the layer. A client
that has gone is told nothing; the worker's log ``wsnotebook.apps.jobs`` says so.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from ...channel import Channel
from ...errors import LayerLost, shorten
from ...layers import use_layer
from ._memory import MemoryQueue
from ._messages import (
    Error,
    Failed,
    Missed,
    Queued,
    Queuing,
    Result,
    Retrying,
    StartJob,
)
from ._tea import brew, fetch_milk, read_the_leaves
from ._work import Job, Order, Queue, job_named, log

__all__ = ["JobChannel", "use_jobs"]

_used: Queue = MemoryQueue()


def use_jobs(url: str | None) -> None:
    """Have jobs queued on the Redis at ``url``, and hear through it what becomes of them.

    It counts in this process for every JobChannel class whose ``queue`` is None, and is
    ``use_layer(url)`` besides. Call it before clients connect.

    Args:
        url: ``"redis://host:port/db"``, ``"rediss://..."`` or ``"unix://..."``. ``None``: a
            MemoryQueue, and no common layer.

    Raises:
        MissingExtra: ARQ is not installed.
        ValueError: ``url`` is something else.
    """
    global _used  # noqa: PLW0603
    if url is None:
        queue: Queue = MemoryQueue()
    else:
        from ._arq import ArqQueue

        queue = ArqQueue(url)
    use_layer(url)
    _used = queue


class JobChannel(Channel):
    """A client that asks for jobs.

    Attributes:
        jobs: The jobs that there are.
        queue: Where they are queued: an ArqQueue or a MemoryQueue. ``None``: what ``use_jobs``
            chose, or a MemoryQueue.
    """

    path = "/jobs"
    accepts = StartJob
    sends = Queuing | Queued | Result | Failed | Retrying | Error | Missed
    jobs: ClassVar[tuple[Job, ...]] = (
        Job(brew, timeout=3600),
        Job(fetch_milk, max_tries=3),
        Job(read_the_leaves),
    )
    queue: ClassVar[Queue | None] = None

    async def on_connect(self) -> None:
        """Be where what becomes of its jobs is told, and nobody else."""
        await self.join(self._own_room)

    async def on_message(self, message: StartJob) -> None:
        """Queue the job, or say why not."""
        job = job_named(message.job, self.jobs)
        if job is None:
            known = ", ".join(repr(job.name) for job in self.jobs)
            await self._refuse(f"unknown job {shorten(message.job)}: there are {known}")
        elif misfit := job.misfit(message.payload):
            await self._refuse(f"the payload does not fit job {job.name!r}: {misfit}")
        else:
            room = self._own_room
            await self._place(Order(uuid.uuid4().hex, type(self), room, job, message.payload))

    async def on_missed(self, count: int) -> None:
        """Say that what became of a job may have been lost on its way here."""
        await self.send(Missed(count=count))

    async def on_close(self, code: int, reason: str) -> None:  # noqa: ARG002
        """Let the queue rest when nobody is left to be told."""
        if not self.connections:
            await (self.queue or _used).rest(type(self))

    @property
    def _own_room(self) -> str:
        return str(self.socket.id)

    async def _place(self, order: Order) -> None:
        await self.send(Queuing(id=order.id, job=order.job.name))
        was_asked = False
        try:
            await self.members(order.client)  # what becomes of it could not come back, either
            was_asked = True
            await (self.queue or _used).put(order)
        except LayerLost as exc:
            log.warning("job %s: %s", order.id, exc)
            how = "may not be" if was_asked and exc.may_have_arrived else "is not"
            await self._refuse(f"job {order.job.name!r} {how} queued: Redis cannot be reached")
        else:
            await self.send(Queued(id=order.id))

    async def _refuse(self, why: str) -> None:
        await self.send(Error(message=why))
