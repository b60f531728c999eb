"""How a connection to an app in process ends, and what the app sees of it."""

from __future__ import annotations

import asyncio

import pytest
from in_process import accepting, read_to_the_end, text

from wsnotebook import AppCrashed, Client, Closed, connect


async def test_the_app_is_told_code_and_reason_and_again_when_it_asks_again():
    told = []

    @accepting
    async def app(scope, receive, send):
        for _ in range(3):
            told.append(await receive())

    async with connect(app) as client:
        await client.send("x")
        await client.close(4001, "done")
    end = {"type": "websocket.disconnect", "code": 4001, "reason": "done"}
    assert told == [{"type": "websocket.receive", "text": "x"}, end, end]


async def test_every_receive_that_waits_is_told_of_the_end():
    told = []

    @accepting
    async def app(scope, receive, send):
        both = asyncio.gather(receive(), receive())
        await send(text("two wait"))
        told.extend(await both)

    async with connect(app, close_timeout=60) as client:
        await client.receive()
        await client.settle()
    assert [event["type"] for event in told] == ["websocket.disconnect"] * 2


async def test_a_receive_that_is_cancelled_takes_nothing():
    waiting = []

    @accepting
    async def app(scope, receive, send):
        waiting.extend(asyncio.ensure_future(receive()) for _ in range(2))
        await send(text((await waiting[1])["text"]))

    async with connect(app) as client:
        await client.settle()
        await client.send("x")  # wakes the first, which is cancelled before it runs
        waiting[0].cancel()
        assert await client.receive() == "x"


@pytest.mark.parametrize("leave", ["close", "abort"])
async def test_sending_after_the_client_left_is_an_oserror_and_no_crash(leave):
    raised = []

    @accepting
    async def app(scope, receive, send):
        await receive()
        for event in (text("late"), {"type": "websocket.close"}):
            try:
                await send(event)
            except OSError as exc:
                raised.append(str(exc))
        await send(text("and unguarded"))

    async with connect(app) as client:
        await getattr(client, leave)()
    assert raised == [
        "the client is gone; 'websocket.send' was not sent",
        "the client is gone; 'websocket.close' was not sent",
    ]


async def test_an_app_that_asks_no_more_after_the_end_is_waited_for():
    order = []

    @accepting
    async def app(scope, receive, send):
        await receive()
        for _ in range(50):
            await asyncio.sleep(0)
        order.append("app")

    async with connect(app):
        pass
    order.append("test")
    assert order == ["app", "test"]


async def test_an_app_that_does_not_end_is_cancelled_past_the_close_timeout():
    ended = []

    @accepting
    async def app(scope, receive, send):
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    async with connect(app, close_timeout=0):
        pass
    assert ended == [True]


async def test_an_app_that_ignores_its_cancellation_is_named():
    release = asyncio.get_running_loop().create_future()

    @accepting
    async def app(scope, receive, send):
        while not release.done():
            try:
                await asyncio.wait([release])
            except asyncio.CancelledError:
                continue

    with pytest.raises(AppCrashed) as caught:
        async with connect(app, close_timeout=0):
            pass
    release.set_result(None)
    assert "the app ignores its cancellation; it stands at " in str(caught.value)
    assert "await asyncio.wait([release])" in str(caught.value)


async def test_cancelling_while_the_app_is_waited_for_cancels_the_app():
    ended = asyncio.get_running_loop().create_future()

    @accepting
    async def app(scope, receive, send):
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set_result(True)

    client = await connect(app, close_timeout=60)
    leaving = asyncio.ensure_future(client.close())
    for _ in range(3):
        await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await ended


async def test_a_cancelled_opening_ends_the_app():
    ended = []

    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append((await receive())["type"])
            ended.append((await receive())["type"])

    client = Client(app)
    opening = asyncio.ensure_future(client.open())
    for _ in range(5):
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert ended == ["websocket.connect", "websocket.disconnect"]


async def test_an_app_cancelled_by_itself_ends_the_connection_and_is_no_crash():
    @accepting
    async def app(scope, receive, send):
        raise asyncio.CancelledError

    async with connect(app) as client:
        assert (await client.wait_for_close()).code == 1006


async def test_a_failed_assertion_of_pytest_in_the_app_is_a_crash():
    @accepting
    async def app(scope, receive, send):
        await receive()
        pytest.fail("the app is not amused")  # no Exception, but a BaseException

    with pytest.raises(AppCrashed) as caught:
        async with connect(app) as client:
            await client.send("x")
            await client.receive()
    assert isinstance(caught.value.__cause__, pytest.fail.Exception)


async def test_a_crash_comes_before_the_close_on_the_timeline():
    @accepting
    async def app(scope, receive, send):
        raise ValueError("boom")

    with pytest.raises(AppCrashed):
        async with connect(app, name="c") as client:
            await client.wait_until("closed")
    assert client.timeline.text() == (
        "c  ● open /\nc  ✗ error: the app raised ValueError('boom')\n"
        "c  ○ closed 1006 (no close frame received)"
    )


async def test_a_crash_after_the_clients_close_leaves_the_close_code():
    @accepting
    async def app(scope, receive, send):
        await receive()
        raise ValueError("boom")

    with pytest.raises(AppCrashed, match=r"^the app raised ValueError\('boom'\)"):
        async with connect(app) as client:
            pass
    assert client.close_code == 1000


async def test_a_message_beyond_max_size_tells_the_app_1009():
    told = []

    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.send", "bytes": b"12345"})
        await send({"type": "websocket.send", "bytes": b"123456"})
        told.append(await receive())

    async with connect(app, max_size=5, name="c") as client:
        with pytest.raises(Closed) as caught:
            await client.receive_all("never")
    assert told == [{"type": "websocket.disconnect", "code": 1009, "reason": ""}]
    assert caught.value.detail == (
        "this side closed with 1009: message of 6 bytes exceeds limit of 5 bytes"
    )


async def test_max_size_none_takes_anything():
    @accepting
    async def app(scope, receive, send):
        await send({"type": "websocket.send", "bytes": bytes(3 * 2**20)})
        await receive()

    async with connect(app, max_size=None) as client:
        assert len(await client.receive()) == 3 * 2**20


async def test_an_infinite_close_timeout_waits_for_the_app():
    async with connect(accepting(read_to_the_end), close_timeout=float("inf")) as client:
        await client.send("x")


async def test_an_app_that_exits_has_crashed_and_does_not_take_the_test_with_it():
    @accepting
    async def app(scope, receive, send):
        raise SystemExit(3)

    client = await connect(app)
    with pytest.raises(AppCrashed) as caught:
        await client.receive()
    assert repr(caught.value.__cause__) == "SystemExit(3)"
    await client.close()
