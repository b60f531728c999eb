"""Connecting, sending and leaving under the foreign names, in process and on a socket."""

import asyncio

import pytest
from consumers import Chat, Done, Outgoing, Said, Say, Signalling, refusing, saying
from in_process import accepting, first_line, read_to_the_end

from wsnotebook import (
    AppCrashed,
    ASGITransport,
    Closed,
    ConnectFailed,
    Message,
    Refused,
    SetupError,
    State,
    UndecodableMessage,
    WaitTimeout,
    connect,
    serve,
)
from wsnotebook.communicator import WebsocketCommunicator


async def scope_seen(communicator):
    """Return the scope that an app sees that sends parts of it."""
    assert (await communicator.connect())[0]
    await communicator.disconnect()
    return Scoped.seen


class Scoped:
    seen = None

    @staticmethod
    async def app(scope, receive, send):
        Scoped.seen = scope
        await accepting(read_to_the_end)(scope, receive, send)


# Connecting


async def test_by_hand_connect_tells_the_subprotocol():
    communicator = WebsocketCommunicator(Chat, "/", subprotocols=["chat.v1"])
    assert await communicator.connect() == (True, "chat.v1")
    assert communicator.client.state is State.OPEN
    await communicator.disconnect()
    assert communicator.client.close_code == 1000


async def test_by_hand_connect_without_subprotocols():
    communicator = WebsocketCommunicator(Chat, "/")
    assert await communicator.connect(timeout=2) == (True, None)
    await communicator.disconnect(1001)
    assert communicator.client.close_code == 1001


async def test_by_hand_a_refusal_is_told_with_its_code_and_can_be_left():
    communicator = WebsocketCommunicator(refusing, "/")
    assert await communicator.connect() == (False, 4403)
    await communicator.disconnect()
    assert communicator.client.state is State.CLOSED


async def test_a_refusal_without_a_code_is_told_by_its_status():
    assert await WebsocketCommunicator(Chat, "/?token=none").connect() == (False, 401)
    async with serve(refusing) as server:
        assert await WebsocketCommunicator(server, "/").connect() == (False, 403)


async def test_in_a_context_a_refusal_raises():
    with pytest.raises(Refused) as caught:
        async with WebsocketCommunicator(refusing, "/"):
            pytest.fail("it was let in")
    assert caught.value.code == 4403


async def test_a_crash_before_the_answer_is_no_refusal():
    async def app(scope, receive, send):
        raise KeyError("boom")

    with pytest.raises(AppCrashed) as caught:
        await WebsocketCommunicator(app, "/").connect()
    assert isinstance(caught.value.__cause__, KeyError)


async def test_nobody_there_is_no_refusal(unused_tcp_port):
    communicator = WebsocketCommunicator(f"ws://127.0.0.1:{unused_tcp_port}", "/")
    with pytest.raises(ConnectFailed):
        await communicator.connect()


async def test_connecting_has_a_deadline():
    async def app(scope, receive, send):
        await asyncio.get_running_loop().create_future()

    for communicator, timeout in (
        (WebsocketCommunicator(app, "/", name="c"), 0.01),
        (WebsocketCommunicator(app, "/", name="c", timeout=0.01), None),
    ):
        with pytest.raises(WaitTimeout) as caught:
            await communicator.connect(timeout)
        assert first_line(caught.value) == "c did not open within 0.01 s"


async def test_connecting_twice():
    async with WebsocketCommunicator(Chat, "/", name="c") as communicator:
        with pytest.raises(SetupError) as caught:
            await communicator.connect()
    assert str(caught.value) == "c was opened before; a Client opens once, make a new one"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-room", b"t\xe9"), (b"cookie", b"a=1")],
        [("X-Room", "té"), ("Cookie", "a=1")],
        {"X-Room": "té", b"Cookie": b"a=1"},
    ],
    ids=["pairs of bytes", "pairs of str", "mapping"],
)
async def test_headers(headers):
    scope = await scope_seen(WebsocketCommunicator(Scoped.app, "/", headers))
    assert {(b"x-room", b"t\xe9"), (b"cookie", b"a=1")} <= set(scope["headers"])


async def test_path_and_query():
    scope = await scope_seen(WebsocketCommunicator(Scoped.app, "ws/t%C3%A9a/?sugar=2"))
    assert (scope["path"], scope["query_string"]) == ("/ws/téa/", b"sugar=2")


