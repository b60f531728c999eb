"""What every transport promises; one suite, run over each of them."""

import asyncio

import pytest
from reaching import WAYS

from wsnotebook import AppCrashed, Closed, State, UnexpectedMessage, WaitTimeout, connect


@pytest.fixture(params=WAYS)
def reach(request):
    return WAYS[request.param]


async def echo(peer):
    async for message in peer:
        await peer.send(message)


def closing(code, reason):
    async def behaviour(peer):
        await peer.recv()
        await peer.close(code, reason)

    return behaviour


class Recorder:
    """A behaviour that echoes and then notes how it ended."""

    def __init__(self):
        self.ended = asyncio.get_running_loop().create_future()

    async def __call__(self, peer):
        try:
            async for message in peer:
                await peer.send(message)
        except Exception:  # websockets raises for codes other than 1000 and 1001
            pass
        self.ended.set_result(peer.close_code)


# Messages


async def test_opens_and_closes_cleanly(reach):
    async with reach(echo) as target, connect(target, name="c") as client:
        assert client.state is State.OPEN
        assert client.close_code is None
    assert client.state is State.CLOSED
    assert (client.close_code, client.close_reason) == (1000, "")
    assert client.timeline.text() == "c  ● open /\nc  ○ closed 1000 (OK)"


@pytest.mark.parametrize(
    "message",
    ["text", "", b"\x00\xff", b"", "wörld ☕", "a\x00b", pytest.param("x" * 70000, id="big")],
)
async def test_carries_each_kind_of_message_unchanged(reach, message):
    async with reach(echo) as target, connect(target) as client:
        await client.send(message)
        answer = await client.receive()
        assert answer == message
        assert type(answer) is type(message)


async def test_keeps_the_order_of_text_and_binary(reach):
    sent = [b"%d" % n if n % 3 else str(n) for n in range(300)]
    async with reach(echo) as target, connect(target) as client:
        for message in sent:
            await client.send(message)
        assert await client.wait_for_message_count(300) == sent
        assert client.messages == client.sent == sent


async def test_a_greeting_sent_at_once_is_there(reach):
    async def greets(peer):
        await peer.send("hello")
        await peer.recv()

    async with reach(greets) as target, connect(target) as client:
        assert await client.receive() == "hello"
        kinds = [event.kind for event in client.timeline]
        assert kinds == ["open", "message"]


async def test_a_message_over_max_size_fails_the_connection(reach):
    async with reach(echo) as target, connect(target, max_size=10) as client:
        await client.send("x" * 10)
        assert await client.receive() == "x" * 10
        await client.send("x" * 11)
        with pytest.raises(Closed) as caught:
            await client.receive()
        assert caught.value.code == 1006
        assert "this side closed with 1009" in str(caught.value)


async def test_a_message_of_multi_byte_characters_is_measured_in_bytes(reach):
    async with reach(echo) as target, connect(target, max_size=10) as client:
        await client.send("é" * 5)
        assert await client.receive() == "é" * 5
        await client.send("é" * 6)
        closure = await client.wait_for_close()
        assert closure.code == 1006


# Closing


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "away"), (4002, "go away")])
async def test_the_client_learns_code_and_reason_of_the_server(reach, code, reason):
    async with reach(closing(code, reason)) as target, connect(target) as client:
        await client.send("go")
        closure = await client.wait_for_close(code)
        assert (closure.code, closure.reason, closure.clean) == (code, reason, True)


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_the_server_learns_the_code_of_the_client(reach, code):
    recorder = Recorder()
    async with reach(recorder) as target:
        async with connect(target) as client:
            await client.close(code, "bye")
        assert await recorder.ended == code
    assert client.close_code == code


async def test_abort_is_1006_on_both_sides(reach, request):
    recorder = Recorder()
    async with reach(recorder) as target:
        client = await connect(target)
        await client.abort()
        assert client.close_code == 1006
        # uvicorn reports a lost TCP connection as 1005.
        expected = 1005 if "network-asgi" in request.node.name else 1006
        assert await recorder.ended == expected


async def test_a_handler_that_returns_ends_the_connection_and_is_no_crash(reach, request):
    async def one_shot(peer):
        await peer.send(await peer.recv())

    async with reach(one_shot) as target, connect(target) as client:
        await client.send("once")
        assert await client.receive() == "once"
        closure = await client.wait_for_close()
        # websockets closes for a handler that returned, an ASGI server just ends.
        assert closure.code == (1006 if "asgi" in request.node.name else 1000)


async def test_sending_after_the_close_fails_at_once(reach):
    async with reach(closing(4002, "go away")) as target, connect(target, name="c") as client:
        await client.send("go")
        await client.wait_for_close()
        with pytest.raises(Closed) as caught:
            await client.send("more")
        assert str(caught.value) == (
            "the connection closed with 4002 'go away' before the message was sent\n"
            "  c is closed (4002 'go away'); nothing received"
        )


async def test_what_arrived_before_the_close_can_still_be_received(reach):
    async def burst(peer):
        await peer.recv()
        for n in range(3):
            await peer.send(str(n))
        await peer.close(4000, "done")

    async with reach(burst) as target, connect(target) as client:
        await client.send("go")
        await client.wait_for_close(4000)
        assert [message async for message in client] == ["0", "1", "2"]


# Crashes


