"""What a hook raises: where it goes, and that it ends its own connection and no other."""

import asyncio
from typing import ClassVar

import pytest
from channel_ways import WAYS

from wsnotebook import (
    AppCrashed,
    Channel,
    Closed,
    ConnectFailed,
    MockWebSocket,
    Refused,
    connect,
    serve,
)

HOOKS = ["authenticate", "on_connect", "on_message", "on_close"]


class Crash(Exception):
    pass


def crashing(hook):
    """Return a class whose hook raises in connections to /crash; it notes how they closed."""

    class Chat(Channel):
        closed: ClassVar = []

        async def on_close(self, code, reason):
            self.closed.append((self.context.path, code, reason))

    async def raising(self, *args):
        if hook == "on_close":
            await Chat.on_close(self, *args)
        if self.context.path == "/crash":
            raise Crash(hook)

    return type("Crashing", (Chat,), {hook: raising})


# By hand


@pytest.mark.parametrize("hook", HOOKS)
async def test_by_hand_it_is_raised_where_the_test_called(hook):
    chat = crashing(hook)
    one = chat()
    one.socket = MockWebSocket(path="/crash")
    with pytest.raises(Crash, match=hook):
        await one.handle_connect()
        await one.handle_message("x")
        await one.handle_close(4000, "bye")
    assert chat.connections == ()
    ended = {"authenticate": [], "on_close": [("/crash", 4000, "bye")]}
    assert chat.closed == ended.get(hook, [("/crash", 1011, "")])
    await one.handle_close(1000, "")
    assert chat.closed == ended.get(hook, [("/crash", 1011, "")])


async def test_by_hand_the_socket_is_closed_with_1011_as_a_server_does():
    one = crashing("on_message")()
    one.socket = MockWebSocket(path="/crash")
    await one.handle_connect()
    with pytest.raises(Crash):
        await one.handle_message("x")
    assert one.socket.close_code == 1011


# Over ASGI


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("where", ["in process", "on a socket"])
async def test_a_test_sees_the_exception_and_the_others_go_on(where, hook):
    chat = crashing(hook)
    async with WAYS[where](chat) as reach:
        ann = await reach("/ann")
        with pytest.raises((AppCrashed, Refused, ConnectFailed)) as caught:
            async with WAYS[where](chat) as reach_as_well:
                eve = await reach_as_well("/crash")
                await eve.client.send("x")
                if hook != "on_close":
                    await eve.client.wait_for_close()
        if not (where == "on a socket" and hook == "authenticate"):
            assert isinstance(caught.value, AppCrashed)
            assert isinstance(caught.value.__cause__, Crash)
            assert str(caught.value.__cause__) == hook
        assert chat.connections == (ann.channel,)
        await chat.broadcast("still here")
        await ann.settle()
        assert ann.messages == ["still here"]
    eves = [closed for closed in chat.closed if closed[0] == "/crash"]
    expected = {"authenticate": [], "on_close": [("/crash", 1000, "")]}
    assert eves == expected.get(hook, [("/crash", 1011, "")])


async def test_a_server_keeps_what_was_raised():
    async with serve(crashing("authenticate")) as server:
        with pytest.raises(Refused) as caught:
            await connect(server, "/crash")
        assert caught.value.status == 500
        assert [str(crash) for crash in server.crashes] == ["authenticate"]


async def test_on_close_raising_as_well_is_noted_on_the_first_exception():
    class Chat(Channel):
        async def on_message(self, message):
            raise Crash("first")

        async def on_close(self, code, reason):
            raise Crash("second")

    with pytest.raises(AppCrashed) as caught:
        async with connect(Chat) as client:
            await client.send("x")
            await client.receive()
    assert str(caught.value.__cause__) == "first"
    assert caught.value.__cause__.__notes__ == ["moreover, on_close raised Crash('second')"]
    assert Chat.connections == ()


async def test_finding_another_client_gone_is_a_crash_of_ones_own():
    class Chat(Channel):
        async def on_message(self, message):
            await ann.send("hello")

    async with connect(Chat):
        (ann,) = Chat.connections
    with pytest.raises(AppCrashed) as caught:
        async with connect(Chat) as bob:
            await bob.send("x")
            await bob.receive()
    assert isinstance(caught.value.__cause__, Closed)


async def test_an_exception_of_the_constructor_is_a_crash_before_the_handshake():
    class Chat(Channel):
        def __init__(self):
            raise Crash("made")

    with pytest.raises(AppCrashed) as caught:
        await connect(Chat)
    assert str(caught.value) == "the app raised Crash('made') before it answered the handshake"


async def test_a_refusal_with_a_code_that_cannot_be_sent_is_a_crash():
    class Chat(Channel):
        async def authenticate(self):
            raise Refused(code=1006)

    with pytest.raises(AppCrashed) as caught:
        await connect(Chat)
    assert str(caught.value.__cause__).startswith("close code 1006 may not be sent")


async def test_a_cancelled_handler_still_closes():
    class Chat(Channel):
        closed: ClassVar = []

        async def on_message(self, message):
            await asyncio.get_running_loop().create_future()

        async def on_close(self, code, reason):
            self.closed.append((code, Chat.connections))

    async with connect(Chat, close_timeout=0.01) as client:
        await client.send("x")
    assert Chat.closed == [(1006, ())]
