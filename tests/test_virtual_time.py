"""Virtual time: what jumps, what really waits, and what is an error instead of a hang.

Where a test is about waiting really, what it waits for speaks only once a loop has begun to wait
(``waiting``). So a loop that jumps instead fails, and nothing depends on how fast anything is.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import selectors
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import traceback

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from anyio._backends import _asyncio as anyio_backend
from fastapi import Depends, FastAPI, WebSocket
from in_process import accepting, echo_events, now
from starlette.concurrency import run_in_threadpool

from wsnotebook import SetupError, WaitTimeout, apps, clock, connect, run, serve
from wsnotebook.clock import VirtualTimeLoop, is_virtual, unless_stuck

STUCK = (
    "nothing can happen any more: every task waits, no timer is set, and no thread or socket is at "
    "work (virtual time does not see threads that an app starts by itself); the wait needs a "
    "deadline, or somebody who ends it"
)
FOREIGN = (
    "virtual time runs on a loop of its own, and something of the caller's loop was used on it; "
    "make clients, tasks, locks and queues within the coroutine that is run"
)
HOUR = 3600.0


def virtually(main):
    """Run the coroutine function ``main`` under virtual time."""
    return run(main(), virtual_time=True)


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


@pytest.fixture
def impatient(monkeypatch):
    """Give signals and unseen threads no time to speak: the tests that use this have none."""
    monkeypatch.setattr(clock, "_PATIENCE", 0.0)


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


def test_the_executor_is_shut_down_in_real_time(waiting, impatient):
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

        assert not clock._anyio_works_for(loop)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, work)
            await asyncio.to_thread(busy.wait)
            assert at_work() == (1, 0)
            assert clock._anyio_works_for(loop)
            release.set()
        assert at_work() == (1, 1)
        assert not clock._anyio_works_for(loop)

    virtually(main)


def test_an_anyio_that_cannot_be_read_is_told(monkeypatch):
    monkeypatch.delattr(anyio_backend, "_threadpool_workers")
    with contextlib.closing(VirtualTimeLoop()) as loop:
        with pytest.warns(RuntimeWarning) as caught:
            assert not clock._anyio_works_for(loop)
    (warning,) = caught
    assert str(warning.message) == (
        "the worker threads of this version of anyio cannot be seen: virtual time does not wait "
        "for them; use asyncio.to_thread"
    )


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


# When nothing can happen any more


async def for_an_event():
    await asyncio.Event().wait()


async def for_a_queue():
    await asyncio.Queue().get()


async def for_each_other():
    first = asyncio.create_task(asyncio.wait([asyncio.current_task()]))
    await first


async def for_the_end_of_time():
    await asyncio.sleep(float("inf"))


async def for_ever_with_anyio():
    await anyio.sleep_forever()


async def for_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(for_an_event())
        group.create_task(for_a_queue())


async def for_several():
    await asyncio.gather(for_an_event(), for_a_queue())


async def after_idle_threads():
    await asyncio.to_thread(int)
    await anyio.to_thread.run_sync(int)
    await for_an_event()


async def for_a_silent_server():
    async with connect(apps.echo, timeout=float("inf")) as client:
        await client.receive()


@pytest.mark.parametrize(
    "wait",
    [
        for_an_event,
        for_a_queue,
        for_each_other,
        for_the_end_of_time,
        for_ever_with_anyio,
        for_a_group,
        for_several,
        after_idle_threads,
        for_a_silent_server,
    ],
)
def test_a_wait_that_nothing_can_end_is_an_error(wait, impatient):
    with pytest.raises(SetupError) as caught:
        virtually(wait)
    assert str(caught.value) == STUCK


def test_the_traceback_of_the_error_ends_where_it_stood(impatient):
    with pytest.raises(SetupError) as caught:
        virtually(for_an_event)
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-2:] == ["for_an_event", "wait"]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_what_stood_still_is_cleaned_up(impatient):
    cleaned = []

    async def main():
        try:
            await for_an_event()
        finally:
            await asyncio.sleep(HOUR)
            cleaned.append(now())

    with pytest.raises(SetupError):
        virtually(main)
    assert cleaned == [HOUR]


def test_who_catches_only_the_error_of_the_wait_can_go_on_with_deadlines(impatient):
    async def main():
        with pytest.raises(SetupError):
            await unless_stuck(for_an_event())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await for_an_event()
        return asyncio.current_task().cancelling()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main()) == 0


def test_swallowing_the_cancellation_does_not_hide_the_error(impatient):
    async def main():
        try:
            await for_an_event()
        except asyncio.CancelledError:
            return "fine"

    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == STUCK


def test_waiting_for_ever_a_second_time_ends_the_loop(impatient):
    async def main():
        try:
            await for_an_event()
        finally:
            await for_a_queue()

    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == STUCK


def test_a_loop_that_is_run_by_others_ends_with_the_error(impatient):
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        with pytest.raises(SetupError) as caught:
            runner.run(for_an_event())
    assert str(caught.value) == STUCK


def test_another_error_of_the_clean_up_wins(impatient):
    async def main():
        try:
            await for_an_event()
        finally:
            raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        virtually(main)


def test_a_cancellation_from_elsewhere_is_none_of_it():
    async def main():
        asyncio.get_running_loop().call_later(5, asyncio.current_task().cancel)
        await for_an_event()

    with pytest.raises(asyncio.CancelledError):
        virtually(main)


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


def test_on_a_real_clock_the_guard_only_waits():
    async def main():
        async def inner():
            await asyncio.sleep(0)
            return "done"

        return await unless_stuck(inner())

    assert run(main()) == "done"


# In a script


def test_what_the_coroutine_raises_comes_out_as_it_is():
    async def main():
        raise LookupError("lost")

    with pytest.raises(LookupError) as caught:
        virtually(main)
    assert str(caught.value) == "lost"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("argument", [None, asyncio.sleep], ids=repr)
def test_anything_but_a_coroutine_is_refused(argument):
    with pytest.raises(TypeError) as caught:
        run(argument, virtual_time=True)
    assert str(caught.value) == f"run needs a coroutine, as in run(main()), not {argument!r}"


def test_each_run_has_a_loop_of_its_own_that_is_closed():
    async def loop():
        return asyncio.get_running_loop()

    first, second = virtually(loop), virtually(loop)
    assert first is not second
    assert first.is_closed()
    assert second.is_closed()


# Inside a running loop, as in a notebook cell

variable = contextvars.ContextVar("variable")


async def test_inside_a_running_loop_it_runs_on_a_thread_of_its_own():
    async def main():
        await asyncio.sleep(HOUR)
        return threading.current_thread(), asyncio.get_running_loop(), now()

    thread, loop, read = virtually(main)
    assert thread is not threading.current_thread()
    assert not thread.is_alive()
    assert loop is not asyncio.get_running_loop()
    assert loop.is_closed()
    assert read == HOUR


async def test_context_variables_carry_over():
    variable.set("tea")

    async def main():
        value = variable.get()
        variable.set("coffee")
        return value

    assert virtually(main) == "tea"
    assert variable.get() == "tea", "as with asyncio.run, changes stay inside"


@pytest.mark.parametrize("error", [LookupError("lost"), SystemExit(3), KeyboardInterrupt()])
async def test_exceptions_carry_over(error):
    async def main():
        raise error

    with pytest.raises(type(error)) as caught:
        virtually(main)
    assert caught.value is error


async def test_waiting_for_ever_on_the_thread_is_an_error(impatient):
    with pytest.raises(SetupError) as caught:
        virtually(for_an_event)
    assert str(caught.value) == STUCK


async def test_a_client_of_the_callers_loop_is_refused_and_the_fix_named():
    async with connect(apps.echo, name="ann") as client:

        async def main():
            await client.send("tea")

        with pytest.raises(SetupError) as caught:
            virtually(main)
        assert str(caught.value) == (
            "ann belongs to another event loop; make and use a client within one loop "
            "(one test, one cell, one run())"
        )


async def test_a_client_that_was_not_opened_yet_is_free_to_be_used():
    client = connect(apps.echo)

    async def main():
        async with client:
            await client.receive_nothing(during=HOUR)

    virtually(main)
    assert client.close_code == 1000


async def future_of_the_caller():
    future = asyncio.get_running_loop().create_future()

    async def main():
        await future

    return main


async def task_of_the_caller():
    task = asyncio.create_task(asyncio.sleep(0))

    async def main():
        await asyncio.gather(task)

    return main


async def lock_of_the_caller():
    lock = asyncio.Lock()
    await lock.acquire()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(lock.acquire(), 0.001)  # contended, it belongs to this loop

    async def main():
        await lock.acquire()

    return main


@pytest.mark.parametrize(
    "make", [future_of_the_caller, task_of_the_caller, lock_of_the_caller], ids=lambda f: f.__name__
)
async def test_what_belongs_to_the_callers_loop_is_refused_and_the_fix_named(make):
    main = await make()
    with pytest.raises(SetupError) as caught:
        virtually(main)
    assert str(caught.value) == FOREIGN
    assert isinstance(caught.value.__cause__, RuntimeError)


async def test_an_error_of_the_coroutine_about_loops_in_general_is_left_alone():
    async def main():
        raise RuntimeError("the loop is full")

    with pytest.raises(RuntimeError, match="the loop is full"):
        virtually(main)


async def test_interrupting_the_caller_cancels_what_runs_on_the_thread():
    ended = []

    async def main():
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.to_thread(threading.Event().wait, 60)
        except asyncio.CancelledError:
            await asyncio.sleep(HOUR)
            ended.append(now())
            raise

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        virtually(main)
    assert ended == [HOUR]
    assert signal.getsignal(signal.SIGINT) is before


def test_interrupted_before_it_began_it_does_not_begin():
    async def main():
        raise AssertionError("it ran")

    loop, coroutine = VirtualTimeLoop(), main()
    loop.call_soon(loop._interrupt)
    with pytest.raises(asyncio.CancelledError):
        clock._run_virtually(loop, coroutine)
    assert coroutine.cr_frame is None, "closed, so that nothing warns that it was never awaited"


def test_after_nest_asyncio_has_patched_the_process_it_still_works():
    program = """
    import asyncio
    from wsnotebook import apps, connect, run

    async def silence():
        async with connect(apps.echo) as client:
            await client.receive_nothing(during=3600)
        return asyncio.get_running_loop().time()

    async def cell():
        print(run(asyncio.sleep(0, "patched")))
        print(run(silence(), virtual_time=True))

    asyncio.run(cell())
    print(run(silence(), virtual_time=True))
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["patched", "3600.0", "3600.0"]