async def test_a_crash_is_raised_at_the_wait_it_broke(reach):
    async def crashes(peer):
        await peer.recv()
        raise ValueError("boom")

    async with reach(crashes) as target, connect(target, name="c") as client:
        await client.send("go")
        with pytest.raises(AppCrashed) as caught:
            await client.receive()
        assert str(caught.value).splitlines()[0] == (
            "the app raised ValueError('boom') before a message arrived"
        )
        cause = caught.value.__cause__
        assert isinstance(cause, ValueError)
        frame = cause.__traceback__
        while frame.tb_next:
            frame = frame.tb_next
        assert frame.tb_frame.f_code.co_name == "crashes"


async def test_a_crash_that_nobody_saw_is_raised_on_leaving(reach):
    async def crashes(peer):
        await peer.recv()
        raise ValueError("boom")

    async with reach(crashes) as target:
        with pytest.raises(AppCrashed, match="boom"):
            async with connect(target) as client:
                await client.send("go")
                await client.wait_until("closed")


async def test_a_crash_on_disconnect_is_raised_on_leaving(reach):
    async def crashes(peer):
        try:
            async for _ in peer:
                pass
        finally:
            raise ValueError("in the clean-up")

    async with reach(crashes) as target:
        with pytest.raises(AppCrashed, match="in the clean-up") as caught:
            async with connect(target):
                pass
        assert isinstance(caught.value.__cause__, ValueError)


async def test_a_crash_does_not_hide_the_failure_of_the_body(reach):
    async def crashes(peer):
        await peer.recv()
        raise ValueError("boom")

    async with reach(crashes) as target:
        with pytest.raises(KeyError) as caught:
            async with connect(target) as client:
                await client.send("go")
                await client.wait_until("closed")
                raise KeyError("mine")
        assert any("ValueError('boom')" in note for note in caught.value.__notes__)
        assert isinstance(caught.value.__context__, ValueError)


async def test_only_the_client_whose_handler_crashed_sees_it(reach):
    async def crashes_if_told(peer):
        async for message in peer:
            if message == "crash":
                raise ValueError("boom")
            await peer.send(message)

    async with reach(crashes_if_told) as target, connect(target) as well:
        with pytest.raises(AppCrashed):
            async with connect(target) as ill:
                await ill.send("crash")
                await ill.receive()
        await well.send("alive")
        assert await well.receive() == "alive"


# Cancelling


@pytest.mark.parametrize(
    "verb",
    [
        lambda client: client.receive(),
        lambda client: client.receive_json(),
        lambda client: client.receive_all("stop"),
        lambda client: client.wait_for_message("never"),
        lambda client: client.wait_for_message_count(9),
        lambda client: client.wait_for_close(),
        lambda client: client.wait_until("closed"),
        lambda client: client.receive_nothing(during=60),
    ],
)
async def test_a_cancelled_wait_takes_nothing_and_leaves_the_client_usable(reach, verb):
    async with reach(echo) as target, connect(target) as client:
        waiting = asyncio.ensure_future(verb(client))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await client.send("next")
        assert await client.receive() == "next"


async def test_a_timed_out_wait_does_not_cancel_the_app(reach):
    async with reach(echo) as target, connect(target) as client:
        with pytest.raises(WaitTimeout):
            await client.receive(timeout=0.001)
        await client.send("alive")
        assert await client.receive() == "alive"


async def test_cancelling_the_opening_leaves_nothing_behind(reach):
    async with reach(echo) as target:
        before = asyncio.all_tasks()
        client = connect(target)
        opening = asyncio.ensure_future(client.open())
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert client.state is State.CLOSED
        async with connect(target) as other:  # the server goes on
            await other.send("alive")
            assert await other.receive() == "alive"
        for _ in range(20):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() <= before


# Settling and silence


async def test_settle_waits_for_the_answer(reach):
    async with reach(echo) as target, connect(target) as client:
        await client.send("a")
        await client.settle()
        assert client.messages == ["a"]


async def test_receive_nothing_is_content_with_silence(reach):
    async def silent(peer):
        async for _ in peer:
            pass

    async with reach(silent) as target, connect(target) as client:
        await client.send("hello?")
        await client.receive_nothing()


async def test_receive_nothing_sees_an_answer(reach):
    async with reach(echo) as target, connect(target) as client:
        await client.send("a")
        with pytest.raises(UnexpectedMessage):
            await client.receive_nothing()
        assert await client.receive() == "a"


async def test_receive_all_collects_until_settled(reach):
    async def thrice(peer):
        async for message in peer:
            for _ in range(3):
                await peer.send(message)

    async with reach(thrice) as target, connect(target) as client:
        await client.send("a")
        await client.send("b")
        assert await client.receive_all() == ["a", "a", "a", "b", "b", "b"]
        assert await client.receive_all() == []


async def test_receive_all_ends_with_the_connection(reach):
    async def burst(peer):
        await peer.recv()
        await peer.send("1")
        await peer.send("2")
        await peer.close(4000, "done")

    async with reach(burst) as target, connect(target) as client:
        await client.send("go")
        await client.wait_for_close(4000)
        assert await client.receive_all() == ["1", "2"]


async def test_ping_answers_in_seconds(reach):
    async with reach(echo) as target, connect(target) as client:
        assert 0 <= await client.ping() < 5
        kinds = [(event.kind, event.direction) for event in client.timeline]
        assert kinds == [("open", None), ("ping", "sent"), ("pong", "received")]


async def test_many_clients_at_once_keep_apart(reach):
    async with reach(echo) as target:
        clients = [await connect(target, name=f"c{n}") for n in range(20)]
        for client in clients:
            await client.send(client.name)
        assert [await client.receive() for client in clients] == [c.name for c in clients]
        for client in clients:
            await client.close()
            assert client.messages == [client.name]
