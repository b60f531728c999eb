"""What the end of a connection does to waits, wait_for_close, and the deadlines of all verbs."""

from __future__ import annotations

import asyncio
import math

import pytest
from servers import (
    accept,
    close,
    echo,
    hang_up,
    plain_server,
    read_frame,
    sending,
    tcp_server,
    text,
)

from wsnotebook import Client, Closed, Closure, WaitTimeout, connect

WAITS = {
    "wait_for_message": (lambda c: c.wait_for_message("x"), "before message 'x' arrived"),
    "wait_for_message_count": (lambda c: c.wait_for_message_count(2), "before 2 messages arrived"),
    "wait_for_close": (lambda c: c.wait_for_close(1000), "instead of 1000"),
    "receive": (Client.receive, "before a message arrived"),
    "receive_json": (Client.receive_json, "before a message arrived"),
    "receive_all": (lambda c: c.receive_all("x"), "before a message 'x' arrived"),
    "ping": (Client.ping, "before a pong arrived"),
    "send": (lambda c: c.send("x"), "before the message was sent"),
}

TIMED = {
    "wait_until": lambda client, limit: client.wait_until("closed", timeout=limit),
    "wait_for_message": lambda client, limit: client.wait_for_message("x", timeout=limit),
    "wait_for_message_count": lambda client, limit: client.wait_for_message_count(1, timeout=limit),
    "wait_for_close": lambda client, limit: client.wait_for_close(timeout=limit),
    "receive": Client.receive,
    "receive_json": Client.receive_json,
    "receive_message": Client.receive_message,
    "receive_all": lambda client, limit: client.receive_all("x", timeout=limit),
    "receive_all_json": lambda client, limit: client.receive_all_json("x", timeout=limit),
    "receive_all_messages": lambda client, limit: client.receive_all_messages("x", timeout=limit),
    "ping": Client.ping,
}


def closing_when_asked(*frames):
    """Return a script that waits for a message, sends ``frames``, closes with 4002 and hangs up."""

    async def script(reader, writer):
        await accept(reader, writer)
        await read_frame(reader)
        writer.write(b"".join([*frames, close(4002, "go away")]))

    return script


async def text_of(kind, awaitable):
    """Return the text of the error of ``kind`` that ``awaitable`` raises."""
    with pytest.raises(kind) as caught:
        await awaitable
    assert type(caught.value) is kind
    return str(caught.value)


# Failing at once


@pytest.mark.parametrize("verb", [verb for verb in WAITS if verb not in ("ping", "send")])
async def test_a_wait_fails_at_once_when_the_server_closes(verb):
    begin, doing = WAITS[verb]
    async with tcp_server(closing_when_asked()) as url:
        async with connect(url, timeout=math.inf) as client:
            waiting = asyncio.ensure_future(begin(client))
            await asyncio.sleep(0)
            assert not waiting.done()
            await client.send("close, please")
            assert await text_of(Closed, waiting) == (
                f"the connection closed with 4002 'go away' {doing}\n"
                "  client-1 is closed (4002 'go away'); nothing received"
            )


@pytest.mark.parametrize("verb", WAITS)
async def test_a_wait_after_the_close_fails_at_once(verb):
    begin, doing = WAITS[verb]
    async with tcp_server(sending(close(4002, "go away"), then=hang_up)) as url:
        async with connect(url, timeout=math.inf) as client:
            await client.wait_until("closed")
            assert await text_of(Closed, begin(client)) == (
                f"the connection closed with 4002 'go away' {doing}\n"
                "  client-1 is closed (4002 'go away'); nothing received"
            )


async def test_what_came_before_the_close_still_satisfies_a_wait():
    async with tcp_server(closing_when_asked(text("x"), text("y"))) as url:
        async with connect(url) as client:
            waiting = asyncio.ensure_future(client.wait_for_message("y"))
            await client.send("close, please")
            assert await waiting == "y"
            await client.wait_until("closed")
            assert await client.wait_for_message("x", timeout=0) == "x"
            assert await client.wait_for_message_count(2, timeout=0) == ["x", "y"]


