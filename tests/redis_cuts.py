"""What cuts connections to Redis, and the account of what became of each publication."""

from __future__ import annotations

from contextlib import asynccontextmanager

from layers import Listener
from redis.asyncio import Redis

from wsnotebook import LayerLost, RedisLayer

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
