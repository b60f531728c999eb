"""The integration tests that this library's client helpers were first asked to make possible.

An article on testing WebSocket servers published three tests; they are the first three here. Those
that follow are about what its helpers leave open. All are written as a user would write them.
"""

from __future__ import annotations

import asyncio
import re
import socket

import pytest

from wsnotebook import (
    Closed,
    ConnectFailed,
    Event,
    State,
    UnexpectedMessage,
    WaitTimeout,
    connect,
    serve,
)
from wsnotebook.apps import GroupChat, echo


@pytest.fixture
async def server():
    async with serve(GroupChat()) as server:
        yield server


def typed(kind, value=None):
    return {"type": kind, "value": value}


def to_group(name, message):
    return typed("MESSAGE_GROUP", {"groupName": name, "groupMessage": message})


async def go_away(connection):
    """Close with a code and a reason as soon as the first message comes."""
    await connection.recv()
    await connection.close(4002, "go away")


# The three published tests


async def test_the_server_echoes_a_message(server):
    async with connect(server) as client:
        await client.send_json(typed("ECHO", "This is a test message"))
        assert await client.receive() == "This is a test message"


async def test_a_group_message_reaches_the_members_of_the_group_only(server):
    async with connect(server) as one, connect(server) as two, connect(server) as three:
        await one.send_json(typed("CREATE_GROUP", "TEST"))
        await one.wait_for_message("GROUP_CREATED: TEST")
        await two.send_json(typed("JOIN_GROUP", "TEST"))
        await two.wait_for_message("GROUP_JOINED: TEST")

        await one.send_json(to_group("TEST", "This is a test message"))

        assert await one.wait_for_message_count(2) == [
            "GROUP_CREATED: TEST",
            "This is a test message",
        ]
        assert await two.wait_for_message_count(2) == [
            "GROUP_JOINED: TEST",
            "This is a test message",
        ]
        await three.receive_nothing()
        assert three.messages == []


async def test_the_server_echoes_a_message_three_times(server):
    async with connect(server) as client:
        await client.send_json(typed("ECHO_TIMES_3", "This is a test message"))
        assert await client.wait_for_message_count(3) == ["This is a test message"] * 3


# Start a server for tests


async def test_each_server_listens_on_a_port_of_its_own():
    one, other = await serve(echo), await serve(echo)
    assert one.port != other.port
    assert one.url == f"ws://127.0.0.1:{one.port}"
    await one.stop()
    await other.stop()


async def test_stopping_does_not_hang_while_clients_are_still_open():
    server = await serve(echo)
    clients = [await connect(server) for _ in range(3)]
    async with asyncio.timeout(5):
        await server.stop()
        for client in clients:
            closure = await client.wait_for_close(1001)
            assert closure.reason == "server stopped"


# Wait until open, wait until closed


async def test_waiting_for_a_state_that_is_there_returns_at_once(server):
    client = await connect(server)
    await client.wait_until("open", timeout=0)
    await client.close()
    await client.wait_until("closed", timeout=0)


async def test_a_server_that_never_answers_did_not_open_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(WaitTimeout) as caught:
            await connect(url, name="client", open_timeout=0.05)
    assert str(caught.value) == "client did not open within 0.05 s"


async def test_a_client_that_stays_open_did_not_close_in_time(server):
    async with connect(server, name="client") as client:
        with pytest.raises(WaitTimeout) as caught:
            await client.wait_until("closed", timeout=0.01)
    assert str(caught.value) == (
        "client did not close within 0.01 s\n  client is open; nothing received"
    )


async def test_a_refused_connection_fails_at_once_and_names_the_cause():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with asyncio.timeout(5):  # there is no deadline that it could have waited for
        with pytest.raises(ConnectFailed) as caught:
            await connect(f"ws://127.0.0.1:{port}", open_timeout=float("inf"))
    assert str(caught.value) == (
        f"cannot connect to ws://127.0.0.1:{port}/: "
        "connection refused; is the server running, and on that port?"
    )
    assert isinstance(caught.value, ConnectionError)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


async def test_the_close_code_and_reason_are_there():
    async with serve(go_away) as server, connect(server) as client:
        assert (client.state, client.close_code, client.close_reason) == (State.OPEN, None, None)
        await client.send("hello")
        await client.wait_until("closed")
        assert (client.state, client.close_code) == (State.CLOSED, 4002)
        assert client.close_reason == "go away"
        closure = await client.wait_for_close()
        assert (closure.code, closure.reason, closure.clean) == (4002, "go away", True)


