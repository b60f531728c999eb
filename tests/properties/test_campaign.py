"""The handle of a search: progress, cancelling, where it runs, what it is given."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import strategies as st
from properties.bare import closing, codes, crashing, echoing

from wsnotebook import SetupError, serve
from wsnotebook.properties import (
    Campaign,
    CampaignFinished,
    ExampleRun,
    FailureFound,
    RouteFinished,
    RouteStarted,
    Settings,
    check,
)

FEW = Settings(max_examples=20, seed=1)


# The handle


def test_progress_is_told_in_order():
    told = []
    campaign = Campaign(crashing, "/", settings=FEW)
    campaign.subscribe(told.append)
    report = campaign.start().join()

    assert told[0] == RouteStarted("/", 1, 1)
    assert told[-2:] == [RouteFinished(report.routes[0]), CampaignFinished(report)]
    found = [event for event in told if isinstance(event, FailureFound)]
    assert found[0].is_new
    assert not any(event.is_new for event in found[1:])
    runs = [event for event in told if isinstance(event, ExampleRun)]
    assert [run.examples for run in runs] == list(range(1, len(runs) + 1))
    assert runs[0].wanted == 20
    assert runs[-1].phase == "shrink"


def test_who_unsubscribed_is_told_no_more():
    told = []
    campaign = Campaign(echoing, "/", settings=FEW)
    campaign.subscribe(told.append)()

    campaign.start().join()

    assert told == []


async def test_where_a_loop_runs_progress_is_told_on_it():
    threads = set()
    campaign = Campaign(echoing, "/", settings=FEW)
    campaign.subscribe(lambda _: threads.add(threading.get_ident()))

    await campaign
    await asyncio.sleep(0)

    assert threads == {threading.get_ident()}


async def test_the_caller_s_loop_stays_free():
    turned = threading.Event()

    def wait_for_the_loop(_):
        assert turned.wait(60), "the loop did not turn while the campaign went on"

    campaign = Campaign(echoing, "/", oracles=[wait_for_the_loop], settings=FEW)
    campaign.subscribe(lambda _: turned.set())

    assert (await campaign).ok


def test_a_cancelled_campaign_ends_and_keeps_what_it_found():
    campaign = Campaign(crashing, "/", settings=Settings(max_examples=10**6, seed=1))

    def stop(event):
        if isinstance(event, FailureFound):
            campaign.cancel()

    campaign.subscribe(stop)
    [route] = campaign.start().join().routes

    assert route.stopped == "cancelled"
    assert [failure.code for failure in route.failures] == ["app-crashed"]


async def test_cancelling_the_wait_cancels_the_campaign():
    campaign = Campaign(echoing, "/", settings=Settings(max_examples=10**6))
    started = asyncio.Event()
    campaign.subscribe(lambda _: started.set())
    task = asyncio.ensure_future(campaign._wait())
    await started.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert campaign.join().routes[0].stopped == "cancelled"


def test_what_a_callback_raises_does_not_end_the_search():
    campaign = Campaign(echoing, "/", settings=FEW)
    campaign.subscribe(lambda _: 1 / 0)

    assert campaign.start().join().ok


def test_a_campaign_tells_how_it_stands():
    campaign = Campaign(echoing, "/", settings=FEW)

    assert repr(campaign) == "<Campaign of 1 route, not started>"
    assert not campaign.done
    with pytest.raises(SetupError, match=r"^the campaign was not started: call start\(\) first"):
        campaign.join()
    assert campaign.start().join() is campaign.start().join()
    assert repr(campaign) == "<Campaign of 1 route, finished>"
    assert campaign.done


# Over the network


async def test_a_server_is_searched_while_its_loop_runs():
    async with serve(crashing_handler) as server:
        report = await Campaign(server, settings=Settings(max_examples=30, seed=1))

    assert codes(report) == ["app-crashed"]
    assert report.failures[0].traceback.endswith("ValueError: no bytes")


async def crashing_handler(connection):
    async for message in connection:
        if isinstance(message, bytes):
            raise ValueError("no bytes")  # noqa: TRY004


async def test_waiting_on_the_server_s_own_loop_is_refused():
    async with serve(crashing_handler) as server:
        with pytest.raises(SetupError) as caught:
            check(server)

    assert str(caught.value) == (
        "check(server) would wait for the server, which waits for this loop; "
        "write: report = await Campaign(server)"
    )


async def test_a_url_is_searched():
    async with serve(crashing_handler) as server:
        report = await Campaign(
            server.url, "/{room:int}", settings=Settings(max_examples=30, seed=1)
        )

    assert report.routes[0].route == "/{room:int}"
    assert codes(report) == ["server-error"]


async def test_what_cannot_be_seen_over_the_network_is_said():
    async with serve(crashing_handler) as server:
        [route] = (await Campaign(server, settings=FEW)).routes

    assert route.notes == (
        "over the network, handlers that hang or go on and tasks left behind cannot be seen",
    )


def test_a_server_that_is_not_there():
    [route] = check("ws://127.0.0.1:9/ws", settings=FEW).routes

    assert route.verdict == "error"
    assert route.error.startswith("cannot connect to ws://127.0.0.1:9/ws: connection refused")


# What cannot be used


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, TypeError, "give what to search: check(app), or check(factory=make_app)"),
        (
            {"target": echoing, "factory": closing},
            TypeError,
            "give a target or a factory, not both: check(factory=make_app)",
        ),
        ({"factory": 1}, TypeError, "factory must be a function that makes the app, not 1"),
        (
            {"target": echoing, "path": "ws"},
            ValueError,
            "path must begin with '/', as '/ws' does, not 'ws'",
        ),
        (
            {"target": echoing, "path": "/", "settings": {"seed": 1}},
            TypeError,
            "settings must be Settings(...), not {'seed': 1}",
        ),
        (
            {"target": "ws://example.com/ws"},
            SetupError,
            (
                "'ws://example.com/ws' is not on this machine: a search sends hundreds of strange "
                "messages; if it is yours to test, say Settings(allow_remote=True) or "
                "--allow-remote"
            ),
        ),
        (
            {"target": echoing, "path": "/", "messages": "hello"},
            TypeError,
            "expected a Hypothesis strategy, for example st.text(), not 'hello'",
        ),
    ],
)
def test_arguments_that_cannot_be_used(arguments, error, text):
    with pytest.raises(error) as caught:
        check(**arguments)

    assert str(caught.value) == text


def test_a_strategy_that_gives_what_cannot_be_sent():
    [route] = check(echoing, "/", messages=st.just(1), settings=FEW).routes

    assert route.verdict == "error"
    assert route.error.startswith("the strategy given as messages gave what cannot be sent: ")


def test_a_strategy_that_raises():
    [route] = check(echoing, "/", messages=st.integers().map(lambda n: 1 // 0), settings=FEW).routes

    assert route.error == (
        "a strategy raised ZeroDivisionError('integer division or modulo by zero') while it was "
        "drawn from; draw examples of it alone"
    )


def test_a_failure_of_a_large_message_is_no_warning():
    async def app(connection):
        async for message in connection:
            raise ValueError(len(message))

    report = check(app, messages=st.just("a" * 60_000), settings=FEW)

    assert not report.ok


def test_an_interrupt_while_it_starts_ends_it(monkeypatch):
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        if thread.name == "wsnotebook-check":
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    campaign = Campaign(echoing, "/", settings=Settings(max_examples=1_000_000))
    with pytest.raises(KeyboardInterrupt):
        campaign.start()
    assert campaign.done
    assert campaign.join().routes[0].stopped == "cancelled"
