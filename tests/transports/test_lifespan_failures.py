"""What becomes of a lifespan that fails, raises, or hangs."""

from __future__ import annotations

import asyncio

import pytest
from in_process import innermost, place
from lifespans import (
    STARTED,
    STOPPED,
    App,
    a_while,
    asked,
    boom,
    crash,
    failing,
    forever,
    hold,
    use,
)

from wsnotebook import AppCrashed, ProtocolViolation, WaitTimeout, connect, run
from wsnotebook.transports import lifespan
from wsnotebook.transports.asgi import ASGITransport
from wsnotebook.transports.lifespan import LifespanFailed


async def test_a_startup_that_failed_is_a_crash_at_connect():
    app = App(failing("startup"))
    error = await crash(use(app))
    assert str(error) == ("the app raised LifespanFailed('the database is gone') in its lifespan")
    assert isinstance(error.__cause__, LifespanFailed)
    assert "connected" not in app.log


async def test_a_startup_that_failed_without_a_message_names_the_event():
    async def fail(scope, send):
        await send({"type": "lifespan.startup.failed"})

    error = await crash(use(App(fail)))
    assert str(error) == (
        "the app raised LifespanFailed('lifespan.startup.failed') in its lifespan"
    )


async def test_what_it_raises_after_it_said_failed_is_the_cause():
    async def fail(scope, send):
        await send({"type": "lifespan.startup.failed", "message": "Traceback ..."})
        await a_while(scope, send)
        raise ValueError("boom")

    error = await crash(use(App(fail)))
    assert str(error) == "the app raised ValueError('boom') in its lifespan"
    assert innermost(error.__cause__) == "fail"


async def test_an_app_that_asks_again_after_it_failed_is_not_waited_for():
    async def answer(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})
        await receive()

    app, _ = asked(answer)
    error = await crash(use(app))
    assert str(error) == "the app raised LifespanFailed('no') in its lifespan"


async def test_a_startup_that_failed_is_a_crash_on_entering_a_transport():
    error = await crash(hold(App(failing("startup"))))
    assert str(error) == ("the app raised LifespanFailed('the database is gone') in its lifespan")


