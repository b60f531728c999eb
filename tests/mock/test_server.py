"""What a test does with a MockServer; the code under test is a client of ``websockets``."""

import asyncio
import re
import ssl
from contextlib import asynccontextmanager

import pytest
import trustme
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus

from wsnotebook import (
    Client,
    ConnectFailed,
    Message,
    MockServer,
    SetupError,
    State,
    WaitTimeout,
    connect,
    run,
)


@asynccontextmanager
async def talking(server, path="", **options):
    """Yield the client under test and its peer."""
    async with dial(server.url + path, proxy=None, **options) as client:
        yield client, await server.connected()


class Ping(Message):
    ping: int


# Who connects


async def test_a_connection_is_a_client_seen_from_the_server():
    async with MockServer() as server, talking(server, "/chat?room=tea") as (client, peer):
        assert isinstance(peer, Client)
        assert peer.state is State.OPEN
        assert peer.request.path == "/chat?room=tea"
        assert "User-Agent" in peer.request.headers
        await client.send("hello")
        assert await peer.receive() == "hello"
        await peer.send(b"\x00")
        assert await client.recv() == b"\x00"
        assert (peer.messages, peer.sent) == (["hello"], [b"\x00"])


async def test_what_came_before_the_test_asked_is_not_lost():
    async with MockServer() as server, dial(server.url, proxy=None) as client:
        await client.send("early")
        await (await client.ping())
        peer = await server.connected()
        assert peer.messages == ["early"]


async def test_connections_are_given_in_their_order_each_once():
    async with MockServer() as server:
        waiting = [asyncio.ensure_future(server.connected()) for _ in range(2)]
        for path in ("/1", "/2", "/3"):
            client = await dial(server.url + path, proxy=None)
            await client.close()
        peers = [*[await one for one in waiting], await server.connected()]
        assert [peer.request.path for peer in peers] == ["/1", "/2", "/3"]
        assert [peer.name for peer in peers] == ["connection-1", "connection-2", "connection-3"]
        assert [await peer.wait_for_close(1000) for peer in peers]


async def test_a_cancelled_wait_takes_no_connection():
    async with MockServer() as server:
        waiting = asyncio.ensure_future(server.connected())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with talking(server, "/it") as (_, peer):
            assert peer.request.path == "/it"


async def test_waiting_for_nobody_says_that_nobody_came():
    async with MockServer() as server:
        with pytest.raises(WaitTimeout) as caught:
            await server.connected(timeout=0.001)
        assert str(caught.value) == "no connection within 0.001 s: nobody has connected yet"


async def test_waiting_for_another_says_who_came_before():
    async with MockServer(timeout=0.001) as server:
        server.refuse(503, times=2)
        for _ in range(2):
            with pytest.raises(InvalidStatus):
                await dial(server.url, proxy=None)
        async with dial(server.url + "/a?token=geheim", proxy=None):
            await server.connected(timeout=5)
            await server.close(4000)
        async with dial(server.url + "/b", proxy=None):
            await server.connected(timeout=5)
            with pytest.raises(WaitTimeout) as caught:
                await server.connected()
    assert str(caught.value) == (
        "no other connection within 0.001 s: so far connection-1 (/a?token=***, closed with "
        "4000), connection-2 (/b, open); 2 handshakes refused"
    )


async def test_of_many_who_came_before_the_last_are_named():
    async with MockServer() as server:
        for _ in range(7):
            async with talking(server):
                pass
        with pytest.raises(WaitTimeout) as caught:
            await server.connected(timeout=0)
    came = ", ".join(f"connection-{n} (/, closed with 1000)" for n in range(3, 8))
    assert str(caught.value) == (
        f"no other connection within 0 s: so far 7 connections, the last: {came}"
    )


async def test_a_server_that_does_not_listen_has_nobody_to_wait_for():
    with pytest.raises(SetupError) as caught:
        await MockServer().connected()
    assert str(caught.value) == "<MockServer: stopped>; start it with 'async with' or 'await'"


