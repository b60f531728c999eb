"""Connections to Redis that are lost: every publication is heard once, or counted once as missed.

Nothing here waits for a time: a layer tells when it has lost its connection, and when it is back
and knows what it missed.
"""

import asyncio
import signal

import pytest
from in_process import turns
from layers import Listener
from redis import Redis
from redis_cuts import (
    LISTENS,
    SPEAKS,
    TOPIC,
    accounted,
    admin,
    away,
    beat,
    cut,
    ids,
    listening,
    say,
)

from wsnotebook import LayerLost, RedisLayer
from wsnotebook.layers.redis import _speaker
from wsnotebook.layers.redis._line import Line, LineLost

# The listener's connection


async def test_what_is_published_while_a_listener_is_away_is_a_gap(redis_url, monkeypatch):
    async with listening(redis_url) as (layer, listener), RedisLayer(redis_url) as other:
        await say(other, "a")
        await listener.hears(1)
        async with away(redis_url, layer, monkeypatch):
            assert not layer.is_connected
            await say(other, "b", "c", "d")
        assert listener.gaps == [3]
        await say(other, "e")
        await listener.hears(2)
        assert listener.messages == [("a",), ("e",)]
        assert listener.gaps == [3]


async def test_a_listener_that_was_away_while_nothing_was_published_missed_nothing(redis_url):
    async with listening(redis_url) as (layer, listener):
        await say(layer, "a")
        await listener.hears(1)
        lost = layer.wait_lost()
        await cut(redis_url, LISTENS)
        await lost
        await layer.wait_connected()
        await say(layer, "b")
        assert await listener.hears(2) == [("a",), ("b",)]
        assert listener.gaps == []


async def test_a_publisher_that_comes_and_goes_while_a_listener_is_away_is_counted(
    redis_url, monkeypatch
):
    async with listening(redis_url) as (layer, listener):
        async with away(redis_url, layer, monkeypatch):
            for _ in range(3):
                async with RedisLayer(redis_url) as other:
                    await say(other, "x", "y")
        assert (listener.heard, listener.missed) == ([], 6)


async def test_a_listener_that_is_too_slow_for_redis_is_cut_and_counts_what_it_missed(redis_url):
    """Redis ends the connection of a subscriber for whom more waits than it may keep."""
    async with admin(redis_url) as client:
        limits = "client-output-buffer-limit"
        before = (await client.config_get(limits))[limits]
        await client.config_set(limits, "pubsub 1mb 1mb 1")
        try:
            async with listening(redis_url) as (layer, listener):
                # From one command to the next the loop has no time to listen.
                data = "x" * 2**20
                await asyncio.gather(*(say(layer, data) for _ in range(40)))
                await accounted(listener, 40)
                assert listener.missed > 0
        finally:
            await client.config_set(limits, before)


# The publisher's connection


async def test_a_publisher_that_was_cut_between_two_publications_loses_nothing(redis_url):
    async with listening(redis_url) as (_, listener), RedisLayer(redis_url) as other:
        await say(other, "a")
        await listener.hears(1)
        await cut(redis_url, SPEAKS)
        assert await say(other, "b") == 0
        assert await listener.hears(2) == [("a",), ("b",)]
        assert listener.gaps == []


async def test_a_publisher_that_was_cut_while_its_loop_was_busy_loses_nothing(redis_url):
    async with RedisLayer(redis_url) as layer:
        await say(layer, "a")
        with Redis.from_url(redis_url) as client:  # which blocks
            [speaks] = [one["id"] for one in client.client_list() if one["name"] == SPEAKS]
            client.client_kill_filter(_id=speaks)
        assert await say(layer, "b") == 0


