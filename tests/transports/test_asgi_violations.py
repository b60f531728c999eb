"""What an app may not send: exact texts, raised in the app and in the test.

What is allowed is in ``test_asgi``.
"""

from __future__ import annotations

import pytest
from in_process import ACCEPT, accepting, innermost, refusal, text

from wsnotebook import ProtocolViolation, connect

RULES = " (ASGI specification, WebSocket)"

BEFORE = {
    "send": (
        [text("x")],
        "sent 'websocket.send' before 'websocket.accept'",
    ),
    "an unknown type": (
        [{"type": "websocket.ping"}],
        "sent 'websocket.ping' before 'websocket.accept'",
    ),
    "http": (
        [{"type": "http.response.start", "status": 200}],
        "sent 'http.response.start' before 'websocket.accept'",
    ),
    "a body without its start": (
        [{"type": "websocket.http.response.body"}],
        "sent 'websocket.http.response.body' before 'websocket.accept'",
    ),
    "accept within a response": (
        [{"type": "websocket.http.response.start", "status": 401}, ACCEPT],
        "sent 'websocket.accept' within its HTTP response",
    ),
    "a status that is none": (
        [{"type": "websocket.http.response.start", "status": "401"}],
        "sent 'websocket.http.response.start' with a value of type 'str' as its status",
    ),
    "no status": (
        [{"type": "websocket.http.response.start"}],
        "sent 'websocket.http.response.start' with None as its status",
    ),
    "a body that is text": (
        [
            {"type": "websocket.http.response.start", "status": 401},
            {"type": "websocket.http.response.body", "body": "who?"},
        ],
        "sent 'websocket.http.response.body' with a value of type 'str' as its body",
    ),
    "a subprotocol that is bytes": (
        [{**ACCEPT, "subprotocol": b"chat"}],
        "sent 'websocket.accept' with a value of type 'bytes' as its subprotocol",
    ),
    "headers that are text": (
        [{**ACCEPT, "headers": [("x-room", "tea")]}],
        "sent 'websocket.accept' with headers that are not pairs of bytes",
    ),
    "headers that are a mapping": (
        [{**ACCEPT, "headers": {"x-room": "tea"}}],
        "sent 'websocket.accept' with headers that are not pairs of bytes",
    ),
    "headers that are a number": (
        [{**ACCEPT, "headers": 3}],
        "sent 'websocket.accept' with headers that are not pairs of bytes",
    ),
    "no type": (
        [{"text": "x", "bytes": None}],
        "sent an event with no type, only 'text', 'bytes'",
    ),
    "nothing at all": (
        [{}],
        "sent an event with no type, only nothing",
    ),
    "no event": (
        ["websocket.accept"],
        "sent a value of type 'str' instead of an event",
    ),
    "None": (
        [None],
        "sent None instead of an event",
    ),
    "a type that is a list": (
        [{"type": ["websocket.accept"]}],
        "sent an event whose type is a value of type 'list'",
    ),
}

OPEN = {
    "accept twice": (
        ACCEPT,
        "sent 'websocket.accept' while the connection is open",
    ),
    "an unknown type": (
        {"type": "websocket.sned", "text": "x"},
        "sent 'websocket.sned' while the connection is open",
    ),
    "a response": (
        {"type": "websocket.http.response.start", "status": 401},
        "sent 'websocket.http.response.start' while the connection is open",
    ),
    "text and bytes both": (
        {"type": "websocket.send", "text": "x", "bytes": b"x"},
        "sent 'websocket.send' with both text and bytes",
    ),
    "both of them empty": (
        {"type": "websocket.send", "text": "", "bytes": b""},
        "sent 'websocket.send' with both text and bytes",
    ),
    "neither": (
        {"type": "websocket.send"},
        "sent 'websocket.send' with neither text nor bytes",
    ),
    "neither, by None": (
        {"type": "websocket.send", "text": None, "bytes": None},
        "sent 'websocket.send' with neither text nor bytes",
    ),
    "text that is bytes": (
        {"type": "websocket.send", "text": b"x"},
        "sent 'websocket.send' with a value of type 'bytes' as its text",
    ),
    "bytes that are text": (
        {"type": "websocket.send", "bytes": "x"},
        "sent 'websocket.send' with a value of type 'str' as its bytes",
    ),
    "text that is a dict": (
        {"type": "websocket.send", "text": {"a": 1}},
        "sent 'websocket.send' with a value of type 'dict' as its text",
    ),
    "text that is not UTF-8": (
        {"type": "websocket.send", "text": "ab\ud800"},
        "sent 'websocket.send' with text that is not UTF-8: lone surrogate at character 2",
    ),
    "no type": (
        {"text": "x"},
        "sent an event with no type, only 'text'",
    ),
    "a close code that is never sent": (
        {"type": "websocket.close", "code": 1006},
        (
            "sent 'websocket.close' that cannot be sent: close code 1006 may not be sent (RFC 6455 "
            "section 7.4); use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
        ),
    ),
    "a close code that is text": (
        {"type": "websocket.close", "code": "1000"},
        "sent 'websocket.close' that cannot be sent: close code must be an int, not '1000'",
    ),
    "a close reason that is bytes": (
        {"type": "websocket.close", "reason": b"bye"},
        "sent 'websocket.close' that cannot be sent: close reason must be a str, not b'bye'",
    ),
    "a close reason that is too long": (
        {"type": "websocket.close", "reason": "é" * 62},
        (
            "sent 'websocket.close' that cannot be sent: close reason is 124 bytes of UTF-8; a "
            f"close frame carries at most 123 (RFC 6455 section 5.5): {'é' * 62!r}"
        ),
    ),
}


