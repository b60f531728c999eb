"""One app on one loop: what its connections share, and who is told what its tasks raised."""

from __future__ import annotations

import asyncio
import gc

import pytest
from in_process import accepting, echo_events, first_line, innermost, read_to_the_end, text, turns

from wsnotebook import AppCrashed, connect
from wsnotebook.transports import runs
from wsnotebook.transports.asgi import ASGITransport
from wsnotebook.transports.runs import AppRun


def of(app):
    return AppRun.of(app, lifespan=True)


def known():
    """Return the apps that have a run on this loop."""
    return [run.app for run in runs._runs.get(asyncio.get_running_loop(), {}).values()]


async def boom():
    raise ValueError("boom")


# One run for one app


async def test_an_app_has_one_run_while_it_is_used_and_none_after():
    app = accepting(echo_events)
    async with connect(app):
        run = of(app)
        async with connect(app), ASGITransport(app):
            assert of(app) is run
        assert known() == [app]
    await asyncio.sleep(0)
    assert known() == []


async def test_two_apps_have_two_runs():
    one, two = accepting(echo_events), accepting(echo_events)
    async with connect(one), connect(two):
        assert of(one) is not of(two)


async def test_bound_methods_of_one_object_are_one_app():
    class Site:
        async def app(self, scope, receive, send):
            await accepting(echo_events)(scope, receive, send)

    site = Site()
    async with connect(site.app):
        assert of(site.app) is of(site.app)
        assert known() == [site.app]


async def test_a_connection_that_comes_in_the_same_turn_of_the_loop_finds_the_run_of_the_last():
    app = accepting(echo_events)
    async with connect(app):
        run = of(app)
    async with connect(app):
        assert of(app) is run


async def test_a_task_factory_that_comes_between_two_connections_is_kept_and_sees_their_tasks():
    loop, seen = asyncio.get_running_loop(), []

    def factory(loop, coroutine, **options):
        seen.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    app = accepting(echo_events)
    async with connect(app):
        pass
    loop.set_task_factory(factory)
    async with connect(app):
        assert len(seen) == 1
    await asyncio.sleep(0)
    assert loop.get_task_factory() is factory
    loop.set_task_factory(None)


async def test_clients_that_were_closed_leave_nothing_to_the_garbage_collector():
    app = accepting(echo_events)

    async def visit():
        async with connect(app) as client:
            await client.send("hello")
            await client.receive()

    await visit()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(10):
            await visit()
        gc.collect()
        # Other threads of the process, of pytest-xdist for one, leave things of their own.
        modules = [type(each).__module__.partition(".")[0] for each in gc.garbage]
        assert {"wsnotebook", "asyncio", "_asyncio"}.isdisjoint(modules)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_an_app_that_cannot_be_hashed_has_one_run():
    class Unhashable:
        __hash__ = None

        async def __call__(self, scope, receive, send):
            await accepting(echo_events)(scope, receive, send)

    app = Unhashable()
    async with connect(app), connect(app):
        assert known() == [app]
    await asyncio.sleep(0)
    assert known() == []


def test_each_loop_has_its_own_run_and_none_is_kept():
    app = accepting(echo_events)

    async def main():
        async with connect(app):
            return id(of(app)), len(runs._runs)

    asyncio.run(main())
    gc.collect()
    before = len(runs._runs)
    asyncio.run(main())
    gc.collect()
    assert len(runs._runs) == before


async def test_a_handshake_that_fails_leaves_no_run():
    async def app(scope, receive, send):
        raise ValueError("boom")

    with pytest.raises(AppCrashed):
        await connect(app)
    await asyncio.sleep(0)
    assert known() == []


async def test_a_scope_that_cannot_be_made_leaves_no_run():
    app = accepting(echo_events)
    with pytest.raises(UnicodeEncodeError):
        await connect(ASGITransport(app, root_path="\ud800"))
    await asyncio.sleep(0)
    assert known() == []


