"""The demo server, raw: it sends back what it gets, over a real socket."""

from __future__ import annotations

import pytest

from wsnotebook import apps, connect, serve
from wsnotebook.apps import echo


@pytest.mark.parametrize(
    "message",
    ["hello", "", "é\U0001f44b\x00", "x" * 70_000, b"\x00\xff", b"", b"\x80" * 70_000],
    ids=lambda message: f"{len(message)} {type(message).__name__}",
)
async def test_it_sends_back_what_it_gets(message):
    async with serve(echo) as server, connect(server) as client:
        await client.send(message)
        received = await client.receive()
        assert received == message
        assert type(received) is type(message)


async def test_it_keeps_the_order_and_mixes_text_with_binary():
    messages = ["1", b"2", "", b"", "3"]
    async with serve(echo) as server, connect(server) as client:
        for message in messages:
            await client.send(message)
        assert await client.wait_for_message_count(5) == messages


async def test_each_client_gets_its_own_messages():
    async with serve(echo) as server, connect(server) as one, connect(server) as other:
        await one.send("one")
        await other.send("other")
        assert await one.receive_all("one") == ["one"]
        assert await other.receive_all("other") == ["other"]
        await one.receive_nothing()


async def test_a_close_is_answered_and_no_crash():
    async with serve(echo) as server:
        client = await connect(server)
        await client.close(4000, "enough")
        assert (client.close_code, client.close_reason) == (4000, "enough")
        vanishing = await connect(server)
        await vanishing.abort()
        async with connect(server) as another:  # the server lives on
            await another.send("still there?")
            assert await another.receive() == "still there?"
        assert server.crashes == []


def test_the_lessons_find_it_where_they_import_it():
    assert apps.echo is echo
