"""Receiving under the foreign names: one message, silence, the authentication, the end."""

import asyncio
import json

import pytest
from consumers import Chat, Said, Say, Signalling, authentication, refusing, saying
from in_process import accepting, first_line, now, text

from wsnotebook import (
    AppCrashed,
    Channel,
    Closed,
    Refused,
    UndecodableMessage,
    WaitTimeout,
    serve,
)
from wsnotebook.communicator import AuthenticationMessage, WebsocketCommunicator

RECEIVES = ["receive_from", "receive_json_from", "receive_json", "receive_message"]


# One message


@pytest.mark.parametrize("name", RECEIVES)
async def test_a_timed_out_receive_leaves_the_app_alive(name):
    async with WebsocketCommunicator(Chat, "/", name="c") as communicator:
        with pytest.raises(WaitTimeout) as caught:
            await getattr(communicator, name)(0.01)
        assert first_line(caught.value) == "no message within 0.01 s"
        await communicator.send_message(Say(text="hello"))
        assert await communicator.receive_message() == Said(text="hello")


@pytest.mark.parametrize("name", RECEIVES)
async def test_a_receive_tells_of_the_close(name):
    async with WebsocketCommunicator(Chat, "/") as communicator:
        await communicator.send_message(Say(text="bye"))
        with pytest.raises(Closed) as caught:
            await getattr(communicator, name)()
    assert (caught.value.code, caught.value.reason) == (4000, "enough")


async def test_the_timeout_of_the_communicator_is_that_of_its_receives():
    async with WebsocketCommunicator(Chat, "/", timeout=0.01) as communicator:
        with pytest.raises(WaitTimeout, match=r"^no message within 0\.01 s"):
            await communicator.receive_from()


async def test_a_receive_respects_the_deadline_of_its_caller():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.01):
                await communicator.receive_from()
        assert not isinstance(caught.value, WaitTimeout)


async def test_outputs_are_messages_and_then_the_close():
    async def body(scope, receive, send):
        await send(text("hello"))
        await send({"type": "websocket.send", "bytes": b""})
        await send({"type": "websocket.close", "code": 4000, "reason": "enough"})

    async with WebsocketCommunicator(accepting(body), "/") as communicator:
        assert [await communicator.receive_output() for _ in range(4)] == [
            {"type": "websocket.send", "text": "hello"},
            {"type": "websocket.send", "bytes": b""},
            {"type": "websocket.close", "code": 4000, "reason": "enough"},
            {"type": "websocket.close", "code": 4000, "reason": "enough"},
        ]


# Silence


async def test_silence_in_process_takes_no_time_of_the_clock():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        assert await communicator.receive_nothing(timeout=3600, interval=60)


def test_silence_in_process_hears_an_answer_that_takes_its_time(virtual_time):
    class Slow(Channel):
        async def on_message(self, message):
            await asyncio.sleep(0.15)
            await self.send(message)

    async def main():
        async with WebsocketCommunicator(Slow, "/") as communicator:
            await communicator.send_to(text_data="hello")
            heard = await communicator.receive_nothing()
            return heard, await communicator.receive_from(0), now()

    assert virtual_time(main()) == (False, "hello", pytest.approx(0.15))


async def test_what_breaks_the_silence_stays_unread():
    async with WebsocketCommunicator(saying(1), "/") as communicator:
        assert not await communicator.receive_nothing()
        assert await communicator.receive_json() == 1
        assert await communicator.receive_nothing()


async def test_silence_tells_of_a_crash():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        await communicator.send_message(Say(text="boom"))
        with pytest.raises(AppCrashed):
            await communicator.receive_nothing()


async def test_silence_of_an_app_that_never_reads_is_not_known():
    async def body(scope, receive, send):
        await asyncio.get_running_loop().create_future()

    communicator = WebsocketCommunicator(
        accepting(body), "/", timeout=0.02, close_timeout=0, name="c"
    )
    async with communicator:
        await communicator.send_to(text_data="hello")
        with pytest.raises(WaitTimeout, match=r"^the server did not settle within 0\.02 s: "):
            await communicator.receive_nothing()


async def test_silence_over_a_network_is_listened_for():
    async with serve(Chat) as server:
        async with WebsocketCommunicator(server, "/") as communicator:
            started = now()
            assert await communicator.receive_nothing(timeout=0.1)
            assert now() - started >= 0.1
            await communicator.send_message(Say(text="hello"))
            assert not await communicator.receive_nothing(timeout=5)


