"""Jobs on ARQ when Redis is lost: the client or the log is told, and the next job runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from job_clients import logged, queued, result
from redis.exceptions import ConnectionError as RedisConnectionError

from wsnotebook import AppCrashed, connect, run
from wsnotebook.apps.jobs import ArqQueue, Job, JobChannel, functions_of, use_jobs
from wsnotebook.layers import layer_of


@pytest.fixture
def use():
    """Return ``use_jobs``, which is undone after the test."""
    yield use_jobs
    use_jobs(None)


async def test_lost_redis_is_told_and_the_next_job_runs(use, redis_server, arq_worker, caplog):
    use(redis_server.url)
    layer = layer_of(redis_server.url)
    worker = arq_worker(functions_of(JobChannel), url=redis_server.url)
    async with connect(JobChannel, "/jobs") as client:
        await client.settle()
        lost = layer.wait_lost()
        redis_server.stop()
        await lost
        await client.send_json({"type": "job", "job": "brew", "payload": {"tea": "assam"}})
        assert (await client.receive_json())["type"] == "queuing"
        told = "job 'brew' is not queued: Redis cannot be reached"
        assert await client.receive_json() == {"type": "error", "message": told}
        redis_server.start()
        await layer.wait_connected()
        ident = await queued(client, "brew", tea="assam")
        assert (await worker.burst()).completed == 1
        assert await client.receive_json() == result(ident)
        await client.receive_nothing()
    ((level, text),) = logged(caplog)
    assert level == "WARNING"
    assert text.startswith(f"job ID: nothing arrived at {redis_server.url}: ")


def test_under_virtual_time_a_queue_says_what_to_use_instead():
    class Far(JobChannel):
        layer = "memory://"
        queue = ArqQueue("redis://ann:secret@127.0.0.1:1/0")

    async def ask():
        async with connect(Far, "/jobs") as client:
            await queued(client, "brew", tea="assam")

    with pytest.raises(AppCrashed) as caught:
        run(ask(), virtual_time=True)
    assert str(caught.value.__cause__) == (
        "'redis://ann:***@127.0.0.1:1/0' is on a network, and virtual time jumps over its delays; "
        "have jobs done in memory there: use_jobs(None)"
    )


async def test_a_queue_that_cannot_be_reached_is_told_without_a_layer_on_it(redis_server, caplog):
    class Lost(JobChannel):
        queue = ArqQueue(redis_server.url)

    redis_server.stop()
    async with connect(Lost, "/jobs") as client:
        await client.send_json({"type": "job", "job": "brew", "payload": {"tea": "assam"}})
        told = "job 'brew' is not queued: Redis cannot be reached"
        assert (await client.receive_all_json())[1:] == [{"type": "error", "message": told}]
    ((level, text),) = logged(caplog)
    assert level == "WARNING"
    assert text.startswith(f"job ID: nothing arrived at {redis_server.url}: ")


@asynccontextmanager
async def answering(answer):
    """Give the URL of a Redis that talks to whoever connects by ``answer(reader, writer)``."""

    async def talk(reader, writer):
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def until_watched(reader, writer):
    """Answer as Redis does, and hang up at the first command of what queues a job."""
    answers = {b"SETINFO\r\n": b"+OK\r\n", b"PING\r\n": b"+PONG\r\n"}
    while (said := await reader.readline()) and said != b"WATCH\r\n":
        writer.write(answers.get(said, b""))


async def never(reader, writer):
    """Answer nothing."""
    await reader.read()


@pytest.mark.parametrize(
    ("answer", "timeout", "how"), [(until_watched, 30, "may not be"), (never, 0.05, "is not")]
)
async def test_who_hears_no_answer_may_not_know_whether_it_is_queued(answer, timeout, how):
    async with answering(answer) as url:

        class Slow(JobChannel):
            queue = ArqQueue(url, timeout=timeout)

        async with connect(Slow, "/jobs") as client:
            await client.send_json({"type": "job", "job": "brew", "payload": {"tea": "assam"}})
            told = f"job 'brew' {how} queued: Redis cannot be reached"
            assert (await client.receive_json())["type"] == "queuing"
            assert await client.receive_json() == {"type": "error", "message": told}


async def stand(ctx):
    stand.begun.set()
    await asyncio.Event().wait()


class Pantry(JobChannel):
    jobs = (Job(stand),)


async def test_a_worker_that_loses_redis_says_which_job_it_was_at(
    use, redis_server, arq_worker, caplog
):
    use(redis_server.url)
    stand.begun = asyncio.Event()
    worker = arq_worker(functions_of(Pantry), url=redis_server.url)
    async with connect(Pantry, "/jobs") as client:
        await queued(client, "stand")
        working = asyncio.create_task(worker.burst())
        await stand.begun.wait()
        redis_server.stop()
        with pytest.raises(RedisConnectionError):
            await working
    left = "job ID: cut short, and left to the next worker"
    assert logged(caplog) == [("WARNING", left)]
