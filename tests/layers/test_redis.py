"""A RedisLayer as an object: how it is made, whom it shares Redis with, when it is connected."""

import asyncio
import gc
import sys
from contextvars import ContextVar

import pytest
from layers import Listener
from redis_cuts import admin, ids

from wsnotebook import LayerLost, MissingExtra, RedisLayer, SetupError, run
from wsnotebook.layers.redis import _line


def test_a_password_is_not_shown():
    layer = RedisLayer("redis://ann:secret@127.0.0.1:1/0")
    assert repr(layer) == "RedisLayer('redis://ann:***@127.0.0.1:1/0')"


async def test_a_password_is_not_told_by_errors():
    with pytest.raises(LayerLost) as caught:
        await RedisLayer("redis://ann:secret@127.0.0.1:1/0").publish("chat", ("x",))
    assert caught.value.layer == "redis://ann:***@127.0.0.1:1/0"
    assert "secret" not in str(caught.value)


def test_under_virtual_time_it_says_what_to_use_instead():
    layer = RedisLayer("redis://ann:secret@127.0.0.1:1/0")
    with pytest.raises(SetupError) as caught:
        run(layer.publish("chat", ("x",)), virtual_time=True)
    assert str(caught.value) == (
        "'redis://ann:***@127.0.0.1:1/0' is on a network, and virtual time jumps over its delays; "
        "let the layer be 'memory://' there"
    )


def test_what_is_no_url_of_redis_is_refused():
    with pytest.raises(ValueError, match="Redis URL must specify one of the following schemes"):
        RedisLayer("http://127.0.0.1")


def test_an_option_of_the_url_that_redis_py_does_not_know_is_refused():
    with pytest.raises(ValueError) as caught:
        RedisLayer("redis://ann:secret@127.0.0.1/0?tea=1")
    assert str(caught.value).startswith("'redis://ann:***@127.0.0.1/0?tea=1' is no URL of Redis: ")
    assert "'tea'" in str(caught.value)


@pytest.mark.parametrize("value", ["tea=1", "timeout=1", "ssl_cert_reqs=tea"])
def test_what_would_fail_at_the_first_connection_fails_at_once(value):
    with pytest.raises(ValueError, match=r"^'rediss://127\.0\.0\.1\?.*' is no URL of Redis: "):
        RedisLayer(f"rediss://127.0.0.1?{value}")


@pytest.mark.parametrize(
    ("timeout", "error"),
    [(0, ValueError), (-1.0, ValueError), (float("nan"), ValueError), (float("inf"), ValueError),
     (None, TypeError), ("5", TypeError), (True, TypeError)],
)  # fmt: skip
def test_a_timeout_that_is_none_is_refused(timeout, error):
    with pytest.raises(error) as caught:
        RedisLayer(timeout=timeout)
    text = f"timeout must be a finite number of seconds above 0, not {timeout!r}"
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "option",
    ["decode_responses=True", "encoding=utf-16", "protocol=3", "socket_timeout=0.000001"],
)
async def test_options_that_are_for_others_change_nothing(option, redis_url):
    listener, layer = Listener(), RedisLayer(f"{redis_url}?{option}")
    await layer.subscribe("chat", listener)
    await layer.publish("chat", ("é", b"\xff"))
    assert await listener.hears(1) == [("é", b"\xff")]
    await layer.aclose()


def test_without_redis_py_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, _line.__name__, None)
    with pytest.raises(MissingExtra) as caught:
        RedisLayer()
    assert str(caught.value) == "redis is not installed; run: pip install 'wsnotebook[redis]'"


async def test_entering_where_there_is_no_redis_says_so_and_leaves_nothing():
    before = asyncio.all_tasks()
    with pytest.raises(LayerLost, match=r"^nothing arrived at redis://127\.0\.0\.1:1: "):
        async with RedisLayer("redis://127.0.0.1:1"):
            pass
    assert asyncio.all_tasks() == before


async def test_a_listener_that_cannot_listen_is_told_and_forgotten():
    layer, before = RedisLayer("redis://127.0.0.1:1"), asyncio.all_tasks()
    for _ in range(2):
        with pytest.raises(LayerLost):
            await layer.subscribe("chat", print)
    assert asyncio.all_tasks() == before


async def test_a_subscription_that_is_cancelled_leaves_nothing(redis_url):
    layer, before = RedisLayer(redis_url), asyncio.all_tasks()
    subscribing = asyncio.create_task(layer.subscribe("chat", print))
    await asyncio.sleep(0)
    subscribing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await subscribing
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("how", ["unsubscribe", "aclose"])
async def test_a_subscription_that_is_ended_before_it_began_is_told_so(how, redis_url):
    layer, before = RedisLayer(redis_url), asyncio.all_tasks()
    subscribing = [asyncio.create_task(layer.subscribe("chat", print)) for _ in range(2)]
    await asyncio.sleep(0)
    await (layer.aclose() if how == "aclose" else layer.unsubscribe("chat", print))
    for one in subscribing:
        with pytest.raises(LayerLost) as caught:
            await one
        reason = "listening was ended before it began"
        assert str(caught.value) == f"nothing arrived at {redis_url}: {reason}"
    assert asyncio.all_tasks() == before


