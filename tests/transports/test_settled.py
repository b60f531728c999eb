"""Settled: what an app may still have to do before nothing more can come.

Where seconds pass they are virtual. What ``settle`` and ``receive_nothing`` do with it over every
transport is in ``tests/contracts``.
"""

from __future__ import annotations

import asyncio
import threading

import pytest
from in_process import accepting, echo_events, first_line, now, read_to_the_end, text, turns
from shapes import FRAMEWORKS, SHAPES, app_of
from starlette.concurrency import run_in_threadpool

from wsnotebook import UnexpectedMessage, connect

# The shapes


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", SHAPES)
def test_settle_waits_for_what_each_shape_does_and_no_longer(framework, name, virtual_time):
    shape = SHAPES[name]

    async def main():
        async with connect(app_of(framework, shape.handler)) as client:
            await client.settle()
            start = now()
            for round_ in (1, 2)[: 1 if name == "event_for_another_task" else 2]:
                await client.send("m")
                await client.settle()
                if name == "ticker_on_demand" and round_ == 2:
                    continue  # the first ticker ticks on; the second has just ticked
                assert client.messages == shape.answers * round_
                assert now() - start == pytest.approx(shape.after * round_)

    virtual_time(main())


@pytest.mark.parametrize("name", SHAPES)
def test_receive_nothing_is_not_fooled_by_any_shape(name, virtual_time):
    shape = SHAPES[name]

    async def main():
        async with connect(app_of("starlette", shape.handler)) as client:
            await client.receive_nothing()
            await client.send("m")
            with pytest.raises(UnexpectedMessage):
                await client.receive_nothing()
            assert await client.receive() == shape.answers[0]

    virtual_time(main())


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_a_handler_in_a_thread_is_waited_for(framework):
    gate = threading.Event()

    async def in_a_thread(ws):
        await ws.accept()
        while True:
            message = await ws.receive_text()
            await run_in_threadpool(gate.wait)
            await ws.send_text(message)

    async with connect(app_of(framework, in_a_thread)) as client:
        await client.send("m")
        settling = asyncio.ensure_future(client.settle())
        await turns()
        assert not settling.done()
        gate.set()
        await settling
        assert client.messages == ["m"]


async def test_a_thread_of_a_task_of_the_app_is_not_seen():
    """As documented; threads that a handler awaits are (above)."""
    gate = threading.Event()
    kept = []

    @accepting
    async def app(scope, receive, send):
        async def answer():
            await asyncio.to_thread(gate.wait)
            await send(text("late"))

        await receive()
        kept.append(asyncio.ensure_future(answer()))
        await receive()

    async with connect(app) as client:
        await client.send("m")
        await client.settle()
        assert client.messages == []
        gate.set()
        assert await client.receive() == "late"


def test_a_background_task_that_sleeps_twice_before_it_speaks_is_missed(virtual_time):
    """As documented: only its first sleep counts, so that heartbeats do not block."""

    @accepting
    async def app(scope, receive, send):
        async def answer():
            await asyncio.sleep(0.1)
            await asyncio.sleep(0.1)
            await send(text("late"))

        await receive()
        task = asyncio.ensure_future(answer())
        await receive()
        await task

    async def main():
        async with connect(app) as client:
            await client.send("m")
            await client.settle()
            assert (client.messages, now()) == ([], pytest.approx(0.1))
            assert await client.receive() == "late"

    virtual_time(main())


def test_a_timer_that_is_no_sleep_does_not_count(virtual_time):
    @accepting
    async def app(scope, receive, send):
        loop = asyncio.get_running_loop()
        await receive()
        loop.call_later(1, lambda: loop.create_task(send(text("late"))))
        await receive()

    async def main():
        async with connect(app) as client:
            await client.send("m")
            await client.settle()
            assert (client.messages, now()) == ([], 0)
            assert await client.receive() == "late"

    virtual_time(main())


# All of the app, and nothing but the app


def room_of(sleep):
    """Return an app that sleeps before it broadcasts each message to everybody."""
    members = []

    @accepting
    async def room(scope, receive, send):
        members.append(send)
        while (event := await receive())["type"] == "websocket.receive":
            await asyncio.sleep(sleep)
            for member in members:
                await member(text(event["text"]))
        members.remove(send)
        await asyncio.sleep(sleep)
        for member in members:
            await member(text("somebody left"))

    return room