async def test_a_server_that_vanishes_shows_as_1006():
    async def vanish(connection):
        await connection.recv()
        connection.transport.abort()

    async with serve(vanish) as server, connect(server) as client:
        await client.send("hello")
        closure = await client.wait_for_close(1006)
        assert (closure.reason, closure.clean) == ("", False)


# Messages are kept


async def test_messages_are_kept_from_the_start_and_a_copy_is_handed_out():
    async def greet(connection):
        await connection.send("welcome")
        await connection.wait_closed()

    async with serve(greet) as server, connect(server) as client:
        await client.wait_for_message("welcome")
        client.messages.clear()
        assert client.messages == ["welcome"]
        client.clear_messages()
        assert client.messages == []
        await client.receive_nothing(during=0)
        assert len(client.timeline.filter(kind="message")) == 1


async def test_binary_stays_binary_and_empty_messages_are_kept():
    messages = ["text", b"binary", "", b"", "\x00", b"\xff"]
    async with serve(echo) as server, connect(server) as client:
        for message in messages:
            await client.send(message)
        received = await client.wait_for_message_count(len(messages))
        assert received == messages
        assert [type(message) for message in received] == [type(m) for m in messages]


async def test_sent_messages_and_times_are_kept_too():
    async with serve(echo) as server, connect(server, name="client") as client:
        await client.send("one")
        await client.receive()
        await client.send(b"two")
        await client.receive()
        assert client.sent == ["one", b"two"]
    events = list(client.timeline)
    assert [(event.kind, event.direction, event.data) for event in events] == [
        ("open", None, "/"),
        ("message", "sent", "one"),
        ("message", "received", "one"),
        ("message", "sent", b"two"),
        ("message", "received", b"two"),
        ("close", None, None),
    ]
    times = [event.time for event in events]
    assert times == sorted(times)
    assert events[0].time >= 0
    assert events[1] == Event(times[1], "client", "message", "sent", "one", 3)


# Wait for a message


async def test_existing_messages_count_unless_told_otherwise():
    async with serve(echo) as server, connect(server, name="client") as client:
        await client.send("hello")
        await client.wait_for_message_count(1)
        assert await client.wait_for_message("hello", timeout=0) == "hello"
        with pytest.raises(WaitTimeout):
            await client.wait_for_message("hello", include_existing=False, timeout=0)
        again = client.wait_for_message("hello", include_existing=False)
        await client.send("hello")
        assert await again == "hello"


async def test_repeated_waits_do_not_consume():
    async with serve(echo) as server, connect(server) as client:
        await client.send("hello")
        for _ in range(3):
            assert await client.wait_for_message("hello") == "hello"
        assert await client.receive() == "hello"
        assert await client.wait_for_message("hello") == "hello"
        await client.receive_nothing()


async def test_a_wait_during_which_the_server_closes_fails_at_once():
    async with serve(go_away) as server, connect(server, name="client") as client:
        async with asyncio.timeout(5):  # there is no deadline that it could have waited for
            waiting = client.wait_for_message("welcome", timeout=float("inf"))
            await client.send("hello")
            with pytest.raises(Closed) as caught:
                await waiting
    assert (caught.value.code, caught.value.reason) == (4002, "go away")
    assert str(caught.value) == (
        "the connection closed with 4002 'go away' before message 'welcome' arrived\n"
        "  client is closed (4002 'go away'); nothing received"
    )


async def test_a_wait_after_the_close_fails_at_once(masked):
    async def answer_and_go(connection):
        await connection.send(await connection.recv())
        await connection.close(4002, "go away")

    async with serve(answer_and_go) as server, connect(server, name="client") as client:
        await client.send("hello")
        await client.wait_until("closed")
        with pytest.raises(Closed) as caught:
            await client.wait_for_message("welcome", timeout=float("inf"))
        assert await client.wait_for_message("hello") == "hello"
    assert masked(caught.value) == (
        "the connection closed with 4002 'go away' before message 'welcome' arrived\n"
        "  client is closed (4002 'go away'); 1 message received:\n"
        "    0.000 s  ← 'hello'"
    )


async def test_a_wait_that_times_out_shows_what_did_arrive(server, masked):
    async with connect(server, name="client") as client:
        await client.send_json(typed("JOIN_GROUP", "tea"))
        await client.send_json(typed("ECHO", "hello"))
        await client.wait_for_message("hello")
        with pytest.raises(WaitTimeout) as caught:
            await client.wait_for_message("GROUP_JOINED: tea", timeout=0.01)
    assert masked(caught.value) == (
        "no message 'GROUP_JOINED: tea' within 0.01 s\n"
        "  client is open; 2 messages received, newest last:\n"
        "    0.000 s  ← 'GROUP_UNAVAILABLE: tea'      nearest: differs at character 6\n"
        "    0.000 s  ← 'hello'"
    )
    assert caught.value.messages == ["GROUP_UNAVAILABLE: tea", "hello"]
    assert isinstance(caught.value, TimeoutError)