async def test_one_that_was_ended_before_it_began_does_not_end_the_next(redis_url):
    listener, layer = Listener(), RedisLayer(redis_url)
    subscribing = asyncio.create_task(layer.subscribe("chat", listener))
    await asyncio.sleep(0)
    ending = asyncio.create_task(layer.unsubscribe("chat", listener))
    await asyncio.gather(layer.subscribe("chat", listener), ending)
    with pytest.raises(LayerLost):
        await subscribing
    await layer.publish("chat", ("x",))
    assert await listener.hears(1) == [("x",)]
    await layer.aclose()


@pytest.mark.parametrize("other", [{"prefix": "other"}, {"database": "/1"}], ids=str)
async def test_another_prefix_or_database_is_another_world(other, redis_url):
    here, there = Listener(), Listener()
    one = RedisLayer(redis_url)
    two = RedisLayer(redis_url + other.pop("database", ""), **other)
    await one.subscribe("chat", here)
    await two.subscribe("chat", there)
    await one.join("chat", "tea", "ann")
    await one.publish("chat", ("x",))
    await two.publish("chat", ("y",))
    assert (await here.hears(1), await there.hears(1)) == ([("x",)], [("y",)])
    assert await two.members("chat", "tea") == frozenset()
    await one.aclose()
    await two.aclose()


def test_each_loop_has_connections_of_its_own(redis_url):
    layer = RedisLayer(redis_url)

    async def talk():
        listener = Listener()
        await layer.subscribe("chat", listener)
        await layer.publish("chat", ("x",))
        heard = await listener.hears(1)
        await layer.unsubscribe("chat", listener)
        return heard

    assert asyncio.run(talk()) == asyncio.run(talk()) == [("x",)]


def test_a_script_that_publishes_and_ends_leaves_nothing_open(redis_url):
    async def script():
        layer = RedisLayer(redis_url)
        for text in "abc":
            await layer.publish("chat", (text,))

    async def look():
        async with admin(redis_url) as client:
            return await ids(redis_url), await client.keys("*heads*")

    asyncio.run(script())  # what is left open is a warning, and so an error
    gc.collect()
    assert asyncio.run(look()) == (set(), [])


async def test_one_that_publishes_in_a_row_connects_once(redis_url):
    layer = RedisLayer(redis_url)
    async with admin(redis_url) as client:
        before = (await client.info("stats"))["total_connections_received"]
        for number in range(20):
            await layer.publish("chat", (str(number),))
        after = (await client.info("stats"))["total_connections_received"]
    assert after - before == 1
    await layer.aclose()


async def test_a_publication_that_is_cancelled_before_it_leaves_is_none(redis_url):
    listener, layer = Listener(), RedisLayer(redis_url)
    await layer.subscribe("chat", listener)
    await layer.publish("chat", ("a",))
    saying = [asyncio.create_task(layer.publish("chat", (text,))) for text in "bc"]
    await asyncio.sleep(0)
    saying[0].cancel()
    await saying[1]
    await listener.hears(2)
    assert listener.messages == [("a",), ("c",)]
    assert listener.gaps == []
    await layer.aclose()


async def test_what_somebody_else_says_on_its_channels_is_logged_and_left_alone(redis_url, caplog):
    listener, layer = Listener(), RedisLayer(redis_url)
    await layer.subscribe("chat", listener)
    async with admin(redis_url) as client:
        for noise in (b"", b"\xff", b"[]", b"3", b'["x", 1, null, [], []]'):
            await client.publish("wsnotebook:0:topic:chat", noise)
    await layer.publish("chat", ("a",))
    await listener.until(lambda its: ("a",) in its.messages)
    said = "what came over b'wsnotebook:0:topic:chat' could not be told"
    assert {record.getMessage() for record in caplog.records} == {said}
    await layer.aclose()


async def test_a_listener_is_not_told_in_the_context_of_whoever_came_first(redis_url):
    """The connections outlive whoever needed them first, and so must not keep its context."""
    layer, seen, told = RedisLayer(redis_url), [], asyncio.Event()
    whose = ContextVar("whose", default=None)
    whose.set("the first to come")

    def listener(_):
        seen.append(whose.get())
        told.set()

    await layer.subscribe("chat", listener)
    await layer.publish("chat", ("x",))
    await told.wait()
    assert seen == [None]
    await layer.aclose()
