"""Which topics are listened to: what ``wsnotebook publish`` asks a RedisLayer."""

from __future__ import annotations

import pytest

from wsnotebook.errors import LayerLost
from wsnotebook.layers.redis import RedisLayer


def deaf(what):
    """Listen, and do nothing."""


async def test_topics_are_told_with_how_many_processes_listen(redis_url):
    async with RedisLayer(redis_url) as one, RedisLayer(redis_url) as another:
        assert await one.topics() == {}
        await one.subscribe("shop.Tea:ünd", deaf)
        await one.subscribe("shop.Chat", deaf)
        await another.subscribe("shop.Chat", deaf)
        assert await one.topics() == {"shop.Chat": 2, "shop.Tea:ünd": 1}
        await another.unsubscribe("shop.Chat", deaf)
        await one.unsubscribe("shop.Tea:ünd", deaf)
        assert await another.topics() == {"shop.Chat": 1}


@pytest.mark.parametrize("prefix", ["*", "[ab]", "\\", "?"])
async def test_those_of_other_prefixes_and_databases_are_not(redis_url, prefix):
    async with (
        RedisLayer(redis_url, prefix=prefix) as one,
        RedisLayer(redis_url, prefix="a") as another,
        RedisLayer(redis_url + "/1", prefix=prefix) as elsewhere,
    ):
        for layer in (one, another, elsewhere):
            await layer.subscribe("shop.Chat", deaf)
        await one.subscribe("shop.Own", deaf)
        assert await one.topics() == {"shop.Chat": 1, "shop.Own": 1}
        assert await another.topics() == await elsewhere.topics() == {"shop.Chat": 1}


async def test_they_cannot_be_known_without_redis():
    with pytest.raises(LayerLost, match=r"^nothing arrived at redis://127\.0\.0\.1:1: "):
        await RedisLayer("redis://127.0.0.1:1").topics()
