"""receive_all and its relatives: each kind of stop, completion signals, what failing leaves."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from servers import (
    accept,
    close,
    echo,
    hang_up,
    leftovers,
    plain_server,
    read_frame,
    sending,
    tcp_server,
    text,
)

from wsnotebook import (
    EVENT_ACTION_COMPLETE,
    GROUP_ACTION_COMPLETE,
    MESSAGE_ACTION_COMPLETE,
    Closed,
    Message,
    UndecodableMessage,
    WaitTimeout,
    connect,
)

SIGNALS = [MESSAGE_ACTION_COMPLETE, GROUP_ACTION_COMPLETE, EVENT_ACTION_COMPLETE]


class Note(Message):
    text: str


def signal(action):
    """Return a completion signal as it stands on the wire."""
    return json.dumps({"action": action, "payload": None})


async def send_all(client, *messages):
    """Send messages to an echo and wait until all are back."""
    count = len(client.messages) + len(messages)
    for message in messages:
        await client.send(message)
    await client.wait_for_message_count(count)


# Stops


@pytest.mark.parametrize(
    ("stop", "last"),
    [
        ("end", "end"),
        (b"end", b"end"),
        (re.compile("^en"), "end"),
        ({"type": "end"}, '{"type":"end","n":1}'),
        (Note(text="end"), '{"text":"end"}'),
        (Note, '{"text":"any"}'),
        (lambda message: message == "end", "end"),
    ],
)
async def test_receive_all_returns_up_to_the_stop_which_is_kept(stop, last):
    async with plain_server(echo) as url, connect(url) as client:
        await send_all(client, "before")
        assert await client.receive() == "before"
        await send_all(client, "one", b"two", last, "after")
        assert await client.receive_all(stop) == ["one", b"two", last]
        assert await client.receive() == "after"


async def test_receive_all_waits_for_its_stop():
    async with plain_server(echo) as url, connect(url) as client:
        collecting = asyncio.ensure_future(client.receive_all("end"))
        for message in ("one", "two", "end"):
            await client.send(message)
        assert await collecting == ["one", "two", "end"]


async def test_without_a_stop_receive_all_returns_what_comes_until_settled():
    async with plain_server(echo) as url, connect(url) as client:
        assert await client.receive_all() == []
        for number in range(50):
            await client.send(str(number))
        assert await client.receive_all() == [str(number) for number in range(50)]
        assert await client.receive_all() == []
    assert leftovers() == []


async def test_without_a_stop_receive_all_returns_what_came_before_the_close():
    async with tcp_server(sending(text("one"), text("two"), close(4002), then=hang_up)) as url:
        async with connect(url) as client:
            assert await client.receive_all() == ["one", "two"]
            await client.wait_until("closed")
            assert await client.receive_all() == []


async def test_concurrent_collections_are_served_in_the_order_of_their_calls():
    async with plain_server(echo) as url, connect(url) as client:
        first = asyncio.ensure_future(client.receive_all("end"))
        single = asyncio.ensure_future(client.receive())
        second = asyncio.ensure_future(client.receive_all("end"))
        await asyncio.sleep(0)
        for message in ("a", "end", "b", "c", "end"):
            await client.send(message)
        assert await first == ["a", "end"]
        assert await single == "b"
        assert await second == ["c", "end"]


# Completion signals


@pytest.mark.parametrize("stop", SIGNALS)
async def test_with_a_completion_signal_as_stop_all_signals_are_dropped(stop):
    others = [signal(action) for action in SIGNALS if action != stop]
    async with plain_server(echo) as url, connect(url) as client:
        await send_all(client, "one", *others, stop, "two", signal(stop), "after")
        # The bare word is a message like any other: a signal is JSON.
        assert await client.receive_all(stop) == ["one", stop, "two"]
        assert await client.receive() == "after"
        assert client.messages == ["one", *others, stop, "two", signal(stop), "after"]


async def test_with_another_stop_signals_are_messages():
    async with plain_server(echo) as url, connect(url) as client:
        await send_all(client, signal("complete"), "end")
        assert await client.receive_all("end") == [signal("complete"), "end"]
        await send_all(client, signal("complete"))
        assert await client.receive_all({"action": "complete"}) == [signal("complete")]
        await send_all(client, signal("complete"))
        assert await client.receive_all() == [signal("complete")]


async def test_a_signal_that_does_not_come_is_named():
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(WaitTimeout) as caught:
            await client.receive_all(MESSAGE_ACTION_COMPLETE, timeout=0.01)
        assert str(caught.value) == (
            "no completion signal 'complete' within 0.01 s\n  client-1 is open; nothing received"
        )


# JSON and Messages


async def test_receive_all_json_returns_values_and_drops_signals():
    async with plain_server(echo) as url, connect(url) as client:
        await send_all(client, "1", '{"a":2}', signal("complete"))
        assert await client.receive_all_json(MESSAGE_ACTION_COMPLETE) == [1, {"a": 2}]
        await send_all(client, "[]", "null")
        assert await client.receive_all_json("null") == [[], None]


async def test_receive_all_messages_reads_the_classes_and_drops_signals():
    async with plain_server(echo) as url, connect(url, accepts=Note) as client:
        await send_all(client, '{"text":"a"}', signal("complete"))
        assert await client.receive_all_messages(MESSAGE_ACTION_COMPLETE) == [Note(text="a")]


async def test_one_message_that_cannot_be_read_leaves_all_unread():
    async with plain_server(echo) as url, connect(url, accepts=Note) as client:
        await send_all(client, '{"text":"a"}', "no JSON", "end")
        with pytest.raises(UndecodableMessage, match=r"^'no JSON' is not JSON: "):
            await client.receive_all_json("end")
        with pytest.raises(UndecodableMessage, match=r"^'no JSON' is not Note: "):
            await client.receive_all_messages("end")
        assert await client.receive_all("end") == ['{"text":"a"}', "no JSON", "end"]


# Failing


async def test_a_close_before_the_stop_takes_nothing_and_carries_the_unread(masked):
    async def script(reader, writer):
        await accept(reader, writer, text("zero"), text("one"))
        await read_frame(reader)
        writer.write(text("two") + close(4002, "go away"))

    async with tcp_server(script) as url, connect(url) as client:
        assert await client.receive() == "zero"
        collecting = asyncio.ensure_future(client.receive_all("end"))
        await client.send("go on")
        with pytest.raises(Closed) as caught:
            await collecting
        assert masked(caught.value) == (
            "the connection closed with 4002 'go away' before a message 'end' arrived\n"
            "  client-1 is closed (4002 'go away'); 3 messages received, newest last:\n"
            "    0.000 s  ← 'zero'\n"
            "    0.000 s  ← 'one'\n"
            "    0.000 s  ← 'two'"
        )
        assert caught.value.messages == ["zero", "one", "two"]
        assert caught.value.unread == ["one", "two"]
        assert await client.receive_all() == ["one", "two"]


async def test_a_timed_out_collection_takes_nothing_and_carries_the_unread(masked):
    async with plain_server(echo) as url, connect(url) as client:
        await send_all(client, "one", "and")
        with pytest.raises(WaitTimeout) as caught:
            await client.receive_all("end", timeout=0)
        assert masked(caught.value) == (
            "no message 'end' within 0 s\n"
            "  client-1 is open; 2 messages received, newest last:\n"
            "    0.000 s  ← 'one'\n"
            "    0.000 s  ← 'and'      nearest: differs at character 0"
        )
        assert caught.value.unread == ["one", "and"]
        await send_all(client, "end")
        assert await client.receive_all("end", timeout=0) == ["one", "and", "end"]


async def test_the_timeout_is_for_all_together():
    async def drip(connection):
        async for _ in connection:
            await connection.send("drop")

    async with plain_server(drip) as url, connect(url) as client:
        client.timeline.subscribe(
            # Each answer asks for the next: messages keep coming, and the stop never does.
            lambda event: (
                asking.append(asyncio.ensure_future(client.send("more")))
                if event.direction == "received"
                else None
            )
        )
        asking = []
        await client.send("more")
        with pytest.raises(WaitTimeout, match=r"^no message 'end' within 0.02 s\n"):
            await client.receive_all("end", timeout=0.02)
        assert len(client.messages) > 1
        await asyncio.gather(*asking, return_exceptions=True)


async def test_a_predicate_that_raises_takes_nothing():
    def predicate(message):
        return {"one": False}[message]

    async with plain_server(echo) as url, connect(url) as client:
        await send_all(client, "one", "two")
        with pytest.raises(KeyError, match="two"):
            await client.receive_all(predicate)
        assert await client.receive_all("two") == ["one", "two"]


async def test_a_stop_that_cannot_be_matched_is_refused():
    async with plain_server(echo) as url, connect(url) as client:
        with pytest.raises(TypeError, match=r"^cannot match a message against 5: "):
            await client.receive_all(5)


# Meanwhile cleared


async def test_clear_messages_during_a_collection_restarts_it():
    async with plain_server(echo) as url, connect(url) as client:
        collecting = asyncio.ensure_future(client.receive_all("end"))
        await send_all(client, "old", "older")
        client.clear_messages()
        for message in ("end", "b", "c"):
            await client.send(message)
        assert await collecting == ["end"]
        await client.wait_for_message("c")
        assert await client.receive_all("c") == ["b", "c"]


async def test_a_stop_among_what_comes_in_one_segment_after_clear_messages_is_seen():
    async def script(reader, writer):
        await accept(reader, writer, text("old"), text("older"))
        await read_frame(reader)
        writer.write(text("end") + text("b") + text("c"))
        await hold

    hold = asyncio.get_running_loop().create_future()
    async with tcp_server(script) as url:
        client = await connect(url)
        collecting = asyncio.ensure_future(client.receive_all("end", timeout=0.5))
        await asyncio.sleep(0)
        client.clear_messages()
        await client.send("go on")
        assert await collecting == ["end"]
        assert await client.receive() == "b"
        await client.abort()
