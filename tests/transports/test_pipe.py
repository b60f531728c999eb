"""Two asyncio transports joined in memory: order, back-pressure, and both ways to end."""

from __future__ import annotations

import asyncio

import pytest

from wsnotebook.transports._pipe import Pipe


class Recorder(asyncio.Protocol):
    """A protocol that notes what its transport tells it."""

    def __init__(self, *, keep_open=False):
        self.log = []
        self.keep_open = keep_open
        self.on_data = None

    def data_received(self, data):
        self.log.append(data)
        if self.on_data is not None:
            self.on_data()

    def eof_received(self):
        self.log.append("eof")
        return self.keep_open

    def connection_lost(self, exc):
        self.log.append(("lost", exc))

    def pause_writing(self):
        self.log.append("pause")

    def resume_writing(self):
        self.log.append("resume")


class Ends:
    """Both ends of a pipe, with a recorder at each."""

    def __init__(self, **options):
        self.deliveries = 0
        self.server, self.client = Pipe.pair(
            asyncio.get_running_loop(),
            server=("127.0.0.1", 80),
            client=("127.0.0.1", 50000),
            on_delivery=self._count,
        )
        self.at_server, self.at_client = Recorder(**options), Recorder(**options)
        self.server.set_protocol(self.at_server)
        self.client.set_protocol(self.at_client)

    def _count(self):
        self.deliveries += 1

    @property
    def pending(self):
        return self.server.pending, self.client.pending


async def turns(count=3):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_one_end_writes_the_other_receives_in_the_next_turn():
    ends = Ends()
    ends.client.write(b"a")
    assert ends.at_server.log == []
    await turns(1)
    assert ends.at_server.log == [b"a"]
    assert ends.at_client.log == []


async def test_what_is_written_in_one_turn_arrives_in_order_and_at_once():
    ends = Ends()
    ends.client.write(b"a")
    ends.client.write(bytearray(b"b"))
    ends.client.writelines([b"c", memoryview(b"d")])
    await turns()
    assert ends.at_server.log == [b"abcd"]


async def test_a_buffer_may_be_reused_after_it_was_written():
    ends = Ends()
    buffer = bytearray(b"a")
    ends.client.write(buffer)
    buffer[:] = b"b"
    await turns()
    assert ends.at_server.log == [b"a"]


async def test_writing_nothing_delivers_nothing():
    ends = Ends()
    ends.client.write(b"")
    assert ends.pending == (False, False)


async def test_both_ends_know_their_addresses():
    ends = Ends()
    assert ends.server.get_extra_info("sockname") == ("127.0.0.1", 80)
    assert ends.server.get_extra_info("peername") == ("127.0.0.1", 50000)
    assert ends.client.get_extra_info("peername") == ("127.0.0.1", 80)
    assert ends.client.get_extra_info("ssl_object") is None
    assert ends.client.get_protocol() is ends.at_client


async def test_an_end_is_pending_until_it_was_delivered_to():
    ends = Ends()
    ends.client.write(b"a")
    assert ends.pending == (True, False)
    await turns()
    assert ends.pending == (False, False)
    assert ends.deliveries == 1


# Back-pressure


async def test_reading_can_be_paused_and_nothing_is_lost():
    ends = Ends()
    ends.server.pause_reading()
    assert not ends.server.is_reading()
    ends.client.write(b"a")
    await turns()
    ends.client.write(b"b")
    assert ends.at_server.log == []
    assert ends.pending == (False, False)
    ends.server.resume_reading()
    assert ends.server.is_reading()
    await turns()
    assert ends.at_server.log == [b"ab"]


async def test_pausing_between_write_and_delivery_holds_it_back():
    ends = Ends()
    ends.client.write(b"a")
    ends.server.pause_reading()
    await turns()
    assert ends.at_server.log == []
    ends.server.resume_reading()
    await turns()
    assert ends.at_server.log == [b"a"]


