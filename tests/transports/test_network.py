"""The network transport: what arrives over a socket, and pings.

Opening that fails is ``test_causes``, endings and settling are ``test_network_endings``; what every
transport must do is ``tests/contracts``.
"""

from __future__ import annotations

import asyncio

import pytest
from servers import (
    accept,
    answer_close,
    binary,
    close,
    echo,
    forever,
    frame,
    hang_up,
    leftovers,
    more,
    ping,
    plain_server,
    read_close,
    read_frame,
    sending,
    tcp_server,
    text,
)
from websockets.frames import Opcode

from wsnotebook import Closed, Closure, WaitTimeout, connect

# Arrivals


async def test_a_greeting_in_the_segment_of_the_handshake_is_there():
    async with tcp_server(sending(text("hello"), then=answer_close)) as url:
        async with connect(url) as client:
            assert client.messages == ["hello"]
            assert await client.receive(timeout=0) == "hello"


async def test_messages_and_close_in_the_segment_of_the_handshake_are_all_kept(masked):
    script = sending(text("one"), binary(b"two"), close(4002, "go away"), then=hang_up)
    async with tcp_server(script) as url:
        async with connect(url) as client:
            assert await client.wait_for_close() == Closure(4002, "go away", clean=True)
            assert client.messages == ["one", b"two"]
            assert await client.receive() == "one"
            assert await client.receive() == b"two"
            with pytest.raises(Closed) as caught:
                await client.receive()
    assert masked(caught.value) == (
        "the connection closed with 4002 'go away' before a message arrived\n"
        "  client-1 is closed (4002 'go away'); 2 messages received, newest last:\n"
        "    0.000 s  ← 'one'\n"
        "    0.000 s  ← b'two'"
    )


async def test_messages_in_the_segment_of_a_close_are_all_kept():
    async def script(reader, writer):
        await accept(reader, writer)
        await read_frame(reader)
        writer.write(text("last") + text("") + close(1000))

    async with tcp_server(script) as url, connect(url) as client:
        await client.send("finish")
        await client.wait_until("closed")
        assert client.messages == ["last", ""]


async def test_a_message_in_fragments_arrives_whole_with_a_ping_between():
    e_acute = "é".encode()
    script = sending(
        text(b"caf" + e_acute[:1], fin=False),  # a character split over two frames is one
        ping(b"in between"),
        more(e_acute[1:], fin=False),
        more(b"", fin=True),
        binary(b"\x00", fin=False),
        more(b"\xff", fin=True),
        then=answer_close,
    )
    async with tcp_server(script) as url, connect(url) as client:
        assert client.messages == ["café", b"\x00\xff"]
        kinds = [(event.kind, event.direction, event.data) for event in client.timeline[1:3]]
        assert kinds == [("ping", "received", b"in between"), ("pong", "sent", b"in between")]


async def test_empty_messages_are_messages_and_keep_their_kind():
    async with plain_server(echo) as url, connect(url) as client:
        await client.send("")
        await client.send(b"")
        assert await client.wait_for_message_count(2) == ["", b""]


async def test_a_message_of_max_size_arrives_and_is_sent_whole():
    whole = "x" * 2**20
    async with plain_server(echo) as url, connect(url) as client:
        await client.send(whole)
        assert await client.receive() == whole


async def test_a_message_over_max_size_fails_the_connection_with_1009(masked):
    seen = []

    async def script(reader, writer):
        await accept(reader, writer, text("fits"), text("x" * 11))
        seen.append(await read_close(reader))

    async with tcp_server(script) as url, connect(url, max_size=10) as client:
        assert await client.receive() == "fits"
        with pytest.raises(Closed) as caught:
            await client.receive()
    assert masked(caught.value) == (
        "the connection closed with 1006 (no close frame received) before a message arrived "
        "(this side closed with 1009: frame with 11 bytes exceeds limit of 10 bytes)\n"
        "  client-1 is closed (1006 (no close frame received)); 1 message received:\n"
        "    0.000 s  ← 'fits'"
    )
    assert seen == [(1009, "frame with 11 bytes exceeds limit of 10 bytes")]


async def test_without_max_size_any_message_arrives():
    big = b"x" * (2**20 + 1)
    async with tcp_server(sending(binary(big), then=answer_close)) as url:
        async with connect(url, max_size=None) as client:
            assert await client.receive() == big


