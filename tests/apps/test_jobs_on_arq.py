"""Jobs on a real Redis, run by a real ARQ worker, in this process and in another."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from arq import ArqRedis
from arq.worker import get_kwargs
from job_clients import LOG, queued, result

from wsnotebook import connect
from wsnotebook.apps.jobs import (
    ArqQueue,
    Job,
    JobChannel,
    WorkerSettings,
    functions_of,
    use_jobs,
)
from wsnotebook.layers import used_layer


@pytest.fixture
def use():
    """Return ``use_jobs``, which is undone after the test."""
    yield use_jobs
    use_jobs(None)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.name == LOG]


# A worker in this process


async def test_results_failures_and_retries_come_back(use, redis_url, arq_worker):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client:
        brew = await queued(client, "brew", tea="assam")
        milk = await queued(client, "fetch_milk")
        none = await queued(client, "fetch_milk", shops=9)
        leaves = await queued(client, "read_the_leaves")
        done = await arq_worker(functions_of(JobChannel)).burst()
        assert (done.completed, done.failed, done.retried) == (2, 2, 3)
        await client.wait_for_message_count(8 + 7)
        told = await client.receive_all_json()
        of = {ident: [one for one in told if one["id"] == ident] for ident in (brew, milk, none)}
        assert of[brew] == [result(brew)]
        assert of[milk] == [
            {"type": "retrying", "id": milk, "attempt": 2},
            {"type": "result", "id": milk, "result": "milk from shop 2"},
        ]
        assert of[none] == [
            {"type": "retrying", "id": none, "attempt": 2},
            {"type": "retrying", "id": none, "attempt": 3},
            {"type": "failed", "id": none, "error": "gave up after 3 attempts"},
        ]
        failed = {"type": "failed", "id": leaves, "error": "ValueError: there is no pot"}
        assert [one for one in told if one["id"] == leaves] == [failed]


async def test_an_unknown_job_is_never_queued(use, redis_url):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client, ArqRedis.from_url(redis_url) as redis:
        await client.send_json({"type": "job", "job": "dance"})
        known = "'brew', 'fetch_milk', 'read_the_leaves'"
        told = f"unknown job 'dance': there are {known}"
        assert await client.receive_json() == {"type": "error", "message": told}
        assert await redis.queued_jobs() == []


# What stands on one Redis together


async def brew(ctx, tea):
    return f"a can of {tea}"


class Canteen(JobChannel):
    jobs = (Job(brew),)


async def test_classes_with_jobs_of_the_same_name_share_a_redis(use, redis_url, arq_worker):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as ann, connect(Canteen, "/jobs") as bob:
        anns, bobs = await queued(ann, "brew", tea="assam"), await queued(bob, "brew", tea="assam")
        worker = arq_worker(functions_of(Canteen) + functions_of(JobChannel))
        assert (await worker.burst()).completed == 2
        assert await ann.receive_json() == result(anns)
        assert await bob.receive_json() == {**result(bobs), "result": "a can of assam"}


async def test_a_job_that_its_worker_does_not_know_has_failed(
    use, redis_url, arq_worker, monkeypatch
):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client:
        ident = await queued(client, "brew", tea="assam")
        monkeypatch.setattr(JobChannel, "jobs", ())  # as in a worker that is older
        done = await arq_worker(functions_of(JobChannel)).burst()
        assert (done.completed, done.failed, done.retried) == (0, 1, 0)
        error = "its worker does not know job 'brew'"
        assert await client.receive_json() == {"type": "failed", "id": ident, "error": error}


async def leave(ctx):
    sys.exit(3)


class Exit(JobChannel):
    jobs = (Job(leave), Job(brew))


async def test_a_job_that_exits_does_not_take_the_worker_with_it(use, redis_url, arq_worker):
    use(redis_url)
    async with connect(Exit, "/jobs") as client:
        left, brewed = await queued(client, "leave"), await queued(client, "brew", tea="assam")
        done = await arq_worker(functions_of(Exit)).burst()
        assert (done.completed, done.failed) == (1, 1)
        told = {one["id"]: one for one in [await client.receive_json() for _ in range(2)]}
        assert told[left] == {"type": "failed", "id": left, "error": "SystemExit: 3"}
        assert told[brewed]["result"] == "a can of assam"


# How an attempt ends


async def stand(ctx, *, at="x"):
    stand.begun.set()
    await stand.end.wait()
    return f"{at} {ctx['job_try']}"


class Kitchen(JobChannel):
    jobs = (Job(stand, timeout=0.05, max_tries=1),)


class Pantry(JobChannel):
    jobs = (Job(stand, max_tries=2),)


@pytest.fixture
def standing():
    stand.begun, stand.end = asyncio.Event(), asyncio.Event()


async def test_a_job_that_takes_too_long_has_failed(use, redis_url, arq_worker, standing):
    use(redis_url)
    async with connect(Kitchen, "/jobs") as client:
        ident = await queued(client, "stand")
        assert (await arq_worker(functions_of(Kitchen)).burst()).failed == 1
        error = "not done within 0.05 s"
        assert await client.receive_json() == {"type": "failed", "id": ident, "error": error}


async def ended(worker):
    """Let a worker begin with a job, and end it."""
    working = asyncio.create_task(worker.burst())
    await stand.begun.wait()
    stand.begun.clear()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_worker_that_is_ended_leaves_its_job_to_the_next(
    use, redis_url, arq_worker, standing, caplog
):
    use(redis_url)
    worker = arq_worker(functions_of(Pantry))
    async with connect(Pantry, "/jobs") as client:
        ident = await queued(client, "stand", at="y")
        await ended(worker)
        assert warnings(caplog) == [f"job {ident}: cut short, and left to the next worker"]
        stand.end.set()
        assert (await worker.burst()).completed == 1
        assert await client.receive_json() == {"type": "result", "id": ident, "result": "y 2"}


async def test_a_job_whose_last_worker_was_ended_has_failed(use, redis_url, arq_worker, standing):
    use(redis_url)
    worker = arq_worker(functions_of(Pantry))
    async with connect(Pantry, "/jobs") as client:
        ident = await queued(client, "stand")
        await ended(worker)
        await ended(worker)
        assert (await worker.burst()).failed == 1
        error = "gave up after 2 attempts"
        assert await client.receive_json() == {"type": "failed", "id": ident, "error": error}


async def test_a_job_goes_on_without_its_client(use, redis_url, arq_worker, caplog):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client:
        ident = await queued(client, "brew", tea="assam")
    assert (await arq_worker(functions_of(JobChannel)).burst()).completed == 1
    told = f"type='result' id='{ident}' result='a pot of assam'"
    assert warnings(caplog) == [f"job {ident}: its client has gone and is not told: {told}"]


async def test_nothing_stays_connected(use, redis_url, arq_worker):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client:
        await queued(client, "brew", tea="assam")
        await arq_worker(functions_of(JobChannel)).burst()
        await client.receive_json()
    async with ArqRedis.from_url(redis_url) as redis:
        assert len(await redis.client_list()) == 1


# A worker in a process of its own


async def worker_of_its_own(url):
    """Run ARQ's command until the queue is empty; return what it logs."""
    settings = "wsnotebook.apps.jobs.WorkerSettings"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-m", "arq", settings, "--burst"),
        env={**os.environ, "WSNOTEBOOK_REDIS": url},
        stderr=asyncio.subprocess.PIPE,
    )
    _, logged = await process.communicate()
    assert process.returncode == 0, logged.decode()
    return logged.decode()


