"""What the tests of the verbs do not show: foreign loops, an error for each, crashes told.

The transports here are made up, so that a crash comes exactly when a test wants it.
"""

from __future__ import annotations

import asyncio

import pytest
from servers import echo, plain_server

from wsnotebook import AppCrashed, Client, Closure, ConnectFailed, SetupError, State, connect

FOREIGN = (
    "client-1 belongs to another event loop; "
    "make and use a client within one loop (one test, one cell, one run())"
)

VERBS = {
    "open": Client.open,
    "send": lambda client: client.send("x"),
    "ping": Client.ping,
    "close": Client.close,
    "abort": Client.abort,
    "wait_until": lambda client: client.wait_until("closed"),
    "wait_for_message": lambda client: client.wait_for_message("x"),
    "wait_for_message_count": lambda client: client.wait_for_message_count(1),
    "wait_for_close": Client.wait_for_close,
    "receive": Client.receive,
    "receive_json": Client.receive_json,
    "receive_message": Client.receive_message,
    "receive_all": Client.receive_all,
    "receive_all with a stop": lambda client: client.receive_all("x"),
    "receive_nothing": Client.receive_nothing,
    "settle": Client.settle,
    "async for": anext,
}


class Scripted:
    """A transport and a connection: opens at once, and tells what a test says."""

    path = "/"
    subprotocol = None
    response_headers = {}  # noqa: RUF012  # never changed

    def __init__(self, *, at_close=None):
        self.at_close = at_close

    async def connect(self, handshake, sink):
        self.sink = sink
        sink.opened(self)
        return self

    async def close(self, code, reason):
        self.sink.closed(Closure(code, reason))

    async def finish(self):
        if self.at_close is not None:
            self.sink.crashed(self.at_close)
            self.at_close = None

    def abort(self):
        self.sink.closed(Closure(1006, clean=False))

    def crash(self, exception):
        self.sink.crashed(exception)
        self.sink.closed(Closure(1011))


# One loop


@pytest.mark.parametrize("verb", VERBS)
async def test_in_another_loop_every_verb_says_so(verb):
    async with plain_server(echo) as url, connect(url) as client:

        async def elsewhere():
            with pytest.raises(SetupError) as caught:
                await VERBS[verb](client)
            return str(caught.value)

        assert await asyncio.to_thread(asyncio.run, elsewhere()) == FOREIGN
        assert client.state is State.OPEN
        await client.send("still mine")
        assert await client.receive() == "still mine"


def test_names_are_counted_in_each_loop():
    async def names():
        return [Client("ws://h").name for _ in range(2)]

    assert asyncio.run(names()) == asyncio.run(names()) == ["client-1", "client-2"]


# Errors


async def test_each_wait_has_an_error_of_its_own_with_the_same_cause():
    client = Client("ws://127.0.0.1:1")
    errors = []
    for attempt in (client.open, client.receive, client.wait_for_close):
        with pytest.raises(ConnectFailed) as caught:
            await attempt()
        errors.append(caught.value)
    assert len({id(error) for error in errors}) == 3
    assert len({str(error) for error in errors}) == 1
    assert len({id(error.__cause__) for error in errors}) == 1


async def test_a_transport_that_answers_the_cut_off_in_its_own_way_leaves_the_task_uncancelled():
    class Stubborn:
        async def connect(self, handshake, sink):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                raise ConnectFailed("ws://h/", "it took too long") from None

    with pytest.raises(ConnectFailed, match=r"^cannot connect to ws://h/: it took too long$"):
        await connect(Stubborn(), open_timeout=0.01)
    assert asyncio.current_task().cancelling() == 0


# Crashes


async def test_a_crash_is_raised_at_the_wait_that_it_broke_and_not_again(masked):
    boom = ValueError("boom")
    transport = Scripted()
    async with connect(transport) as client:
        waiting = asyncio.ensure_future(client.receive())
        await asyncio.sleep(0)
        transport.crash(boom)
        with pytest.raises(AppCrashed) as caught:
            await waiting
    assert masked(caught.value) == (
        "the app raised ValueError('boom') before a message arrived\n"
        "  client-1 is closed (1011 (internal error)); nothing received"
    )
    assert caught.value.__cause__ is boom
    assert caught.value.exception == "ValueError('boom')"


async def test_a_crash_that_no_wait_saw_is_raised_on_leaving():
    boom = ValueError("boom")
    transport = Scripted()
    with pytest.raises(AppCrashed) as caught:
        async with connect(transport):
            transport.crash(boom)
    assert str(caught.value) == "the app raised ValueError('boom')"
    assert caught.value.__cause__ is boom


async def test_a_crash_after_the_close_is_raised_on_leaving():
    with pytest.raises(AppCrashed, match=r"^the app raised ValueError\('late'\)$"):
        async with connect(Scripted(at_close=ValueError("late"))) as client:
            await client.close()


async def test_the_exception_of_the_body_carries_the_crash():
    boom = ValueError("boom")
    transport = Scripted()
    with pytest.raises(LookupError) as caught:
        async with connect(transport):
            transport.crash(boom)
            raise LookupError
    assert caught.value.__notes__ == ["moreover, the app raised ValueError('boom')"]
    assert caught.value.__context__ is boom


async def test_the_crash_error_itself_is_not_told_twice():
    transport = Scripted()
    with pytest.raises(AppCrashed) as caught:
        async with connect(transport) as client:
            transport.crash(ValueError("boom"))
            await client.wait_for_message("x")
    assert not hasattr(caught.value, "__notes__")
    assert str(caught.value).startswith("the app raised ValueError('boom') before message 'x'")


async def test_a_close_that_is_only_looked_at_does_not_hide_the_crash():
    transport = Scripted()
    with pytest.raises(AppCrashed):
        async with connect(transport) as client:
            transport.crash(ValueError("boom"))
            assert await client.wait_for_close() == Closure(1011)
            assert [message async for message in client] == []


@pytest.mark.parametrize("verb", [Client.receive_nothing, Client.settle, Client.receive])
async def test_a_crash_is_no_silence(verb):
    transport = Scripted()
    async with connect(transport) as client:
        transport.crash(ValueError("boom"))
        with pytest.raises(AppCrashed):
            await verb(client)


async def test_the_first_of_two_crashes_is_told_and_both_are_on_the_timeline():
    transport = Scripted()
    with pytest.raises(AppCrashed, match="first"):
        async with connect(transport) as client:
            transport.sink.crashed(ValueError("first"))
            transport.crash(ValueError("second"))
    assert client.timeline.text() == (
        "client-1  ● open /\n"
        "client-1  ✗ error: the app raised ValueError('first')\n"
        "client-1  ✗ error: the app raised ValueError('second')\n"
        "client-1  ○ closed 1011 (internal error)"
    )
