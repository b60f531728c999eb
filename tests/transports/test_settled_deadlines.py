"""Settled, and the clock: heartbeats, deadlines of the app, and the deadline of the wait.

All seconds are virtual, except where it says so.
"""

from __future__ import annotations

import asyncio

import anyio
import pytest
from in_process import accepting, echo_events, now, place, text, timed_out, turns
from shapes import FRAMEWORKS, SHAPES, app_of

from wsnotebook import connect

# Heartbeats and deadlines


def beating(period, *, speaks=False):
    """Return an echo with a heartbeat beside it."""

    @accepting
    async def app(scope, receive, send):
        async def beat():
            while True:
                await asyncio.sleep(period)
                if speaks:
                    await send(text("beat"))

        task = asyncio.ensure_future(beat())
        try:
            await echo_events(scope, receive, send)
        finally:
            task.cancel()

    return app


def test_a_heartbeat_older_than_the_last_delivery_does_not_count(virtual_time):
    async def main():
        async with connect(beating(30)) as client:
            await turns()
            await client.send("m")
            await client.settle()
            assert (client.messages, now()) == (["m"], 0)

    virtual_time(main())


@pytest.mark.parametrize("later", [29, 31, 1000])
def test_a_heartbeat_that_beat_since_the_last_delivery_does_not_count(later, virtual_time):
    """The first sleep since then has ended, or was older; that nobody looked changes nothing."""

    async def main():
        async with connect(beating(30)) as client:
            await turns()
            await client.send("m")
            assert await client.receive() == "m"
            await asyncio.sleep(later)
            await client.receive_nothing()
            assert now() == pytest.approx(later)

    virtual_time(main())


def test_a_heartbeat_that_only_listeners_hear_does_not_block(virtual_time):
    async def main():
        async with connect(beating(30, speaks=True), timeout=60) as client:
            assert await client.receive() == "beat"
            await client.receive_nothing()
            assert now() == pytest.approx(30)

    virtual_time(main())


def test_a_heartbeat_that_begins_with_the_last_delivery_is_waited_for_once(virtual_time):
    async def main():
        async with connect(beating(2, speaks=True)) as client:
            await client.settle()
            assert (client.messages, now()) == (["beat"], pytest.approx(2))
            await client.settle()
            assert (client.messages, now()) == (["beat"], pytest.approx(2))

    virtual_time(main())


@pytest.mark.parametrize("name", ["receive_with_a_deadline", "receive_with_a_long_deadline"])
def test_deadlines_do_not_count(name, virtual_time):
    async def main():
        async with connect(app_of("starlette", SHAPES[name].handler)) as client:
            await client.settle()
            assert now() == 0

    virtual_time(main())


async def test_a_sleep_for_ever_is_none():
    @accepting
    async def app(scope, receive, send):
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            await echo_events(scope, receive, send)
            group.cancel_scope.cancel()

    async with connect(app) as client:
        await client.send("m")
        await client.settle()
        assert client.messages == ["m"]


# Deadlines of the wait


def test_a_ticker_that_never_reads_is_named(virtual_time):
    @accepting
    async def ticker(scope, receive, send):
        while True:
            await send(text("tick"))
            await asyncio.sleep(0.3)

    async def main():
        async with connect(ticker, name="c") as client:
            error = await timed_out(client.settle(timeout=1))
            assert now() == pytest.approx(0.9)  # the next sleep would end after the deadline
            assert client.messages == ["tick"] * 4
            return error

    stands = place(ticker.__closure__[0].cell_contents, "asyncio.sleep(0.3)")
    assert virtual_time(main()) == (
        "the server did not settle within 1 s: a handler has not come back for the next message; "
        f"it stands at {stands}"
    )


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_line_is_the_users_own_in_every_framework(framework, virtual_time):
    async def stuck(ws):
        await ws.accept()
        await asyncio.get_running_loop().create_future()

    async def main():
        async with connect(app_of(framework, stuck)) as client:
            return await timed_out(client.settle())

    assert virtual_time(main()).endswith(f"it stands at {place(stuck, 'create_future()')}")


def slow_app(first, *more):
    """Return an app whose handler sleeps that long for each message, then answers."""

    @accepting
    async def slow(scope, receive, send):
        while (event := await receive())["type"] == "websocket.receive":
            for seconds in (first, *more):
                await asyncio.sleep(seconds)
            await send(text(event["text"]))

    return slow


def test_a_sleep_past_the_deadline_fails_at_once(virtual_time):
    async def main():
        async with connect(slow_app(60), close_timeout=0) as client:
            await client.send("m")
            error = await timed_out(client.settle(timeout=5))
            assert now() == 0
            assert "await asyncio.sleep(seconds)" in error

    virtual_time(main())


def test_a_later_sleep_past_the_deadline_fails_when_it_begins(virtual_time):
    async def main():
        async with connect(slow_app(1, 1, 60), close_timeout=0) as client:
            await client.send("m")
            await timed_out(client.settle(timeout=5))
            assert now() == pytest.approx(2)

    virtual_time(main())


