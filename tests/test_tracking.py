"""What a Tracker closes, and what it tells of what was left open."""

from __future__ import annotations

import asyncio
import contextvars
import logging

import pytest
from in_process import accepting, echo_events, place
from websockets.asyncio.client import connect as websockets_connect

from wsnotebook import AppCrashed, ProtocolViolation, SetupError, State, apps, connect, serve
from wsnotebook.opened import observer
from wsnotebook.tracking import Tracker

HOW = "close what a test opens (async with, or ws_connect and ws_serve), and await its tasks"


def line_of(function, source):
    """Return ``file:line`` of the line of ``function`` that holds ``source``."""
    return place(function, source).partition(" in ")[0]


def left_behind(*what):
    """Return the text of the error that names ``what``."""
    return "\n  ".join(["the test left behind:", *what]) + "\n" + HOW


async def error_of(body, *args):
    """Return what leaving a Tracker raises after ``body(tracker)``, which itself must not raise."""
    ended = False
    with pytest.raises(Exception) as caught:  # the caller looks at it
        async with Tracker() as tracker:
            await body(tracker, *args)
            ended = True
    assert ended
    return caught.value


async def crash(ws):
    await ws.recv()
    raise LookupError("lost")


async def eventually_closed(client):
    """Let the handler crash and the connection close."""
    await client.send("go")
    await client.wait_until("closed")


async def until_crashed(server):
    """Crash a handler of ``server`` with a client that nobody asks."""
    async with websockets_connect(server.url) as client:
        await client.send("go")
        await client.wait_closed()


# What it owns


@pytest.mark.parametrize("target", [apps.echo, accepting(echo_events)], ids=["memory", "process"])
async def test_a_client_that_it_owns_is_closed(target):
    async with Tracker() as tracker:
        client = await tracker.own(connect(target))
        await client.send("tea")
    assert client.close_code == 1000


async def test_a_server_that_it_owns_is_stopped_after_its_clients():
    async with Tracker() as tracker:
        server = await tracker.own(serve(apps.echo))
        client = await tracker.own(connect(server))
    assert not server.is_serving
    assert client.close_code == 1000, "the client's own, not the server's 1001"


async def test_a_client_that_opened_before_it_was_entered_is_closed_too():
    tracker = Tracker()
    client = await tracker.own(connect(apps.echo))
    async with tracker:
        assert client.state is State.OPEN
    assert client.state is State.CLOSED


async def test_what_was_never_opened_or_is_closed_already_is_let_be():
    async with Tracker() as tracker:
        unused = tracker.own(connect(apps.echo))
        tracker.own(serve(apps.echo))
        async with tracker.own(connect(apps.echo)) as closed:
            pass
    assert unused.state is State.CONNECTING
    assert closed.close_code == 1000


async def test_it_closes_in_the_task_that_leaves_it():
    tasks = []

    async with Tracker() as tracker:
        client = await tracker.own(connect(apps.echo))
        close = client._session.connection.close

        async def watched(*args):
            tasks.append(asyncio.current_task())
            await close(*args)

        client._session.connection.close = watched
    assert tasks == [asyncio.current_task()]


async def test_after_it_was_left_it_takes_nothing_more():
    async with Tracker() as tracker:
        pass
    with pytest.raises(SetupError) as caught:
        tracker.own(connect(apps.echo))
    assert str(caught.value) == (
        "ws_connect and ws_serve close when the coroutine of the test ends, and it has ended; "
        "use connect() and serve() after it"
    )


async def test_one_that_fails_to_close_keeps_no_other_from_it():
    kept = []

    async def fails(*_):
        raise LookupError("no close")

    async def body(tracker):
        client = await tracker.own(connect(apps.echo))
        client._session.connection.close = fails
        kept.append(await tracker.own(connect(apps.echo)))
        kept.append(await tracker.own(serve(apps.echo)))

    error = await error_of(body)
    assert repr(error) == "LookupError('no close')"
    client, server = kept
    assert client.state is State.CLOSED
    assert not server.is_serving


# What was left behind


async def leaves_a_client(tracker):
    await connect(apps.echo, name="ann")


async def leaves_a_server(tracker):
    await serve(apps.echo)


async def leaves_a_named_server(tracker):
    await serve(apps.echo, name="chat")


async def for_ever():
    await asyncio.Event().wait()


async def leaves_a_task(tracker):
    asyncio.create_task(for_ever())  # noqa: RUF006  # that is the point


async def leaves_a_group_of_awaitables(tracker):
    asyncio.gather(for_ever())


async def leaves_a_client_that_a_library_opened(tracker):
    await asyncio.gather(connect(apps.echo, name="ann"))