async def test_silence_waits_for_the_other_apps_of_the_loop():
    # Two apps, as Chat.as_asgi() is two of Channels' consumers; what joins them is asked later.
    queue = asyncio.Queue()

    async def teller(scope, receive, send):
        await receive()
        for _ in range(20):
            await asyncio.sleep(0)
        await queue.put("hello")
        await receive()

    async def hearer(scope, receive, send):
        telling = asyncio.ensure_future(queue.get())
        telling.add_done_callback(lambda done: loop.create_task(send(text(done.result()))))
        await receive()

    loop = asyncio.get_running_loop()
    async with (
        WebsocketCommunicator(accepting(teller), "/") as ann,
        WebsocketCommunicator(accepting(hearer), "/") as bob,
    ):
        await ann.send_to(text_data="hello")
        assert not await bob.receive_nothing()


# Authentication


async def test_waiting_for_the_authentication():
    async with WebsocketCommunicator(saying(authentication(200, "OK"), 1), "/") as communicator:
        message = await communicator.wait_for_auth()
        assert isinstance(message, AuthenticationMessage)
        assert (message.payload.status_code, message.payload.status_text) == (200, "OK")
        assert await communicator.receive_json() == 1


def test_after_the_authentication_the_app_has_done_what_follows(virtual_time):
    joined = []

    async def body(scope, receive, send):
        await send(text(json.dumps(authentication(200, "OK"))))
        await asyncio.sleep(0.1)
        joined.append("group")
        await receive()

    async def main():
        async with WebsocketCommunicator(accepting(body), "/") as communicator:
            await communicator.assert_authenticated_status_ok(max_auth_time=0.5)
            return list(joined)

    assert virtual_time(main()) == ["group"]


async def test_an_authentication_that_failed():
    app = saying(
        authentication(401, "Unauthorized"), then={"type": "websocket.close", "code": 4401}
    )
    async with WebsocketCommunicator(app, "/") as communicator:
        with pytest.raises(AssertionError) as caught:
            await communicator.assert_authenticated_status_ok()
        await communicator.assert_closed(4401)
    assert str(caught.value) == "the authentication ended with 401 'Unauthorized', not with 200"


async def test_a_first_message_that_is_another_stays_unread():
    async with WebsocketCommunicator(saying({"action": "hello"}), "/") as communicator:
        with pytest.raises(UndecodableMessage) as caught:
            await communicator.wait_for_auth()
        assert await communicator.receive_json() == {"action": "hello"}
    assert str(caught.value) == (
        '\'{"action": "hello"}\' is not AuthenticationMessage: action: Input should be '
        "'authentication' (and 1 more)"
    )


async def test_no_authentication_comes():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        with pytest.raises(WaitTimeout, match=r"^no message within 0\.01 s"):
            await communicator.wait_for_auth(max_auth_time=0.01)


# The end


async def test_a_close_that_comes():
    async with WebsocketCommunicator(Signalling, "/") as communicator:
        await communicator.send_message(Say(text="bye"))
        await communicator.assert_closed()
        await communicator.assert_closed(4000)


async def test_a_close_with_another_code():
    async with WebsocketCommunicator(Chat, "/", name="c") as communicator:
        await communicator.send_message(Say(text="bye"))
        with pytest.raises(AssertionError) as caught:
            await communicator.assert_closed(4001)
    assert str(caught.value) == (
        "the connection closed with 4000 'enough' instead of 4001\n"
        "  c is closed (4000 'enough'); nothing received"
    )


async def test_a_close_that_does_not_come():
    async with WebsocketCommunicator(Chat, "/", name="c", timeout=0.01) as communicator:
        with pytest.raises(AssertionError) as caught:
            await communicator.assert_closed()
    assert first_line(caught.value) == "c did not close within 0.01 s"


async def test_a_crash_is_no_close():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        await communicator.send_message(Say(text="boom"))
        with pytest.raises(AppCrashed):
            await communicator.assert_closed(1000)


async def test_what_never_opened_is_not_closed():
    communicator = WebsocketCommunicator(refusing, "/")
    await communicator.connect()
    with pytest.raises(Refused):
        await communicator.assert_closed(4403)
