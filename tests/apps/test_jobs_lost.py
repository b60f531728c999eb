"""Jobs in this process, when something or somebody is gone: Redis, the layer, the client.

What is lost with a real Redis is tests/apps/test_jobs_on_arq.py.
"""

from __future__ import annotations

import asyncio

import pytest
from job_clients import job, logged, queued

from wsnotebook import connect
from wsnotebook.apps.jobs import Job, JobChannel, MemoryQueue
from wsnotebook.errors import LayerLost
from wsnotebook.layers import Gap
from wsnotebook.layers.memory import MemoryLayer


class LostQueue(MemoryQueue):
    def __init__(self, *, may_have_arrived):
        super().__init__()
        self.may_have_arrived = may_have_arrived

    async def put(self, order):
        raise LayerLost("the queue", "unplugged", may_have_arrived=self.may_have_arrived)


@pytest.mark.parametrize(("may_have_arrived", "how"), [(False, "is not"), (True, "may not be")])
async def test_a_lost_queue_is_told(caplog, may_have_arrived, how):
    class Lost(JobChannel):
        queue = LostQueue(may_have_arrived=may_have_arrived)

    async with connect(Lost, "/jobs") as client:
        await client.send_json(job("brew", tea="assam"))
        assert (await client.receive_json())["type"] == "queuing"
        told = f"job 'brew' {how} queued: Redis cannot be reached"
        assert await client.receive_json() == {"type": "error", "message": told}
        await client.receive_nothing()
    lost = LayerLost("the queue", "unplugged", may_have_arrived=may_have_arrived)
    assert logged(caplog) == [("WARNING", f"job ID: {lost}")]


class LossyLayer(MemoryLayer):
    """Loses what a test says."""

    loses = ()

    async def subscribe(self, topic, listener):
        await super().subscribe(topic, listener)
        self.listener = listener

    async def members(self, topic, room):
        if "members" in self.loses:
            raise LayerLost("a layer", "unplugged", may_have_arrived=True)
        return await super().members(topic, room)

    async def publish(self, *args, **options):
        if "publish" in self.loses:
            raise LayerLost("a layer", "unplugged")
        await super().publish(*args, **options)


async def test_no_job_is_queued_whose_result_could_not_come_back():
    class Lost(JobChannel):
        layer = LossyLayer()

    async with connect(Lost, "/jobs") as client:
        Lost.layer.loses = ("members",)
        await client.send_json(job("brew", tea="assam"))
        told = "job 'brew' is not queued: Redis cannot be reached"
        assert (await client.receive_all_json())[1:] == [{"type": "error", "message": told}]
        Lost.layer.loses = ()
        await queued(client, "brew", tea="assam")


async def test_what_cannot_be_told_is_logged(caplog):
    class Lost(JobChannel):
        layer = LossyLayer()

    async with connect(Lost, "/jobs") as client:
        Lost.layer.loses = ("publish",)
        ident = await queued(client, "brew", tea="assam")
        await client.receive_nothing()
    text = f"type='result' id='{ident}' result='a pot of assam'"
    lost = LayerLost("a layer", "unplugged")
    assert logged(caplog) == [("ERROR", f"job ID: its client cannot be told: {text} ({lost})")]


async def test_who_cannot_be_looked_for_is_told_all_the_same():
    class Lost(JobChannel):
        layer = LossyLayer()

    async def lose(ctx):
        Lost.layer.loses = ("members",)

    Lost.jobs = (Job(lose),)
    async with connect(Lost, "/jobs") as client:
        ident = await queued(client, "lose")
        assert await client.receive_json() == {"type": "result", "id": ident, "result": None}


async def test_who_missed_something_is_told():
    class Lost(JobChannel):
        layer = LossyLayer()

    async with connect(Lost, "/jobs") as client:
        await client.settle()
        Lost.layer.listener(Gap(2))
        assert await client.receive_json() == {"type": "missed", "count": 2}


# Who is gone


@pytest.mark.virtual_time
async def test_a_client_that_has_gone_is_not_told_and_the_log_says_so(ws_connect, caplog):
    ann, bob = await ws_connect(JobChannel, "/jobs"), await ws_connect(JobChannel, "/jobs")
    ident = await queued(ann, "brew", tea="assam", minutes=3)
    await ann.close()
    await bob.receive_nothing(during=200)
    text = f"type='result' id='{ident}' result='a pot of assam'"
    expected = f"job ID: its client has gone and is not told: {text}"
    assert logged(caplog) == [("WARNING", expected)]


async def stare(ctx):
    await asyncio.Event().wait()


class Kitchen(JobChannel):
    jobs = (Job(stare, timeout=60),)


@pytest.mark.virtual_time
async def test_jobs_in_memory_end_with_the_last_client_and_the_log_says_so(ws_connect, caplog):
    ann, bob = await ws_connect(JobChannel, "/jobs"), await ws_connect(JobChannel, "/jobs")
    await queued(ann, "fetch_milk", minutes=60)
    eve = await ws_connect(Kitchen, "/jobs", timeout=100)
    await queued(eve, "stare")
    await ann.close()
    await bob.settle()
    assert logged(caplog) == []
    await bob.close()
    await eve.settle()
    assert logged(caplog) == [("WARNING", "job ID: dropped, for the last client has gone")]
    assert (await eve.receive_json())["type"] == "failed"  # another class, another end


async def test_jobs_in_memory_on_another_loop_go_on(caplog):
    async def elsewhere():
        async with connect(JobChannel, "/jobs") as bob:
            await queued(bob, "brew", tea="sencha", minutes=60)

    dropped = ("WARNING", "job ID: dropped, for the last client has gone")
    async with connect(JobChannel, "/jobs") as ann:
        await queued(ann, "brew", tea="assam", minutes=60)
        await asyncio.to_thread(asyncio.run, elsewhere())
        assert logged(caplog) == [dropped]
    assert logged(caplog) == [dropped, dropped]