async def test_a_publisher_that_is_cut_meanwhile_uses_up_its_numbers(redis_server):
    url, process = redis_server.url, redis_server._process
    async with listening(url) as (_, listener), RedisLayer(url) as other, admin(url) as client:
        await say(other, "a")
        clients = [one["id"] for one in await client.client_list() if one["name"] == SPEAKS]
        process.send_signal(signal.SIGSTOP)  # so that all are on their way when it is cut
        cutting = [asyncio.create_task(client.client_kill_filter(_id=one)) for one in clients]
        await turns()
        saying = [asyncio.create_task(say(other, "b")) for _ in range(10)]
        await turns()
        process.send_signal(signal.SIGCONT)
        await asyncio.gather(*cutting, *saying)
        assert await say(other, "c") == 0
        await listener.until(lambda its: ("c",) in its.messages)
        await accounted(listener, 12)


async def test_what_may_have_arrived_is_told_from_what_has_not(redis_server):
    async with listening(redis_server.url) as (layer, listener):
        await say(layer, "here")
        redis_server._process.send_signal(signal.SIGSTOP)
        saying = asyncio.create_task(layer.publish(TOPIC, ("a",)))
        await turns()
        redis_server.stop()
        with pytest.raises(LayerLost) as first:
            await saying
        assert str(first.value) == (
            f"what was sent to {redis_server.url} may not have arrived: {first.value.reason}"
        )
        with pytest.raises(LayerLost) as second:
            await layer.publish(TOPIC, ("b",))
        assert str(second.value).startswith(f"nothing arrived at {redis_server.url}: ")
        assert (first.value.may_have_arrived, second.value.may_have_arrived) == (True, False)
        redis_server.start()
        await layer.wait_connected()
        await accounted(listener, 3)


# Redis itself


async def test_redis_is_killed_and_started_again_empty(redis_server):
    url = redis_server.url
    async with listening(url) as (ann, one), listening(url) as (bob, two):
        await say(ann, "a")
        await asyncio.gather(one.hears(1), two.hears(1))
        redis_server.stop()
        assert await say(ann, "b", "c") == 2
        assert await say(bob, "d") == 1
        assert not ann.is_connected
        redis_server.start()
        for layer, listener in ((ann, one), (bob, two)):
            await layer.wait_connected()
            await accounted(listener, 4)
        assert await say(bob, "e") == await say(ann, "f") == 0
        for listener in (one, two):
            await listener.until(lambda its: len(its.heard) == 3)
            await accounted(listener, 6)


async def test_a_publisher_that_listens_to_nothing_tells_when_it_speaks_again(redis_server):
    async with listening(redis_server.url) as (layer, listener):
        other = RedisLayer(redis_server.url)
        redis_server.stop()
        assert await say(other, "a", "b") == 2
        redis_server.start()
        await layer.wait_lost()
        await layer.wait_connected()
        assert listener.gaps == []
        await say(other, "c")
        assert await listener.hears(1) == [("c",)]
        assert listener.gaps == [2]


async def test_a_publisher_that_has_members_tells_when_redis_is_back(redis_server):
    url = redis_server.url
    async with listening(url) as (_, listener), listening(url) as (_, another):
        other = RedisLayer(url)
        redis_server.stop()
        await other.join(TOPIC, "tea", "ann")
        assert await say(other, "a", "b") == 2  # Redis has never heard of it
        redis_server.start()
        await other.wait_connected()
        for one in (listener, another):
            await accounted(one, 2)
        assert await say(other, "c") == 0
        for one in (listener, another):
            assert await one.hears(1) == [("c",)]
            assert one.gaps == [2]
        await other.aclose()


async def test_a_publication_waits_for_one_attempt_to_connect(redis_url, monkeypatch):
    attempts = []

    async def fail_once(line):
        attempts.append(line)
        if len(attempts) > 1:
            await asyncio.Event().wait()
        raise LineLost("there is nothing")

    monkeypatch.setattr(Line, "open", fail_once)
    layer = RedisLayer(redis_url)
    layer._site.is_held = True
    with pytest.raises(LayerLost, match=r": there is nothing$"):
        async with asyncio.timeout(10):
            await layer.publish(TOPIC, ("x",))
    layer._site.speaker._task.cancel()


