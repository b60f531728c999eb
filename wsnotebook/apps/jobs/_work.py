"""What a job is, and one attempt at it: the same in whatever queue, and by whatever worker.

A queue counts the attempts and calls :func:`attempt` for each; everything that the client is told
about a job that is queued is told there.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import LayerLost, seconds
from ...messages import Message, encode
from ._messages import Failed, Result, Retrying

if TYPE_CHECKING:
    from ._channel import JobChannel

try:
    from arq import Retry
except ImportError:  # a MemoryQueue does without ARQ

    class Retry(RuntimeError):  # type: ignore[no-redef]
        """Raised by a job that is to be tried again, ``defer`` seconds later."""

        def __init__(self, defer: float | None = None) -> None:
            super().__init__(defer)
            self.defer_score = None if defer is None else round(defer * 1000)


__all__ = ["Job", "Order", "Queue", "Retry", "attempt", "job_named", "unknown_job"]

log = logging.getLogger("wsnotebook.apps.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """A function that a worker runs, and its limits.

    Attributes:
        function: What ARQ would be given: ``async def function(ctx, ...)``. What the client sends
            as the payload are its other arguments, by name. ``ctx["job_id"]`` and
            ``ctx["job_try"]``, counted from 1, are there in any queue. Raising ``Retry`` has it
            tried again; any other exception fails it, that of ``sys.exit`` as well.
        timeout: Seconds that an attempt may take.
        max_tries: How many attempts there may be.
    """

    function: Callable[..., Awaitable[Any]]
    timeout: float = field(default=300.0, kw_only=True)
    max_tries: int = field(default=5, kw_only=True)

    @property
    def name(self) -> str:
        """The name of the function, by which clients ask for it."""
        return self.function.__name__

    def misfit(self, payload: dict[str, Any]) -> str | None:
        """Return why ``payload`` does not fit the function, if it does not."""
        try:
            inspect.signature(self.function).bind({}, **payload)
        except TypeError as exc:
            return str(exc)
        return None


def job_named(name: str, jobs: tuple[Job, ...]) -> Job | None:
    """Return the one of ``jobs`` that clients ask for by ``name``."""
    return next((job for job in jobs if job.name == name), None)


def unknown_job(name: str) -> Job:
    """Return what a worker does that is asked for a job that only the server knows."""

    async def fail(_ctx: dict[str, Any], /, **_payload: Any) -> None:
        raise GaveUp(f"its worker does not know job {name!r}")

    return Job(fail)


@dataclass(frozen=True, slots=True)
class Order:
    """A job that somebody asked for.

    Attributes:
        id: A name that no other order has.
        channel: The class of the client that asked.
        client: The room where that client, and nobody else, is.
        job: The job.
        payload: The arguments.
    """

    id: str
    channel: type[JobChannel]
    client: str
    job: Job
    payload: dict[str, Any]


class Queue(Protocol):
    """Takes orders, and sees that somebody attends to them."""

    async def put(self, order: Order) -> None:
        """Queue ``order``.

        Raises:
            LayerLost: It is not queued, or may not be.
        """

    async def rest(self, channel: type[JobChannel]) -> None:
        """Called when the last client of ``channel`` on this loop has left."""


class GaveUp(Exception):
    """It is not tried again, for a reason that is not an exception of the job's own."""


async def attempt(order: Order, ctx: dict[str, Any]) -> Any:
    """Try to do what was ordered, once; tell the client how it went, and return the result.

    Cancelled, it tells nothing: whoever cancels it has it tried again.

    Raises:
        Retry: It is to be tried again.
        Exception: It failed.
    """
    job, number = order.job, ctx["job_try"]
    try:
        result = await _run(order, ctx)
    except Retry as retry:
        if number < job.max_tries:
            await _tell(order, Retrying(id=order.id, attempt=number + 1))
            raise
        failure: Exception = GaveUp(f"gave up after {_attempts(job)}")
        failure.__cause__ = retry
    except Exception as exc:
        failure = exc
    else:
        await _tell(order, Result(id=order.id, result=result))
        return result
    await _tell(order, Failed(id=order.id, error=_in_words(failure)))
    raise failure


async def _run(order: Order, ctx: dict[str, Any]) -> Any:
    job = order.job
    if ctx["job_try"] > job.max_tries:  # the worker of the last one did not live to tell
        raise GaveUp(f"gave up after {_attempts(job)}")
    limit = asyncio.timeout(job.timeout)
    try:
        async with limit:
            result = await job.function(ctx, **order.payload)
    except TimeoutError as exc:
        if not limit.expired():
            raise
        raise GaveUp(f"not done within {seconds(job.timeout)}") from exc
    except (SystemExit, asyncio.CancelledError) as exc:
        if isinstance(exc, asyncio.CancelledError) and _is_cut_short():
            raise
        # Let out, it would end the worker, and each that tries again; or nobody would be told.
        raise GaveUp(_in_words(exc)) from exc
    encode(Result(id=order.id, result=result))  # what cannot be told is no result
    return result


def _is_cut_short() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _attempts(job: Job) -> str:
    return f"{job.max_tries} attempt{'' if job.max_tries == 1 else 's'}"


def _in_words(failure: BaseException) -> str:
    if isinstance(failure, GaveUp):
        return str(failure)
    words = f"{type(failure).__name__}: {failure}".removesuffix(": ")
    return words.encode(errors="backslashreplace").decode()  # it must not fail to be told


async def _tell(order: Order, message: Message) -> None:
    with contextlib.suppress(LayerLost):  # a broadcast that is lost as well is told of below
        if not await order.channel.members(order.client):
            log.warning("job %s: its client has gone and is not told: %s", order.id, message)
    try:
        await order.channel.broadcast(message, room=order.client)
    except LayerLost as exc:
        log.error("job %s: its client cannot be told: %s (%s)", order.id, message, exc)  # noqa: TRY400