async def test_a_worker_in_another_process_tells_the_client(use, redis_url):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client, connect(JobChannel, "/jobs") as other:
        ident = await queued(client, "brew", tea="assam")
        gone = await connect(JobChannel, "/jobs")
        lost = await queued(gone, "brew", tea="sencha")
        await gone.close()
        logged = await worker_of_its_own(redis_url)
        assert await client.receive_json() == result(ident)
        await other.receive_nothing()
    told = f"type='result' id='{lost}' result='a pot of sencha'"
    assert f"job {lost}: its client has gone and is not told: {told}\n" in logged
    assert f"job {ident}" not in logged
    assert "ResourceWarning" not in logged


async def test_the_settings_are_those_of_the_environment(redis_url):
    program = (
        "from wsnotebook.apps.jobs import WorkerSettings; s = WorkerSettings.redis_settings\n"
        "print(s.host, s.port, s.database)"
    )
    for url, told in ((None, "127.0.0.1 6379 0"), ("redis://10.0.0.1:7000/3", "10.0.0.1 7000 3")):
        environment = {k: v for k, v in os.environ.items() if k != "WSNOTEBOOK_REDIS"}
        environment |= {} if url is None else {"WSNOTEBOOK_REDIS": url}
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == told


async def test_the_settings_work_in_the_process_of_the_server(use, redis_url, arq_worker):
    use(redis_url)
    async with connect(JobChannel, "/jobs") as client:
        ident = await queued(client, "brew", tea="assam")
        assert (await arq_worker(WorkerSettings).burst()).completed == 1
        assert await client.receive_json() == result(ident)
        ident = await queued(client, "brew", tea="assam")  # the layer is still the server's
        assert (await arq_worker(WorkerSettings).burst()).completed == 1
        assert await client.receive_json() == result(ident)


