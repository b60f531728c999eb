"""The wait_ verbs: they look and take nothing. What the end does to them is test_waits_ended."""

from __future__ import annotations

import asyncio
import re

import pytest
from servers import (
    close,
    echo,
    forever,
    hang_up,
    plain_server,
    sending,
    tcp_server,
    text,
)

from wsnotebook import (
    Client,
    Closed,
    Closure,
    ConnectFailed,
    Message,
    State,
    WaitTimeout,
    connect,
)


class Greeting(Message):
    name: str


async def text_of(kind, awaitable):
    """Return the text of the error of ``kind`` that ``awaitable`` raises."""
    with pytest.raises(kind) as caught:
        await awaitable
    assert type(caught.value) is kind
    return str(caught.value)


# wait_until


async def test_wait_until_returns_at_once_when_it_is_already_there():
    async with plain_server(echo) as url:
        async with connect(url) as client:
            await client.wait_until("open", timeout=0)
        await client.wait_until("closed", timeout=0)


async def test_wait_until_open_holds_though_the_connection_closed_in_the_same_turn():
    class OpensAndCloses:
        path = "/"

        async def connect(self, handshake, sink):
            await asyncio.sleep(0)
            sink.opened(self)
            sink.closed(Closure(1000))
            return self

    client = Client(OpensAndCloses())
    waiting = asyncio.ensure_future(client.wait_until("open"))
    ended = asyncio.ensure_future(client.wait_until("closed"))
    await client.open()
    await waiting
    await ended
    assert client.state is State.CLOSED


async def test_wait_until_times_out_in_words():
    async with tcp_server(forever) as url:
        client = Client(url)
        opening = asyncio.ensure_future(client.open())
        told = await text_of(WaitTimeout, client.wait_until("open", timeout=0.01))
        assert told == (
            "client-1 did not open within 0.01 s\n  client-1 is connecting; nothing received"
        )
        await client.close()
        await asyncio.wait([opening])
        assert opening.exception() is not None
    async with plain_server(echo) as url, connect(url) as client:
        told = await text_of(WaitTimeout, client.wait_until("closed", timeout=0))
        assert told == "client-2 did not close within 0 s\n  client-2 is open; nothing received"


async def test_wait_until_open_fails_at_once_when_it_cannot_be_any_more():
    async with tcp_server(sending(close(4002, "go away"), then=hang_up)) as url:
        async with connect(url) as client:
            await client.wait_until("closed")
            assert await text_of(Closed, client.wait_until("open")) == (
                "the connection closed with 4002 'go away' and client-1 will not open again\n"
                "  client-1 is closed (4002 'go away'); nothing received"
            )


async def test_waits_from_before_the_opening_fail_with_its_failure():
    async with tcp_server(hang_up) as url:
        client = Client(url)
        waits = [
            asyncio.ensure_future(wait)
            for wait in (
                client.wait_until("open"),
                client.wait_for_message("x"),
                client.wait_for_message_count(1),
                client.wait_for_close(),
                client.receive(),
            )
        ]
        await asyncio.sleep(0)
        expected = await text_of(ConnectFailed, client.open())
        for wait in waits:
            assert await text_of(ConnectFailed, wait) == expected


async def test_waits_from_before_the_opening_see_the_first_message():
    async with tcp_server(sending(text("hello"), close(1000), then=hang_up)) as url:
        client = Client(url)
        waiting = asyncio.ensure_future(client.wait_for_message("hello", include_existing=False))
        receiving = asyncio.ensure_future(client.receive())
        await asyncio.sleep(0)
        await client.open()
        assert await waiting == await receiving == "hello"


@pytest.mark.parametrize("state", ["connecting", "OPEN", State.OPEN, None])
async def test_wait_until_knows_two_states(state):
    client = Client("ws://h")
    told = await text_of(ValueError, client.wait_until(state))
    assert told == f"wait_until knows 'open' and 'closed', not {state!r}"


# wait_for_message


@pytest.mark.parametrize(
    ("match", "message"),
    [
        ("two", "two"),
        (b"two", b"two"),
        (re.compile("^tw."), "two"),
        ({"name": "ann"}, '{"id":1,"name":"ann"}'),
        (Greeting(name="ann"), '{"name":"ann"}'),
        (Greeting, '{"name":"ann"}'),
        (lambda message: message != "one", "two"),
    ],
)
async def test_wait_for_message_returns_the_first_that_matches_and_takes_nothing(match, message):
    async with plain_server(echo) as url, connect(url) as client:
        waiting = asyncio.ensure_future(client.wait_for_message(match))
        await client.send("one")
        await client.send(message)
        assert await waiting == message
        assert await client.wait_for_message(match, timeout=0) == message
        assert [await client.receive(), await client.receive()] == ["one", message]
        assert await client.wait_for_message(match, timeout=0) == message


async def test_what_cannot_be_matched_is_refused_on_the_call():
    client = Client("ws://h")
    with pytest.raises(TypeError, match=r"^cannot match a message against 5: expected str, bytes,"):
        client.wait_for_message(5)


