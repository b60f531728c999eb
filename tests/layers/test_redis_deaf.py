"""Connections that are dead without knowing: nothing comes, and nobody says that nothing will."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from layers import Listener
from redis_cuts import LISTENS, SPEAKS, beat

from wsnotebook import LayerLost, RedisLayer, WaitTimeout


class Proxy:
    """Stands between a layer and Redis, and can let what Redis says vanish."""

    def __init__(self, url):
        self._target = urlsplit(url)
        self._kinds = {}  # of each connection, once it has said its name
        self._frozen = set()
        self.serving = set()
        self.url = ""

    def freeze(self, kind):
        """Let the connections of a kind that there are now hear nothing more."""
        self._frozen |= {one for one, its in self._kinds.items() if its == kind}

    async def serve(self, reader, writer):
        self.serving.add(asyncio.current_task())
        redis, to_redis = await asyncio.open_connection(self._target.hostname, self._target.port)
        down = asyncio.create_task(self._down(redis, writer))
        while data := await reader.read(2**16):
            for kind in (LISTENS, SPEAKS):
                if kind.encode() in data:
                    self._kinds[writer] = kind
            to_redis.write(data)
        down.cancel()
        for one in (writer, to_redis):
            one.close()
            await one.wait_closed()

    async def _down(self, redis, writer):
        while data := await redis.read(2**16):
            if writer not in self._frozen:
                writer.write(data)


@asynccontextmanager
async def proxy(url):
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield proxy
        await asyncio.wait(proxy.serving)  # or what it opened is left open


async def test_a_listener_that_hears_nothing_at_all_connects_again(redis_url):
    listener = Listener()
    async with proxy(redis_url) as between, RedisLayer(redis_url) as other:
        layer = RedisLayer(between.url)
        await layer.subscribe("chat", listener)
        await layer.wait_connected()
        between.freeze(LISTENS)
        await other.publish("chat", ("a",))
        lost = layer.wait_lost()
        for _ in range(2):  # what is asked for the first time will not be heard
            await beat(layer)
        await lost
        await layer.wait_connected()
        assert (listener.heard, listener.gaps) == ([], [1])
        await other.publish("chat", ("b",))
        assert await listener.hears(1) == [("b",)]
        await layer.aclose()


async def test_a_publisher_that_gets_no_answer_is_told_after_its_timeout(redis_url):
    listener = Listener()
    async with proxy(redis_url) as between, RedisLayer(redis_url) as other:
        await other.subscribe("chat", listener)
        layer = RedisLayer(between.url)
        async with layer:
            await layer.publish("chat", ("a",))
            between.freeze(SPEAKS)
            layer._site.speaker._line._timeout = 0.05  # of this connection, no other
            with pytest.raises(LayerLost) as caught:
                await layer.publish("chat", ("b",))
            assert str(caught.value) == (
                f"what was sent to {between.url} may not have arrived: no answer within 0.05 s"
            )
            await layer.publish("chat", ("c",))
        assert await listener.hears(3) == [("a",), ("b",), ("c",)]  # it had arrived, here
        assert listener.gaps == []


async def test_waiting_for_a_connection_has_a_deadline(redis_url):
    layer = RedisLayer(redis_url)
    assert not layer.is_connected
    with pytest.raises(WaitTimeout) as caught:
        await layer.wait_connected(timeout=0)
    assert str(caught.value) == f"{layer!r} was not connected within 0 s"
    async with layer:
        await layer.wait_connected()
        with pytest.raises(WaitTimeout) as caught:
            await layer.wait_lost(timeout=0)
    assert str(caught.value) == f"{layer!r} did not lose its connection within 0 s"
    assert not layer.is_connected