def test_a_handlers_sleep_that_is_older_than_the_last_delivery_fails_at_once(virtual_time):
    async def main():
        async with connect(slow_app(60), close_timeout=0) as client:
            await client.send("m")
            await asyncio.sleep(1)
            await client.send("another")
            await timed_out(client.settle(timeout=5))
            assert now() == pytest.approx(1)

    virtual_time(main())


def test_the_sleep_of_any_handler_fails_at_once(virtual_time):
    async def main():
        gate = asyncio.Event()

        @accepting
        async def app(scope, receive, send):
            await receive()
            await (gate.wait() if scope["path"] == "/gate" else asyncio.sleep(60))

        async with connect(app, "/gate") as ann, connect(app, close_timeout=0) as bob:
            await ann.send("m")
            await bob.send("m")
            await timed_out(ann.settle(timeout=5))
            assert now() == 0
            gate.set()

    virtual_time(main())


def test_a_background_sleep_past_the_deadline_fails_at_once_and_is_named(virtual_time):
    async def speak_later(send):
        await asyncio.sleep(60)
        await send(text("late"))

    @accepting
    async def app(scope, receive, send):
        await receive()
        task = asyncio.ensure_future(speak_later(send))
        await receive()
        task.cancel()

    async def main():
        async with connect(app) as client:
            await client.send("m")
            error = await timed_out(client.settle(timeout=5))
            assert now() == 0
            return error

    assert virtual_time(main()) == (
        "the server did not settle within 5 s: a background task sleeps for another 60 s; "
        f"it stands at {place(speak_later, 'asyncio.sleep(60)')}"
    )


def test_a_background_sleep_does_not_fail_while_a_handler_may_still_end_it(virtual_time):
    async def main():
        gate = asyncio.get_running_loop().create_future()

        @accepting
        async def app(scope, receive, send):
            await receive()
            guard = asyncio.ensure_future(asyncio.sleep(60))
            await gate
            guard.cancel()
            await send(text("done"))
            await receive()

        async with connect(app) as client:
            await client.send("m")
            settling = asyncio.ensure_future(client.settle(timeout=5))
            await turns()
            gate.set_result(None)
            await settling
            assert client.messages == ["done"]

    virtual_time(main())


def test_a_sleep_that_a_deadline_cuts_short_does_not_fail_early(virtual_time):
    @accepting
    async def app(scope, receive, send):
        while (await receive())["type"] == "websocket.receive":
            try:
                async with asyncio.timeout(2):
                    await asyncio.sleep(60)
            except TimeoutError:
                await send(text("too slow"))

    async def main():
        async with connect(app) as client:
            await client.send("m")
            await client.settle(timeout=5)
            assert (client.messages, now()) == (["too slow"], pytest.approx(2))

    virtual_time(main())


def test_a_background_sleep_that_a_deadline_cuts_short_does_not_fail_early(virtual_time):
    @accepting
    async def app(scope, receive, send):
        async def background():
            try:
                await asyncio.wait_for(asyncio.sleep(60), 2)
            except TimeoutError:
                await send(text("too slow"))

        await receive()
        task = asyncio.ensure_future(background())
        await receive()
        await task

    async def main():
        async with connect(app) as client:
            await client.send("m")
            await client.settle(timeout=5)
            assert (client.messages, now()) == (["too slow"], pytest.approx(2))

    virtual_time(main())


def test_a_sleep_that_ends_just_in_time_is_waited_for(virtual_time):
    async def main():
        async with connect(slow_app(5)) as client:
            await client.send("m")
            await client.settle(timeout=5.01)
            assert client.messages == ["m"]

    virtual_time(main())


def test_without_a_deadline_any_sleep_is_waited_for(virtual_time):
    async def main():
        async with connect(slow_app(86400)) as client:
            await client.send("m")
            await client.settle(timeout=float("inf"))
            assert (client.messages, now()) == (["m"], pytest.approx(86400))

    virtual_time(main())


async def test_an_app_that_never_rests_times_out():
    @accepting
    async def app(scope, receive, send):
        async def spin():
            for _ in range(10**9):
                await asyncio.sleep(0)

        task = asyncio.ensure_future(spin())
        await receive()
        task.cancel()

    async with connect(app) as client:
        error = await timed_out(client.settle(timeout=0.01))
        assert error == "the server did not settle within 0.01 s: the app is still running"


def test_timeout_0_asks_whether_it_is_settled_already(virtual_time):
    async def main():
        async with connect(slow_app(1)) as client:
            await client.settle()
            await client.settle(timeout=0)
            await client.send("m")
            await timed_out(client.settle(timeout=0))
            assert now() == 0

    virtual_time(main())


async def test_a_cancelled_settle_leaves_the_app_alone():
    gate = asyncio.Event()

    @accepting
    async def app(scope, receive, send):
        await receive()
        await gate.wait()
        await send(text("alive"))
        await receive()

    async with connect(app) as client:
        await client.send("m")
        settling = asyncio.ensure_future(client.settle())
        await turns()
        settling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await settling
        gate.set()
        assert await client.receive() == "alive"
