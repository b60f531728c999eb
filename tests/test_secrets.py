"""A token is shown nowhere, however it travels and whatever a server does with it.

``client.messages`` keeps the raw data: it is what a test asserts on, and it is not shown by itself.
"""

from __future__ import annotations

import json
import logging
import traceback
from urllib.parse import quote, quote_plus

import pytest
from servers import accept, answer_close, frame, sending, tcp_server, text
from websockets.frames import Opcode

from wsnotebook import (
    AppCrashed,
    Closed,
    ConnectFailed,
    Message,
    Refused,
    SetupError,
    UndecodableMessage,
    UnexpectedMessage,
    WaitTimeout,
    connect,
    serve,
)
from wsnotebook.transports import Handshake

TOKEN = "s3cr3t-t0ken"
ODD = 's3cr3t/+ "t0ken" \\é'  # every form that it takes in a URL, in JSON, in a repr is a secret
PLACES = [
    *((via, TOKEN) for via in ("header", "query", "cookie", "subprotocol")),
    *((via, ODD) for via in ("header", "query", "cookie")),
]
each_place = pytest.mark.parametrize(("via", "token"), PLACES)


class Note(Message):
    text: str


async def tell_handshake(connection):
    """Send what was asked for, as text and as binary, until the client leaves."""
    headers = [[name, value] for name, value in connection.request.headers.raw_items()]
    told = json.dumps({"path": connection.request.path, "headers": headers})
    await connection.send(told)
    await connection.send(told.encode())
    async for message in connection:
        await connection.send(message)


