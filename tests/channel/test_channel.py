"""Channel: hooks, verbs, handshake and messages, by hand, in process and on a real socket."""

import json
from typing import ClassVar, Literal

import pytest
from channel_ways import WAYS, heard

from wsnotebook import Channel, Closed, Message, MockWebSocket, Refused, SetupError, connect
from wsnotebook.channel import Context

COMPLETE = {"action": "complete", "payload": None}
GROUP = {"action": "group_complete", "payload": None}
EVENT = {"action": "event_complete", "payload": None}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


class Noted(Channel):
    """Echoes, and notes the order of its hooks."""

    notes: list

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.notes = []

    async def authenticate(self):
        self.notes.append("authenticate")

    async def on_connect(self):
        self.notes.append("connect")

    async def on_message(self, message):
        self.notes.append(message)
        await self.send(message)

    async def on_close(self, code, reason):
        self.notes.append((code, reason))


# The order of things


async def test_the_hooks_are_called_in_order(way):
    class Chat(Noted):
        pass

    async with way(Chat) as reach:
        ann = await reach()
        await ann.say("hello")
        await ann.say(b"\x00")
        await ann.leave(4000, "bye")
    assert Chat.notes == ["authenticate", "connect", "hello", b"\x00", (4000, "bye")]
    assert ann.messages == ["hello", b"\x00"]


async def test_nobody_is_connected_before_the_handshake_is_answered(way):
    class Chat(Channel):
        seen: ClassVar = []

        async def authenticate(self):
            self.seen.append(len(Chat.connections))
            await Chat.broadcast("too early")

        async def on_connect(self):
            self.seen.append(len(Chat.connections))

    async with way(Chat) as reach:
        ann = await reach()
        assert (Chat.seen, ann.messages) == ([0, 1], [])


async def test_a_channel_that_closes_is_told_so_once(way):
    class Chat(Noted):
        async def on_message(self, message):
            await self.close(4000, "enough")
            await self.close(4001, "again")
            self.notes.append(Chat.connections)

    async with way(Chat) as reach:
        ann = await reach()
        await ann.say("hello")
        await ann.settle()
        assert ann.closure == (4000, "enough")
    assert Chat.notes == ["authenticate", "connect", (), (4000, "enough")]


async def test_a_channel_can_close_as_soon_as_it_is_connected(way):
    class Chat(Noted):
        async def on_connect(self):
            await self.send("full")
            await self.close(1013, "full")

    async with way(Chat) as reach:
        ann = await reach()
        await ann.settle()
        assert (ann.messages, ann.closure) == (["full"], (1013, "full"))
    assert Chat.notes == ["authenticate", (1013, "full")]


async def test_a_channel_can_be_closed_from_outside(way):
    class Chat(Noted):
        pass

    async with way(Chat) as reach:
        ann = await reach()
        await ann.channel.close(4000, "out")
        await ann.settle()
        assert ann.closure == (4000, "out")
    assert Chat.notes == ["authenticate", "connect", (4000, "out")]


@pytest.mark.parametrize(("code", "reason"), [(1006, ""), (999, ""), (1000, "x" * 124)])
async def test_a_close_that_cannot_be_sent_is_a_value_error_and_changes_nothing(code, reason):
    class Chat(Noted):
        pass

    async with connect(Chat) as client:
        (channel,) = Chat.connections
        with pytest.raises(ValueError, match="close"):
            await channel.close(code, reason)
        await client.send("still here")
        assert await client.receive() == "still here"


async def test_a_subscription_can_be_read_in_on_close_and_is_over_in_the_room(way):
    class Chat(Channel):
        seen: ClassVar = []

        async def on_connect(self):
            await self.join("tea")

        async def on_close(self, code, reason):
            self.seen.append((self.subscriptions, Chat.room_members("tea"), Chat.connections))

    async with way(Chat) as reach:
        ann = await reach()
        await ann.leave()
        assert ann.channel.subscriptions == set()
    assert Chat.seen == [({"tea"}, (), ())]


