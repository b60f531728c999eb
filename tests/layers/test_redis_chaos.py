"""Anything may be cut at any time: every publication is heard once, or counted once as missed."""

from __future__ import annotations

import asyncio
import random

import pytest
from redis_cuts import LISTENS, SPEAKS, accounted, cut, listening, say

from wsnotebook import RedisLayer


class Chaos:
    """Three publishers, of whom two listen, and what goes wrong between them and Redis."""

    def __init__(self, seed, server, layers):
        self.chance = random.Random(seed)
        self.server = server
        self.layers = layers
        self.tried = 0
        self.saying = []

    async def publish(self, name):
        self.tried += 1
        await say(self.layers[name], f"{name} {self.tried:05}")

    def begin_to_publish(self):
        for name in self.chance.choices(list(self.layers), k=self.chance.randrange(4)):
            count = self.chance.choice([1, 1, 5, 100])
            self.saying += [asyncio.create_task(self.publish(name)) for _ in range(count)]

    async def everybody(self):
        for name in self.layers:
            await self.publish(name)

    async def settle(self):
        await asyncio.gather(*self.saying)

    async def turn(self):
        await asyncio.sleep(0)

    async def cut_listeners(self):
        await cut(self.server.url, LISTENS)

    async def cut_speakers(self):
        await cut(self.server.url, SPEAKS)

    async def cut_all(self):
        await cut(self.server.url)

    async def restart(self):
        self.server.stop()
        await self.everybody()
        self.server.start()

    async def delete(self):
        self.server.clear()

    async def go_wrong(self):
        ways = [self.settle, self.turn, self.cut_listeners, self.cut_speakers, self.cut_all]
        await self.chance.choice([*ways, self.restart, self.delete])()


def assert_in_order(listener, names):
    texts = [text for (text,) in listener.messages]
    assert len(set(texts)) == len(texts)
    for name in names:
        its = [text for text in texts if text.startswith(name)]
        assert its == sorted(its)


@pytest.mark.parametrize("seed", range(4))
async def test_every_publication_is_heard_or_counted_once(seed, redis_server):
    url = redis_server.url
    async with listening(url) as (ann, one), listening(url) as (bob, two):
        layers = {"ann": ann, "bob": bob, "eve": RedisLayer(url)}
        chaos = Chaos(seed, redis_server, layers)
        for _ in range(30):
            chaos.begin_to_publish()
            await chaos.go_wrong()
        await chaos.settle()
        await ann.wait_connected()
        await bob.wait_connected()
        for _ in range(2):
            await chaos.everybody()
            for listener in (one, two):
                await accounted(listener, chaos.tried)
        for listener in (one, two):
            assert_in_order(listener, layers)