async def test_every_connect_that_waited_for_a_startup_that_failed_tells_it():
    app = App(failing("startup"))
    opening = [connect(app).open() for _ in range(2)]
    outcomes = await asyncio.gather(*opening, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [AppCrashed, AppCrashed]


async def test_a_failed_startup_is_tried_again_at_the_next_connect():
    attempts = []

    async def fail_once(scope, send):
        attempts.append(1)
        if len(attempts) == 1:
            await send({"type": "lifespan.startup.failed", "message": "not yet"})
            raise ValueError("not yet")

    app = App(fail_once)
    await crash(use(app))
    await use(app)
    assert app.log[-1] == "stopped"


@pytest.mark.parametrize("way", [use, hold])
async def test_a_shutdown_that_failed_is_a_crash_on_leaving(way):
    error = await crash(way(App(stop=failing("shutdown"))))
    assert str(error).splitlines()[0] == "the app raised LifespanFailed('the database is gone')"
    assert isinstance(error.__cause__, LifespanFailed)


@pytest.mark.parametrize("way", [use, hold])
async def test_an_exception_in_the_shutdown_is_a_crash_on_leaving(way):
    error = await crash(way(App(stop=boom)))
    assert str(error).splitlines()[0] == "the app raised ValueError('boom')"
    assert innermost(error.__cause__) == "boom"


@pytest.mark.parametrize("way", [use, hold])
async def test_an_exception_after_the_shutdown_is_a_crash_on_leaving(way):
    async def says_stopped_and_raises(scope, send):
        await send(STOPPED)
        await boom(scope, send)

    error = await crash(way(App(stop=says_stopped_and_raises)))
    assert str(error).splitlines()[0] == "the app raised ValueError('boom')"


@pytest.mark.parametrize("way", [use, hold])
async def test_a_lifespan_that_dies_between_start_and_stop_is_a_crash_on_leaving(way):
    async def answer(scope, receive, send):
        await receive()
        await send(STARTED)
        raise ValueError("boom")

    app, _ = asked(answer)
    error = await crash(way(app))
    assert str(error).splitlines()[0] == "the app raised ValueError('boom')"
    assert innermost(error.__cause__) == "answer"


@pytest.mark.parametrize("way", [use, hold])
async def test_nonsense_after_the_start_is_a_violation(way):
    async def answer(scope, receive, send):
        await receive()
        await send(STARTED)
        await receive()
        await send(STARTED)

    app, _ = asked(answer)
    with pytest.raises(ProtocolViolation) as caught:
        await way(app)
    assert str(caught.value) == (
        "the app sent 'lifespan.startup.complete' instead of 'lifespan.shutdown.complete' "
        "(ASGI specification, lifespan)"
    )


async def test_a_crash_on_leaving_a_transport_does_not_hide_the_failure_of_the_body():
    with pytest.raises(KeyError) as caught:
        async with ASGITransport(App(stop=boom)):
            raise KeyError("mine")
    assert caught.value.__notes__ == ["moreover, the app raised ValueError('boom')"]
    assert isinstance(caught.value.__context__, ValueError)


async def test_a_refusal_does_not_hide_a_shutdown_that_failed():
    async def answer(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await App(stop=boom)(scope, receive, send)

    error = await crash(connect(answer).open())
    assert str(error) == "the app raised ValueError('boom') while its handshake failed"


async def test_an_app_that_returns_before_the_shutdown_is_fine():
    async def answer(scope, receive, send):
        await receive()
        await send(STARTED)

    app, _ = asked(answer)
    await use(app)
    await hold(app)


# Never for ever


async def test_a_cancelled_start_ends_it():
    ended = []

    async def start(scope, send):
        try:
            await forever(scope, send)
        finally:
            await a_while(scope, send)
            ended.append(True)

    app = App(start)
    opening = asyncio.ensure_future(connect(app).open())
    await app.starting.wait()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert ended == [True]


async def test_a_cancelled_start_leaves_it_to_the_next_who_waits():
    gate = asyncio.Event()

    async def start(scope, send):
        await gate.wait()

    app = App(start)
    first = asyncio.ensure_future(connect(app).open())
    second = asyncio.ensure_future(connect(app).open())
    await app.starting.wait()
    first.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    await (await second).close()
    assert app.log == ["starting", "starting", "started", "connected", "disconnected", "stopping",
                       "stopped"]  # fmt: skip


def test_an_app_that_hangs_after_it_failed_is_cancelled():
    ended = []

    async def fail(scope, send):
        await failing("startup")(scope, send)
        try:
            await forever(scope, send)
        finally:
            ended.append(True)

    run(crash(use(App(fail))), virtual_time=True)
    assert ended == [True]


def test_a_start_that_hangs_ends_at_the_open_timeout(virtual_time):
    app = App(forever)

    async def main():
        with pytest.raises(WaitTimeout, match=r"^c did not open within 3 s"):
            await connect(app, open_timeout=3, name="c")
        assert asyncio.get_running_loop().time() == 3
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual_time(main())


def test_a_start_that_hangs_is_named_on_entering_a_transport():
    app = App(forever)
    error = run(crash(hold(app)), virtual_time=True)
    source = "create_future()"
    assert str(error.__cause__) == (
        f"no 'lifespan.startup.complete' within 10 s; it stands at {place(forever, source)}"
    )


@pytest.mark.parametrize("way", [use, hold])
def test_a_stop_that_hangs_is_named_and_cancelled(way):
    app = App(stop=forever)

    async def main():
        error = await crash(way(app))
        assert asyncio.get_running_loop().time() == pytest.approx(lifespan._LIMIT + lifespan._GRACE)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return error

    source = "create_future()"
    assert str(run(main(), virtual_time=True).__cause__) == (
        f"no 'lifespan.shutdown.complete' within 10 s; it stands at {place(forever, source)}"
    )


def test_a_lifespan_that_does_not_return_after_the_shutdown_is_cancelled():
    ended = []

    async def lingers(scope, send):
        await send(STOPPED)
        try:
            await forever(scope, send)
        finally:
            ended.append(True)

    run(use(App(stop=lingers)), virtual_time=True)
    assert ended == [True]


def test_a_lifespan_that_ignores_its_cancellation_is_logged(caplog):
    async def main():
        release = asyncio.get_running_loop().create_future()

        async def stubborn(scope, send):
            await send(STOPPED)
            while not release.done():
                try:
                    await asyncio.wait([release])
                except asyncio.CancelledError:
                    continue

        await use(App(stop=stubborn))
        release.set_result(None)
        await asyncio.sleep(0)
        return place(stubborn, "asyncio.wait")

    stands = run(main(), virtual_time=True)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"the app's lifespan ignores its cancellation; it stands at {stands}"
    )


async def test_a_task_that_the_lifespan_left_behind_and_that_failed_is_a_crash_on_leaving():
    async def start(scope, send):
        async def fails():
            raise ValueError("boom")

        scope["state"]["task"] = asyncio.ensure_future(fails())

    app = App(start)
    with pytest.raises(AppCrashed) as caught:
        async with ASGITransport(app):
            pass
    assert innermost(caught.value.__cause__) == "fails"