async def test_a_text_that_is_not_utf_8_fails_the_connection_with_1007_and_ends_the_log(masked):
    seen = []

    async def script(reader, writer):
        await accept(reader, writer, text("good"), text(b"\xff"), text("late"), binary(b"late"))
        seen.append(await read_close(reader))

    async with tcp_server(script) as url, connect(url) as client:
        with pytest.raises(Closed) as caught:
            await client.wait_for_message("late")
        assert client.messages == ["good"]
    assert str(caught.value).splitlines()[0] == (
        "the connection closed with 1006 (no close frame received) before message 'late' arrived "
        "(this side closed with 1007: 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte)"
    )
    assert seen == [(1007, "invalid start byte at position 0")]


async def test_a_bad_text_in_the_segment_of_a_close_is_told_although_the_close_was_clean():
    script = sending(text(b"\xff"), close(1000), then=hang_up)
    async with tcp_server(script) as url, connect(url) as client:
        await client.wait_for_close(1000)
        with pytest.raises(Closed) as caught:
            await client.receive()
    assert str(caught.value).splitlines()[0] == (
        "the connection closed with 1000 (OK) before a message arrived "
        "('utf-8' codec can't decode byte 0xff in position 0: invalid start byte)"
    )


async def test_a_frame_against_the_protocol_fails_the_connection_with_1002():
    script = sending(more(b"of nothing", fin=True), then=answer_close)
    async with tcp_server(script) as url, connect(url) as client:
        with pytest.raises(Closed) as caught:
            await client.receive()
    assert str(caught.value).splitlines()[0] == (
        "the connection closed with 1006 (no close frame received) before a message arrived "
        "(this side closed with 1002: unexpected continuation frame)"
    )


# Pings


async def test_pings_of_the_server_are_answered_and_recorded():
    async def script(reader, writer):
        await accept(reader, writer, ping(b"alive?"))
        opcode, data = await read_frame(reader)
        writer.write(text(f"{opcode.name} {data!r}"))
        await answer_close(reader, writer)

    async with tcp_server(script) as url, connect(url, name="ann") as client:
        assert await client.receive() == "PONG b'alive?'"
    assert client.timeline.text() == (
        "ann  ● open /\n"
        "ann  ← ping b'alive?'\n"
        "ann  → pong b'alive?'\n"
        "ann  ← \"PONG b'alive?'\"\n"
        "ann  ○ closed 1000 (OK)"
    )


async def test_a_pong_that_nobody_asked_for_is_recorded_and_answers_no_ping():
    script = sending(frame(Opcode.PONG, b"1"), then=answer_close)
    async with tcp_server(script) as url, connect(url) as client:
        assert [event.kind for event in client.timeline] == ["open", "pong"]
        with pytest.raises(WaitTimeout):
            await client.ping(timeout=0.01)


async def test_ping_returns_seconds_and_is_recorded_both_ways():
    async with plain_server(echo) as url, connect(url) as client:
        first, second = await asyncio.gather(client.ping(), client.ping(timeout=float("inf")))
        assert 0 <= first < 5
        assert 0 <= second < 5
        moved = [(event.kind, event.direction, event.data) for event in client.timeline[1:]]
    assert sorted(moved) == [
        ("ping", "sent", b"1"),
        ("ping", "sent", b"2"),
        ("pong", "received", b"1"),
        ("pong", "received", b"2"),
    ]


async def test_ping_to_a_peer_that_does_not_answer_times_out():
    async with tcp_server(sending(then=forever)) as url:
        client = await connect(url)
        with pytest.raises(WaitTimeout) as caught:
            await client.ping(timeout=0.01)
        await client.abort()
    assert str(caught.value) == "no pong within 0.01 s\n  client-1 is open; nothing received"
    assert leftovers() == []


async def test_ping_fails_at_once_when_the_connection_ends():
    async def script(reader, writer):
        await accept(reader, writer)
        await read_frame(reader)
        writer.write(close(4000, "no pings here"))

    async with tcp_server(script) as url, connect(url) as client:
        with pytest.raises(Closed) as caught:
            await client.ping()
        assert str(caught.value) == (
            "the connection closed with 4000 'no pings here' before a pong arrived\n"
            "  client-1 is closed (4000 'no pings here'); nothing received"
        )
        with pytest.raises(Closed, match="4000 'no pings here' before a pong arrived"):
            await client.ping()