async def test_stopping_ends_the_wait_for_a_connection_at_once():
    server = await MockServer()
    waiting = asyncio.ensure_future(server.connected(timeout=float("inf")))
    await asyncio.sleep(0)
    await server.stop()
    with pytest.raises(SetupError) as caught:
        await waiting
    assert str(caught.value) == "<MockServer: stopped>: nobody will connect any more"


async def test_the_subprotocol_is_negotiated():
    options = {"subprotocols": ["chat.v1", "chat.v2"]}
    async with MockServer(subprotocols=["chat.v2", "chat.v1"]) as server:
        async with talking(server, **options) as (client, peer):
            assert client.subprotocol == peer.subprotocol == "chat.v2"
            assert peer.response_headers["Sec-WebSocket-Protocol"] == "chat.v2"


def test_subprotocols_are_a_sequence():
    with pytest.raises(TypeError) as caught:
        MockServer(subprotocols="chat")
    assert str(caught.value) == "subprotocols must be a sequence of str, not the str 'chat'"


# What it answers by itself


@pytest.mark.parametrize(
    ("replies", "answers"),
    [
        (["pong"], ["pong"]),
        (["a", b"b"], ["a", b"b"]),
        ([{"type": "pong"}], ['{"type":"pong"}']),
        ([Ping(ping=1)], ['{"ping":1}']),
        ([str.upper], ["PING"]),
        ([lambda message: [message, {"n": 1}]], ["ping", '{"n":1}']),
        ([lambda _: None, "after nothing"], ["after nothing"]),
    ],
)
async def test_a_rule_answers_what_matches(replies, answers):
    async with MockServer() as server, talking(server) as (client, peer):
        server.on("ping").reply(*replies)
        await client.send("ping")
        assert [await client.recv() for _ in answers] == answers
        assert peer.sent == answers


async def test_a_reply_may_take_its_time():
    ready = asyncio.Event()

    async def later(message):
        await ready.wait()
        return f"{message}, done"

    async with MockServer() as server, talking(server) as (client, peer):
        server.on("work").reply(later)
        await client.send("work")
        await client.send("next")
        await peer.wait_for_message("next")  # what arrives meanwhile is told all the same
        ready.set()
        assert await client.recv() == "work, done"


async def test_a_rule_answers_every_time_and_every_connection():
    async with MockServer() as server:
        server.on(re.compile("^ping")).reply("pong")
        for _ in range(2):
            async with talking(server) as (client, _):
                for number in range(2):
                    await client.send(f"ping {number}")
                    assert await client.recv() == "pong"


async def test_of_rules_that_match_the_first_answers():
    async with MockServer() as server, talking(server) as (client, _):
        server.on({"type": "buy", "item": "tea"}).reply("tea")
        server.on({"type": "buy"}).reply("something")
        server.on(lambda message: True).reply("what?")
        for message in ('{"type":"buy","item":"tea"}', '{"type":"buy"}', "hello"):
            await client.send(message)
        assert [await client.recv() for _ in range(3)] == ["tea", "something", "what?"]
        assert server.unanswered == []


async def test_a_rule_may_change_its_mind():
    async with MockServer() as server, talking(server) as (client, _):
        rule = server.on("price?")
        for price in ("3", "4"):
            rule.reply(price)
            await client.send("price?")
            assert await client.recv() == price


async def test_a_rule_without_a_reply_answers_nothing():
    async with MockServer() as server, talking(server) as (client, peer):
        server.on("ping")
        await client.send("ping")
        await peer.wait_for_message("ping")
        assert server.unanswered == ["ping"]


async def test_what_no_rule_answered_is_kept():
    async with MockServer() as server, talking(server) as (client, peer):
        server.on("ping").reply("pong")
        for message in ("pin", "ping", b"\x00"):
            await client.send(message)
        await peer.wait_for_message(b"\x00")
        assert server.unanswered == ["pin", b"\x00"]
        server.unanswered.clear()
        assert server.unanswered == ["pin", b"\x00"]


