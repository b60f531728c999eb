"""A real ARQ worker for a test, in burst mode: it does what is queued, and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ..errors import WaitTimeout

if TYPE_CHECKING:
    from arq import ArqRedis

__all__ = ["ArqWorker", "Burst", "arq_worker"]

_MISSING = "arq is not installed; run: pip install 'wsnotebook[jobs]'"
_POLL = 0.01  # seconds between two looks into the queue


@dataclass(frozen=True, slots=True)
class Burst:
    """What a worker did.

    Attributes:
        completed: How many jobs came to a result.
        failed: How many failed, for good.
        retried: How many attempts ended with another one to come.
    """

    completed: int = 0
    failed: int = 0
    retried: int = 0


class ArqWorker:
    """An ARQ worker that a test starts.

    Args:
        url: The URL of its Redis.
        settings: The functions that it knows, or the settings that ARQ's command is given.
        options: Further arguments of ``arq.Worker``; they stand above the settings.
    """

    def __init__(self, url: str, settings: Sequence[Any] | type[Any], **options: Any) -> None:
        from arq.worker import get_kwargs

        own = get_kwargs(settings) if isinstance(settings, type) else {"functions": settings}
        self._options: dict[str, Any] = {"poll_delay": _POLL, **own, **options}
        self._options.pop("redis_settings", None)
        self._url = url

    def __repr__(self) -> str:
        return f"<ArqWorker on {self._url}>"

    async def burst(self, *, timeout: float = 10.0) -> Burst:
        """Do what is queued, retries included, until the queue is empty.

        Cancelled, it gives back the jobs that it was at.

        Args:
            timeout: Seconds that this may take.

        Raises:
            WaitTimeout: The queue is not empty by then, maybe because a retry is due much later.
                With ``max_burst_jobs=N`` among the options it ends after so many attempts.
        """
        from arq import Worker

        async with _pool(self._url) as redis:
            options = {**self._options, "redis_pool": redis, "burst": True}
            worker = Worker(**options, handle_signals=False)
            try:
                async with asyncio.timeout(timeout):
                    await worker.async_run()
            except TimeoutError:
                left = await redis.zcard(worker.queue_name)
                jobs = "1 job is" if left == 1 else f"{left} jobs are"
                detail = f"{jobs} left, maybe for later; max_burst_jobs=1 ends after one attempt"
                raise WaitTimeout("the queue was not empty", timeout, detail=detail) from None
            finally:
                await worker.close()
            return Burst(worker.jobs_complete, worker.jobs_failed, worker.jobs_retried)


def _pool(url: str) -> ArqRedis:
    from arq import ArqRedis

    class Pool(ArqRedis):
        """Closed by ARQ under a name that redis-py warns of."""

        async def close(self, close_connection_pool: bool | None = None) -> None:
            await self.aclose(close_connection_pool)

    pool: ArqRedis = Pool.from_url(url)
    return pool


@pytest.fixture
def arq_worker(redis_url: str) -> Callable[..., ArqWorker]:
    """Make ARQ workers on ``redis_url``, each with the functions that it is called with.

    The functions are those that ARQ takes, or a class of settings that its command takes; further
    arguments are those of ``arq.Worker``. ``await worker.burst()`` runs a real worker in the loop
    of the test until the queue is empty, and returns how many jobs were ``completed`` and
    ``failed``, and how many attempts ``retried``. Where ARQ is not installed the test is skipped.
    """
    pytest.importorskip("arq", reason=_MISSING)

    def make(
        settings: Sequence[Any] | type[Any], *, url: str = redis_url, **options: Any
    ) -> ArqWorker:
        return ArqWorker(url, settings, **options)

    return make
