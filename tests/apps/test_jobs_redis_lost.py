"""Jobs on ARQ when Redis is lost: the client or the log is told, and the next job runs."""

from __future__ import annotations

import asyncio

import pytest
from job_clients import logged, queued, result
from redis.exceptions import ConnectionError as RedisConnectionError

from wsnotebook import connect
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


async def test_who_does_not_hear_the_answer_does_not_know_whether_it_is_queued(hung_server):
    class Slow(JobChannel):
        queue = ArqQueue(hung_server, timeout=0.1)

    async with connect(Slow, "/jobs") as client:
        await client.send_json({"type": "job", "job": "brew", "payload": {"tea": "assam"}})
        told = "job 'brew' may not be queued: Redis cannot be reached"
        assert (await client.receive_json())["type"] == "queuing"
        assert await client.receive_json() == {"type": "error", "message": told}


@pytest.fixture
async def hung_server():
    """A Redis that answers a ping, and then nothing more."""

    async def answer(reader, writer):
        while b"PING" not in (said := await reader.readline()) and said:
            if said == b"SETINFO\r\n":
                writer.write(b"+OK\r\n")
        writer.write(b"+PONG\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


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
