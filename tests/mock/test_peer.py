"""One connection of a MockServer: a Client, seen from the server's side."""

import asyncio

import pytest
from websockets.asyncio.client import connect as dial
from websockets.frames import Frame, Opcode

from wsnotebook import Closed, MockServer, SetupError, WaitTimeout


@pytest.fixture
async def ends():
    """Yield the client under test and its peer."""
    async with MockServer() as server, dial(server.url + "/chat", proxy=None) as client:
        yield client, await server.connected()


async def test_fragments_arrive_as_one_message(ends):
    client, peer = ends
    await client.send(["a", "é", "c"])
    await client.send([b"\x00", b"\x01"])
    assert await peer.wait_for_message_count(2) == ["aéc", b"\x00\x01"]


async def test_the_timeline_holds_all_that_moved(ends):
    client, peer = ends
    await client.send("hello")
    await (await client.ping(b"beat"))
    await peer.ping()
    await peer.send("welcome")
    await peer.close(4000, "bye")
    assert peer.timeline.text() == (
        "connection-1  ● open /chat\n"
        "connection-1  ← 'hello'\n"
        "connection-1  ← ping b'beat'\n"
        "connection-1  → pong b'beat'\n"
        "connection-1  → ping b'1'\n"
        "connection-1  ← pong b'1'\n"
        "connection-1  → 'welcome'\n"
        "connection-1  ○ closed 4000 'bye'"
    )


async def test_a_wait_that_times_out_shows_what_the_code_under_test_sent(ends, masked):
    client, peer = ends
    await client.send("hallo")
    await peer.wait_for_message_count(1)
    with pytest.raises(WaitTimeout) as caught:
        await peer.wait_for_message("hello", timeout=0.001)
    assert masked(caught.value) == (
        "no message 'hello' within 0.001 s\n"
        "  connection-1 is open; 1 message received:\n"
        "    0.000 s  ← 'hallo'      nearest: differs at character 1"
    )


async def test_a_wait_fails_at_once_when_the_code_under_test_goes(ends):
    client, peer = ends
    waiting = asyncio.ensure_future(peer.wait_for_message("x", timeout=float("inf")))
    await client.close(4001, "off")
    with pytest.raises(Closed) as caught:
        await waiting
    assert caught.value.code == 4001


async def test_a_peer_may_vanish(ends):
    client, peer = ends
    await peer.abort()
    assert peer.close_code == 1006
    await client.wait_closed()
    assert client.close_code == 1006


async def test_the_code_under_test_may_vanish(ends):
    client, peer = ends
    client.transport.abort()
    assert await peer.wait_for_close(1006)


async def test_sending_to_who_has_gone_says_so(ends):
    client, peer = ends
    await client.close()
    await peer.wait_for_close()
    with pytest.raises(Closed):
        await peer.send("x")
    with pytest.raises(Closed):
        await peer.ping()


async def test_a_peer_settles_when_all_has_come(ends):
    client, peer = ends
    await client.send("a")
    await client.send("b")
    assert await peer.receive_all() == ["a", "b"]
    await peer.receive_nothing()


async def test_settling_with_who_answers_no_ping_times_out(ends):
    client, peer = ends
    client.transport.pause_reading()
    with pytest.raises(WaitTimeout) as caught:
        await peer.settle(timeout=0.001)
    assert str(caught.value).splitlines()[0] == "the server did not settle within 0.001 s"
    client.transport.resume_reading()


async def test_settling_ends_when_the_code_under_test_goes(ends):
    client, peer = ends
    client.transport.pause_reading()
    settling = asyncio.ensure_future(peer.settle(timeout=float("inf")))
    await asyncio.sleep(0)
    client.transport.abort()
    await settling
    assert peer.close_code == 1006


async def test_text_that_is_not_utf_8_fails_the_connection(ends):
    client, peer = ends
    client.protocol.send_frame(Frame(Opcode.TEXT, b"\xff"))
    client.send_data()
    await client.wait_closed()
    assert (client.close_code, client.close_reason) == (
        1007,
        "invalid start byte at position 0",
    )
    await peer.wait_until("closed")
    assert peer.messages == []


async def test_why_this_side_failed_the_connection_is_said(ends):
    client, peer = ends
    client.protocol.send_frame(Frame(Opcode.CONT, b"of nothing"))
    client.send_data()
    with pytest.raises(Closed) as caught:
        await peer.receive()
    assert caught.value.code == 1006
    assert caught.value.detail == "this side closed with 1002: unexpected continuation frame"


async def test_what_was_wrong_with_a_goodbye_is_said(ends):
    client, peer = ends
    client.protocol.send_text(b"half a mess", fin=False)
    client.protocol.send_close(4000)
    client.send_data()
    with pytest.raises(Closed) as caught:
        await peer.receive()
    assert (caught.value.code, caught.value.detail) == (4000, "incomplete fragmented message")


async def test_a_close_that_is_not_answered_says_so(ends):
    client, peer = ends
    client.transport.pause_reading()
    await peer.close(4000)
    assert peer.close_code == 1006
    with pytest.raises(Closed) as caught:
        await peer.receive()
    assert caught.value.detail == ("this side closed with 4000: timed out while closing connection")
    client.transport.abort()


async def test_a_message_larger_than_the_buffers_arrives(ends):
    client, peer = ends
    sending = asyncio.ensure_future(peer.send(b"\x00" * 2**20))
    assert len(await client.recv()) == 2**20
    await sending


async def test_sending_while_the_connection_closes_says_so(ends):
    _, peer = ends
    closing = asyncio.ensure_future(peer._session.connection.close(4000, "off"))
    await asyncio.sleep(0)
    with pytest.raises(Closed) as caught:
        await peer.send("x")
    assert (caught.value.code, caught.value.reason) == (4000, "off")
    await closing


async def test_a_peer_is_open_already(ends):
    _, peer = ends
    with pytest.raises(SetupError) as caught:
        await peer.open()
    assert str(caught.value) == (
        "connection-1 was opened before; a Client opens once, make a new one"
    )