# Sending


async def test_what_is_sent_is_text_binary_a_message_or_json(way):
    class Word(Message):
        type: Literal["word"] = "word"
        text: str

    class Chat(Channel):
        async def on_connect(self):
            await self.send("text")
            await self.send(b"\x00\xff")
            await self.send(Word(text="x"))
            await self.send_json({"a": [1]})

    async with way(Chat) as reach:
        ann = await reach()
        assert ann.messages == ["text", b"\x00\xff", '{"type":"word","text":"x"}', '{"a":[1]}']


async def test_anything_else_cannot_be_sent_or_broadcast():
    channel = Channel()
    channel.socket = MockWebSocket()
    for sending in (channel.send({"a": 1}), Channel.broadcast({"a": 1})):
        with pytest.raises(TypeError) as caught:
            await sending
        assert str(caught.value) == (
            "cannot send {'a': 1}: expected str (text), bytes (binary) or a Message; "
            "send_json() sends other values as JSON"
        )
    await channel.handle_close()


async def test_a_message_that_is_not_among_sends_cannot_be_sent():
    class Yes(Message):
        type: Literal["yes"] = "yes"

    class No(Message):
        type: Literal["no"] = "no"

    class Chat(Channel):
        sends = Yes

    channel = Chat()
    channel.socket = MockWebSocket()
    await channel.send(Yes())
    await Chat.broadcast("a text is any text")
    for sending in (channel.send(No()), Chat.broadcast(No())):
        with pytest.raises(TypeError) as caught:
            await sending
        assert str(caught.value) == "Chat sends Yes, not No(type='no')"
    assert channel.socket.sent_messages == ['{"type":"yes"}', "a text is any text"]
    await channel.handle_close()


async def test_sending_on_a_closed_channel_says_how_it_closed(way):
    async with way(Channel) as reach:
        ann = await reach()
        await ann.leave(4000, "bye")
        for doing, awaitable in (
            ("the message was sent", ann.channel.send("x")),
            ("the message was sent", ann.channel.send_json({})),
            ("the room was joined", ann.channel.join("tea")),
        ):
            with pytest.raises(Closed) as caught:
                await awaitable
            assert str(caught.value) == f"the connection closed with 4000 'bye' before {doing}"
        await ann.channel.leave("tea")
        await ann.channel.close()


async def test_a_hook_that_finds_its_own_client_gone_is_no_crash():
    class Chat(Noted):
        async def on_message(self, message):
            self.notes.append("before")
            await gone.wait_for_close()
            await self.send("too late")
            self.notes.append("after")

    async with connect(Chat) as gone:
        await gone.send("go")
        await gone.abort()
    assert Chat.notes == ["authenticate", "connect", "before", (1006, "")]


@pytest.mark.parametrize(("verb", "argument"), [("send", "x"), ("close", 1000), ("join", "tea")])
async def test_nothing_can_be_done_before_the_handshake_is_answered(verb, argument):
    class Chat(Channel):
        async def authenticate(self):
            with pytest.raises(SetupError) as caught:
                await getattr(self, verb)(argument)
            assert str(caught.value) == (
                "the handshake is not answered yet: in authenticate() raise Refused(code=...) to "
                "tell the client, and greet it in on_connect()"
            )

    async with connect(Chat) as client:
        await client.receive_nothing()


async def test_a_channel_without_a_socket_says_what_to_do():
    with pytest.raises(SetupError) as caught:
        await Channel().handle_connect()
    assert str(caught.value) == (
        "this Channel has no socket: set one, channel.socket = MockWebSocket(), or connect to "
        "Channel.as_asgi()"
    )


# Being refused


@pytest.mark.parametrize("status", [401, 403, 404, 503])
async def test_a_status_denies_the_handshake(way, status):
    class Chat(Noted):
        async def authenticate(self):
            raise Refused(status=status, reason="not you")

    async with way(Chat) as reach:
        with pytest.raises(Refused) as caught:
            await reach()
        assert str(caught.value) == (
            f"the server refused the handshake with HTTP {status}: 'not you'"
        )
        assert Chat.connections == ()
    assert Chat.notes == []


