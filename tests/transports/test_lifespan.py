"""ASGI's lifespan: when it runs, what it may say, and what becomes of its failures."""

from __future__ import annotations

import asyncio
import logging

import pytest
from in_process import ACCEPT, text
from lifespans import STOPPED, App, a_while, asked, connection

from wsnotebook import Refused, connect
from wsnotebook.transports.asgi import ASGITransport

# When it runs


async def test_it_is_started_before_the_first_connection_and_stopped_after_the_last():
    app = App(a_while, a_while)
    async with connect(app):
        async with connect(app):
            pass
        app.log.append("one left")
    assert app.log == [
        "starting",
        "started",
        "connected",
        "connected",
        "disconnected",
        "one left",
        "disconnected",
        "stopping",
        "stopped",
    ]


async def test_it_is_run_again_for_the_next_connection():
    app = App()
    for _ in range(2):
        async with connect(app):
            pass
    assert app.log.count("started") == app.log.count("stopped") == 2


async def test_a_transport_that_is_entered_keeps_it_running():
    app = App()
    async with ASGITransport(app) as transport:
        for _ in range(2):
            async with connect(transport):
                pass
        async with connect(app):  # another transport, the same app
            pass
        assert app.log.count("started") == 1
        assert "stopping" not in app.log
    assert app.log[-1] == "stopped"


async def test_a_transport_may_be_entered_twice():
    app = App()
    transport = ASGITransport(app)
    async with transport:
        async with transport:
            pass
        assert "stopping" not in app.log
    assert app.log == ["starting", "started", "stopping", "stopped"]


async def test_two_connects_at_once_start_it_once():
    app = App(a_while, a_while)
    ann, bob = await asyncio.gather(connect(app).open(), connect(app).open())
    assert app.log == ["starting", "started", "connected", "connected"]
    await asyncio.gather(ann.close(), bob.close())
    assert app.log[4:] == ["disconnected", "disconnected", "stopping", "stopped"]


async def test_a_connect_while_it_stops_waits_and_starts_it_again():
    app = App(a_while, a_while)
    ann = await connect(app)
    leaving = asyncio.ensure_future(ann.close())
    await app.stopping.wait()
    async with connect(app):
        await leaving
        assert app.log[2:] == ["connected", "disconnected", "stopping", "stopped", "starting",
                               "started", "connected"]  # fmt: skip
    assert app.log[-1] == "stopped"


async def test_a_refused_handshake_stops_it_too():
    app = App()

    async def refuses(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await app(scope, receive, send)

    with pytest.raises(Refused):
        await connect(refuses)
    assert app.log == ["starting", "started", "stopping", "stopped"]


async def test_the_scope_is_that_of_the_specification():
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await (connection(scope, receive, send) if len(scopes) > 1 else App()(scope, receive, send))

    async with connect(app):
        pass
    assert scopes[0] == {
        "type": "lifespan",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "state": {},
    }


# State


async def test_each_connection_gets_a_shallow_copy_of_the_state():
    states = []

    async def fill(scope, send):
        scope["state"].update(shared=[], name="tea")

    app = App(fill)

    async def notes(scope, receive, send):
        if scope["type"] == "websocket":
            states.append(scope["state"])
            scope["state"]["own"] = len(states)
            scope["state"]["shared"].append(len(states))
        await app(scope, receive, send)

    async with connect(notes), connect(notes):
        pass
    assert states == [
        {"shared": [1, 2], "name": "tea", "own": 1},
        {"shared": [1, 2], "name": "tea", "own": 2},
    ]


async def test_the_next_run_has_a_state_of_its_own():
    states = []

    async def note(scope, send):
        states.append(dict(scope["state"]))
        scope["state"]["old"] = True

    app = App(note)
    for _ in range(2):
        async with connect(app):
            pass
    assert states == [{}, {}]


# An app that knows no lifespan


async def raises(scope, receive, send):
    raise RuntimeError("only websockets here")


async def raises_later(scope, receive, send):
    await receive()
    await asyncio.sleep(0)
    raise RuntimeError("only websockets here")


async def accepts(scope, receive, send):
    await receive()
    await send(ACCEPT)


async def swallows(scope, receive, send):
    while True:
        await receive()
        try:
            await send(ACCEPT)
        except Exception:
            continue


async def sends_before_it_receives(scope, receive, send):
    await send(text("hello"))


async def stops_at_once(scope, receive, send):
    await receive()
    await send(STOPPED)


async def sends_no_event(scope, receive, send):
    await receive()
    await send("lifespan.startup.complete")


@pytest.mark.parametrize(
    "answer",
    [raises, raises_later, accepts, swallows, sends_before_it_receives, stops_at_once,
     sends_no_event],
)  # fmt: skip
async def test_an_app_that_knows_no_lifespan_is_fine_and_asked_once(answer):
    app, count = asked(answer)
    for _ in range(3):
        async with connect(app) as client:
            await client.send("x")
            assert await client.receive() == "x"
    assert count == [1]


async def test_an_app_that_returns_without_a_word_is_fine():
    async def returns(scope, receive, send):
        return

    app, _ = asked(returns)
    async with connect(app) as client:
        await client.send("x")
        assert await client.receive() == "x"


async def test_an_app_that_cannot_be_remembered_is_asked_each_time():
    class Unhashable:
        __hash__ = None

        def __init__(self):
            self.count = 0

        async def __call__(self, scope, receive, send):
            if scope["type"] != "websocket":
                self.count += 1
                raise ValueError
            await connection(scope, receive, send)

    app = Unhashable()
    for _ in range(2):
        async with connect(app):
            pass
    assert app.count == 2


async def test_what_it_raised_after_it_took_the_startup_is_logged(caplog):
    app, _ = asked(raises_later)
    async with connect(app):
        pass
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("wsnotebook.server", logging.WARNING)
    assert record.getMessage() == "the app raised in its lifespan, and goes on without"
    assert str(record.exc_info[1]) == "only websockets here"


async def test_an_app_that_raises_at_once_is_not_worth_a_log(caplog):
    app, _ = asked(raises)
    async with connect(app):
        pass
    assert caplog.records == []
