"""What cuts connections to Redis, and the account of what became of each publication."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from in_process import turns
from layers import Listener
from redis.asyncio import Redis

from wsnotebook import LayerLost, RedisLayer
from wsnotebook.layers.redis import _ear

TOPIC = "chat"
LISTENS, SPEAKS = "wsnotebook-listens", "wsnotebook-speaks"


@asynccontextmanager
async def admin(url):
    """A connection from which to look after Redis."""
    client = Redis.from_url(url)
    try:
        yield client
    finally:
        await client.aclose()


async def cut(url, *kinds, but=()):
    """Have Redis end all connections of these kinds, except those of ``but``; return how many."""
    async with admin(url) as client:
        ids = [
            one["id"]
            for one in await client.client_list()
            if one["name"] in (kinds or (LISTENS, SPEAKS)) and one["id"] not in but
        ]
        for one in ids:
            await client.client_kill_filter(_id=one)
    return len(ids)


@asynccontextmanager
async def away(url, layer, monkeypatch):
    """Cut the connections that listen; they do not come back before the end of the block."""
    end, lost = asyncio.Event(), layer.wait_lost()

    async def until_the_end(_seconds):
        await end.wait()

    with monkeypatch.context() as patched:
        patched.setattr(_ear, "_wait", until_the_end)
        await cut(url, LISTENS)
        await lost
        yield
        end.set()
    await layer.wait_connected()


async def ids(url):
    """Return the ids of all connections of layers."""
    async with admin(url) as client:
        found = await client.client_list()
    return {one["id"] for one in found if one["name"] in (LISTENS, SPEAKS)}


@asynccontextmanager
async def listening(url):
    """A layer, as one process has it, and what it hears."""
    layer, listener = RedisLayer(url), Listener()
    await layer.subscribe(TOPIC, listener)
    try:
        yield layer, listener
    finally:
        await layer.aclose()


async def beat(layer):
    """Have a layer show that it lives and ask what it missed, as it does every few seconds."""
    speaker = layer._site.speaker
    beats = speaker._beats
    speaker._next_beat = 0.0
    speaker.wake()
    while speaker._beats == beats:
        await turns(1)
    await layer.members(TOPIC, "")  # which is asked after it


async def say(layer, *texts):
    """Publish each; return how many could not be."""
    lost = 0
    for text in texts:
        try:
            await layer.publish(TOPIC, (text,))
        except LayerLost:
            lost += 1
    return lost


async def accounted(listener, count):
    """Wait until so many are heard or missed; there must be no more."""
    await listener.until(lambda its: len(its.heard) + its.missed >= count)
    assert len(listener.heard) + listener.missed == count
