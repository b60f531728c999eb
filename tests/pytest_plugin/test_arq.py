"""The fixture arq_worker: a real ARQ worker in burst mode."""

from __future__ import annotations

import asyncio

import pytest
from arq import ArqRedis, Retry, func
from arq.connections import RedisSettings
from in_pytest import run_tests
from redis.exceptions import ConnectionError as RedisConnectionError

from wsnotebook import WaitTimeout


async def double(ctx, number):
    return 2 * number


async def again(ctx):
    if ctx["job_try"] < 3:
        raise Retry
    return ctx["job_try"]


async def fail(ctx):
    raise ValueError("no")


@pytest.fixture
async def redis(redis_url):
    async with ArqRedis.from_url(redis_url) as redis:
        yield redis


async def test_it_does_what_is_queued(redis, arq_worker):
    job = await redis.enqueue_job("double", 2)
    done = await arq_worker([double]).burst()
    assert repr(done) == "Burst(completed=1, failed=0, retried=0)"
    assert await job.result(timeout=0) == 4


async def test_it_counts_failures_and_retries(redis, arq_worker):
    for name in ("again", "fail", "fail"):
        await redis.enqueue_job(name)
    done = await arq_worker([again, fail]).burst()
    assert (done.completed, done.failed, done.retried) == (1, 2, 2)


async def test_each_burst_counts_anew(redis, arq_worker):
    worker = arq_worker([double])
    await redis.enqueue_job("double", 1)
    assert (await worker.burst()).completed == 1
    assert (await worker.burst()).completed == 0


class Settings:
    functions = (double, func(again, max_tries=2))
    redis_settings = RedisSettings(port=1)  # nobody is there

    async def on_startup(ctx):  # ARQ calls it as a function
        ctx["started"].append("up")

    async def on_shutdown(ctx):
        ctx["started"].append("down")


async def test_it_takes_the_settings_of_the_command(redis, arq_worker):
    await redis.enqueue_job("double", 2)
    await redis.enqueue_job("again")
    started = []
    done = await arq_worker(Settings, ctx={"started": started}).burst()
    assert (done.completed, done.failed, started) == (1, 1, ["up", "down"])


async def test_further_arguments_are_those_of_arq_and_stand_above_the_settings(redis, arq_worker):
    await redis.enqueue_job("fail")
    await redis.enqueue_job("double", 2, _queue_name="other")
    options = {"functions": [double], "queue_name": "other", "ctx": {"started": []}}
    assert (await arq_worker(Settings, **options).burst()).completed == 1
    assert len(await redis.queued_jobs()) == 1


async def test_it_can_be_on_another_redis(redis_server, arq_worker):
    async with ArqRedis.from_url(redis_server.url) as redis:
        await redis.enqueue_job("double", 2)
    worker = arq_worker([double], url=redis_server.url)
    assert repr(worker) == f"<ArqWorker on {redis_server.url}>"
    assert (await worker.burst()).completed == 1


async def test_a_retry_that_is_due_much_later_is_no_hang(redis, arq_worker):
    async def later(ctx):
        raise Retry(defer=3600)

    await redis.enqueue_job("later")
    worker = arq_worker([func(later, name="later")])
    with pytest.raises(WaitTimeout) as caught:
        await worker.burst(timeout=0.2)
    assert str(caught.value) == (
        "the queue was not empty within 0.2 s: 1 job is left, maybe for later; "
        "max_burst_jobs=1 ends after one attempt"
    )


async def test_it_can_end_after_so_many_attempts(redis, arq_worker):
    async def later(ctx):
        raise Retry(defer=3600)

    await redis.enqueue_job("later")
    done = await arq_worker([func(later, name="later")], max_burst_jobs=1).burst()
    assert (done.completed, done.failed, done.retried) == (0, 0, 1)
    assert len(await redis.queued_jobs()) == 1


async def test_cancelled_it_gives_back_the_job_that_it_was_at(redis, arq_worker):
    begun, end = asyncio.Event(), asyncio.Event()

    async def stand(ctx):
        begun.set()
        await end.wait()
        return ctx["job_try"]

    job = await redis.enqueue_job("stand")
    worker = arq_worker([func(stand, name="stand")])
    working = asyncio.create_task(worker.burst())
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    end.set()
    assert (await worker.burst()).completed == 1
    assert await job.result(timeout=0) == 2


async def test_it_leaves_no_connection(redis, arq_worker):
    await redis.enqueue_job("fail")
    await arq_worker([fail]).burst()
    assert len(await redis.client_list()) == 1


async def test_lost_redis_is_told(redis_server, arq_worker):
    redis_server.stop()
    with pytest.raises(RedisConnectionError):
        await arq_worker([double], url=redis_server.url).burst()


def test_without_arq_the_test_is_skipped(pytester):
    source = "def test_it(arq_worker):\n    arq_worker([])\n"
    conftest = "import sys\nsys.modules['arq'] = None\n"
    result = run_tests(pytester, source, "-rs", conftest=conftest)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*arq is not installed; run: pip install 'wsnotebook?jobs?'*"])


def test_whoever_does_not_use_it_does_not_load_arq(pytester):
    source = "import sys\n\ndef test_it():\n    assert not {'arq', 'redis'} & sys.modules.keys()\n"
    run_tests(pytester, source).assert_outcomes(passed=1)