async def test_a_message_can_be_told_by_more_than_its_text():
    async with serve(echo) as server, connect(server) as client:
        await client.send_json({"type": "joined", "who": {"name": "ann", "age": 7}})
        text = '{"type":"joined","who":{"name":"ann","age":7}}'
        for match in (text, re.compile("joined"), {"who": {"name": "ann"}}, lambda m: "ann" in m):
            assert await client.wait_for_message(match) == text


# Wait for a number of messages


async def test_a_count_of_messages_is_at_least_that_many_and_a_copy(server):
    async with connect(server) as client:
        await client.send_json(typed("ECHO_TIMES_3", "x"))
        await client.wait_for_message_count(3)
        counted = await client.wait_for_message_count(2, timeout=0)
        assert counted == ["x"] * 3
        counted.clear()
        assert client.messages == ["x"] * 3


async def test_a_count_that_is_not_reached_tells_what_there_is(server, masked):
    async with connect(server, name="client") as client:
        await client.send_json(typed("ECHO", "x"))
        await client.wait_for_message_count(1)
        with pytest.raises(WaitTimeout) as caught:
            await client.wait_for_message_count(2, timeout=0.01)
    assert masked(caught.value) == (
        "no 2 messages within 0.01 s\n  client is open; 1 message received:\n    0.000 s  ← 'x'"
    )


# The demo servers


async def test_the_raw_server_echoes_text_and_binary():
    async with serve(echo) as server, connect(server.url) as client:
        await client.send("text")
        assert await client.receive() == "text"
        await client.send(b"\x00\xff")
        assert await client.receive() == b"\x00\xff"


async def test_groups_belong_to_one_server_not_to_the_module():
    async with serve(GroupChat()) as one, serve(GroupChat()) as other:
        async with connect(one) as ann, connect(other) as bob:
            await ann.send_json(typed("CREATE_GROUP", "tea"))
            assert await ann.receive() == "GROUP_CREATED: tea"
            await bob.send_json(typed("CREATE_GROUP", "tea"))
            assert await bob.receive() == "GROUP_CREATED: tea"


async def test_a_group_is_left_by_name_and_gone_when_it_is_empty(server):
    async with connect(server) as client:
        for request, answer in [
            (typed("CREATE_GROUP", "tea"), "GROUP_CREATED: tea"),
            (typed("LEAVE_GROUP"), "GROUP_LEFT: tea"),
            (typed("JOIN_GROUP", "tea"), "GROUP_UNAVAILABLE: tea"),
        ]:
            await client.send_json(request)
            assert await client.receive() == answer


async def test_the_creator_is_a_member_and_a_client_is_in_one_group_at_a_time(server):
    async with connect(server) as client:
        await client.send_json(typed("CREATE_GROUP", "tea"))
        await client.send_json(to_group("tea", "just me"))
        assert await client.receive_all("just me") == ["GROUP_CREATED: tea", "just me"]
        await client.send_json(typed("CREATE_GROUP", "coffee"))
        await client.send_json(to_group("tea", "no longer there"))
        await client.send_json(to_group("coffee", "here"))
        assert await client.receive_all("here") == ["GROUP_CREATED: coffee", "here"]


@pytest.mark.parametrize(
    ("nonsense", "answer"),
    [("{", "ERROR: not JSON"), ('{"type": "SHOUT"}', "ERROR: unknown type 'SHOUT'")],
)
async def test_nonsense_gets_an_error_and_the_connection_lives(server, nonsense, answer):
    async with connect(server) as client:
        await client.send(nonsense)
        assert await client.receive() == answer
        await client.send_json(typed("ECHO", "still here"))
        assert await client.receive() == "still here"


async def test_that_nothing_came_is_an_assertion_that_can_fail(server, masked):
    async with connect(server, name="client") as client:
        await client.send_json(typed("ECHO", "something"))
        with pytest.raises(UnexpectedMessage) as caught:
            await client.receive_nothing()
        assert await client.receive() == "something"
    assert masked(caught.value) == (
        "expected no message, but got 'something'\n"
        "  client is open; 1 message received:\n"
        "    0.000 s  ← 'something'"
    )
