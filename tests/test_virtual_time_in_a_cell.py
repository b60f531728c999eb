"""Virtual time in a script, and in a notebook cell, where it runs on a thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from in_process import now
from virtual import HOUR, STUCK, for_ever, virtually

from wsnotebook import SetupError, apps, clock, connect, run
from wsnotebook.clock import VirtualTimeLoop

FOREIGN = (
    "virtual time runs on a loop of its own, and something of the caller's loop was used on it; "
    "make clients, tasks, locks and queues within the coroutine that is run"
)


# In a script


def test_what_the_coroutine_raises_comes_out_as_it_is():
    async def main():
        raise LookupError("lost")

    with pytest.raises(LookupError) as caught:
        virtually(main)
    assert str(caught.value) == "lost"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("argument", [None, asyncio.sleep], ids=["nothing", "function"])
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


async def test_waiting_for_ever_on_the_thread_is_an_error(monkeypatch):
    monkeypatch.setattr(clock, "_PATIENCE", 0.0)
    with pytest.raises(SetupError) as caught:
        virtually(for_ever)
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


@pytest.fixture
def interruptible():
    """Take SIGINT as Python does, also where a shell ignores it, for a job in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
async def test_interrupting_the_caller_cancels_what_runs_on_the_thread():
    ended = []

    async def main():
        os.kill(os.getpid(), signal.SIGINT)
        release = threading.Event()  # while a thread works, this loop really waits
        try:
            await asyncio.to_thread(release.wait)
        finally:
            release.set()
            await asyncio.sleep(HOUR)
            ended.append(now())

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