async def test_a_rule_for_who_has_gone_is_no_crash():
    gone = asyncio.Event()

    async def too_late(message):
        await gone.wait()
        return message

    async with MockServer() as server:
        async with talking(server) as (client, peer):
            server.on("x").reply(too_late)
            await client.send("x")
            client.transport.abort()
            await peer.wait_for_close(1006)
        gone.set()
        async with talking(server):
            pass
        assert server.crashes == []


@pytest.mark.parametrize(
    ("replies", "text"),
    [
        ((), "reply() needs at least one message, or a function that returns some"),
        (
            (3,),
            "cannot send 3: expected str (text), bytes (binary), a Message or a dict (its JSON)",
        ),
        (
            (Ping,),
            (
                f"cannot send {Ping!r}: expected str (text), bytes (binary), "
                "a Message or a dict (its JSON)"
            ),
        ),
    ],
)
def test_a_reply_that_is_no_message_is_refused(replies, text):
    with pytest.raises(TypeError) as caught:
        MockServer().on("x").reply(*replies)
    assert str(caught.value) == text


def test_what_cannot_be_matched_is_refused():
    with pytest.raises(TypeError, match="3"):
        MockServer().on(3)


def test_a_rule_says_what_it_is_for():
    assert repr(MockServer().on("ping")) == "<Rule for message 'ping'>"


async def test_a_reply_that_raises_closes_with_1011_and_is_raised_at_the_end():
    def breaks(message):
        raise KeyError(message)

    with pytest.raises(KeyError) as caught:
        async with MockServer() as server, dial(server.url, proxy=None) as client:
            server.on("x").reply(breaks)
            await client.send("x")
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd.code == 1011
    assert caught.value is server.crashes[0]
    assert caught.traceback[-1].name == "breaks"


async def test_a_reply_that_finds_another_connection_closed_is_a_crash():
    with pytest.raises(ConnectionClosed):
        async with MockServer() as server, talking(server) as (client, _):
            other = await dial(server.url, proxy=None)
            await other.close()
            server.on("relay").reply(other.send)
            await client.send("relay")
            await client.wait_closed()
            assert client.close_code == 1011


async def test_a_reply_that_raises_does_not_hide_the_failure_of_the_body():
    with pytest.raises(ValueError, match="mine") as caught:
        async with MockServer() as server, talking(server) as (client, peer):
            server.on("x").reply(lambda message: {}[message])
            await client.send("x")
            await peer.wait_for_close()
            raise ValueError("mine")
    assert caught.value.__notes__ == ["moreover, a reply of the MockServer raised KeyError('x')"]


# What goes wrong


async def test_a_refused_client_may_come_again():
    async with MockServer() as server:
        server.refuse(401)
        with pytest.raises(InvalidStatus) as caught:
            await dial(server.url, proxy=None)
        assert caught.value.response.status_code == 401
        assert bytes(caught.value.response.body) == b"Unauthorized"
        async with talking(server) as (_, peer):
            assert peer.name == "connection-1"


async def test_refusals_are_used_up_in_order():
    async with MockServer() as server:
        server.refuse(503, times=2)
        server.refuse(403)
        seen = []
        for _ in range(3):
            with pytest.raises(InvalidStatus) as caught:
                await dial(server.url, proxy=None)
            seen.append(caught.value.response.status_code)
        assert seen == [503, 503, 403]
        async with talking(server):
            pass


@pytest.mark.parametrize(
    ("status", "times", "text"),
    [
        (101, 1, "status must be an HTTP status of 400 to 599, not 101"),
        (600, 1, "status must be an HTTP status of 400 to 599, not 600"),
        (503, 0, "times must be 1 or more, not 0"),
    ],
)
def test_a_refusal_that_cannot_be_is_refused(status, times, text):
    with pytest.raises(ValueError) as caught:
        MockServer().refuse(status, times=times)
    assert str(caught.value) == text