@pytest.mark.parametrize(
    ("body", "source", "what"),
    [
        (leaves_a_client, "await connect", "ann, opened"),
        (leaves_a_server, "await serve", "a server, opened"),
        (leaves_a_named_server, "await serve", "the server 'chat', opened"),
        (leaves_a_task, "create_task", "the task for_ever, started"),
        (leaves_a_group_of_awaitables, "gather", "the task for_ever, started"),
        (leaves_a_client_that_a_library_opened, "gather", "ann, opened"),
    ],
)
async def test_what_is_left_behind_is_named_with_its_line(body, source, what):
    error = await error_of(body)
    assert type(error) is SetupError
    assert str(error) == left_behind(f"{what} at {line_of(body, source)}")


async def test_all_that_is_left_behind_is_named_and_closed():
    kept = []

    async def body(tracker):
        server = await serve(apps.echo)
        client = await connect(server, name="ann")
        kept.extend([server, client, asyncio.create_task(for_ever())])

    error = await error_of(body)
    server, client, task = kept
    assert str(error) == left_behind(
        f"a server, opened at {line_of(body, 'await serve')}",
        f"ann, opened at {line_of(body, 'await connect')}",
        f"the task for_ever, started at {line_of(body, 'create_task')}",
    )
    assert not server.is_serving
    assert client.close_code == 1000
    assert task.cancelled()


async def test_what_the_body_closes_is_not_left_behind():
    async with Tracker():
        async with serve(apps.echo) as server, connect(server) as client:
            await client.send("tea")
        task = asyncio.create_task(asyncio.sleep(0))
        await task


async def test_a_task_that_ends_when_all_is_closed_is_not_left_behind():
    received = []

    async def read(client):
        received.extend([message async for message in client])

    async with Tracker() as tracker:
        client = await tracker.own(connect(apps.echo))
        reading = asyncio.create_task(read(client))
        await client.send("tea")
        await client.wait_for_message("tea")
    assert received == ["tea"]
    assert reading.done()


async def test_a_task_that_the_app_leaves_running_is_left_behind():
    @accepting
    async def app(scope, receive, send):
        asyncio.create_task(for_ever())  # noqa: RUF006  # that is the point
        await receive()

    async def body(tracker):
        await tracker.own(connect(app))

    error = await error_of(body)
    line = line_of(app.__closure__[0].cell_contents, "create_task")
    assert str(error) == left_behind(f"the task for_ever, started at {line}")


async def test_a_task_that_ignores_its_cancellation_holds_nothing_up(monkeypatch):
    monkeypatch.setattr("wsnotebook.tracking._GRACE", 0.01)
    release = asyncio.Event()

    async def stubborn():
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async def body(tracker):
        kept.append(asyncio.create_task(stubborn()))

    kept = []
    error = await error_of(body)
    assert "stubborn, started at" in str(error)
    release.set()
    await kept[0]


async def test_what_began_before_or_in_another_context_is_none_of_its_business():
    before = asyncio.create_task(for_ever())
    async with Tracker():
        other = asyncio.create_task(for_ever(), context=contextvars.Context())
    for task in (before, other):
        assert not task.done()
        task.cancel()


async def test_a_client_on_another_loop_is_named_and_not_touched():
    elsewhere = asyncio.new_event_loop()

    async def open_one():
        return await connect(apps.echo, name="ann")

    async def body(tracker):
        kept.append(await asyncio.to_thread(elsewhere.run_until_complete, open_one()))

    kept = []
    error = await error_of(body)
    line = line_of(open_one, "connect(")
    assert str(error) == left_behind(f"ann, opened at {line}, on another event loop")
    assert kept[0].state is State.OPEN
    await asyncio.to_thread(elsewhere.run_until_complete, kept[0].close())
    elsewhere.close()


# Crashes


async def test_a_crash_that_nobody_has_seen_is_raised():
    async def body(tracker):
        await eventually_closed(await tracker.own(connect(crash)))

    error = await error_of(body)
    assert type(error) is AppCrashed
    assert str(error) == "the app raised LookupError('lost')"
    assert repr(error.__cause__) == "LookupError('lost')"


async def test_a_crash_that_comes_when_the_client_closes_is_raised():
    @accepting
    async def app(scope, receive, send):
        while (await receive())["type"] != "websocket.disconnect":
            pass
        raise LookupError("on the way out")

    async def body(tracker):
        await tracker.own(connect(app))

    error = await error_of(body)
    assert str(error) == "the app raised LookupError('on the way out')"


async def test_a_crash_that_a_wait_has_raised_is_not_raised_again():
    async with Tracker() as tracker:
        client = await tracker.own(connect(crash))
        await client.send("go")
        with pytest.raises(AppCrashed):
            await client.receive()


