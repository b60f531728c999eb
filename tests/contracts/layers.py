"""The layers that the contract is for, and a listener that can be waited for."""

from __future__ import annotations

import asyncio

from wsnotebook import MemoryLayer, RedisLayer
from wsnotebook.layers import Gap, Publication

__all__ = ["LAYERS", "Listener", "MemoryWay", "RedisWay"]


class Listener:
    """Keeps what it is told."""

    def __init__(self):
        self.heard: list[Publication] = []
        self.gaps: list[int] = []
        self._told = asyncio.Event()

    def __call__(self, what):
        if isinstance(what, Gap):
            self.gaps.append(what.missed)
        else:
            self.heard.append(what)
        self._told.set()

    async def until(self, test):
        """Wait until ``test`` holds of this listener."""
        async with asyncio.timeout(10):
            while not test(self):
                self._told.clear()
                await self._told.wait()

    async def hears(self, count):
        """Wait for so many publications; return what they carry."""
        await self.until(lambda its: len(its.heard) >= count)
        return self.messages

    @property
    def messages(self):
        return [publication.messages for publication in self.heard]

    @property
    def missed(self):
        return sum(self.gaps)


class MemoryWay:
    """A memory layer: all who share it are in one process."""

    def __init__(self, request):
        self._layer = MemoryLayer()

    def again(self):
        """Return the layer as another process has it."""
        return self._layer

    def apart(self):
        """Return a layer that is another publisher, on the same topics if that can be."""
        return MemoryLayer()

    async def close(self):
        pass


class RedisWay:
    """A Redis layer: each object has connections of its own, as in another process."""

    def __init__(self, request):
        self._url = request.getfixturevalue("redis_url")
        self._made = []

    def again(self):
        self._made.append(RedisLayer(self._url))
        return self._made[-1]

    apart = again

    async def close(self):
        for layer in self._made:
            await layer.aclose()


LAYERS = {"memory": MemoryWay, "redis": RedisWay}