def each(table):
    return pytest.mark.parametrize(("sent", "what"), table.values(), ids=table.keys())


@each(BEFORE)
async def test_a_violation_before_the_acceptance_is_raised_in_the_app_and_in_the_test(sent, what):
    raised = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        try:
            for event in sent:
                await send(event)
        except RuntimeError as exc:  # what real servers raise
            raised.append(exc)
            raise

    error = await refusal(app, ProtocolViolation)
    assert str(error) == f"the app {what}{RULES}"
    assert raised == [error]
    assert innermost(error) != "open"  # its traceback leads into the app


async def test_a_violation_before_the_acceptance_is_told_even_if_the_app_goes_on():
    went_on = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        with pytest.raises(ProtocolViolation):
            await send(text("early"))
        with pytest.raises(OSError):  # the client has given up
            await send(ACCEPT)
        went_on.append((await receive())["type"])
        went_on.append((await receive())["type"])

    error = await refusal(app, ProtocolViolation)
    assert str(error) == f"the app sent 'websocket.send' before 'websocket.accept'{RULES}"
    assert went_on == ["websocket.connect", "websocket.disconnect"]


@each(OPEN)
async def test_a_violation_is_raised_in_the_app_and_in_the_test(sent, what):
    @accepting
    async def app(scope, receive, send):
        await send(sent)

    async with connect(app) as client:
        with pytest.raises(ProtocolViolation) as caught:
            await client.receive()
    assert str(caught.value) == f"the app {what}{RULES}"
    assert "app" in [entry.name for entry in caught.traceback]
    assert client.close_code == 1006


@each(OPEN)
async def test_a_violation_is_seen_at_exit_even_if_the_app_swallows_it(sent, what):
    @accepting
    async def app(scope, receive, send):
        try:
            await send(sent)
        except Exception:  # as a broadcast to many may do
            await send(text("went on"))
        await receive()

    with pytest.raises(ProtocolViolation) as caught:
        async with connect(app) as client:
            assert await client.receive() == "went on"
    assert str(caught.value) == f"the app {what}{RULES}"


@pytest.mark.parametrize("guard", [RuntimeError, Exception])
async def test_an_app_that_sends_after_its_own_close_and_expects_the_error_is_not_blamed(guard):
    raised = []

    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.close", "code": 4000})
        try:
            await send(text("late"))
        except guard as exc:
            raised.append(exc)

    async with connect(app) as client:
        await client.wait_for_close(4000)
    (error,) = raised
    assert str(error) == f"the app sent 'websocket.send' after 'websocket.close'{RULES}"


async def test_an_app_that_falls_over_sending_after_its_own_close_is_blamed():
    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.close", "code": 4000})
        await send({"type": "websocket.close", "code": 4000})

    with pytest.raises(ProtocolViolation) as caught:
        async with connect(app) as client:
            await client.wait_for_close(4000)
    assert str(caught.value) == f"the app sent 'websocket.close' after 'websocket.close'{RULES}"


async def test_an_app_that_sends_after_its_refusal_and_expects_the_error_is_not_blamed():
    raised = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await send({"type": "websocket.close", "code": 4003})
        try:
            await send(ACCEPT)
        except RuntimeError as exc:
            raised.append(exc)

    assert (await refusal(app)).code == 4003
    (error,) = raised
    assert str(error) == f"the app sent 'websocket.accept' after it refused the handshake{RULES}"


@pytest.mark.parametrize("payload", [bytearray(b"ab"), memoryview(b"ab")])
async def test_any_bytes_like_payload_arrives_as_bytes(payload):
    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.send", "bytes": payload})
        await receive()

    async with connect(app) as client:
        assert await client.receive() == b"ab"
        assert type(client.messages[0]) is bytes


@pytest.mark.parametrize("event", [{"text": "x"}, {"text": "x", "bytes": None}])
async def test_the_payload_that_is_not_meant_may_be_none(event):
    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.send", **event})
        await receive()

    async with connect(app) as client:
        assert await client.receive() == "x"