async def test_options_of_a_client():
    options = {"name": "ann", "query": {"a": 1}, "cookies": {"b": "2"}, "token": "tea-4-two"}
    communicator = WebsocketCommunicator(Scoped.app, "/", **options)
    scope = await scope_seen(communicator)
    assert communicator.client.name == "ann"
    assert scope["query_string"] == b"a=1"
    assert {(b"authorization", b"Bearer tea-4-two"), (b"cookie", b"b=2")} <= set(scope["headers"])


async def test_what_is_put_in_the_scope_reaches_the_app():
    communicator = WebsocketCommunicator(Scoped.app, "/")
    communicator.scope["user"] = "ann"
    scope = await scope_seen(communicator)
    assert (scope["user"], scope["path"]) == ("ann", "/")


@pytest.mark.parametrize("make", [lambda: "ws://127.0.0.1:9", lambda: ASGITransport(Chat)])
async def test_a_scope_reaches_nothing_else(make):
    communicator = WebsocketCommunicator(make(), "/")
    communicator.scope["user"] = "ann"
    with pytest.raises(SetupError) as caught:
        await communicator.connect()
    assert str(caught.value) == (
        "scope reaches an ASGI app in process only; to another server, send headers, cookies or "
        "a token, not ['user']"
    )


async def test_the_communicators_of_one_app_share_its_run():
    starts = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            starts.append(await receive())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await accepting(read_to_the_end)(scope, receive, send)

    async with WebsocketCommunicator(app, "/"), WebsocketCommunicator(app, "/"), connect(app):
        assert len(starts) == 1


async def test_its_repr():
    communicator = WebsocketCommunicator(Chat, "/", name="c")
    assert repr(communicator) == "<WebsocketCommunicator of <Client c: connecting, 0 received>>"


# Leaving


async def test_leaving_a_context_raises_a_crash_that_nobody_saw():
    with pytest.raises(AppCrashed) as caught:
        async with WebsocketCommunicator(Chat, "/") as communicator:
            await communicator.send_message(Say(text="boom"))
    assert isinstance(caught.value.__cause__, KeyError)


async def test_disconnect_raises_a_crash_that_nobody_saw_once():
    communicator = WebsocketCommunicator(Chat, "/")
    await communicator.connect()
    await communicator.send_message(Say(text="boom"))
    with pytest.raises(AppCrashed):
        await communicator.disconnect()
    await communicator.disconnect()


async def test_disconnect_cancels_an_app_that_goes_on():
    ended = []

    async def body(scope, receive, send):
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    communicator = WebsocketCommunicator(accepting(body), "/")
    await communicator.connect()
    with pytest.raises(TimeoutError):
        await communicator.disconnect(timeout=0.01)
    await asyncio.sleep(0)
    assert ended == ["cancelled"]


async def test_disconnecting_what_was_never_connected():
    await WebsocketCommunicator(Chat, "/").disconnect()


async def test_wait_returns_when_the_app_has_ended():
    communicator = WebsocketCommunicator(Chat, "/")
    await communicator.connect()
    await communicator.send_message(Say(text="bye"))
    await communicator.wait()
    assert communicator.client.close_code == 4000


async def test_wait_raises_a_crash():
    communicator = WebsocketCommunicator(Chat, "/")
    await communicator.connect()
    await communicator.send_message(Say(text="boom"))
    with pytest.raises(AppCrashed):
        await communicator.wait()


async def test_wait_leaves_an_app_alone_that_goes_on():
    async with WebsocketCommunicator(Chat, "/", name="c") as communicator:
        with pytest.raises(WaitTimeout) as caught:
            await communicator.wait(timeout=0)
        assert first_line(caught.value) == "c did not close within 0 s"
        await communicator.send_message(Say(text="still there"))
        assert await communicator.receive_message() == Said(text="still there")


async def test_stop_vanishes():
    codes = []

    class Notes(Chat):
        async def on_close(self, code, reason):
            codes.append(code)

    communicator = WebsocketCommunicator(Notes, "/")
    await communicator.connect()
    communicator.stop()
    await communicator._stopping
    assert (codes, communicator.client.close_code) == ([1006], 1006)
    communicator.stop()


async def test_stop_raises_a_crash_unless_told_not_to():
    communicator = WebsocketCommunicator(Chat, "/")
    await communicator.connect()
    await communicator.send_message(Say(text="boom"))
    await communicator.client.wait_until("closed")
    communicator.stop(exceptions=False)
    with pytest.raises(AppCrashed):
        communicator.stop()
    await communicator.disconnect()


# Sending


