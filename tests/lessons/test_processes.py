"""What lessons start: the same with Redis and without, and nothing is left in the end."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from wsnotebook import MissingExtra, SetupError, Timeline, connect
from wsnotebook.apps import JobChannel
from wsnotebook.layers import use_layer, used_layer
from wsnotebook.lessons import _kept, processes
from wsnotebook.lessons.processes import (
    end_all,
    serve_twice,
    start_layer,
    start_queue,
    with_short_ids,
)

ROOM = """
from wsnotebook import Channel


class TeaRoom(Channel):
    async def on_connect(self):
        await self.join("tea")
        await self.send("welcome")

    async def on_message(self, message):
        await self.broadcast(message, room="tea", exclude=self)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tea_room.py").write_text(ROOM, "utf-8")
    return str(tmp_path)


@pytest.fixture
async def ended():
    """End everything after the test, whatever becomes of it."""
    yield
    await end_all()


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """A machine without Redis."""
    monkeypatch.delenv("WSNOTEBOOK_REDIS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def redis(monkeypatch, redis_url):
    """A machine with a Redis that somebody has started."""
    monkeypatch.setenv("WSNOTEBOOK_REDIS", redis_url)
    return redis_url


@pytest.fixture(params=["memory", "redis"])
def either(request):
    """A machine without Redis, then one with."""
    return request.getfixturevalue(request.param)


def missing(package):
    """Return a function that needs ``package`` for any URL, which is not installed."""

    def fails(url):
        if url is not None:
            raise MissingExtra(package, "jobs")

    return fails


@asynccontextmanager
async def enter(process, name):
    async with connect(process.url, name=name) as client:
        assert await client.receive() == "welcome"
        yield client


# The layer


async def test_without_redis_the_layer_is_memory(memory, ended):
    assert await start_layer() == "memory://"
    assert repr(await start_queue()) == "<jobs in memory>"


async def test_a_redis_that_somebody_has_started_is_used(redis, ended):
    assert await start_layer() == redis
    assert repr(await start_queue()) == "<jobs in Redis>"


async def test_without_redis_py_the_layer_is_memory(redis, ended, monkeypatch):
    monkeypatch.setattr(processes, "layer_of", missing("redis"))
    assert await start_layer() == "memory://"


async def test_without_arq_jobs_are_held_in_memory(redis, ended, monkeypatch):
    monkeypatch.setattr(processes, "use_jobs", missing("arq"))
    assert repr(await start_queue()) == "<jobs in memory>"


async def test_a_redis_of_its_own_is_started_once_and_ended(monkeypatch, redis_url, ended):
    monkeypatch.delenv("WSNOTEBOOK_REDIS", raising=False)
    url = await start_layer()
    assert url == await start_layer() != redis_url
    assert url.startswith("redis://127.0.0.1:")
    ended_ones = []
    monkeypatch.setattr(
        _kept.Kept, "end", lambda kept, end=_kept.Kept.end: ended_ones.append(end(kept))
    )
    await end_all()
    assert len(ended_ones) == 1


# Servers


async def test_without_a_layer_the_other_process_hears_nothing(folder, ended):
    one, two = await serve_twice("tea_room:TeaRoom", folder=folder)
    async with enter(one, "ann") as ann, enter(one, "cleo") as cleo, enter(two, "ben") as ben:
        await ann.send("psst")
        assert await cleo.receive() == "psst"
        await ben.receive_nothing()


async def test_with_a_layer_the_other_process_hears(either, folder, ended):
    one, two = await serve_twice("tea_room:TeaRoom", folder=folder, layer=await start_layer())
    async with enter(one, "ann") as ann, enter(two, "ben") as ben:
        await ann.send("psst")
        assert await ben.receive() == "psst"
        await ann.receive_nothing()


async def test_in_memory_they_have_nothing_in_common_but_the_layer(memory, folder, ended):
    one, two = await serve_twice("tea_room:TeaRoom", folder=folder, layer=await start_layer())
    first, second = (process._stop.__self__.target.channel for process in (one, two))
    assert first is not second
    assert first.__qualname__ == second.__qualname__ == "TeaRoom"
    async with enter(one, "ann"):
        assert (len(first.connections), len(second.connections)) == (1, 0)


async def test_serving_again_ends_what_was_served(memory, folder, ended):
    layer = await start_layer()
    one, two = await serve_twice("tea_room:TeaRoom", folder=folder, layer=layer)
    assert repr((one, two)) == "(<process 1: serving>, <process 2: serving>)"
    async with enter(one, "ann") as ann:
        again, _ = await serve_twice("tea_room:TeaRoom", folder=folder, layer=layer)
        assert repr((one, two, again)) == (
            "(<process 1: ended>, <process 2: ended>, <process 1: serving>)"
        )
        assert (await ann.wait_for_close()).code == 1012
        await one.stop()


async def test_what_cannot_be_served_is_told(folder, ended):
    with pytest.raises(SetupError) as caught:
        await serve_twice("tea_room:CoffeeRoom", folder=folder)
    assert "serve tea_room:CoffeeRoom --port 0 does not start; it says:\n" in str(caught.value)
    assert "CoffeeRoom" in str(caught.value).partition("it says:")[2]


async def test_what_cannot_be_served_is_told_in_memory_too(folder, ended):
    with pytest.raises(SetupError) as caught:
        await serve_twice("tea_room:CoffeeRoom", folder=folder, layer="memory://")
    assert str(caught.value) == (
        "tea_room:CoffeeRoom cannot be served: "
        "AttributeError(\"module 'tea_room' has no attribute 'CoffeeRoom'\")"
    )


async def test_a_file_that_is_gone_is_told(folder, ended):
    with pytest.raises(SetupError) as caught:
        await serve_twice("coffee_room:CoffeeRoom", folder=folder)
    path = Path(folder, "coffee_room.py")
    assert str(caught.value) == (
        f"there is no {path}: run the cell that writes 'coffee_room.py' again"
    )


# Jobs


async def ask(client, job, **payload):
    """Ask for a job, which is queued and not begun."""
    await client.send_json({"type": "job", "job": job, "payload": payload})
    for kind in ("queuing", "queued"):
        assert (await client.receive_json())["type"] == kind
    await client.receive_nothing()


async def test_a_job_waits_for_a_worker(either, ended):
    queue = await start_queue()
    async with connect(JobChannel, "/jobs") as client:
        await ask(client, "fetch_milk")
        await queue.work()
        assert (await client.receive_json())["attempt"] == 2
        assert (await client.receive_json())["result"] == "milk from shop 2"
        await queue.work()
        await client.receive_nothing()


async def test_in_memory_nobody_works_for_those_who_have_gone(memory, ended, caplog):
    queue = await start_queue()
    async with connect(JobChannel, "/jobs") as client:
        await ask(client, "brew", tea="assam")
    await queue.work()
    assert caplog.records == []


async def test_a_worker_that_fails_is_told(redis, ended, monkeypatch):
    queue = await start_queue()
    monkeypatch.setattr(queue, "_url", "nonsense://")
    with pytest.raises(SetupError, match=r"(?s)WorkerSettings --burst failed; it says:\n.*Error"):
        await queue.work()


def test_ids_become_numbers_in_the_order_of_their_appearance():
    timeline = Timeline()
    ids = ["ab" * 16, "01" * 16, "ab" * 16]
    for time, ident in enumerate(ids):
        data = json.dumps({"id": ident, "more": "f" * 33})
        timeline.record(time, "ann", "message", "received", data)
    assert [json.loads(event.data)["id"] for event in with_short_ids(timeline)] == ["1", "2", "1"]
    assert {json.loads(event.data)["more"] for event in with_short_ids(timeline)} == {"f" * 33}


# The end


async def test_in_the_end_channels_are_as_they_were(memory, folder):
    use_layer(await start_layer())
    await start_queue()
    assert JobChannel.queue is not None
    await end_all()
    assert (used_layer(None), JobChannel.queue) == (None, None)
    assert (processes._serving, processes._redis) == ([], {})
    await end_all()
