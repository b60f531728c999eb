"""Settled on uvloop, whose internals cannot be read: approximate, and said so."""

from __future__ import annotations

import asyncio
import warnings

import pytest
from in_process import accepting, echo_events, first_line, text, turns
from shapes import SHAPES, app_of

from wsnotebook import UnexpectedMessage, WaitTimeout, connect
from wsnotebook.transports import settled

uvloop = pytest.importorskip("uvloop", reason="pip install uvloop")


@pytest.fixture
def untried(monkeypatch):
    """Forget which loops were warned of."""
    monkeypatch.setattr(settled, "_warned", set())


def run_on_uvloop(coroutine):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(coroutine)


WARNING = (
    "the internals of Loop cannot be read: 'settled' is approximated by 0.02 s without a change; "
    "use asyncio's own loop to have it exact"
)


def test_uvloop_cannot_be_read_and_is_warned_of_once(untried):
    async def main():
        for _ in range(3):
            async with connect(accepting(echo_events)):
                pass

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run_on_uvloop(main())
        run_on_uvloop(main())
    assert [(type(w.message), str(w.message)) for w in caught] == [(RuntimeWarning, WARNING)]


@pytest.fixture
def on_uvloop(monkeypatch):
    monkeypatch.setattr(settled, "_warned", {uvloop.Loop})
    return run_on_uvloop


def test_on_uvloop_settle_is_approximate_and_waits_for_handlers(on_uvloop):
    async def main():
        gate = asyncio.Event()

        @accepting
        async def app(scope, receive, send):
            await receive()
            await gate.wait()
            await send(text("done"))
            await receive()

        async with connect(app) as client:
            await client.receive_nothing()
            await client.send("m")
            settling = asyncio.ensure_future(client.settle())
            await turns()
            assert not settling.done()
            gate.set()
            await settling
            assert client.messages == ["done"]

    on_uvloop(main())


def test_on_uvloop_an_answer_is_no_silence(on_uvloop):
    async def main():
        async with connect(accepting(echo_events)) as client:
            await client.send("m")
            with pytest.raises(UnexpectedMessage):
                await client.receive_nothing()

    on_uvloop(main())


def test_on_uvloop_a_quiet_period_catches_what_background_tasks_answer_soon(on_uvloop):
    async def main():
        shape = SHAPES["chain_of_tasks"]
        async with connect(app_of("starlette", shape.handler)) as client:
            await client.send("m")
            await client.settle()
            assert client.messages == shape.answers

    on_uvloop(main())


def test_on_uvloop_an_app_that_is_never_quiet_times_out(on_uvloop):
    async def main():
        @accepting
        async def restless(scope, receive, send):
            task = asyncio.ensure_future(receive())
            while not task.done():
                other = asyncio.ensure_future(receive())
                await asyncio.wait({task, other}, timeout=0.001)
                other.cancel()

        async with connect(restless) as client:
            with pytest.raises(WaitTimeout) as caught:
                await client.settle(timeout=0.05)
            return first_line(caught.value)

    assert on_uvloop(main()) == "the server did not settle within 0.05 s"


def test_on_uvloop_a_handler_that_does_not_come_back_is_named(on_uvloop):
    @accepting
    async def stuck(scope, receive, send):
        await asyncio.get_running_loop().create_future()

    async def main():
        async with connect(stuck, close_timeout=0) as client:
            with pytest.raises(WaitTimeout) as caught:
                await client.settle(timeout=0)
            return first_line(caught.value)

    assert on_uvloop(main()).startswith(
        "the server did not settle within 0 s: a handler has not come back for the next message; "
        "it stands at "
    )


def test_on_uvloop_background_tasks_that_failed_are_seen(on_uvloop):
    async def main():
        async def fails():
            raise ValueError("boom")

        @accepting
        async def app(scope, receive, send):
            task = asyncio.ensure_future(fails())
            await receive()
            del task

        with pytest.raises(Exception, match="boom"):
            async with connect(app) as client:
                await client.settle()

    on_uvloop(main())
