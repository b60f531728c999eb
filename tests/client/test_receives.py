"""The receive verbs for one message, silence and iteration; several are test_receive_all."""

from __future__ import annotations

import asyncio
import math
from typing import Literal

import pytest
from servers import (
    accept,
    answer_close,
    close,
    echo,
    hang_up,
    idle,
    leftovers,
    plain_server,
    read_frame,
    sending,
    tcp_server,
    text,
)

from wsnotebook import (
    Client,
    Closed,
    ConnectFailed,
    Message,
    SetupError,
    UndecodableMessage,
    UnexpectedMessage,
    WaitTimeout,
    connect,
)


class Ping(Message):
    action: Literal["ping"] = "ping"
    number: int


class Chat(Message):
    action: Literal["chat"] = "chat"
    text: str


# One message


async def test_receive_takes_in_order_of_arrival():
    async with plain_server(echo) as url, connect(url) as client:
        for message in ("one", b"two", ""):
            await client.send(message)
        assert [await client.receive() for _ in range(3)] == ["one", b"two", ""]
        assert client.messages == ["one", b"two", ""]
        with pytest.raises(WaitTimeout):
            await client.receive(timeout=0)


async def test_concurrent_receives_are_served_in_the_order_of_their_calls():
    async with plain_server(echo) as url, connect(url) as client:
        served = []

        async def receive(place):
            served.append((place, await client.receive()))

        async with asyncio.TaskGroup() as group:
            for place in range(5):
                group.create_task(receive(place))
            await asyncio.sleep(0)
            for number in range(5):
                await client.send(str(number))
        assert served == [(place, str(place)) for place in range(5)]


async def test_a_late_receive_does_not_overtake_one_that_was_woken():
    async with plain_server(echo) as url, connect(url) as client:
        first = asyncio.ensure_future(client.receive())
        await asyncio.sleep(0)
        late = []

        def receive_late(event):
            if event.direction == "received" and not late:
                late.append(asyncio.ensure_future(client.receive()))

        client.timeline.subscribe(receive_late)
        await client.send("one")
        await client.send("two")
        assert await first == "one"
        assert await late[0] == "two"


async def test_unread_messages_are_received_after_the_close():
    async with tcp_server(sending(text("one"), text("two"), close(1000), then=hang_up)) as url:
        async with connect(url) as client:
            await client.wait_until("closed")
            assert await client.receive(timeout=0) == "one"
            with pytest.raises(Closed) as caught:
                await client.receive_all("three")
            assert caught.value.unread == ["two"]
            assert await client.receive(timeout=0) == "two"
            with pytest.raises(Closed) as caught:
                await client.receive()
            assert caught.value.unread == []


async def test_a_timed_out_receive_takes_nothing_and_serves_the_next():
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(WaitTimeout) as caught:
            await client.receive(timeout=0.01)
        assert str(caught.value) == (
            "no message within 0.01 s\n  client-1 is open; nothing received"
        )
        await client.send("late")
        assert await client.receive() == "late"


# JSON and Messages


async def test_receive_json_returns_the_value():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send_json({"a": [1, None]})
        await client.send(b"3")
        assert await client.receive_json() == {"a": [1, None]}
        assert await client.receive_json() == 3


@pytest.mark.parametrize(
    ("message", "shown", "reason"),
    [
        ("hello", "'hello'", "Expecting value: line 1 column 1 (char 0)"),
        ("", "''", "Expecting value: line 1 column 1 (char 0)"),
        ("[" * 100_000, f"'{'[' * 160}'... (100,000 characters)", "it is nested too deeply"),
    ],
)
async def test_a_message_that_is_no_json_stays_unread(message, shown, reason):
    async with plain_server(echo) as url, connect(url) as client:
        await client.send(message)
        for _ in range(2):
            with pytest.raises(UndecodableMessage) as caught:
                await client.receive_json()
            assert str(caught.value) == f"{shown} is not JSON: {reason}"
            assert caught.value.message == message
        assert await client.receive() == message


async def test_receive_message_reads_the_classes_that_accepts_names():
    async with plain_server(echo) as url, connect(url, accepts=Ping | Chat) as client:
        await client.send(Ping(number=1))
        await client.send('{"action":"chat","text":"hi"}')
        assert await client.receive_message() == Ping(number=1)
        assert await client.receive_message() == Chat(text="hi")


async def test_a_message_of_no_known_class_stays_unread():
    async with plain_server(echo) as url, connect(url, accepts=Chat) as client:
        await client.send('{"action":"chat"}')
        with pytest.raises(UndecodableMessage) as caught:
            await client.receive_message()
        assert str(caught.value) == '\'{"action":"chat"}\' is not Chat: text: Field required'
        assert await client.receive_json() == {"action": "chat"}