async def test_dropped_clients_see_1006_and_may_come_again():
    async with MockServer() as server:
        async with talking(server) as (one, first), talking(server) as (other, second):
            await server.drop()
            assert (first.close_code, second.close_code) == (1006, 1006)
            await asyncio.gather(one.wait_closed(), other.wait_closed())
            assert (one.close_code, other.close_code) == (1006, 1006)
        async with talking(server) as (_, peer):
            assert peer.state is State.OPEN


async def test_closed_clients_see_the_code_and_may_come_again():
    async with MockServer() as server:
        async with talking(server) as (client, peer):
            await server.close(4001, "restart")
            assert (peer.close_code, peer.close_reason) == (4001, "restart")
            with pytest.raises(ConnectionClosed) as caught:
                await client.recv()
            assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4001, "restart")
        async with talking(server) as (client, _):
            await server.close()
            with pytest.raises(ConnectionClosedOK):
                await client.recv()


async def test_a_code_that_may_not_be_sent_is_refused():
    async with MockServer() as server, talking(server) as (_, peer):
        with pytest.raises(ValueError, match="close code 1006 may not be sent"):
            await server.close(1006)
        assert peer.state is State.OPEN


@pytest.mark.parametrize("verb", ["drop", "close"])
async def test_with_nobody_connected_there_is_nothing_to_end(verb):
    async with MockServer() as server:
        async with talking(server):
            pass
        with pytest.raises(SetupError) as caught:
            await getattr(server, verb)()
    assert str(caught.value) == f"there is no connection to {verb}: await connected() first"


# Its life


async def test_it_starts_once():
    async with MockServer() as server:
        with pytest.raises(SetupError) as caught:
            await server.start()
        assert str(caught.value) == "<MockServer: 0 clients> is already started"
        async with talking(server):
            pass


async def test_stopping_what_never_listened_does_nothing():
    await MockServer().stop()


def test_its_timeout_is_a_number_of_seconds():
    with pytest.raises(ValueError) as caught:
        MockServer(timeout=-1)
    assert str(caught.value) == (
        'timeout must be 0 or more seconds (float("inf"): no limit), not -1'
    )


async def test_leaving_closes_idle_clients_with_1001():
    async with MockServer() as server:
        client = await dial(server.url, proxy=None)
        peer = await server.connected()
    assert peer.close_code == 1001
    await client.wait_closed()
    assert (client.close_code, client.close_reason) == (1001, "server stopped")


async def test_leaving_cuts_off_a_reply_that_never_comes():
    async def never(_):
        await asyncio.Event().wait()

    async with MockServer() as server, talking(server) as (client, peer):
        server.on("x").reply(never)
        await client.send("x")
        await peer.wait_for_message("x")
        await server.stop()
        assert peer.state is State.CLOSED


async def test_by_hand_it_is_awaited_and_stopped_and_may_listen_again():
    server = await MockServer()
    assert repr(server) == "<MockServer: 0 clients>"
    url = server.url
    assert url == f"ws://127.0.0.1:{server.port}"
    await server.stop()
    await server.stop()
    assert repr(server) == "<MockServer: stopped>"
    with pytest.raises(ConnectFailed):
        await connect(url)
    await server.start()
    async with talking(server):
        pass
    await server.stop()


async def test_a_client_of_this_library_may_connect_to_the_object():
    async with MockServer() as server, connect(server, "/chat") as client:
        peer = await server.connected()
        assert peer.request.path == "/chat"
        await client.send("hello")
        assert await peer.receive() == "hello"


async def test_with_tls_its_url_is_wss():
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with MockServer(ssl=context) as server:
        assert server.url == f"wss://127.0.0.1:{server.port}"
        async with talking(server, ssl=trusting) as (client, peer):
            await client.send("hello")
            assert await peer.receive() == "hello"


def test_under_virtual_time_it_cannot_listen():
    async def scene():
        async with MockServer():
            pass

    with pytest.raises(SetupError, match="virtual time jumps over a network's delays"):
        run(scene(), virtual_time=True)