async def test_the_loop_gets_its_task_factory_and_call_later_back():
    loop = asyncio.get_running_loop()
    factory = loop.get_task_factory()
    async with connect(accepting(echo_events)), connect(accepting(echo_events)):
        assert loop.get_task_factory() is not factory
        assert "call_later" in vars(loop)
    await asyncio.sleep(0)
    assert loop.get_task_factory() is factory
    assert "call_later" not in vars(loop)


async def test_it_does_so_whichever_app_is_left_first():
    loop = asyncio.get_running_loop()
    factory = loop.get_task_factory()
    first, second = await connect(accepting(echo_events)), await connect(accepting(echo_events))
    await first.close()
    assert loop.get_task_factory() is not factory
    await second.close()
    await asyncio.sleep(0)
    assert loop.get_task_factory() is factory
    assert "call_later" not in vars(loop)


async def test_a_task_factory_that_somebody_puts_on_top_is_respected():
    loop, made = asyncio.get_running_loop(), []
    async with connect(starting(boom)):
        below = loop.get_task_factory()

        def on_top(loop, coroutine, **options):
            made.append(below(loop, coroutine, **options))
            return made[-1]

        loop.set_task_factory(on_top)
        with pytest.raises(AppCrashed):
            async with connect(starting(boom)) as client:
                await client.send("go")
        loop.set_task_factory(below)
    assert made


# Tasks that the app leaves running


async def test_a_run_is_kept_while_the_app_has_tasks_of_its_own():
    gate = asyncio.Event()
    kept = []

    @accepting
    async def app(scope, receive, send):
        if not kept:
            kept.append(asyncio.ensure_future(gate.wait()))
        await echo_events(scope, receive, send)

    async with connect(app):
        run = of(app)
    assert known() == [app]
    async with connect(app):
        assert of(app) is run
    gate.set()
    await turns()
    await asyncio.sleep(0)
    assert known() == []


async def test_a_task_of_an_earlier_connection_counts_for_a_later_one():
    gate, senders = asyncio.Event(), []

    @accepting
    async def app(scope, receive, send):
        async def greet_the_next():
            await gate.wait()
            for _ in range(5):
                await asyncio.sleep(0)
            await senders[-1](text("hello"))

        senders.append(send)
        if len(senders) == 1:
            senders.insert(0, asyncio.ensure_future(greet_the_next()))
        await read_to_the_end(scope, receive, send)

    async with connect(app):
        pass
    async with connect(app) as client:
        await client.settle()
        gate.set()
        await client.settle()
        assert client.messages == ["hello"]


async def test_a_task_that_never_rests_does_not_hold_the_exit():
    spins = []

    @accepting
    async def app(scope, receive, send):
        async def spin():
            while True:
                spins.append(1)
                await asyncio.sleep(0)

        spins.append(asyncio.ensure_future(spin()))
        await read_to_the_end(scope, receive, send)

    async with connect(app):
        pass
    assert len(spins) < 200
    spins[0].cancel()


# What background tasks raise


def starting(*coroutines, keep=None):
    """Return an app that starts a task of each for its first message, and answers."""
    kept = [] if keep is None else keep

    @accepting
    async def app(scope, receive, send):
        while (event := await receive())["type"] == "websocket.receive":
            kept.extend(asyncio.ensure_future(coroutine()) for coroutine in coroutines)
            await send(text(event["text"]))

    return app


async def test_a_background_task_that_raised_is_seen_at_exit_with_its_traceback():
    with pytest.raises(AppCrashed) as caught:
        async with connect(starting(boom)) as client:
            await client.send("go")
            assert await client.receive() == "go"
            await client.settle()
    assert first_line(caught.value) == "the app raised ValueError('boom')"
    assert innermost(caught.value.__cause__) == "boom"


async def test_a_background_task_that_is_about_to_raise_at_exit_is_seen():
    async def soon():
        for _ in range(5):
            await asyncio.sleep(0)
        await boom()

    with pytest.raises(AppCrashed) as caught:
        async with connect(starting(soon)) as client:
            await client.send("go")  # and leave before the app has even read it
    assert innermost(caught.value.__cause__) == "boom"


