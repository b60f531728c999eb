"""The two ends of a mock: open without a loop, joined without delay."""

import asyncio

import pytest
from websockets.protocol import State

from wsnotebook.mock._ends import DirectPipe, Opened


class Receiver(asyncio.Protocol):
    def __init__(self):
        self.got = b""
        self.lost = False

    def data_received(self, data):
        self.got += data

    def connection_lost(self, exc):
        assert exc is None
        self.lost = True


def test_a_handshake_needs_no_loop():
    opened = Opened.by_handshake("/chat?n=1", [("X-User", "ana")], "chat.v1")
    assert opened.server.state is opened.client.state is State.OPEN
    assert opened.server.subprotocol == opened.client.subprotocol == "chat.v1"
    assert opened.request.path == "/chat?n=1"
    assert opened.request.headers["X-User"] == "ana"
    assert opened.response.status_code == 101
    assert opened.server.events_received() == opened.client.events_received() == []


def test_a_given_user_agent_is_the_only_one():
    opened = Opened.by_handshake("/", [("User-Agent", "tea/1")], None)
    assert opened.request.headers.get_all("User-Agent") == ["tea/1"]


def test_headers_that_break_the_handshake_are_refused():
    with pytest.raises(ValueError) as caught:
        Opened.by_handshake("/", [("Sec-WebSocket-Version", "8")], None)
    assert str(caught.value).startswith("no handshake can be made with these headers: ")


async def test_what_is_written_has_arrived():
    ends = DirectPipe.loopless()
    receivers = Receiver(), Receiver()
    for end, receiver in zip(ends, receivers, strict=True):
        end.run_on(asyncio.get_running_loop())
        end.set_protocol(receiver)
    ends[0].write(b"to the client")
    ends[1].write(b"to the server")
    assert [receiver.got for receiver in receivers] == [b"to the server", b"to the client"]


async def test_the_end_is_told_by_the_loop():
    ends = DirectPipe.loopless()
    receivers = Receiver(), Receiver()
    for end, receiver in zip(ends, receivers, strict=True):
        end.run_on(asyncio.get_running_loop())
        end.set_protocol(receiver)
    ends[0].close()
    assert all(end.is_closing() for end in ends)
    assert not any(receiver.lost for receiver in receivers)
    await asyncio.sleep(0)
    assert all(receiver.lost for receiver in receivers)


def test_each_pair_has_its_own_client_address():
    one, other = DirectPipe.loopless()[0], DirectPipe.loopless()[0]
    assert one.get_extra_info("sockname") == other.get_extra_info("sockname")
    assert one.get_extra_info("peername") != other.get_extra_info("peername")