async def test_a_code_accepts_tells_and_closes(way):
    class Chat(Noted):
        async def authenticate(self):
            raise Refused(code=4003, reason="not you")

    async with way(Chat) as reach:
        eve = await reach()
        await eve.settle()
        assert heard(eve) == [{"type": "error", "message": "not you"}]
        assert eve.closure == (4003, "not you")
        assert Chat.connections == ()
    assert Chat.notes == []


async def test_a_code_without_a_reason_is_told_in_words(way):
    class Chat(Channel):
        async def authenticate(self):
            raise Refused(code=4003)

    async with way(Chat) as reach:
        eve = await reach()
        await eve.settle()
        assert heard(eve) == [{"type": "error", "message": "not authenticated"}]
        assert eve.closure == (4003, "")


# The handshake


async def test_path_and_query_are_params_and_the_path_wins(way):
    class Chat(Channel):
        path = "/rooms/{room_id}/{number:int}"

    async with way(Chat) as reach:
        ann = await reach("/rooms/caf%C3%A9/7?room_id=no&a=1&a=2&empty=")
        assert ann.channel.params == {"room_id": "café", "number": 7, "a": "2", "empty": ""}


async def test_the_context_is_the_handshake(way):
    async with way(Channel) as reach:
        ann = await reach(
            "/x%20y?q=1",
            headers={"X-Tea": "green", "Cookie": 'a=1; odd="x; b=2='},
            subprotocols=["v2", "v1"],
        )
        context = ann.channel.context
        assert (context.path, context.query) == ("/x y", {"q": "1"})
        assert (context.headers["x-tea"], context.headers.get("X-TEA")) == ("green", "green")
        assert context.cookies == {"a": "1", "odd": '"x', "b": "2="}
        assert context.subprotocols == ("v2", "v1")


def test_a_context_shows_no_secret():
    context = Context("/x", query={"token": "secret"}, headers={"Authorization": "secret"})
    assert repr(context) == "Context(path='/x', subprotocols=())"


@pytest.mark.parametrize(
    ("offered", "chosen"), [(["v1", "v2"], "v2"), (["v1"], "v1"), (["v9"], None), ([], None)]
)
@pytest.mark.parametrize("name", ["in process", "on a socket"])
async def test_the_first_subprotocol_of_the_channel_that_is_offered_is_chosen(
    name, offered, chosen
):
    class Chat(Channel):
        subprotocols = ("v2", "v1")

    async with WAYS[name](Chat) as reach:
        ann = await reach(subprotocols=offered)
        assert ann.client.subprotocol == ann.socket.subprotocol == chosen


async def test_the_socket_quacks_as_one_of_websockets(way):
    async with way(Channel) as reach:
        ann = await reach("/a?b=c", headers={"X-Tea": "green"})
        socket = ann.channel.socket
        assert socket.request.path == "/a?b=c"
        assert socket.request.headers["x-tea"] == "green"
        assert (socket.subprotocol, socket.close_code, socket.close_reason) == (None, None, None)
        await ann.leave(4000, "bye")
        assert (socket.close_code, socket.close_reason) == (4000, "bye")


@pytest.mark.parametrize(
    "path", ["rooms", "", "/{", "/a}", "/{}", "/{a:tea}", "/{a}/{a}", "/{1a}", "/{a b}"]
)
def test_a_path_that_is_no_template_is_refused_with_the_class(path):
    with pytest.raises(ValueError, match=r"^path "):
        type("Chat", (Channel,), {"path": path})


def test_a_wrong_parameter_is_shown():
    with pytest.raises(ValueError) as caught:
        type("Chat", (Channel,), {"path": "/a/{b:tea}"})
    assert str(caught.value) == (
        "path '/a/{b:tea}' has the parameter {b:tea}: a parameter is {name} or {name:kind}, each "
        "name once, kind one of str, int, float, uuid, path"
    )