async def test_it_wins_over_nothing_and_is_added_to_a_failure_of_the_body():
    with pytest.raises(KeyError) as caught:
        async with connect(starting(boom)) as client:
            await client.send("go")
            raise KeyError("mine")
    assert caught.value.__notes__[0].startswith("moreover, the app raised ValueError('boom')")


async def test_of_several_the_first_is_raised():
    async def other():
        raise KeyError("second")

    with pytest.raises(AppCrashed, match=r"^the app raised ValueError\('boom'\)"):
        async with connect(starting(boom, other)) as client:
            await client.send("go")


async def test_only_one_client_is_told():
    app = starting(boom)
    async with connect(app) as well:
        with pytest.raises(AppCrashed):
            async with connect(app) as ill:
                await ill.send("go")
        await well.receive_nothing()


async def test_a_task_that_the_app_awaits_later_is_not_blamed():
    handled = []

    @accepting
    async def app(scope, receive, send):
        task = asyncio.ensure_future(boom())
        await read_to_the_end(scope, receive, send)
        try:
            await task
        except ValueError:
            handled.append(True)

    async with connect(app) as client:
        await client.settle()
    assert handled == [True]


async def test_a_task_whose_exception_the_lifespan_handles_is_not_blamed():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            scope["state"]["tasks"] = tasks = []
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await asyncio.gather(*tasks, return_exceptions=True)
            await send({"type": "lifespan.shutdown.complete"})
            return
        scope["state"]["tasks"].append(asyncio.ensure_future(boom()))
        await accepting(read_to_the_end)(scope, receive, send)

    async with connect(app) as client:
        await client.settle()


async def test_an_exception_that_the_lifespan_raises_on_is_told_once():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            scope["state"]["tasks"] = tasks = []
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await asyncio.gather(*tasks)
            return
        scope["state"]["tasks"].append(asyncio.ensure_future(boom()))
        await accepting(read_to_the_end)(scope, receive, send)

    with pytest.raises(AppCrashed) as caught:
        async with connect(app, name="c") as client:
            await client.settle()
    assert innermost(caught.value.__cause__) == "boom"
    assert client.timeline.text().count("boom") == 1


async def test_a_background_task_that_found_the_client_gone_is_no_crash(caplog):
    @accepting
    async def app(scope, receive, send):
        async def tick():
            while True:
                await send(text("tick"))
                await asyncio.sleep(0)

        task = asyncio.ensure_future(tick())
        await read_to_the_end(scope, receive, send)
        del task

    async with connect(app) as client:
        assert await client.receive() == "tick"
    await turns()
    gc.collect()
    assert caplog.records == []  # asyncio would log an exception that nobody retrieved


async def test_a_background_task_that_is_cancelled_is_no_crash():
    @accepting
    async def app(scope, receive, send):
        task = asyncio.ensure_future(asyncio.get_running_loop().create_future())
        task = asyncio.ensure_future(asyncio.wait({task}))
        await read_to_the_end(scope, receive, send)
        task.cancel()

    async with connect(app):
        pass


async def test_what_failed_after_the_last_client_left_is_seen_on_leaving_the_transport():
    gate = asyncio.Event()

    async def fails_later():
        await gate.wait()
        await boom()

    with pytest.raises(AppCrashed) as caught:
        async with ASGITransport(starting(fails_later)) as transport:
            async with connect(transport) as client:
                await client.send("go")
                assert await client.receive() == "go"
            gate.set()
    assert str(caught.value) == "the app raised ValueError('boom')"
    assert innermost(caught.value.__cause__) == "boom"


async def test_in_memory_a_background_task_that_raised_is_seen_at_exit():
    kept = []

    async def handler(connection):
        async for message in connection:
            kept.append(asyncio.ensure_future(boom()))
            await connection.send(message)

    with pytest.raises(AppCrashed) as caught:
        async with connect(handler) as client:
            await client.send("go")
            await client.receive()
    assert innermost(caught.value.__cause__) == "boom"


async def test_tasks_of_the_test_are_not_the_apps():
    mine = asyncio.ensure_future(boom())
    async with connect(accepting(echo_events)) as client:
        await client.send("x")
        await client.receive()
    assert isinstance(mine.exception(), ValueError)