async def test_without_existing_only_messages_after_the_call_count():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("tick")
        await client.wait_for_message("tick")
        told = await text_of(
            WaitTimeout, client.wait_for_message("tick", include_existing=False, timeout=0)
        )
        assert told.splitlines()[0] == "no message 'tick' within 0 s"
        assert told.endswith("nearest: fits, but came earlier")


async def test_the_position_of_a_wait_is_taken_when_it_is_called_not_when_it_is_awaited():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("tick")
        await client.wait_for_message("tick")
        waiting = client.wait_for_message("tick", include_existing=False, timeout=0)
        await client.send("tick")
        await client.wait_for_message_count(2)
        assert await waiting == "tick"


async def test_the_position_of_a_wait_survives_clear_messages():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("old")
        await client.wait_for_message("old")
        waiting = client.wait_for_message("new", include_existing=False, timeout=0)
        client.clear_messages()
        await client.send("new")
        await client.wait_for_message_count(1)
        assert await waiting == "new"


async def test_clear_messages_takes_no_message_from_a_wait_that_it_answered():
    async with plain_server(echo) as url, connect(url) as client:
        waiting = asyncio.ensure_future(client.wait_for_message("x"))
        await asyncio.sleep(0)
        client.timeline.subscribe(
            lambda event: (
                asyncio.get_running_loop().call_soon(client.clear_messages)
                if event.direction == "received"
                else None
            )
        )
        await client.send("x")
        assert await waiting == "x"
        assert client.messages == []


async def test_a_pending_wait_goes_on_after_clear_messages():
    async with plain_server(echo) as url, connect(url) as client:
        waits = [
            asyncio.ensure_future(wait)
            for wait in (client.wait_for_message("b"), client.wait_for_message_count(2))
        ]
        await client.send("a")
        await client.wait_for_message("a")
        client.clear_messages()
        await client.send("b")
        assert await waits[0] == "b"
        assert not waits[1].done()
        await client.send("c")
        assert await waits[1] == ["b", "c"]


@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("error", [KeyError("name"), StopIteration(), pytest.fail.Exception("no")])
async def test_a_predicate_that_raises_fails_its_own_wait_alone(error, existing):
    def predicate(message):
        raise error

    async with plain_server(echo) as url, connect(url) as client:
        if existing:
            await client.send("x")
            await client.wait_for_message("x")
        failing = asyncio.ensure_future(client.wait_for_message(predicate))
        other = asyncio.ensure_future(client.wait_for_message("x"))
        await client.send("x")
        await asyncio.wait([failing])
        raised = failing.exception()
        # Python itself turns a StopIteration in a coroutine into a RuntimeError.
        assert error in (raised, raised.__cause__)
        assert await other == "x"
        assert await client.receive() == "x"


async def test_a_failed_wait_shows_what_did_come_and_the_nearest(masked):
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("GROUP_UNAVAILABLE: tea")
        await client.send("hello")
        await client.wait_for_message_count(2)
        with pytest.raises(WaitTimeout) as caught:
            await client.wait_for_message("GROUP_JOINED: tea", timeout=0.01)
        assert masked(caught.value) == (
            "no message 'GROUP_JOINED: tea' within 0.01 s\n"
            "  client-1 is open; 2 messages received, newest last:\n"
            "    0.000 s  ← 'GROUP_UNAVAILABLE: tea'      nearest: differs at character 6\n"
            "    0.000 s  ← 'hello'"
        )
        assert caught.value.timeout == 0.01
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.messages == ["GROUP_UNAVAILABLE: tea", "hello"]
        assert caught.value.unread == ["GROUP_UNAVAILABLE: tea", "hello"]


# wait_for_message_count


async def test_wait_for_message_count_returns_a_copy_of_at_least_n():
    async with plain_server(echo) as url, connect(url) as client:
        assert await client.wait_for_message_count(0, timeout=0) == []
        for number in range(3):
            await client.send(str(number))
        await client.wait_for_message("2")
        counted = await client.wait_for_message_count(2)
        assert counted == ["0", "1", "2"]
        counted.clear()
        assert await client.wait_for_message_count(3, timeout=0) == ["0", "1", "2"]
        assert await client.receive() == "0"


async def test_a_count_that_is_not_reached_is_told(masked):
    async with plain_server(echo) as url, connect(url) as client:
        assert await text_of(WaitTimeout, client.wait_for_message_count(1, timeout=0)) == (
            "no 1 message within 0 s\n  client-1 is open; nothing received"
        )
        await client.send("x")
        await client.wait_for_message("x")
        assert masked(await text_of(WaitTimeout, client.wait_for_message_count(2, timeout=0))) == (
            "no 2 messages within 0 s\n  client-1 is open; 1 message received:\n    0.000 s  ← 'x'"
        )


@pytest.mark.parametrize("n", [-1, True, 1.0, "1", None])
async def test_a_count_is_a_number_of_messages(n):
    client = Client("ws://h")
    told = await text_of(ValueError, client.wait_for_message_count(n))
    assert told == f"n must be 0 or more messages, not {n!r}"