async def test_an_app_that_speaks_asgi_wrongly_is_told_as_that():
    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})

    async def body(tracker):
        client = await tracker.own(connect(app))
        await client.wait_until("closed")

    error = await error_of(body)
    assert type(error) is ProtocolViolation


@pytest.mark.parametrize(
    ("name", "where"), [(None, "a server"), ("chat", "the server 'chat'")], ids=str
)
async def test_a_crash_behind_a_strange_client_is_raised(name, where, caplog):
    caplog.set_level(logging.CRITICAL, "wsnotebook.server")

    async def body(tracker):
        await until_crashed(await tracker.own(serve(crash, name=name)))

    error = await error_of(body)
    assert type(error) is AppCrashed
    assert str(error) == f"the app raised LookupError('lost') on {where}"
    assert repr(error.__cause__) == "LookupError('lost')"


async def test_a_crash_on_a_server_is_told_once():
    async def body(tracker):
        server = await tracker.own(serve(crash))
        await eventually_closed(await tracker.own(connect(server)))

    error = await error_of(body)
    assert str(error) == "the app raised LookupError('lost')"
    assert not hasattr(error, "__notes__")


async def test_a_crash_on_a_server_that_a_client_has_raised_is_not_raised_again():
    async with Tracker() as tracker:
        server = await tracker.own(serve(crash))
        client = await tracker.own(connect(server))
        await client.send("go")
        with pytest.raises(AppCrashed):
            await client.receive()


async def test_crashes_that_were_looked_at_and_cleared_are_not_raised(caplog):
    caplog.set_level(logging.CRITICAL, "wsnotebook.server")
    async with Tracker() as tracker:
        server = await tracker.own(serve(crash))
        await until_crashed(server)
        assert repr(server.crashes) == "[LookupError('lost')]"
        server.crashes.clear()


async def test_the_worst_is_raised_and_the_rest_is_noted_on_it():
    async def body(tracker):
        await eventually_closed(await tracker.own(connect(crash)))
        await eventually_closed(await connect(crash))
        await connect(apps.echo, name="ann")

    error = await error_of(body)
    assert str(error) == "the app raised LookupError('lost')"
    assert error.__notes__ == [
        "moreover, the app raised LookupError('lost')",
        f"moreover, {left_behind('ann, opened at ' + line_of(body, 'apps.echo'))}",
    ]


async def test_if_the_body_raises_that_wins_and_carries_the_rest_as_notes():
    with pytest.raises(ZeroDivisionError) as caught:
        async with Tracker() as tracker:
            client = await tracker.own(connect(crash))
            await eventually_closed(client)
            raise ZeroDivisionError("the test's own")
    assert str(caught.value) == "the test's own"
    assert caught.value.__notes__ == ["moreover, the app raised LookupError('lost')"]
    assert repr(caught.value.__context__) == "LookupError('lost')"


async def test_the_context_that_an_exception_already_has_stays():
    with pytest.raises(ZeroDivisionError) as caught:
        async with Tracker() as tracker:
            await eventually_closed(await tracker.own(connect(crash)))
            try:
                raise KeyError("first")
            except KeyError:
                raise ZeroDivisionError from None
    assert repr(caught.value.__context__) == "KeyError('first')"


# What it leaves as it was


async def test_the_loop_and_the_observer_are_what_they_were():
    loop = asyncio.get_running_loop()
    before = dict(vars(loop)), observer.get(), loop.get_task_factory()
    async with Tracker():
        assert observer.get() is not before[1]
    assert (dict(vars(loop)), observer.get(), loop.get_task_factory()) == before


async def test_a_loop_whose_create_task_was_replaced_before_gets_that_back(monkeypatch):
    loop = asyncio.get_running_loop()
    created = []

    def create_task(coroutine, **options):
        created.append(coroutine.__qualname__)
        return type(loop).create_task(loop, coroutine, **options)

    monkeypatch.setattr(loop, "create_task", create_task)
    async with Tracker():
        await asyncio.create_task(asyncio.sleep(0))
    assert loop.create_task is create_task
    assert created == ["sleep"]


async def test_whoever_listened_before_goes_on_hearing_what_opens():
    heard = []
    observer.set(heard.append)
    async with Tracker() as tracker:
        client = await tracker.own(connect(apps.echo))
        async with serve(apps.echo) as server:
            pass
    assert heard == [client._session, server]


async def test_a_body_that_is_closed_as_a_generator_is_leaves_nothing_set():
    before, tasks = observer.get(), []

    async def body():
        async with Tracker():
            tasks.append(asyncio.create_task(for_ever()))
            await asyncio.sleep(0)

    coroutine = body()
    coroutine.send(None)
    coroutine.close()  # what awaits now is a RuntimeError
    tasks[0].cancel()
    assert observer.get() is before
    assert "create_task" not in vars(asyncio.get_running_loop())
