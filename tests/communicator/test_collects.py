"""Collecting several messages: where it stops, what it leaves out, how it times out."""

import asyncio
import warnings

import pytest
from consumers import Chat, Done, Outgoing, Said, Say, Signalling, saying
from in_process import turns

from wsnotebook import (
    EVENT_ACTION_COMPLETE,
    GROUP_ACTION_COMPLETE,
    Closed,
    UndecodableMessage,
    WaitTimeout,
    serve,
)
from wsnotebook.communicator import CollectTimedOut, WebsocketCommunicator

HELLO = {"action": "said", "text": "hello"}
CLOSE = {"type": "websocket.close", "code": 4000, "reason": "enough"}


def outgoing(*messages, **options):
    """Return a communicator with an app that says ``messages``, of which nothing else is known."""
    app = saying(*messages, then=options.pop("then", None))
    return WebsocketCommunicator(app, "/", consumer=Outgoing, name="c", **options)


def signal(action):
    return {"action": action, "payload": None}


# Where it stops


async def test_until_the_completion_signal_which_is_left_out():
    async with WebsocketCommunicator(Signalling, "/") as communicator:
        await communicator.send_message(Say(text="hello"))
        assert await communicator.receive_all_messages() == [Said(text="hello")]
        await communicator.send_message(Say(text="again"))
        assert await communicator.receive_all_messages(GROUP_ACTION_COMPLETE) == [
            Said(text="again")
        ]
        assert await communicator.receive_all_messages() == []


async def test_what_comes_after_the_stop_stays_unread():
    async with outgoing(HELLO, signal("complete"), {"action": "done"}) as communicator:
        assert await communicator.receive_all_messages() == [Said(text="hello")]
        assert await communicator.receive_message() == Done()


async def test_a_stop_of_ones_own_is_kept_and_signals_are_left_out():
    messages = [signal("event_complete"), HELLO, signal("complete"), {"action": "done"}, HELLO]
    async with outgoing(*messages) as communicator:
        assert await communicator.receive_all_messages("done") == [Said(text="hello"), Done()]


async def test_a_channel_without_signals_is_collected_until_it_is_settled():
    async with WebsocketCommunicator(Chat, "/", timeout=3600) as communicator:
        for text in ("one", "two"):
            await communicator.send_message(Say(text=text))
        collected = await communicator.receive_all_messages()
    assert collected == [Said(text="one"), Said(text="two")]


@pytest.mark.parametrize("stop", ["complete", EVENT_ACTION_COMPLETE, None])
async def test_a_consumer_said_to_send_no_signals_is_too(stop):
    class Quiet(Outgoing):
        send_completion = False

    app = saying(HELLO)
    async with WebsocketCommunicator(app, "/", consumer=Quiet, timeout=3600) as communicator:
        assert await communicator.receive_all_messages(stop) == [Said(text="hello")]


async def test_the_field_that_tells_messages_apart_may_have_another_name():
    class Typed(Outgoing):
        discriminator_field = "text"

    async with WebsocketCommunicator(saying(HELLO, HELLO), "/", consumer=Typed) as communicator:
        assert await communicator.receive_all_messages("hello") == [Said(text="hello")]


async def test_json_until_the_server_is_settled():
    async with outgoing(HELLO, signal("complete"), 1, timeout=3600) as communicator:
        assert await communicator.receive_all_json() == [HELLO, signal("complete"), 1]
        assert await communicator.receive_all_json() == []


async def test_json_up_to_a_stop():
    async with outgoing(HELLO, signal("complete"), 1) as communicator:
        assert await communicator.receive_all_json(stop_action="said") == [HELLO]
        assert await communicator.receive_all_json(stop_action="complete") == []


async def test_a_collect_may_begin_before_another_client_sends():
    async with (
        WebsocketCommunicator(Signalling, "/") as ann,
        WebsocketCommunicator(Signalling, "/") as bob,
    ):
        collecting = asyncio.ensure_future(bob.receive_all_messages(GROUP_ACTION_COMPLETE))
        await turns()
        await ann.send_message(Say(text="hello"))
        assert await collecting == [Said(text="hello")]


