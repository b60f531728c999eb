"""What a search finds, and what the app goes through meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading

import pytest
from hypothesis import strategies as st
from properties.bare import closing, crashing, echoing, hanging, never_speak
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from wsnotebook import Channel, SetupError
from wsnotebook.properties import (
    Settings,
    check,
    echo,
)
from wsnotebook.properties._judge import Judge

FEW = Settings(max_examples=20, seed=1)


# Verdicts


def test_a_correct_app_passes():
    report = check(echoing, "/", oracles=[echo()], settings=FEW)

    [route] = report.routes
    assert report.ok
    assert (route.verdict, route.examples, route.connections) == ("passed", 20, 20)
    assert route.replies > 0
    assert report.target == "echoing"


def test_a_crash_is_found_and_shrunk():
    [failure] = check(crashing, "/", settings=FEW).failures

    assert (failure.code, failure.title) == ("app-crashed", "KeyError: 'text'")
    assert failure.example.messages == ((0, b""),)
    assert (failure.index, failure.sent, failure.messages_sent) == (0, b"", 1)
    assert failure.state == "closed with 1006 (no close frame received)"
    assert (failure.close_code, failure.last_reply, failure.shrunk) == (1006, None, True)
    assert "in crashing\n" in failure.traceback
    assert "wsnotebook/transports" not in failure.traceback.replace("\\", "/")
    assert failure.seen > 1


def test_failures_of_different_causes_are_found_apart():
    async def twice(connection):
        async for message in connection:
            if isinstance(message, bytes):
                raise TypeError("no bytes")
            if not message:
                raise ValueError("nothing")

    report = check(twice, settings=Settings(max_examples=200, seed=1))

    assert sorted(failure.title for failure in report.failures) == [
        "TypeError: no bytes",
        "ValueError: nothing",
    ]
    assert [len(failure.example.messages) for failure in report.failures] == [1, 1]


def test_a_hang_names_the_line_where_the_handler_stands():
    [failure] = check(hanging, "/", settings=FEW).failures

    assert failure.code == "hang"
    assert failure.actual.endswith("in hanging: await asyncio.Event().wait()")


def test_a_handshake_that_is_not_answered_names_the_line():
    async def silent(scope, receive, _send):
        if scope["type"] == "websocket":
            await receive()
            await asyncio.Event().wait()

    [failure] = check(silent, "/", settings=FEW).failures

    assert failure.code == "handshake-unanswered"
    assert failure.title == "the handshake was not answered within 30 s"
    assert failure.actual.endswith("in silent: await asyncio.Event().wait()")


def test_what_an_oracle_says():
    def short(conversation):
        assert len(conversation.sent) < 3, "too long"

    [failure] = check(echoing, "/", oracles=[short], settings=FEW).failures

    assert (failure.code, failure.title) == ("oracle:short", "too long")
    assert len(failure.example.messages) == 3


def test_an_oracle_that_does_not_say_which_message_it_means_is_told_of_with_the_last_of_all():
    def both_speak(conversation):
        assert not all(side.sent for side in conversation.sides), "both spoke"

    settings = FEW.replace(clients=2)
    [failure] = check(echoing, "/", oracles=[both_speak], settings=settings).failures

    assert (failure.messages_sent, failure.index) == (2, 1)


def test_an_oracle_may_say_so_by_pytest_fail():
    def fails(conversation):
        if conversation.sent:
            pytest.fail("not so")

    [failure] = check(echoing, "/", oracles=[fails], settings=FEW).failures

    assert (failure.code, failure.title) == ("oracle:fails", "not so")


def test_what_an_app_cannot_do_in_virtual_time_is_an_error():
    class Far(Channel):
        layer = "redis://127.0.0.1:1"

    [route] = check(Far, "/", settings=FEW).routes

    assert route.verdict == "error"
    assert route.error.endswith(
        "'redis://127.0.0.1:1' is on a network, and virtual time jumps over its delays; "
        "let the layer be 'memory://' there"
    )


def test_an_oracle_that_returns_something_is_an_error():
    report = check(echoing, "/", oracles=[lambda _: False], settings=FEW)

    assert not report.ok
    assert report.routes[0].verdict == "error"
    assert "AssertionError" in report.routes[0].error


# Apps, and how they live


def test_a_factory_gives_each_conversation_an_app_of_its_own():
    made = []

    def make_app():
        made.append(closing())
        return made[-1]

    report = check(None, "/", factory=make_app, settings=FEW)

    assert report.ok
    assert len(made) == 1 + 20  # the first shows the routes


def test_an_app_of_another_loop_asks_for_a_factory():
    loop = asyncio.new_event_loop()
    future = loop.create_future()

    async def foreign(connection):
        async for _ in connection:
            await asyncio.shield(future)

    report = check(foreign, settings=FEW)
    loop.close()

    assert report.failures == ()
    assert "factory=make_app" in report.routes[0].error


def test_an_app_that_does_not_start():
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(
        SetupError,
        match=r"^the app does not start: the app raised LifespanFailed\('no database'\) "
        r"in its lifespan$",
    ):
        check(broken, "/", settings=FEW)


def test_the_lifespan_runs_once_for_all_routes_and_ends():
    told = []

    async def endpoint(websocket):
        await websocket.accept()
        await websocket.close()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                event = await receive()
                told.append(event["type"])
                await send({"type": f"{event['type']}.complete"})
                if event["type"] == "lifespan.shutdown":
                    return
        await inner(scope, receive, send)

    inner = Starlette(routes=[WebSocketRoute("/a", endpoint), WebSocketRoute("/b", endpoint)])
    app.app = inner

    class Wrapped:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await app(scope, receive, send)

    report = check(Wrapped(inner), settings=FEW)

    assert [route.route for route in report.routes] == ["/a", "/b"]
    assert told == ["lifespan.startup", "lifespan.shutdown"]


def test_threads_are_told_of():
    async def app(connection):
        async for _ in connection:
            await asyncio.to_thread(threading.get_ident)

    assert check(app, settings=FEW).routes[0].notes == (
        "the app uses threads: the seed does not repeat the run exactly",
    )


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ("text", {("binary", "RuntimeError")}),
        ("json", {("some", "RuntimeError"), ("binary", "UnicodeDecodeError")}),
    ],
)
def test_what_a_framework_refuses_is_told_once_and_of_the_right_kind(reads, told):
    class Endpoint(WebSocketEndpoint):
        encoding = reads

    # In a burst of both kinds, either may be what was refused.
    app = Starlette(routes=[WebSocketRoute("/ws", Endpoint)])
    [route] = check(app, settings=Settings(seed=1)).routes

    assert route.verdict == "passed"
    refusal = re.compile(r"(\w+) messages: the framework refuses them with (\w+): ")
    assert sorted(refusal.match(note).groups() for note in route.notes) == sorted(told)


def test_a_refusal_that_tells_its_place_in_a_text_is_told_once():
    judge = Judge(FEW, is_abnormal_wrong=False)
    for text in ("", "[]]"):
        with pytest.raises(json.JSONDecodeError) as caught:
            json.loads(text)
        judge._note_refusal(caught.value, [text])

    [note] = judge.notes
    assert note == (
        "text messages: the framework refuses them with json.decoder.JSONDecodeError: Expecting "
        "value: line 1 column 1 (char 0); no failure, but who sends one loses the connection"
    )


def test_a_route_that_refuses_everybody_says_so():
    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})

    [route] = check(app, "/", settings=FEW).routes

    assert (route.verdict, route.refusals) == ("passed", 20)
    assert route.notes == (
        (
            "every handshake was refused: nothing behind it was searched; a token goes with "
            "Settings(auth=...), values of the path with params="
        ),
    )


def test_a_handler_has_time_for_every_message_that_it_was_sent():
    async def slow(connection):
        async for message in connection:
            await asyncio.sleep(130)
            await connection.send(message)

    assert check(slow, settings=FEW.replace(message_timeout=140.0)).ok


def test_a_bare_assertion_is_told_by_its_line():
    [failure] = check(echoing, "/", oracles=[never_speak], settings=FEW).failures

    assert failure.title == "assert not conversation.sent"
    assert failure.expected == ""


def test_no_address_in_memory_is_shown():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "chat"})

    [failure] = check(app, "/", settings=FEW).failures

    assert failure.code == "wrong-subprotocol"
    assert "0x" not in str(failure)


def test_a_task_that_finds_its_client_gone_twice_is_no_crash():
    async def endpoint(websocket):
        await websocket.accept()
        task = asyncio.ensure_future(tell(websocket))
        async for _ in websocket.iter_text():
            pass
        await asyncio.sleep(1)
        await asyncio.wait([task])

    async def tell(websocket):
        for _ in range(3):
            await asyncio.sleep(1)
            with contextlib.suppress(WebSocketDisconnect):
                await websocket.send_text("tick")

    app = Starlette(routes=[WebSocketRoute("/ws", endpoint)])

    assert check(app, messages=st.text(), settings=FEW).ok


def test_an_app_that_exits_is_a_failure_and_does_not_end_the_search():
    async def handler(connection):
        async for message in connection:
            if message == "":
                raise SystemExit(3)

    [failure] = check(handler, settings=Settings(seed=1)).failures
    assert (failure.code, failure.title) == ("app-crashed", "SystemExit: 3")
    assert failure.sent == ""
