"""A token is shown nowhere, however it travels and whatever a server does with it.

``client.messages`` keeps the raw data: it is what a test asserts on, and it is not shown by itself.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import time
import traceback
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from servers import accept, answer_close, frame, sending, tcp_server, text
from websockets.frames import Opcode

from wsnotebook import (
    AppCrashed,
    Channel,
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
from wsnotebook.apps import AuthenticatedChannel
from wsnotebook.auth import VIAS, Tickets, place_token, read_token, sign_token, verify_token
from wsnotebook.transports import Handshake

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))

TOKEN = "s3cr3t-t0ken"
ODD = 's3cr3t/+ "t0ken" \\é'  # every form that it takes in a URL, in JSON, in a repr is a secret
PLACES = [
    *((via, TOKEN) for via in VIAS),
    *((via, ODD) for via in VIAS if via != "subprotocol"),
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


async def until_x(connection):
    """Take what the client sends, up to its "x"."""
    while await connection.recv() != "x":
        pass


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
            timeline.svg(), timeline.svg(times=True), timeline.to_json(),
            *map(repr, timeline), *map(str, timeline),
            *(repr(event.data) for event in timeline), *caplog.messages, caplog.text,
            *(repr(record.args) for record in caplog.records),
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
            await client.wait_for_message_count(6 if via == "message" else 5)
            hidden(
                token,
                client,
                await error_of(WaitTimeout, client.wait_for_message(token + "!", timeout=0)),
                await error_of(WaitTimeout, client.wait_for_message({"token": [token]}, timeout=0)),
                await error_of(WaitTimeout, client.receive_all(token.encode() + b"!", timeout=0)),
            )
            assert client.messages[-3:-1] == [token, token.encode()]
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
        await until_x(connection)
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
        await until_x(connection)
        raise PermissionError(f"bad token {token}")

    async with serve(handler) as server, connect(server, token=token, via=via) as client:
        await client.send("x")
        crash = await error_of(AppCrashed, client.receive())
        hidden(token, client, crash, crashed=True)
        assert token in str(crash.__cause__)


@each_place
async def test_a_crash_carried_by_the_exception_of_the_body(via, token, hidden):
    async def handler(connection):
        await until_x(connection)
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


@each_place
async def test_a_handler_in_memory_that_echoes_the_handshake_and_then_crashes(via, token, hidden):
    async def handler(connection):
        told = [connection.request.path, *connection.request.headers.raw_items()]
        await connection.send(json.dumps(told))
        await until_x(connection)
        raise PermissionError(f"bad token {token}")

    client = await connect(handler, "/chat", token=token, via=via)
    hidden(
        token,
        client,
        await error_of(WaitTimeout, client.wait_for_message(token + "!", timeout=0)),
        await error_of(UnexpectedMessage, client.receive_nothing(0)),
    )
    await client.send("x")
    crash = await error_of(AppCrashed, client.wait_for_message(token + "!"))
    hidden(token, client, crash, crashed=True)


# A Channel, in process and behind uvicorn, which logs the path of every handshake


class Tells(Channel):
    """Tells what it was asked for, and echoes."""

    async def on_connect(self):
        context = self.context
        await self.send_json([context.query, dict(context.headers), context.cookies])

    async def on_message(self, message):
        await self.send(message)


@pytest.fixture(params=["in process", "on a socket"])
def reach(request):
    """Return a function that gives a Channel class as a target, and ends with the test."""

    @asynccontextmanager
    async def reach(channel):
        if request.param == "in process":
            yield channel
            return
        async with serve(channel) as server:
            yield server

    return reach


@each_place
async def test_a_channel_that_echoes_the_handshake(via, token, reach, hidden):
    async with reach(Tells) as target:
        async with connect(target, "/chat", token=token, via=via) as client:
            await client.send_json({"said": token})
            await client.wait_for_message(re.compile("said"))
            hidden(
                token,
                client,
                await error_of(WaitTimeout, client.wait_for_message(token + "!", timeout=0)),
                await error_of(UnexpectedMessage, client.receive_nothing(0)),
            )
    hidden(token, client, await error_of(Closed, client.wait_for_message(token + "!")))


@each_place
async def test_a_channel_that_refuses_before_it_accepts(via, token, reach, hidden):
    class Shut(Channel):
        async def authenticate(self):
            raise Refused(status=401, reason=f"no entry with {token}")

    async with reach(Shut) as target:
        client = connect(target, token=token, via=via)
        refusal = await error_of(Refused, client.open())
        assert (refusal.status, refusal.reason) == (401, "no entry with ***")
        hidden(token, client, refusal, await error_of(Refused, client.receive()))


@each_place
async def test_a_channel_that_refuses_after_it_accepted(via, token, reach, hidden):
    class Shut(Channel):
        async def authenticate(self):
            raise Refused(code=4401, reason=f"no entry with {token}")

    async with reach(Shut) as target:
        async with connect(target, token=token, via=via) as client:
            closed = await error_of(Closed, client.wait_for_close(1000))
            assert await client.receive_json() == {
                "type": "error", "message": f"no entry with {token}",
            }  # fmt: skip
            hidden(token, client, closed, await error_of(Closed, client.receive()))


@each_place
async def test_a_channel_that_crashes_while_it_authenticates(via, token, reach, hidden):
    class Broken(Channel):
        async def authenticate(self):
            raise LookupError(f"no entry with {token}")

    async with reach(Broken) as target:
        client = connect(target, token=token, via=via)
        with pytest.raises((AppCrashed, Refused)) as caught:
            await client.open()
        if isinstance(caught.value, Refused):
            # What HTTP tells of a crash is its status; the app's own exception is the server's.
            assert caught.value.status == 500
            assert [repr(crash) for crash in target.crashes] == [
                repr(LookupError(f"no entry with {token}"))
            ]
        assert token not in str(caught.value)


async def test_the_log_of_uvicorn_has_the_path_without_what_is_secret(caplog):
    async with serve(Tells) as server:
        async with connect(server, "/chat?room=tea", token=TOKEN, via="ticket"):
            pass
        assert '"WebSocket /chat?room=tea&ticket=***" [accepted]' in caplog.text
        assert {record.name for record in caplog.records if "WebSocket" in record.message} == {
            "wsnotebook.server.uvicorn"
        }
    assert TOKEN not in caplog.text


# Who is asked


KEY = "a key of thirty-two bytes, or so"


@pytest.mark.parametrize("via", VIAS)
def test_what_is_wrong_with_a_token_is_told_without_it(via, caplog):
    expired = sign_token("ann", KEY, now=0)
    tickets = Tickets()
    replayed = tickets.issue("ann")
    tickets.redeem(replayed)
    attempts = [
        (expired, lambda: verify_token(expired, KEY)),
        (expired, lambda: verify_token(expired, KEY[::-1])),
        (TOKEN, lambda: verify_token(TOKEN, KEY)),
        (replayed, lambda: tickets.redeem(replayed)),
        (TOKEN, lambda: tickets.redeem(TOKEN)),
        (TOKEN, lambda: place_token(TOKEN + "\ud800", via)),
        (TOKEN, lambda: read_token(TOKEN, via="query")),
        ("short", lambda: sign_token("ann", "short")),
    ]
    for secret, attempt in attempts:
        with pytest.raises((Refused, TypeError, ValueError)) as caught:
            attempt()
        error = caught.value
        shown = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        assert not [line for line in shown if secret in line and '"short"' not in line]
        assert KEY not in "".join(shown)
    assert caplog.text == ""
    assert replayed not in repr(tickets)


# Without token=


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


# What is stored


_SIGNED = re.compile(r"eyJ[A-Za-z0-9_-]+\.(eyJ[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_IN_URL = re.compile(r"(?i)[?&](?:token|ticket)=(?!\*\*\*)[^&\s\"'<\\]+")
SHOWN_ON_PURPOSE = "shows-an-expired-token"
"""The tag of a cell whose output has a token, labelled and expired, because the lesson is that."""


def stored(notebook):
    """Return all of a saved notebook that its author did not write: outputs, widgets, metadata."""
    cells = [
        {name: value for name, value in cell.items() if name != "source"}
        for cell in notebook["cells"]
        if SHOWN_ON_PURPOSE not in cell["metadata"].get("tags", ())
    ]
    return json.dumps([cells, notebook["metadata"]], ensure_ascii=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_saved_notebook_holds_a_token(path):
    notebook = json.loads(path.read_text("utf-8"))
    text_stored = stored(notebook)
    assert _SIGNED.search(text_stored) is None
    assert _IN_URL.search(text_stored) is None
    for token in AuthenticatedChannel.tokens:
        assert token not in text_stored


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_token_that_a_notebook_shows_on_purpose_has_expired(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        for found in _SIGNED.finditer(json.dumps(cell)):
            claims = json.loads(base64.urlsafe_b64decode(found[1] + "=="))
            assert claims["exp"] < time.time()


@pytest.mark.parametrize(
    "output",
    [
        {"text": "GET /?token=tea HTTP/1.1"},
        {"text": "/?a=1&ticket=tea"},
        {"text": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln"},
    ],
)
def test_the_search_of_notebooks_finds_what_it_looks_for(output):
    cell = {"cell_type": "code", "metadata": {}, "source": "", "outputs": [output]}
    text_stored = stored({"cells": [cell], "metadata": {}})
    assert _SIGNED.search(text_stored) or _IN_URL.search(text_stored)
    assert not _IN_URL.search(stored({"cells": [], "metadata": {"a": "/?token=*** and"}}))
