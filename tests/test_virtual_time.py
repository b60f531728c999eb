"""Virtual time: what jumps, what is really waited for, and what is refused.

Where a test is about waiting really, what it waits for speaks only once a loop has begun to wait
(``waiting``). So a loop that jumps instead fails, and nothing depends on how fast anything is.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from anyio._backends import _asyncio as anyio_backend
from fastapi import Depends, FastAPI, WebSocket
from in_process import accepting, echo_events, now
from starlette.concurrency import run_in_threadpool
from virtual import HOUR, virtually

from wsnotebook import SetupError, WaitTimeout, apps, clock, connect, run, serve
from wsnotebook.clock import VirtualTimeLoop, is_virtual


@pytest.fixture
def waiting(monkeypatch):
    """Return an event that is set when a loop begins to wait really."""
    begun, select = threading.Event(), selectors.DefaultSelector.select

    def watched(self, timeout=None):
        if timeout != 0:
            begun.set()
        return select(self, timeout)

    monkeypatch.setattr(selectors.DefaultSelector, "select", watched)
    return begun


# What jumps


def test_in_real_time_the_clock_is_the_real_one():
    async def main():
        return is_virtual(asyncio.get_running_loop())

    assert run(main()) is False
    assert run(main(), virtual_time=True) is True


def test_the_clock_starts_at_zero_and_an_hour_is_an_hour():
    async def main():
        started = now()
        await asyncio.sleep(HOUR)
        return started, now()

    assert virtually(main) == (0.0, HOUR)


def test_a_thousand_sleeps_add_up():
    async def main():
        for _ in range(1000):
            await asyncio.sleep(3.5)
        return now()

    assert virtually(main) == 3500.0


def test_a_century_is_a_century_although_asyncio_never_waits_longer_than_a_day():
    async def main():
        await asyncio.sleep(36_500 * 24 * HOUR)
        return now()

    assert virtually(main) == 36_500 * 24 * HOUR


def test_the_clock_stands_still_while_something_runs():
    async def main():
        for _ in range(100):
            await asyncio.sleep(0)
        sum(range(10_000))
        return now()

    assert virtually(main) == 0.0


def test_timers_fire_in_the_order_of_their_deadlines():
    async def main():
        order = []

        async def sleeper(seconds):
            await asyncio.sleep(seconds)
            order.append((seconds, now()))

        await asyncio.gather(*map(sleeper, (30, 10, 20)))
        return order

    assert virtually(main) == [(10, 10.0), (20, 20.0), (30, 30.0)]


def test_asyncio_timeout_ends_what_takes_longer():
    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(10)
        return now()

    assert virtually(main) == 5.0


def test_anyio_fail_after_ends_what_takes_longer():
    async def main():
        with pytest.raises(TimeoutError), anyio.fail_after(5):
            await anyio.sleep(10)
        return now()

    assert virtually(main) == 5.0


def test_a_deadline_ends_a_wait_without_a_timer():
    async def main():
        with pytest.raises(TimeoutError), anyio.fail_after(5):
            await anyio.sleep_forever()
        return now()

    assert virtually(main) == 5.0


# Conversations


async def answers_in_an_hour(ws):
    async for message in ws:
        await asyncio.sleep(HOUR)
        await ws.send(message)


@accepting
async def asgi_answers_in_an_hour(scope, receive, send):
    while (event := await receive())["type"] == "websocket.receive":
        await asyncio.sleep(HOUR)
        await send({"type": "websocket.send", "text": event["text"]})


ECHO = {"in memory": apps.echo, "in process": accepting(echo_events)}
SLOW = {"in memory": answers_in_an_hour, "in process": asgi_answers_in_an_hour}
everywhere = pytest.mark.parametrize("where", ECHO)


@everywhere
def test_an_hour_of_silence_is_listened_to(where):
    async def main():
        async with connect(ECHO[where]) as client:
            await client.receive_nothing(during=HOUR)
            silent_until = now()
            await client.send("tea")
            return silent_until, await client.receive()

    assert virtually(main) == (HOUR, "tea")


@everywhere
def test_an_answer_is_received_when_it_is_due(where):
    async def main():
        async with connect(SLOW[where]) as client:
            await client.send("tea")
            return await client.receive(timeout=2 * HOUR), now()

    assert virtually(main) == ("tea", HOUR)


@everywhere
def test_a_wait_that_is_too_short_fails_at_its_deadline(where):
    async def main():
        async with connect(SLOW[where], timeout=60) as client:
            await client.send("tea")
            with pytest.raises(WaitTimeout) as caught:
                await client.wait_for_message("tea")
            assert str(caught.value) == (
                "no message 'tea' within 60 s\n  client-1 is open; nothing received"
            )
            assert now() == 60.0
            await client.receive(timeout=HOUR)

    virtually(main)


@everywhere
def test_the_times_of_events_are_readings_of_the_virtual_clock(where):
    async def main():
        async with connect(SLOW[where], name="ann") as client:
            await asyncio.sleep(60)
            await client.send("tea")
            await client.receive(timeout=2 * HOUR)
        return client.timeline.text(times=True)

    lines = [line.split() for line in virtually(main).splitlines()]
    assert [(line[0], " ".join(line[3:5])) for line in lines] == [
        ("0.000", "● open"),
        ("60.000", "→ 'tea'"),
        ("3660.000", "← 'tea'"),
        ("3660.000", "○ closed"),
    ]


# What is waited for really


def test_an_executor_is_waited_for_with_the_clock_still(waiting):
    async def main():
        async with asyncio.timeout(1):
            return await asyncio.to_thread(waiting.wait), now()

    assert virtually(main) == (True, 0.0)


def test_a_worker_thread_of_anyio_is_waited_for_with_the_clock_still(waiting):
    async def main():
        with anyio.fail_after(1):
            return await anyio.to_thread.run_sync(waiting.wait), now()

    assert virtually(main) == (True, 0.0)


def test_starlettes_thread_pool_is_waited_for_with_the_clock_still(waiting):
    async def main():
        async with asyncio.timeout(1):
            return await run_in_threadpool(waiting.wait), now()

    assert virtually(main) == (True, 0.0)


def test_a_sync_dependency_of_fastapi_is_waited_for_with_the_clock_still(waiting):
    app = FastAPI()

    def dependency() -> bool:
        return waiting.wait()

    @app.websocket("/")
    async def endpoint(ws: WebSocket, waited: bool = Depends(dependency)) -> None:
        await ws.accept()
        await ws.send_json({"waited": waited})

    async def main():
        async with connect(app, open_timeout=1) as client:
            return await client.receive_json(), now()

    assert virtually(main) == ({"waited": True}, 0.0)


def test_a_registered_socket_is_waited_for_with_the_clock_still(waiting):
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    def speak():
        waiting.wait()
        theirs.send(b"x")

    async def main():
        async with asyncio.timeout(1):
            return await asyncio.get_running_loop().sock_recv(ours, 1), now()

    thread = threading.Thread(target=speak)
    thread.start()
    with ours, theirs:
        assert virtually(main) == (b"x", 0.0)
        thread.join()


@pytest.mark.parametrize("work_in_thread", [asyncio.to_thread, anyio.to_thread.run_sync])
def test_threads_that_are_idle_again_do_not_hold_up_the_clock(work_in_thread):
    async def main():
        await work_in_thread(int)
        await asyncio.sleep(HOUR)
        return now()

    assert virtually(main) == HOUR


@pytest.mark.parametrize("work_in_thread", [asyncio.to_thread, anyio.to_thread.run_sync])
def test_a_thread_that_outlasts_a_timer_is_waited_for_as_long_as_the_timer_has_left(work_in_thread):
    forever = threading.Event()

    async def main():
        working = asyncio.ensure_future(work_in_thread(forever.wait))
        done, _ = await asyncio.wait([working], timeout=0.01)
        read = now()
        forever.set()
        await working
        return done, read

    assert virtually(main) == (set(), 0.01)


def test_the_executor_is_shut_down_in_real_time(waiting, monkeypatch):
    monkeypatch.setattr(clock, "_PATIENCE", 0.0)

    async def main():
        asyncio.get_running_loop().run_in_executor(None, waiting.wait).cancel()

    virtually(main)
    assert waiting.is_set()


def test_what_anyio_keeps_of_its_worker_threads_is_where_it_is_looked_for():
    busy, release = threading.Event(), threading.Event()

    async def main():
        loop = asyncio.get_running_loop()

        def at_work():
            variables = anyio.lowlevel._run_vars[loop]
            workers = variables[anyio_backend._threadpool_workers]
            return len(workers), len(variables[anyio_backend._threadpool_idle_workers])

        def work():
            busy.set()
            release.wait()

        assert clock._anyio_threads_of(loop) == (0, 0)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, work)
            await asyncio.to_thread(busy.wait)
            assert at_work() == (1, 0)
            assert clock._anyio_threads_of(loop) == (1, 0)
            release.set()
        assert at_work() == (1, 1)
        assert clock._anyio_threads_of(loop) == (1, 1)

    virtually(main)


def test_an_anyio_that_cannot_be_read_is_told(monkeypatch):
    monkeypatch.delattr(anyio_backend, "_threadpool_workers")
    with contextlib.closing(VirtualTimeLoop()) as loop:
        with pytest.warns(RuntimeWarning) as caught:
            assert clock._anyio_threads_of(loop) == (0, 0)
    (warning,) = caught
    assert str(warning.message) == (
        "the worker threads of this version of anyio cannot be seen: virtual time does not wait "
        "for them; use asyncio.to_thread"
    )


def test_a_thread_that_nobody_knows_of_is_given_time_to_speak(waiting):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()

        def speak():
            waiting.wait()
            loop.call_soon_threadsafe(future.set_result, "spoken")

        threading.Thread(target=speak).start()
        return await future

    assert virtually(main) == "spoken"


# The network


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9/chat", "wss://127.0.0.1:9/chat"])
def test_a_url_is_refused_and_the_fix_named(url):
    async def main():
        await connect(url)

    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == (
        f"{url!r} is on a network, and virtual time jumps over its delays; "
        "reach the app in process: connect(app), connect(handler)"
    )


def test_serving_is_refused_and_the_fix_named():
    async def main():
        await serve(apps.echo)

    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == (
        "virtual time jumps over a network's delays; "
        "reach the app in process: connect(app), connect(handler)"
    )


async def test_a_server_of_the_callers_loop_is_refused_and_the_fix_named():
    async with serve(apps.echo) as server:

        async def main():
            await connect(server)

        with pytest.raises(SetupError) as caught:
            virtually(main)
        assert str(caught.value) == (
            f"'{server.url}/' is on a network, and virtual time jumps over its delays; "
            "reach the app in process: connect(app), connect(handler)"
        )


def test_the_loop_counts_its_turns_and_jumps():
    async def main():
        loop = asyncio.get_running_loop()
        before = loop.turns, loop.jumps
        await asyncio.sleep(0)
        await asyncio.sleep(5)
        return loop.turns - before[0] >= 2, loop.jumps - before[1]

    assert run(main(), virtual_time=True) == (True, 1)


@pytest.mark.parametrize("in_a_thread", [False, True])
def test_the_loop_knows_whether_threads_worked_for_it(in_a_thread):
    async def main():
        if in_a_thread:
            await asyncio.to_thread(int)
        return asyncio.get_running_loop().used_threads

    assert run(main(), virtual_time=True) is in_a_thread


def test_the_loop_knows_of_anyio_s_threads():
    async def main():
        await anyio.to_thread.run_sync(int)
        return asyncio.get_running_loop().used_threads

    assert run(main(), virtual_time=True)