async def test_the_settings_leave_nothing_where_nobody_is_served(
    redis_url, arq_worker, caplog, monkeypatch
):
    monkeypatch.setattr("wsnotebook.apps.jobs._worker._URL", redis_url)
    async with ArqRedis.from_url(redis_url) as redis:
        name = f"{JobChannel.__module__}.JobChannel"
        await redis.enqueue_job(name, "brew", "nobody", {"tea": "assam"})
        assert (await arq_worker(WorkerSettings).burst()).completed == 1
        assert used_layer(None) is None
        assert len(await redis.client_list()) == 1
    assert len(warnings(caplog)) == 1


def test_who_inherits_the_settings_has_all_that_arq_looks_for():
    class Own(WorkerSettings):
        functions = functions_of(Canteen)

    class Burst(Own):
        burst = True

    own = {"functions": Own.functions, "burst": True}
    assert get_kwargs(Burst) == {**get_kwargs(WorkerSettings), **own}


# Setting up


def test_a_queue_shows_no_password():
    assert repr(ArqQueue("redis://:tea-4-two@127.0.0.1:1/0")) == (
        "ArqQueue('redis://:***@127.0.0.1:1/0')"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1", "tea"])
def test_what_is_no_url_of_redis_is_refused(url, use):
    with pytest.raises(ValueError):
        ArqQueue(url)
    with pytest.raises(ValueError):
        use(url)


def test_without_arq_jobs_run_in_memory_and_nowhere_else():
    program = """
import sys
sys.modules["arq"] = None
from wsnotebook import MissingExtra, connect, run
from wsnotebook.apps.jobs import JobChannel, use_jobs

async def main():
    async with connect(JobChannel, "/jobs") as client:
        await client.send_json({"type": "job", "job": "fetch_milk", "payload": {"minutes": 1}})
        for _ in range(4):
            print((await client.receive_json(timeout=61))["type"])

run(main(), virtual_time=True)
try:
    use_jobs("redis://127.0.0.1:1")
except MissingExtra as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    missing = "arq is not installed; run: pip install 'wsnotebook[jobs]'"
    said = ["queuing", "queued", "retrying", "result", missing]
    assert (done.stdout.splitlines(), done.stderr) == (said, "")