async def test_without_accepts_there_is_no_class_to_read():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("{}")
        with pytest.raises(SetupError) as caught:
            await client.receive_message()
        assert str(caught.value) == (
            "cannot read '{}' as a Message without knowing the classes: "
            "connect(..., accepts=MyMessage)"
        )
        assert await client.receive() == "{}"


async def test_the_next_in_the_queue_gets_what_a_failed_receive_left():
    async with plain_server(echo) as url, connect(url) as client:
        failing = asyncio.ensure_future(client.receive_json())
        next_one = asyncio.ensure_future(client.receive())
        await asyncio.sleep(0)
        await client.send("no JSON")
        assert await next_one == "no JSON"
        assert isinstance(failing.exception(), UndecodableMessage)


# Silence


@pytest.mark.parametrize("during", [None, 0, 0.01])
async def test_silence_is_told_by_returning(during):
    async with plain_server(idle) as url, connect(url) as client:
        await client.send("no answer to this")
        await client.receive_nothing(during)
    assert leftovers() == []


@pytest.mark.parametrize("during", [None, 0, math.inf])
async def test_an_unread_message_is_no_silence(during, masked):
    async with tcp_server(sending(text("one"), text("two"), then=answer_close)) as url:
        async with connect(url) as client:
            assert await client.receive() == "one"
            with pytest.raises(UnexpectedMessage) as caught:
                await client.receive_nothing(during)
            assert masked(caught.value) == (
                "expected no message, but got 'two'\n"
                "  client-1 is open; 2 messages received, newest last:\n"
                "    0.000 s  ← 'one'\n"
                "    0.000 s  ← 'two'"
            )
            assert isinstance(caught.value, AssertionError)
            assert (caught.value.message, caught.value.unread) == ("two", ["two"])
            assert await client.receive() == "two"


@pytest.mark.parametrize("during", [None, math.inf])
async def test_a_message_that_comes_meanwhile_ends_the_silence(during):
    async with plain_server(echo) as url, connect(url) as client:
        silence = asyncio.ensure_future(client.receive_nothing(during))
        await asyncio.sleep(0)
        await client.send("noise")
        with pytest.raises(UnexpectedMessage) as caught:
            await silence
        assert caught.value.message == "noise"
        assert await client.receive() == "noise"
    assert leftovers() == []


@pytest.mark.parametrize("during", [None, math.inf])
async def test_a_close_meanwhile_is_silence(during):
    async def script(reader, writer):
        await accept(reader, writer)
        await read_frame(reader)
        writer.write(close(4002, "go away"))

    async with tcp_server(script) as url, connect(url) as client:
        silence = asyncio.ensure_future(client.receive_nothing(during))
        await asyncio.sleep(0)
        await client.send("x")
        await silence
        await client.wait_until("closed")
        await client.receive_nothing(during)
        await client.settle()


@pytest.mark.parametrize("verb", [Client.receive_nothing, Client.settle])
async def test_silence_of_a_client_that_could_not_open_is_a_failure(verb):
    async with tcp_server(hang_up) as url:
        client = Client(url)
        with pytest.raises(ConnectFailed):
            await client.open()
        with pytest.raises(ConnectFailed):
            await verb(client)


async def test_silence_during_a_bad_number_is_refused():
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(ValueError, match=r"^during must be 0 or more seconds .*, not -1$"):
            await client.receive_nothing(during=-1)


# Iteration


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999, None])
async def test_iteration_ends_silently_whatever_the_code(code):
    frames = [text("one"), text("two"), *([close(code)] if code else [])]
    async with tcp_server(sending(*frames, then=hang_up)) as url, connect(url) as client:
        assert [message async for message in client] == ["one", "two"]
        assert client.close_code == (code or 1006)
        assert [message async for message in client] == []


async def test_iteration_goes_on_where_receive_stopped_and_the_other_way_round():
    async with plain_server(echo) as url, connect(url) as client:
        for number in range(4):
            await client.send(str(number))
        assert await client.receive() == "0"
        async for message in client:
            assert message == "1"
            break
        assert await client.receive() == "2"


async def test_each_message_of_an_iteration_has_the_default_deadline():
    async with plain_server(echo) as url, connect(url, timeout=0.01) as client:
        await client.send("one")
        seen = []
        with pytest.raises(WaitTimeout) as caught:
            async for message in client:
                seen.append(message)
        assert seen == ["one"]
        assert str(caught.value).startswith("no message within 0.01 s\n")


async def test_iteration_over_a_client_that_could_not_open_is_a_failure():
    async with tcp_server(hang_up) as url:
        client = Client(url)
        with pytest.raises(ConnectFailed):
            await client.open()
        with pytest.raises(ConnectFailed):
            await anext(client)
