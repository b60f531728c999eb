"""An ASGI app called in process: its scope, its refusals, what it does wrongly, and its end.

What every transport does alike is in ``tests/contracts``.
"""

from __future__ import annotations

import asyncio

import pytest
from in_process import ACCEPT, accepting, echo_events, innermost, refusal, text

from wsnotebook import (
    AppCrashed,
    Client,
    ConnectFailed,
    Refused,
    State,
    connect,
)
from wsnotebook.transports.asgi import ASGITransport


async def scope_of(*args, via=None, **options):
    """Return the scope that an app sees when ``connect(app, *args, **options)`` opens."""
    scopes = []

    @accepting
    async def app(scope, receive, send):
        scopes.append(scope)

    async with connect(app if via is None else ASGITransport(app, **via), *args, **options):
        return scopes[0]


# Scope


async def test_a_plain_connection_has_the_scope_of_the_specification():
    scope = await scope_of()
    port = scope["client"][1]
    assert scope == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"connection", b"Upgrade"),
            (b"upgrade", b"websocket"),
            (b"sec-websocket-version", b"13"),
            (b"sec-websocket-key", b"d3Nub3RlYm9vazogQVNHSQ=="),
        ],
        "client": ("127.0.0.1", port),
        "server": ("127.0.0.1", 80),
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
    assert 49152 <= port <= 65535


@pytest.mark.parametrize(
    ("given", "path", "raw_path"),
    [
        ("/rooms/tea", "/rooms/tea", b"/rooms/tea"),
        ("rooms/tea/", "/rooms/tea/", b"/rooms/tea/"),
        ("/caf%C3%A9", "/café", b"/caf%C3%A9"),
        ("/café", "/café", b"/caf%C3%A9"),
        ("/a b", "/a b", b"/a%20b"),
        ("/a%2Fb", "/a/b", b"/a%2Fb"),
        ("/?x=1", "/", b"/"),
    ],
)
async def test_the_path_is_decoded_and_the_raw_path_is_as_on_the_wire(given, path, raw_path):
    scope = await scope_of(given)
    assert (scope["path"], scope["raw_path"]) == (path, raw_path)


async def test_the_queries_of_path_and_argument_are_joined():
    scope = await scope_of("/x?a=1&b=%20", query={"c": "é", "d": "x y"})
    assert scope["query_string"] == b"a=1&b=%20&c=%C3%A9&d=x+y"


async def test_the_root_path_is_part_of_both_paths():
    scope = await scope_of("/tea", via={"root_path": "/café"})
    assert scope["root_path"] == "/café"
    assert scope["path"] == "/café/tea"
    assert scope["raw_path"] == b"/caf%C3%A9/tea"


async def test_header_names_are_lower_case_bytes_in_order_and_values_latin_1():
    scope = await scope_of(headers=[("X-One", "1"), ("x-two", "ü"), ("X-One", "again")])
    assert scope["headers"][5:] == [(b"x-one", b"1"), (b"x-two", b"\xfc"), (b"x-one", b"again")]


async def test_the_users_host_wins():
    scope = await scope_of(headers={"HOST": "tea.example"})
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"tea.example"]


async def test_cookies_are_one_header():
    scope = await scope_of(cookies={"a": "1", "b": "2"})
    assert scope["headers"][5:] == [(b"cookie", b"a=1; b=2")]


async def test_subprotocols_are_in_the_scope_and_among_the_headers():
    scope = await scope_of(subprotocols=["chat", "superchat"])
    assert scope["subprotocols"] == ["chat", "superchat"]
    assert scope["headers"][5:] == [(b"sec-websocket-protocol", b"chat, superchat")]


async def test_each_connection_has_a_port_of_its_own():
    assert (await scope_of())["client"] != (await scope_of())["client"]


async def test_the_address_of_the_client_can_be_given():
    scope = await scope_of(via={"client": ("203.0.113.7", 4321)})
    assert scope["client"] == ("203.0.113.7", 4321)


async def test_an_app_that_changes_its_scope_changes_no_other():
    scopes = []

    @accepting
    async def app(scope, receive, send):
        scopes.append(scope)
        scope["headers"].clear()
        scope["state"]["mine"] = True
        scope["extensions"].clear()

    for _ in range(2):
        async with connect(app):
            pass
    assert len(scopes) == 2
    fresh = await scope_of()
    assert len(fresh["headers"]) == 5
    assert fresh["extensions"] == {"websocket.http.response": {}}
    assert fresh["state"] == {}


# Accepting


async def test_the_acceptance_carries_subprotocol_and_headers():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        headers = [(b"x-room", b"tea"), (b"set-cookie", b"a=\xfc")]
        await send({**ACCEPT, "subprotocol": "chat", "headers": headers})
        await receive()

    async with connect(app, subprotocols=["chat"]) as client:
        assert client.subprotocol == "chat"
        assert client.response_headers["X-Room"] == "tea"
        assert dict(client.response_headers.raw_items()) == {"x-room": "tea", "set-cookie": "a=ü"}


