"""What Redis keeps of publishers: until when, and what a listener makes of it."""

import time

import pytest
from redis_cuts import TOPIC, admin, beat, listening, say

from wsnotebook import RedisLayer

HEADS, ENDED = f"wsnotebook:heads:{TOPIC}", f"wsnotebook:ended:{TOPIC}"
HOUR, DAY = 3600, 86400


def name(age, token):
    """Return the name of a publisher that began so many seconds ago."""
    return f"{int(time.time() - age)}000000-{token}"


async def test_names_that_nobody_renewed_for_a_day_are_forgotten(redis_url):
    alive, dead = name(DAY - HOUR, "alive"), name(DAY + HOUR, "dead")
    async with admin(redis_url) as client, RedisLayer(redis_url) as layer:
        await client.hset(HEADS, mapping={alive: 3, dead: 3, "noise": 3})
        await say(layer, "a")
        names = {key.decode() for key in await client.hkeys(HEADS)}
    assert len(names) == 2
    assert alive in names
    assert names.isdisjoint({dead, "noise"})


@pytest.mark.parametrize(("age", "gaps"), [(HOUR - 60, [5]), (HOUR + 60, [])])
async def test_what_ended_is_told_for_an_hour(age, gaps, redis_url):
    async with listening(redis_url) as (layer, listener), admin(redis_url) as client:
        await client.zadd(ENDED, {f"{name(-60, 'gone')} 5": time.time() - age})
        await beat(layer)
        await say(layer, "a")
        assert await listener.hears(1) == [("a",)]
        assert listener.gaps == gaps
