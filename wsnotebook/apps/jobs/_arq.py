"""The queue on ARQ: the only module, with ``_worker``, that knows it.

To ARQ a JobChannel class is one function, whose first argument is the job: so two classes with jobs
of the same name may share a Redis, and a job that the worker does not know is not ARQ's to drop
without a word to the client. Every attempt is counted by ARQ, and its limits are kept by ``_work``:
of an attempt that ARQ itself ends it could tell nobody. So ARQ's own limits lie a little above.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ...clock import is_virtual
from ...errors import LayerLost, MissingExtra, SetupError
from ...redaction import redact_url
from ._channel import JobChannel
from ._work import Order, attempt, job_named, log, unknown_job

try:
    import arq
    from arq import connections
except ImportError:
    raise MissingExtra("arq", "jobs") from None

__all__ = ["ArqQueue", "functions_of"]

# By the name that ARQ has for it, which shows its users what redis-py raises.
_LOST = (OSError, connections.RedisError)  # type: ignore[attr-defined]
_MARGIN = 15.0  # seconds for telling the client, which is two requests to Redis


class ArqQueue:
    """Queues jobs on ARQ, for workers in whatever process: see ``WorkerSettings``.

    It keeps no connection: each order opens one, for that is less than what the job costs, and
    nothing is left to be closed or found stale. What becomes of a job comes back through the
    layer, which ``use_jobs`` chooses, too.

    Args:
        url: The URL of Redis.
        timeout: Seconds that queuing may take.

    Raises:
        ValueError: It is no URL of Redis.
    """

    def __init__(self, url: str, *, timeout: float = 5.0) -> None:
        self._url = url
        self._timeout = timeout
        arq.ArqRedis.from_url(url)  # it connects to nothing, but it reads the URL

    def __repr__(self) -> str:
        return f"ArqQueue({redact_url(self._url)!r})"

    async def put(self, order: Order) -> None:
        """See :meth:`Queue.put`; cancelled, it is not known whether it is queued.

        Raises:
            SetupError: Time is virtual: there jobs are done in memory alone.
        """
        if is_virtual(asyncio.get_running_loop()):
            raise SetupError(
                f"{redact_url(self._url)!r} is on a network, and virtual time jumps over its "
                "delays; have jobs done in memory there: use_jobs(None)"
            )
        was_sent = False
        try:
            async with asyncio.timeout(self._timeout), arq.ArqRedis.from_url(self._url) as redis:
                await redis.ping()
                was_sent = True
                what = (order.job.name, order.client, order.payload)
                await redis.enqueue_job(_name(order.channel), *what, _job_id=order.id)
        except _LOST as exc:
            reason = str(exc) or f"no answer within {self._timeout:g} s"
            url = redact_url(self._url)
            raise LayerLost(url, reason, may_have_arrived=was_sent) from exc

    async def rest(self, channel: type[JobChannel]) -> None:
        """See :meth:`Queue.rest`; jobs go on without their clients."""


def functions_of(channel: type[JobChannel]) -> list[arq.worker.Function]:
    """Return what an ARQ worker has to know to do the jobs of ``channel`` and tell its clients.

    A worker for several classes is given ``functions_of(One) + functions_of(Another)``: to ARQ each
    class is one function, called as the layer calls it, ``module.Class``.
    """

    async def work(ctx: dict[Any, Any], name: str, client: str, payload: dict[str, Any]) -> Any:
        job = job_named(name, channel.jobs) or unknown_job(name)
        try:
            return await attempt(Order(ctx["job_id"], channel, client, job, payload), ctx)
        except asyncio.CancelledError:  # the worker ends, or has lost Redis
            log.warning("job %s: cut short, and left to the next worker", ctx["job_id"])
            raise

    timeout = max((job.timeout for job in channel.jobs), default=0.0) + _MARGIN
    # One more for an attempt whose worker did not live to tell how it ended.
    tries = max((job.max_tries for job in channel.jobs), default=0) + 1
    return [arq.func(work, name=_name(channel), timeout=timeout, max_tries=tries)]


def _name(channel: type[JobChannel]) -> str:
    return f"{channel.__module__}.{channel.__qualname__}"