async def test_what_follows_the_acceptance_at_once_is_received():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send(ACCEPT)
        await send(text("hello"))
        await send({"type": "websocket.close", "code": 4000, "reason": "bye"})

    client = await connect(app)
    assert client.messages == ["hello"]
    assert (client.state, client.close_code, client.close_reason) == (State.CLOSED, 4000, "bye")
    await client.close()


async def test_an_app_may_accept_without_asking_for_the_connect_event():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await send(ACCEPT)
        assert (await receive())["type"] == "websocket.connect"
        await send(text((await receive())["text"]))

    async with connect(app) as client:
        await client.send("x")
        assert await client.receive() == "x"


# Refusing


def refusing(*events):
    """Return an app that sends ``events`` before it accepts, then returns."""

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        for event in events:
            await send(event)

    return app


async def test_a_close_before_the_acceptance_is_403_with_code_and_reason():
    error = await refusal(refusing({"type": "websocket.close", "code": 4003, "reason": "members"}))
    assert (error.status, error.code, error.reason) == (403, 4003, "members")
    assert str(error) == (
        "the server refused the handshake with HTTP 403 (close code 4003): 'members'"
    )


async def test_a_close_with_nothing_said_is_1000():
    error = await refusal(refusing({"type": "websocket.close"}))
    assert (error.status, error.code, error.reason) == (403, 1000, "")


async def test_an_http_response_is_a_refusal_with_status_and_body():
    error = await refusal(
        refusing(
            {"type": "websocket.http.response.start", "status": 401, "headers": []},
            {"type": "websocket.http.response.body", "body": b"who ", "more_body": True},
            {"type": "websocket.http.response.body", "body": "are you? ü".encode()},
        )
    )
    assert (error.status, error.code, error.reason) == (401, None, "who are you? ü")
    assert str(error) == "the server refused the handshake with HTTP 401: 'who are you? ü'"


async def test_an_http_response_may_have_no_body():
    error = await refusal(
        refusing(
            {"type": "websocket.http.response.start", "status": 404},
            {"type": "websocket.http.response.body"},
        )
    )
    assert (error.status, error.reason) == (404, "")


@pytest.mark.parametrize(
    "events", [(), ({"type": "websocket.http.response.start", "status": 401},)]
)
async def test_an_app_that_ends_without_an_answer_is_500(events):
    error = await refusal(refusing(*events))
    assert (error.status, error.code) == (500, None)
    assert error.reason == "the app ended without answering the handshake"


async def test_an_app_that_refused_is_told_that_it_is_over():
    told = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.close", "code": 4003})
        told.append(await receive())

    await refusal(app)
    assert told == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]


async def test_a_refused_app_that_goes_on_is_waited_for_and_then_cancelled():
    ended = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await send({"type": "websocket.close", "code": 4003})
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    await refusal(app, close_timeout=0)
    assert ended == ["cancelled"]


async def test_an_app_that_raises_before_it_answers_crashed():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        raise ValueError("boom")

    error = await refusal(app, AppCrashed)
    assert str(error) == "the app raised ValueError('boom') before it answered the handshake"
    assert isinstance(error.__cause__, ValueError)
    assert innermost(error.__cause__) == "app"


async def test_an_app_that_raises_after_it_refused_crashed():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await send({"type": "websocket.close", "code": 4003})
        raise ValueError("boom")

    error = await refusal(app, AppCrashed)
    assert str(error) == "the app raised ValueError('boom') while its handshake failed"
    assert innermost(error.__cause__) == "app"


async def test_a_subprotocol_that_was_not_offered_fails_the_connection():
    told = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({**ACCEPT, "subprotocol": "other"})
        told.append(await receive())
        with pytest.raises(OSError, match=r"^the client is gone; 'websocket.send' was not sent$"):
            await send(text("x"))
        told.append("OSError")

    error = await refusal(app, ConnectFailed, subprotocols=["chat"])
    assert str(error) == (
        f"cannot connect to {app!r}: the server chose the subprotocol 'other', "
        "which was not offered"
    )
    assert told == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}, "OSError"]


async def test_a_waits_after_a_refusal_says_it_again():
    client = Client(refusing({"type": "websocket.close", "code": 4003}))
    with pytest.raises(Refused):
        await client.open()
    with pytest.raises(Refused) as caught:
        await client.receive()
    assert caught.value.code == 4003


# The transport


def test_it_shows_its_app():
    assert repr(ASGITransport(len)) == "ASGITransport(<built-in function len>)"


async def test_one_transport_serves_many_connections_at_once():
    transport = ASGITransport(accepting(echo_events))
    async with connect(transport) as ann, connect(transport) as bob:
        await ann.send("a")
        await bob.send("b")
        assert (await ann.receive(), await bob.receive()) == ("a", "b")