@pytest.mark.parametrize(
    ("template", "path", "value"),
    [
        ("/{x:int}", "/12", 12),
        ("/{x:float}", "/1.5", 1.5),
        ("/{x:path}", "/a/b", "a/b"),
        ("/a.b/{x}", "/a.b/c", "c"),
    ],
)
async def test_a_parameter_is_read_as_its_kind(template, path, value):
    chat = type("Chat", (Channel,), {"path": template})
    async with connect(chat, path):
        assert chat.connections[0].params == {"x": value}


@pytest.mark.parametrize(
    ("template", "path"), [("/{x:int}", "/a"), ("/{x:uuid}", "/1"), ("/a.b", "/aXb")]
)
async def test_a_parameter_of_another_kind_is_another_path(template, path):
    with pytest.raises(Refused, match="404"):
        await connect(type("Chat", (Channel,), {"path": template}), path)


# Messages


async def test_a_message_over_max_size_closes_with_1009(way):
    class Chat(Noted):
        max_size = 10

    async with way(Chat) as reach:
        ann = await reach()
        await ann.say("é" * 5)
        await ann.say("é" * 6)
        await ann.settle()
        assert ann.messages == ["é" * 5]
        assert ann.closure == (1009, "message of 12 bytes exceeds limit of 10 bytes")
    assert Chat.notes[2:] == ["é" * 5, (1009, "message of 12 bytes exceeds limit of 10 bytes")]


async def test_typed_messages_may_come_as_binary(way):
    class Say(Message):
        text: str

    class Chat(Channel):
        accepts = Say

        async def on_message(self, message):
            await self.send(f"{type(message).__name__} {message.text}")

    async with way(Chat) as reach:
        ann = await reach()
        await ann.say(b'{"text": "x"}')
        assert ann.messages == ["Say x"]


def test_accepts_and_sends_are_checked_with_the_class():
    for name in ("accepts", "sends"):
        with pytest.raises(TypeError, match="must be a Message class"):
            type("Chat", (Channel,), {name: dict})


# Completion signals


class Telling(Channel):
    send_completion = True

    async def on_connect(self):
        await self.join("tea")

    async def on_message(self, message):
        if message == "all":
            await self.broadcast("to all")
        elif message == "others":
            await self.broadcast("to others", room="tea", exclude=self)
        else:
            await self.send(message)


async def test_a_handled_message_is_complete(way):
    async with way(Telling) as reach:
        ann = await reach()
        await ann.say("x")
        assert ann.messages == ["x", json.dumps(COMPLETE, separators=(",", ":"))]


async def test_a_broadcast_of_a_hook_is_a_groups_and_any_other_an_event(way):
    async with way(Telling) as reach:
        ann, bob = await reach(), await reach()
        await ann.say("all")
        await ann.say("others")
        await Telling.broadcast('"out of the blue"')
        await ann.settle()
        await bob.settle()
        assert list(map(_plain, ann.messages)) == [
            *("to all", GROUP, COMPLETE),
            COMPLETE,
            *('"out of the blue"', EVENT),
        ]
        assert list(map(_plain, bob.messages)) == [
            *("to all", GROUP),
            *("to others", GROUP),
            *('"out of the blue"', EVENT),
        ]


def _plain(message):
    return json.loads(message) if message.startswith("{") else message


async def test_an_invalid_message_is_complete_as_well(way):
    class Say(Message):
        text: str

    class Typed(Channel):
        accepts = Say
        send_completion = True

    async with way(Typed) as reach:
        ann = await reach()
        await ann.say("{}")
        assert heard(ann) == [{"type": "error", "message": "text: Field required"}, COMPLETE]


async def test_a_client_can_collect_up_to_a_signal():
    async with connect(Telling) as client:
        await client.send("x")
        assert await client.receive_all("complete") == ["x"]