async def echoed(**data):
    async def body(scope, receive, send):
        while (event := await receive())["type"] == "websocket.receive":
            await send({**event, "type": "websocket.send"})

    async with WebsocketCommunicator(accepting(body), "/") as communicator:
        await communicator.send_to(**data)
        return await communicator.receive_from()


@pytest.mark.parametrize("message", ["hello", "", b"\x00", b""])
async def test_text_and_binary_the_empty_ones_too(message):
    kind = "text_data" if isinstance(message, str) else "bytes_data"
    assert await echoed(**{kind: message}) == message


EITHER = "send_to takes either text_data or bytes_data, not "


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            {},
            "send_to takes either text_data or bytes_data, not text_data=None and bytes_data=None",
        ),
        (
            {"text_data": "", "bytes_data": b""},
            "send_to takes either text_data or bytes_data, not text_data='' and bytes_data=b''",
        ),
        ({"text_data": b"a"}, "text_data must be a str, not b'a'"),
        ({"bytes_data": "a"}, "bytes_data must be bytes, not 'a'"),
    ],
)
async def test_what_send_to_does_not_take(data, problem):
    with pytest.raises(TypeError) as caught:
        await echoed(**data)
    assert str(caught.value) == problem


@pytest.mark.parametrize("name", ["send_json", "send_json_to"])
async def test_json_under_both_names(name):
    async with WebsocketCommunicator(Chat, "/") as communicator:
        await getattr(communicator, name)({"action": "say", "text": "hello"})
        assert await communicator.receive_json() == {"action": "said", "text": "hello"}


async def test_send_message_takes_messages_only():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        with pytest.raises(TypeError) as caught:
            await communicator.send_message({"action": "say"})
    assert str(caught.value) == (
        "send_message takes a Message, not {'action': 'say'}; send_json sends other values"
    )


async def test_sending_after_the_end():
    async with WebsocketCommunicator(Chat, "/") as communicator:
        await communicator.send_message(Say(text="bye"))
        await communicator.assert_closed(4000)
        with pytest.raises(Closed) as caught:
            await communicator.send_to(text_data="hello")
    assert caught.value.code == 4000


# Types


async def test_the_channel_that_is_connected_to_types_what_arrives():
    for application in (Chat, Chat.as_asgi()):
        async with WebsocketCommunicator(application, "/") as communicator:
            await communicator.send_message(Say(text="hello"))
            assert await communicator.receive_message() == Said(text="hello")


async def test_a_channel_as_consumer():
    async with serve(Chat) as server:
        async with WebsocketCommunicator(server.url, "/", consumer=Chat) as communicator:
            await communicator.send_message(Say(text="hello"))
            assert await communicator.receive_message() == Said(text="hello")


async def test_a_consumer_with_an_adapter():
    app = saying({"action": "said", "text": "hello"}, {"action": "other"})
    async with WebsocketCommunicator(app, "/", consumer=Outgoing) as communicator:
        assert await communicator.receive_message() == Said(text="hello")
        with pytest.raises(UndecodableMessage) as caught:
            await communicator.receive_message()
        assert await communicator.receive_json() == {"action": "other"}
    assert str(caught.value) == (
        "'{\"action\": \"other\"}' is not sent by Outgoing: Said.action: Input should be 'said' "
        "(and 2 more)"
    )


async def test_an_app_that_knows_its_consumer():
    app = saying({"action": "done"})
    app.consumer_class = Outgoing
    async with WebsocketCommunicator(app, "/") as communicator:
        assert await communicator.receive_message() == Done()


async def test_without_a_consumer_nothing_is_typed():
    async with WebsocketCommunicator(saying({"action": "done"}), "/") as communicator:
        with pytest.raises(SetupError) as caught:
            await communicator.receive_message()
        assert await communicator.receive_json() == {"action": "done"}
    assert str(caught.value) == (
        'cannot read \'{"action": "done"}\' as a Message without knowing the classes: '
        "WebsocketCommunicator(..., consumer=MyConsumer), or receive_json"
    )


@pytest.mark.parametrize("consumer", [Message, object()])
def test_what_is_no_consumer(consumer):
    with pytest.raises(TypeError) as caught:
        WebsocketCommunicator(Chat, "/", consumer=consumer)
    assert str(caught.value) == (
        "consumer must be a Chanx consumer (with outgoing_message_adapter) or a Channel, not "
        f"{consumer!r}; leave it out to receive JSON and text"
    )


def test_signalling_is_known_of_a_channel():
    known = [
        WebsocketCommunicator(kind, "/")._typed.sends_completion for kind in (Chat, Signalling)
    ]
    assert known == [False, True]
