"""Silence is exact in process, whatever a Channel does to send."""

import asyncio

import pytest

from wsnotebook import Channel, connect


def sleeping_in_send(channel, seconds):
    """Return an ASGI app whose sends sleep first, as long as the path says."""

    async def app(scope, receive, send):
        async def sender(event):
            delay = seconds.get(scope["path"])
            if delay and event["type"] == "websocket.send":
                await asyncio.sleep(delay)
            await send(event)

        await channel.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    return app


class Chat(Channel):
    async def on_message(self, message):
        for _ in range(int(message)):
            await self.broadcast("x")


@pytest.mark.parametrize("outside", [False, True])
async def test_settled_means_that_slow_members_have_it_too(outside):
    app = sleeping_in_send(Chat, {"/a": 0.01, "/b": 0.03, "/c": 0.02})
    async with connect(app, "/fast") as fast:
        slow = [await connect(app, path) for path in ("/a", "/b", "/c")]
        if outside:
            await Chat.broadcast("x")
        else:
            await fast.send("1")
        await fast.settle()
        assert [client.messages for client in slow] == [["x"]] * 3
        for client in slow:
            await client.close()


async def test_nothing_is_known_at_once_where_nobody_is_slow():
    async with connect(Chat) as ann, connect(Chat) as bob:
        await ann.send("3")
        await ann.settle()
        assert bob.messages == ["x"] * 3
        await bob.receive_all()
        await bob.receive_nothing()
        assert ann._session.connection.settled()


async def test_a_member_that_never_takes_it_does_not_block_silence():
    async def app(scope, receive, send):
        async def sender(event):
            if scope["path"] == "/stuck" and event["type"] == "websocket.send":
                await asyncio.get_running_loop().create_future()
            await send(event)

        await Chat.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    async with connect(app, "/fast") as fast, connect(app, "/stuck") as stuck:
        await fast.send("2")
        assert await fast.receive_all() == ["x", "x"]
        await stuck.receive_nothing()


async def test_a_send_finds_its_own_task_from_the_first_step_on():
    """So deadlines in a middleware end the send that they are round, not who broadcast."""
    seen = []

    async def app(scope, receive, send):
        async def sender(event):
            if event["type"] == "websocket.send" and scope["path"] == "/slow":
                before = asyncio.current_task()
                async with asyncio.timeout(10):
                    await asyncio.sleep(0)
                seen.append(before is asyncio.current_task() is not broadcaster)
            await send(event)

        await Chat.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    broadcaster = asyncio.current_task()
    async with connect(app, "/slow") as one, connect(app, "/slow") as two:
        await Chat.broadcast("x")
        assert asyncio.current_task() is broadcaster
        assert await one.receive() == await two.receive() == "x"
    assert seen == [True, True]


async def test_a_context_variable_of_a_broadcaster_does_not_reach_the_sends_of_others():
    from contextvars import ContextVar

    name = ContextVar("name", default="nobody")
    seen = []

    async def app(scope, receive, send):
        async def sender(event):
            if event["type"] == "websocket.send":
                seen.append(name.get())
            await send(event)

        await Chat.as_asgi()(scope, receive, sender if scope["type"] == "websocket" else send)

    async with connect(app) as client:
        name.set("the test")
        await Chat.broadcast("x")
        assert await client.receive() == "x"
    assert seen == ["nobody"]
