"""A room over several processes of ``wsnotebook serve`` and a real Redis."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from served import CHAT, connect, process_of, serving, stopped
from served_chat import Chat

from wsnotebook import Closed
from wsnotebook.channel._signals import LAYER_LOST
from wsnotebook.layers import use_layer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes know no signals")
ROOM = "/rooms/tea"


@pytest.fixture
def layer(redis_url):
    """Let this process take part in what the servers share."""
    use_layer(redis_url)
    yield redis_url
    use_layer(None)


@asynccontextmanager
async def two_servers(folder, url):
    """Serve in two processes, and connect a client to each."""
    async with (
        serving(folder, CHAT, "--layer", url) as first,
        serving(folder, CHAT, "--layer", url) as second,
        connect(first.url + ROOM, name="ann") as ann,
        connect(second.url + ROOM, name="bob") as bob,
    ):
        assert [await process_of(ann), await process_of(bob)] == [first.pid, second.pid]
        yield ann, bob


@asynccontextmanager
async def two_workers(folder, url):
    """Serve by two workers, and connect a client to each."""
    async with (
        serving(folder, CHAT, "--workers", "2", "--layer", url) as server,
        connect(server.url + ROOM, name="ann") as ann,
        AsyncExitStack() as stack,
    ):
        anns = await process_of(ann)
        with stopped(anns):  # so the other worker has to answer
            bob = await stack.enter_async_context(connect(server.url + ROOM, name="bob"))
            bobs = await process_of(bob)
        assert len({server.pid, anns, bobs}) == 3
        yield server, ann, bob, anns, bobs


async def test_a_room_spans_two_processes(tmp_path, redis_url):
    async with two_servers(tmp_path, redis_url) as (ann, bob):
        await ann.send("from ann")
        assert [await one.receive() for one in (ann, bob)] == ["from ann"] * 2
        await bob.send("from bob")
        assert [await one.receive() for one in (ann, bob)] == ["from bob"] * 2


async def test_a_room_spans_two_workers_and_no_other_room_hears_it(tmp_path, redis_url):
    async with (
        two_workers(tmp_path, redis_url) as (server, ann, bob, _, _),
        connect(server.url + "/rooms/milk") as cat,
    ):
        await process_of(cat)
        await ann.send("tea?")
        assert [await one.receive() for one in (ann, bob)] == ["tea?"] * 2
        await cat.send("milk?")
        assert await cat.receive() == "milk?"


async def test_a_killed_worker_loses_no_message_for_clients_of_the_other(tmp_path, layer):
    numbers = [str(number) for number in range(1, 301)]
    async with (
        two_workers(tmp_path, layer) as (server, ann, bob, anns, bobs),
        AsyncExitStack() as stack,
    ):
        for number in numbers[:100]:
            await Chat.broadcast(number, room="tea")
        assert [await ann.receive() for _ in range(50)] == numbers[:50]
        os.kill(anns, signal.SIGKILL)
        for number in numbers[100:]:
            await Chat.broadcast(number, room="tea")
        assert [await bob.receive() for _ in numbers] == numbers
        await ann.wait_for_close(1006)

        line = await server.line()
        new = int(line.rpartition("; worker ")[2].partition(" ")[0])
        assert line == (f"worker {anns} ended with SIGKILL; worker {new} listens in its place")
        with stopped(bobs):
            cat = await stack.enter_async_context(connect(server.url + ROOM, name="cat"))
            assert await process_of(cat) == new
        await cat.send("after")
        assert [await one.receive() for one in (bob, cat)] == ["after"] * 2


async def test_what_a_client_of_the_killed_worker_heard_of_itself_the_others_heard(
    tmp_path, redis_url
):
    async with two_workers(tmp_path, redis_url) as (_, ann, bob, anns, _):
        for number in range(100):
            await ann.send(str(number))
        heard = [await ann.receive() for _ in range(50)]
        os.kill(anns, signal.SIGKILL)
        with pytest.raises(Closed):
            while True:
                heard.append(await ann.receive())
        assert [await bob.receive() for _ in heard] == heard
        await bob.send("on")
        while (message := await bob.receive()) != "on":  # what ann did not hear any more
            heard.append(message)
        assert heard == [str(number) for number in range(len(heard))]


# Redis away


async def test_redis_stopped_during_traffic_and_started_again(tmp_path, redis_server):
    async with two_servers(tmp_path, redis_server.url) as (ann, bob):
        for number in range(1, 101):
            await ann.send(str(number))
        await ann.wait_for_message("20")
        redis_server.stop()
        await ann.send("101")
        await ann.wait_for_message({"type": "error"})  # whoever loses a message is told

        redis_server.start()
        for one in (ann, bob):
            await one.send("connected?")
            await one.wait_for_message({"missed": 0})
        for number in range(102, 151):
            await ann.send(str(number))
        for one in (ann, bob):
            heard, missed, lost = await received(one, 150)
            assert heard == sorted(set(heard))
            assert heard[:20] == list(range(1, 21))
            assert heard[-49:] == list(range(102, 151))
            assert missed >= 1
            assert bool(lost) is (one is ann)


async def received(client, count):
    """Receive until so many messages were heard or missed; return those, and how many errors."""
    heard, missed, lost = [], 0, 0
    while len(heard) + missed < count:
        message = json.loads(await client.receive())
        if isinstance(message, int):
            heard.append(message)
        elif "missed" in message:
            missed += message["missed"]
        else:
            assert message == json.loads(LAYER_LOST)
            lost += 1
    assert len(heard) + missed == count
    return heard, missed, lost