async def test_the_writer_is_paused_above_the_high_and_resumed_at_the_low_mark():
    ends = Ends()
    ends.client.set_write_buffer_limits(high=10, low=4)
    ends.server.pause_reading()
    ends.client.write(b"x" * 10)
    assert ends.at_client.log == []
    ends.client.write(b"x")
    ends.client.write(b"x")
    assert ends.at_client.log == ["pause"]
    assert ends.client.get_write_buffer_size() == 12
    ends.server.resume_reading()
    await turns()
    assert ends.at_client.log == ["pause", "resume"]
    assert ends.client.get_write_buffer_size() == 0


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({}, (65536, 16384)),
        ({"high": 100}, (100, 25)),
        ({"low": 100}, (400, 100)),
        ({"high": 100, "low": 0}, (100, 0)),
    ],
)
async def test_write_buffer_limits_default_as_asyncios(given, limits):
    ends = Ends()
    ends.client.set_write_buffer_limits(**given)
    assert ends.client.get_write_buffer_limits() == (limits[1], limits[0])
    ends.server.pause_reading()
    ends.client.write(bytes(limits[0]))
    assert ends.at_client.log == []
    ends.client.write(b"x")
    assert ends.at_client.log == ["pause"]


async def test_a_writer_that_writes_again_while_it_is_resumed_is_paused_again():
    ends = Ends()
    ends.client.set_write_buffer_limits(high=1, low=0)
    ends.at_client.resume_writing = lambda: ends.client.write(b"more")
    ends.client.write(b"ab")
    await turns(1)
    assert ends.at_client.log == ["pause", "pause"]


# Ending


async def test_closing_delivers_what_was_written_then_the_end():
    ends = Ends()
    ends.client.write(b"a")
    ends.client.close()
    assert ends.client.is_closing()
    assert not ends.server.is_closing()
    await turns()
    assert ends.at_server.log == [b"a", "eof", ("lost", None)]
    assert ends.at_client.log == [("lost", None)]
    assert ends.server.is_closing()


async def test_closing_twice_is_closing_once():
    ends = Ends()
    ends.client.close()
    ends.client.close()
    await turns()
    ends.server.close()
    await turns()
    assert ends.at_client.log == [("lost", None)]
    assert ends.at_server.log == ["eof", ("lost", None)]


async def test_an_end_is_pending_until_it_was_told_that_it_is_lost():
    ends = Ends()
    ends.client.abort()
    seen = []
    while any(ends.pending):
        seen.append(ends.pending)
        await turns(1)
    assert seen == [(True, True), (True, False)]
    assert ends.at_server.log == ["eof", ("lost", None)]


async def test_the_end_waits_for_a_reader_that_paused():
    ends = Ends()
    ends.server.pause_reading()
    ends.client.write(b"a")
    ends.client.close()
    await turns()
    assert ends.at_server.log == []
    ends.server.resume_reading()
    await turns()
    assert ends.at_server.log == [b"a", "eof", ("lost", None)]


async def test_a_reader_that_closes_on_data_is_not_told_of_the_end():
    ends = Ends()
    ends.at_server.on_data = ends.server.close
    ends.client.write(b"a")
    ends.client.close()
    await turns()
    assert ends.at_server.log == [b"a", ("lost", None)]


async def test_half_closing_lets_the_other_end_go_on_writing():
    ends = Ends(keep_open=True)
    assert ends.client.can_write_eof()
    ends.client.write(b"a")
    ends.client.write_eof()
    await turns()
    assert ends.at_server.log == [b"a", "eof"]
    ends.server.write(b"answer")
    await turns()
    assert ends.at_client.log == [b"answer"]


async def test_what_is_written_after_the_end_is_lost():
    ends = Ends()
    ends.client.close()
    ends.client.write(b"late")
    ends.server.write(b"late, too")
    await turns()
    assert ends.at_server.log == ["eof", ("lost", None)]
    assert ends.at_client.log == [("lost", None)]


async def test_aborting_drops_what_was_not_received():
    ends = Ends()
    ends.server.write(b"never seen")
    ends.client.abort()
    await turns()
    assert ends.at_client.log == [("lost", None)]
    assert ends.at_server.log == ["eof", ("lost", None)]