async def test_over_a_network():
    async with serve(Signalling) as server:
        async with WebsocketCommunicator(server, "/") as communicator:
            await communicator.send_message(Say(text="hello"))
            assert await communicator.receive_all_messages() == [Said(text="hello")]
            await communicator.send_message(Say(text="again"))
            assert [one["text"] for one in await communicator.receive_all_json()] == ["again"]


# What it does not stop at


async def test_a_collect_that_times_out_warns_and_returns_what_arrived(masked):
    async with outgoing(HELLO, HELLO) as communicator:
        with pytest.warns(CollectTimedOut) as caught:
            collected = await communicator.receive_all_messages(timeout=0.01)
        assert collected == [Said(text="hello"), Said(text="hello")]
        assert await communicator.receive_nothing()
        await communicator.send_to(text_data="still alive")
    warning = caught[0]
    assert warning.filename == __file__
    assert warning.message.messages == communicator.client.messages
    assert isinstance(warning.message.error, WaitTimeout)
    assert masked(warning.message) == (
        "no completion signal 'complete' within 0.01 s; what arrived is returned, stop_action=None "
        "would have waited for no signal\n"
        "  c is open; 2 messages received, newest last:\n"
        '    0.000 s  ← \'{"action": "said", "text": "hello"}\'\n'
        '    0.000 s  ← \'{"action": "said", "text": "hello"}\''
    )


async def test_json_that_times_out_warns_at_the_line_of_the_test():
    async with outgoing(HELLO) as communicator:
        with pytest.warns(CollectTimedOut) as caught:
            assert await communicator.receive_all_json(0.01, stop_action="done") == [HELLO]
    assert caught[0].filename == __file__


async def test_where_the_warning_is_an_error_nothing_is_taken():
    async with outgoing(HELLO) as communicator:
        with warnings.catch_warnings():
            warnings.simplefilter("error", CollectTimedOut)
            with pytest.raises(CollectTimedOut):
                await communicator.receive_all_messages(timeout=0)
        await communicator.client.settle()
        assert await communicator.receive_message() == Said(text="hello")


async def test_a_close_during_a_collect_tells_its_code_and_what_arrived():
    async with outgoing(HELLO, then=CLOSE) as communicator:
        with pytest.raises(Closed) as caught:
            await communicator.receive_all_messages()
        assert (caught.value.code, caught.value.reason) == (4000, "enough")
        assert caught.value.unread == ['{"action": "said", "text": "hello"}']
        assert await communicator.receive_message() == Said(text="hello")


async def test_a_close_ends_a_collect_without_a_stop():
    async with outgoing(HELLO, then=CLOSE) as communicator:
        assert await communicator.receive_all_json() == [HELLO]
        await communicator.assert_closed(4000)


async def test_a_collect_respects_the_deadline_of_its_caller():
    async with outgoing(HELLO) as communicator:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.01):
                await communicator.receive_all_messages()
        assert not isinstance(caught.value, WaitTimeout)
        assert await communicator.receive_message() == Said(text="hello")


async def test_a_collect_can_be_cancelled():
    async with outgoing(HELLO) as communicator:
        collecting = asyncio.ensure_future(communicator.receive_all_messages())
        await turns()
        collecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await collecting
        assert await communicator.receive_message() == Said(text="hello")


async def test_a_message_that_cannot_be_read_lets_all_stay_unread():
    async with outgoing(HELLO, {"action": "other"}, signal("complete")) as communicator:
        with pytest.raises(UndecodableMessage) as caught:
            await communicator.receive_all_messages()
        assert len(await communicator.receive_all_json()) == 3
    assert str(caught.value).startswith('\'{"action": "other"}\' is not sent by Outgoing: ')


@pytest.mark.parametrize("stop", ["complete", None])
async def test_a_secret_stays_one_in_what_a_collect_tells(stop):
    secret = "tea-4-two"
    async with outgoing({"action": secret}, token=secret) as communicator:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with pytest.raises(UndecodableMessage) as raised:
                await communicator.receive_all_messages(stop, timeout=0.01)
    assert len(caught) == (stop is not None)
    told = [str(raised.value), *(str(warning.message) for warning in caught)]
    assert [text for text in told if secret in text or "***" not in text] == []