@pytest.fixture(autouse=True)
def all_logs(caplog):
    """Let every logger speak, down to DEBUG."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def hidden(caplog):
    """Return a function that checks that a token stands in nothing that is shown."""

    def check(token, client, *errors, crashed=False):
        timeline = client.timeline
        shown = [
            repr(client), repr(timeline), timeline.text(), timeline.text(times=True),
            timeline.to_json(), *map(repr, timeline), *map(str, timeline),
            *(repr(event.data) for event in timeline), *map(str, caplog.messages), caplog.text,
        ]  # fmt: skip
        for error in errors:
            shown += [str(error), repr(error), repr(vars(error)), *getattr(error, "__notes__", ())]
            if not crashed:  # the cause of a crash is the app's own exception, as it raised it
                shown += traceback.format_exception(error)
        forms = {token, quote(token), quote(token, safe=""), quote_plus(token), repr(token)[1:-1],
                 json.dumps(token)[1:-1], token.encode().decode("latin-1")}  # fmt: skip
        for text_shown in shown:
            for form in forms:
                assert form not in text_shown
        assert any("***" in text_shown for text_shown in shown)

    return check


async def error_of(kind, awaitable):
    """Return the error of ``kind`` that ``awaitable`` raises."""
    with pytest.raises(kind) as caught:
        await awaitable
    return caught.value


@each_place
async def test_a_server_that_echoes_the_handshake(via, token, hidden):
    async with serve(tell_handshake) as server:
        async with connect(server, "/chat", token=token, via=via) as client:
            await client.wait_for_message_count(2)
            await client.send(token)
            await client.send(token.encode())
            await client.send_json({"token": token})
            await client.wait_for_message_count(5)
            hidden(
                token,
                client,
                await error_of(WaitTimeout, client.wait_for_message(token + "!", timeout=0)),
                await error_of(WaitTimeout, client.wait_for_message({"token": [token]}, timeout=0)),
                await error_of(WaitTimeout, client.receive_all(token.encode() + b"!", timeout=0)),
            )
            assert client.messages[2:4] == [token, token.encode()]
            assert client.sent[0] == token
        assert token not in repr(server)
    hidden(token, client, await error_of(Closed, client.wait_for_message(token + "!")))


@each_place
async def test_receives_that_refuse_what_they_see(via, token, hidden):
    async with serve(tell_handshake) as server:
        async with connect(server, token=token, via=via, accepts=Note) as client:
            await client.wait_for_message_count(2)
            await client.receive_all(timeout=0.5)
            await client.send(token)
            await client.wait_for_message(token)
            hidden(
                token,
                client,
                await error_of(UndecodableMessage, client.receive_json()),
                await error_of(UndecodableMessage, client.receive_message()),
                await error_of(UndecodableMessage, client.receive_all_json(token)),
                await error_of(UnexpectedMessage, client.receive_nothing(0)),
            )
        async with connect(server, token=token, via=via) as client:
            await client.wait_for_message_count(2)
            await client.receive_all(timeout=0.5)
            await client.send(token)
            await client.wait_for_message(token)
            hidden(
                token,
                client,
                await error_of(SetupError, client.receive_message()),
                await error_of(SetupError, client.receive_all_messages(token)),
            )


@each_place
async def test_a_server_that_refuses_with_the_token_in_its_answer(via, token, hidden):
    body = f"no entry with {token}".encode()

    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    async with tcp_server(script) as url:
        client = connect(url, token=token, via=via)
        refusal = await error_of(Refused, client.open())
        assert (refusal.status, refusal.reason) == (403, "no entry with ***")
        hidden(token, client, refusal, await error_of(Refused, client.receive()))


@each_place
async def test_a_server_that_is_none_and_repeats_the_token(via, token, hidden):
    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"you said {token}\r\n\r\n".encode())

    async with tcp_server(script) as url:
        client = connect(url, token=token, via=via)
        failure = await error_of(ConnectFailed, client.open())
        hidden(token, client, failure, await error_of(ConnectFailed, client.receive()))


@each_place
async def test_a_server_that_closes_with_the_token_in_the_reason(via, token, hidden):
    async def handler(connection):
        await connection.recv()
        await connection.close(4001, f"bad token {token}")

    async with serve(handler) as server, connect(server, token=token, via=via) as client:
        await client.send("x")
        closed = await error_of(Closed, client.receive())
        assert closed.reason == "bad token ***"
        hidden(token, client, closed, await error_of(Closed, client.wait_for_close(1000)))
        assert client.close_reason == f"bad token {token}"


@each_place
async def test_a_handler_that_crashes_with_the_token_in_its_exception(via, token, hidden):
    async def handler(connection):
        await connection.recv()
        raise PermissionError(f"bad token {token}")

    async with serve(handler) as server, connect(server, token=token, via=via) as client:
        await client.send("x")
        crash = await error_of(AppCrashed, client.receive())
        hidden(token, client, crash, crashed=True)
        assert token in str(crash.__cause__)


@each_place
async def test_a_crash_carried_by_the_exception_of_the_body(via, token, hidden):
    async def handler(connection):
        await connection.recv()
        raise PermissionError(f"bad token {token}")

    async with serve(handler) as server:
        with pytest.raises(LookupError) as caught:
            async with connect(server, token=token, via=via) as client:
                await client.send("x")
                await client.wait_until("closed")
                raise LookupError
        hidden(token, client, caught.value, crashed=True)


async def test_pings_that_hold_the_token(hidden):
    script = sending(frame(Opcode.PING, TOKEN.encode()), text("x"), then=answer_close)
    async with tcp_server(script) as url, connect(url, token=TOKEN) as client:
        await client.wait_for_message("x")
        hidden(TOKEN, client)


async def test_a_failed_connection_whose_detail_holds_the_token(hidden):
    async def script(reader, writer):
        await accept(reader, writer, headers=f"X-Echo: {TOKEN}\r\n")
        writer.write(frame(Opcode.TEXT, b"\xff"))
        await answer_close(reader, writer)

    async with tcp_server(script) as url, connect(url, token=TOKEN, via="query") as client:
        closed = await error_of(Closed, client.receive())
        hidden(TOKEN, client, closed)


async def test_without_token_the_query_parameter_and_the_password_are_hidden(caplog):
    async with tcp_server(sending(then=answer_close)) as url:
        own = url.replace("ws://", "ws://ann:hidden@") + "/?token=hidden"
        async with connect(own, query={"token": "hidden"}) as client:
            pass
    assert client.timeline[0].data == "/?token=***&token=***"
    assert "hidden" not in client.timeline.to_json() + caplog.text
    failure = await error_of(ConnectFailed, connect(own).open())
    assert failure.target == own.replace("hidden", "***")
    assert "hidden" not in "".join(traceback.format_exception(failure))


def test_a_handshake_in_a_traceback_shows_neither_headers_nor_query_nor_subprotocols():
    handshake = Handshake("/chat", "token=x", (("authorization", "x"),), ("x",))
    assert repr(handshake) == (
        "Handshake(path='/chat', ssl=None, compression=None, max_size=1048576, close_timeout=1.0)"
    )