async def test_closed_shows_what_did_come(masked):
    async with tcp_server(closing_when_asked(text("GROUP_LEFT: tea"))) as url:
        async with connect(url) as client:
            await client.send("close, please")
            with pytest.raises(Closed) as caught:
                await client.wait_for_message("GROUP_LEFT: milk")
            assert masked(caught.value) == (
                "the connection closed with 4002 'go away' "
                "before message 'GROUP_LEFT: milk' arrived\n"
                "  client-1 is closed (4002 'go away'); 1 message received:\n"
                "    0.000 s  ← 'GROUP_LEFT: tea'      nearest: differs at character 12"
            )
            assert (caught.value.code, caught.value.reason) == (4002, "go away")
            assert caught.value.unread == ["GROUP_LEFT: tea"]


async def test_closing_by_this_side_ends_waits_too():
    async with plain_server(echo) as url:
        client = await connect(url)
        waiting = asyncio.ensure_future(client.receive())
        await asyncio.sleep(0)
        await client.close(4001, "enough")
        assert (await text_of(Closed, waiting)).startswith(
            "the connection closed with 4001 'enough' before a message arrived\n"
        )


async def test_200_waits_end_together():
    async with tcp_server(closing_when_asked()) as url, connect(url) as client:
        waits = [asyncio.ensure_future(client.wait_for_message(str(n))) for n in range(200)]
        await client.send("close, please")
        ended = await asyncio.gather(*waits, return_exceptions=True)
        assert [str(error).splitlines()[0] for error in ended] == [
            f"the connection closed with 4002 'go away' before message '{n}' arrived"
            for n in range(200)
        ]


# wait_for_close


async def test_wait_for_close_returns_how_it_closed():
    async with tcp_server(closing_when_asked()) as url, connect(url) as client:
        waits = [
            asyncio.ensure_future(client.wait_for_close(*code)) for code in ((), (4002,), (None,))
        ]
        await client.send("close, please")
        closure = Closure(4002, "go away", clean=True)
        assert await asyncio.gather(*waits) == [closure] * 3
        assert await client.wait_for_close(4002, timeout=0) == closure


async def test_wait_for_close_without_a_close_frame_is_not_clean():
    async with tcp_server(sending(then=hang_up)) as url, connect(url) as client:
        assert await client.wait_for_close(1006) == Closure(1006, "", clean=False)


async def test_wait_for_close_times_out_in_words():
    async with plain_server(echo) as url, connect(url) as client:
        assert await text_of(WaitTimeout, client.wait_for_close(1000, timeout=0.01)) == (
            "client-1 did not close within 0.01 s\n  client-1 is open; nothing received"
        )


# Deadlines


@pytest.mark.parametrize("verb", TIMED)
@pytest.mark.parametrize(
    ("timeout", "kind", "problem"),
    [
        (-1, ValueError, 'timeout must be 0 or more seconds (float("inf"): no limit), not -1'),
        (
            math.nan,
            ValueError,
            'timeout must be 0 or more seconds (float("inf"): no limit), not nan',
        ),
        (True, TypeError, "timeout must be a number of seconds, not True"),
        ("1", TypeError, "timeout must be a number of seconds, not '1'"),
    ],
)
async def test_a_bad_timeout_is_refused_by_every_verb(verb, timeout, kind, problem):
    async def call():
        await TIMED[verb](client, timeout)

    async with plain_server(echo) as url, connect(url) as client:
        assert await text_of(kind, call()) == problem


@pytest.mark.parametrize("verb", TIMED)
async def test_timeout_0_is_there_already_or_fails(verb):
    async with plain_server(echo) as url, connect(url) as client:
        told = await text_of(WaitTimeout, TIMED[verb](client, 0))
        assert told.splitlines()[0].endswith(" within 0 s")


@pytest.mark.parametrize(
    "verb",
    ["wait_until", "wait_for_message", "wait_for_message_count", "wait_for_close", "receive",
     "receive_json", "receive_all"],
)  # fmt: skip
async def test_without_limit_a_wait_goes_on_until_it_succeeds(verb):
    async with tcp_server(closing_when_asked(text("1"), text("x"))) as url:
        async with connect(url, timeout=0) as client:
            waiting = asyncio.ensure_future(TIMED[verb](client, math.inf))
            await asyncio.sleep(0)
            assert not waiting.done()
            await client.send("close, please")
            await waiting


async def test_the_default_deadline_is_the_client_s():
    async with plain_server(echo) as url, connect(url, timeout=0.01) as client:
        assert (await text_of(WaitTimeout, client.receive())).startswith(
            "no message within 0.01 s\n"
        )