def test_one_client_settles_when_the_others_handler_has_broadcast(virtual_time):
    async def main():
        room = room_of(0.5)
        async with connect(room) as ann, connect(room) as bob:
            await ann.send("hi")
            await bob.settle()
            assert bob.messages == ["hi"]
            assert now() == pytest.approx(0.5)

    virtual_time(main())


@pytest.mark.parametrize("leave", ["close", "abort"])
def test_one_client_settles_when_the_other_has_been_mourned(leave, virtual_time):
    async def main():
        room = room_of(0.5)
        ann, bob = await connect(room, close_timeout=9), await connect(room)
        leaving = asyncio.ensure_future(getattr(ann, leave)())
        await asyncio.sleep(0)
        await bob.settle()
        assert bob.messages == ["somebody left"]
        await leaving
        await ann.close()
        await bob.close()

    virtual_time(main())


async def test_an_app_is_settled_whatever_another_does():
    busy = asyncio.get_running_loop().create_future()

    @accepting
    async def never(scope, receive, send):
        await receive()
        await busy

    async with connect(never) as other, connect(accepting(echo_events)) as client:
        await other.send("m")
        await client.send("m")
        await client.settle()
        assert client.messages == ["m"]
        busy.set_result(None)


async def test_what_the_test_does_beside_does_not_count():
    beside = asyncio.ensure_future(asyncio.sleep(3600))
    async with connect(accepting(echo_events)) as client:
        await client.settle()
        await client.receive_nothing()
    beside.cancel()


async def test_the_lifespans_tasks_count():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            queue = scope["state"]["queue"] = asyncio.Queue()

            async def work():
                while True:
                    reply, message = await queue.get()
                    await asyncio.sleep(0)
                    await reply(text(message))

            await receive()
            working = asyncio.create_task(work())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            working.cancel()
            return

        @accepting
        async def enqueue(scope, receive, send):
            while (event := await receive())["type"] == "websocket.receive":
                await scope["state"]["queue"].put((send, event["text"]))

        await enqueue(scope, receive, send)

    async with connect(app) as client:
        await client.send("m")
        await client.settle()
        assert client.messages == ["m"]


async def test_a_connected_client_that_nobody_serves_yet_is_not_settled():
    gate = asyncio.Event()

    @accepting
    async def app(scope, receive, send):
        await gate.wait()  # it has accepted, and not asked for a message yet
        await send(text("hello"))
        await receive()

    async with connect(app) as client:
        settling = asyncio.ensure_future(client.settle())
        await turns()
        assert not settling.done()
        gate.set()
        await settling
        assert client.messages == ["hello"]


async def test_a_handler_that_ends_settles_the_app():
    @accepting
    async def app(scope, receive, send):
        await receive()
        await turns(30)

    async with connect(app) as client:
        await client.send("m")
        await client.settle()
        assert client.close_code == 1006


# Silence


def test_receive_nothing_is_not_fooled_by_an_answer_after_150_ms(virtual_time):
    @accepting
    async def slow(scope, receive, send):
        await receive()
        await asyncio.sleep(0.15)
        await send(text("here"))
        await receive()

    async def main():
        async with connect(slow, name="c") as client:
            await client.send("anybody?")
            with pytest.raises(UnexpectedMessage) as caught:
                await client.receive_nothing()
            assert first_line(caught.value) == "expected no message, but got 'here'"
            assert now() == pytest.approx(0.15)

    virtual_time(main())


async def test_receive_nothing_does_not_wait_where_there_is_nothing_to_wait_for():
    loop = asyncio.get_running_loop()
    async with connect(accepting(read_to_the_end)) as client:
        await client.settle()
        await client.send("x")
        before = loop.time()
        for _ in range(100):
            await client.receive_nothing()
        assert loop.time() - before < 1  # seconds; a wait of 0.05 s each would be 5


def test_receive_nothing_during_seconds_listens_that_long(virtual_time):
    async def main():
        async with connect(accepting(read_to_the_end)) as client:
            await client.receive_nothing(during=7)
            assert now() == pytest.approx(7)

    virtual_time(main())