async def test_who_came_after_redis_lost_its_data_missed_nothing_before(redis_server):
    async with RedisLayer(redis_server.url) as other:
        await say(other, "a", "b")
        redis_server.stop()
        redis_server.start()
        async with listening(redis_server.url) as (_, listener):
            assert await say(other, "c") == 0
            assert await listener.hears(1) == [("c",)]
            assert listener.gaps == []


async def test_data_that_is_deleted_under_the_connections_loses_nothing(redis_url):
    async with listening(redis_url) as (layer, listener), admin(redis_url) as client:
        await layer.join(TOPIC, "tea", "ann")
        await say(layer, "a")
        await client.flushall()
        assert await say(layer, "b") == 0
        assert await listener.hears(2) == [("a",), ("b",)]
        assert listener.gaps == []
        assert await layer.members(TOPIC, "tea") == {"ann"}


async def test_a_publication_that_redis_refuses_is_told_and_counted(redis_url):
    async with listening(redis_url) as (layer, listener), admin(redis_url) as client:
        await say(layer, "a")
        await client.config_set("maxmemory", 1)
        try:
            with pytest.raises(LayerLost, match=r"^nothing arrived at .*: .*'maxmemory'"):
                await layer.publish(TOPIC, ("b",))
        finally:
            await client.config_set("maxmemory", 0)
        await say(layer, "c")
        await listener.hears(2)
        await accounted(listener, 3)


# Members


async def test_members_are_made_anew_after_redis_lost_its_data(redis_server):
    async with listening(redis_server.url) as (layer, _):
        rooms = [f"room {number}" for number in range(3000)]
        await asyncio.gather(*(layer.join(TOPIC, room, "ann") for room in rooms))
        redis_server.stop()
        await layer.wait_lost()
        await layer.join(TOPIC, "tea", "bob")
        await layer.leave(TOPIC, "room 0", "ann")
        redis_server.start()
        await layer.wait_connected()
        assert await layer.members(TOPIC, "tea") == {"bob"}
        assert await layer.members(TOPIC, "room 0") == frozenset()
        for room in rooms[1::500]:
            assert await layer.members(TOPIC, room) == {"ann"}


async def test_members_are_made_anew_as_soon_as_a_beat_finds_them_gone(redis_url, monkeypatch):
    layer = RedisLayer(redis_url)
    await layer.join(TOPIC, "tea", "ann")
    async with admin(redis_url) as client, RedisLayer(redis_url) as other:
        await client.flushall()
        assert await other.members(TOPIC, "tea") == frozenset()
        monkeypatch.setattr(_speaker, "_BEAT", 1000.0)
        await beat(layer)
        async with asyncio.timeout(10):
            while await other.members(TOPIC, "tea") != {"ann"}:
                pass
    await layer.aclose()


async def test_members_of_a_process_that_died_are_forgotten(redis_url):
    dead, alive = RedisLayer(redis_url), RedisLayer(redis_url)
    await dead.join(TOPIC, "tea", "ann")
    await alive.join(TOPIC, "tea", "bob")
    assert await alive.members(TOPIC, "tea") == {"ann", "bob"}
    async with admin(redis_url) as client:
        await client.delete(dead._site.keys.process(dead._site.speaker.process))  # as time does
        assert await alive.members(TOPIC, "tea") == {"bob"}
        assert await client.hlen(dead._site.keys.room(TOPIC, "tea")) == 1
    await dead.aclose()
    await alive.aclose()


async def test_every_connection_is_ended_when_nobody_needs_it(redis_url):
    layer, listener = RedisLayer(redis_url), Listener()
    await layer.subscribe(TOPIC, listener)
    assert len(await ids(redis_url)) == 2
    await layer.unsubscribe(TOPIC, listener)
    await layer.members(TOPIC, "tea")
    await layer.aclose()
    assert await ids(redis_url) == set()
