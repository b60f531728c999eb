"""Conversations with real apps, in process, in virtual time: what is told of them."""

from __future__ import annotations

import asyncio
import dataclasses
import re

import pytest

from wsnotebook import AppCrashed, Client, ConnectFailed, Refused, connect, run
from wsnotebook.properties.conversation import Conversation, Exchange, Side
from wsnotebook.properties.routes import find_routes


def hold(coroutine):
    return run(coroutine, virtual_time=True)


async def echo(websocket):
    async for message in websocket:
        await websocket.send(message)


async def greeter(websocket):
    await websocket.send("welcome")
    await websocket.send(b"\x00")
    await echo(websocket)


class Room:
    """Sends what anybody says to everybody."""

    def __init__(self):
        self.members = []

    async def __call__(self, websocket):
        self.members.append(websocket)
        await websocket.send(f"{len(self.members)} here")
        async for message in websocket:
            for member in self.members:
                await member.send(message)


async def asgi_refusal(scope, receive, send):
    await receive()
    await send({"type": "websocket.close", "code": 4003, "reason": "not today"})


async def asgi_crash(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "chat.v2"})
    await receive()
    raise KeyError("text")


def test_a_side_holds_what_was_sent_and_received_and_how_it_ended():
    async def main():
        async with connect(greeter, "/rooms/1") as client:
            await client.send("a")
            await client.send(b"b")
            await client.settle()
            await client.close(1001, "off I go")
        return Conversation.of(client)

    conversation = hold(main())
    side = Side(
        name="client-1",
        path="/rooms/1",
        sent=("a", b"b"),
        received=("welcome", b"\x00", "a", b"b"),
        close_code=1001,
        close_reason="off I go",
    )
    assert conversation.sides == (side,)
    for name in ("sent", "received", "path", "close_code", "close_reason", "subprotocol"):
        assert getattr(conversation, name) == getattr(side, name)
    assert conversation.refused is None
    assert conversation.settled
    assert conversation.route is None


def test_what_is_known_of_the_conversation_is_told():
    (route,) = find_routes(echo)

    async def main():
        async with connect(echo) as client:
            pass
        return Conversation.of(client, route=route, settled=False)

    conversation = hold(main())
    assert conversation.route is route
    assert conversation.settled is False


def test_one_message_at_a_time_gives_an_exchange_for_each():
    async def main():
        async with connect(greeter) as client:
            for message in ("a", "b"):
                await client.settle()
                await client.send(message)
            await client.settle()
            return Conversation.of(client)

    conversation = hold(main())
    assert conversation.greeting == (("client-1", "welcome"), ("client-1", b"\x00"))
    assert conversation.exchanges == (
        Exchange("client-1", "a", ("a",), (("client-1", "a"),)),
        Exchange("client-1", "b", ("b",), (("client-1", "b"),)),
    )


def test_in_a_burst_all_replies_stand_in_the_last_exchange():
    async def main():
        async with connect(echo) as client:
            for message in ("a", "b"):
                await client.send(message)
            await client.settle()
            return Conversation.of(client)

    conversation = hold(main())
    heard = (("client-1", "a"), ("client-1", "b"))
    assert conversation.greeting == ()
    assert conversation.exchanges == (
        Exchange("client-1", "a"),
        Exchange("client-1", "b", ("a", "b"), heard),
    )


def test_a_conversation_without_a_word():
    async def main():
        async with connect(greeter) as client:
            await client.settle()
        return Conversation.of(client)

    conversation = hold(main())
    assert conversation.greeting == (("client-1", "welcome"), ("client-1", b"\x00"))
    assert conversation.exchanges == ()


@pytest.mark.parametrize("first", [0, 1], ids=["as they came", "the other way round"])
def test_the_order_between_clients_is_that_of_recording(first):
    room = Room()

    async def main():
        async with connect(room, name="a") as a, connect(room, name="b") as b:
            await b.settle()
            await a.send("1")
            await a.settle()
            await b.send("2")
            await b.settle()
            pair = (a, b) if first == 0 else (b, a)
            return Conversation.of(*pair)

    conversation = hold(main())
    assert {event.time for event in conversation.events} == {0.0}
    assert conversation.greeting == (("a", "1 here"), ("b", "2 here"))
    assert conversation.exchanges == (
        Exchange("a", "1", ("1",), (("a", "1"), ("b", "1"))),
        Exchange("b", "2", ("2",), (("a", "2"), ("b", "2"))),
    )
    assert [(event.client, event.kind, event.data) for event in conversation.events] == [
        ("a", "open", "/"),
        ("a", "message", "1 here"),
        ("b", "open", "/"),
        ("b", "message", "2 here"),
        ("a", "message", "1"),
        ("a", "message", "1"),
        ("b", "message", "1"),
        ("b", "message", "2"),
        ("a", "message", "2"),
        ("b", "message", "2"),
    ]
    assert conversation.path == "/"
    assert conversation.sent == (("1",) if first == 0 else ("2",))


def test_it_is_what_was_said_up_to_then():
    async def main():
        async with connect(echo) as client:
            await client.send("a")
            await client.settle()
            conversation = Conversation.of(client)
            await client.send("b")
            await client.settle()
        return conversation

    conversation = hold(main())
    assert conversation.sent == ("a",)
    assert conversation.received == ("a",)
    assert conversation.close_code is None
    assert conversation.close_reason == ""
    assert [exchange.sent for exchange in conversation.exchanges] == ["a"]
    assert [event.kind for event in conversation.events] == ["open", "message", "message"]


def test_secrets_are_masked_in_events_and_paths_alone():
    async def main():
        async with connect(echo, "/in?a=1", token="s3cret", via="query") as client:
            await client.send("I am s3cret")
            await client.settle()
        return Conversation.of(client)

    conversation = hold(main())
    assert conversation.path == "/in?a=1&token=***"
    assert conversation.received == ("I am s3cret",)
    assert conversation.exchanges[0].replies == ("I am s3cret",)
    assert "s3cret" not in repr(conversation.events)


def test_messages_that_the_client_forgot_are_left_out():
    async def main():
        async with connect(greeter) as client:
            await client.send("a")
            await client.settle()
            client.clear_messages()
            await client.send("b")
            await client.settle()
            return Conversation.of(client)

    conversation = hold(main())
    assert conversation.received == ("b",)
    assert conversation.greeting == ()
    assert [exchange.replies for exchange in conversation.exchanges] == [(), ("b",)]
    assert len(conversation.events) == 7


def test_a_refused_client_gives_a_side():
    async def main():
        client = Client(asgi_refusal, "/no", token="s3cret", via="query")
        with pytest.raises(Refused) as caught:
            await client
        return Conversation.of(client), caught.value

    conversation, refused = hold(main())
    assert conversation.refused == refused
    assert (refused.status, refused.code, refused.reason) == (403, 4003, "not today")
    assert conversation.path == "/no?token=***"
    assert conversation.close_code == 1006
    assert [event.kind for event in conversation.events] == ["error"]
    assert conversation.greeting == conversation.exchanges == ()


def test_a_client_whose_app_crashed_gives_a_side():
    async def main():
        with pytest.raises(AppCrashed):
            async with connect(asgi_crash, subprotocols=["chat.v2"]) as client:
                await client.send("a")
                await client.wait_for_close()
        return Conversation.of(client)

    conversation = hold(main())
    assert conversation.sent == ("a",)
    assert conversation.received == ()
    assert conversation.subprotocol == "chat.v2"
    assert conversation.close_code == 1006
    assert conversation.refused is None


def test_a_client_that_never_opened_gives_a_side():
    async def main():
        waiting = Client(echo, "/later", name="waiting")
        failed = Client("ws://127.0.0.1:9", "/gone", name="failed")
        with pytest.raises(ConnectFailed):
            await failed
        async with connect(echo, name="talking") as talking:
            await talking.send("a")
            await talking.settle()
        return Conversation.of(waiting, failed, talking)

    conversation = asyncio.run(main())
    assert conversation.sides == (
        Side("waiting", "/later"),
        Side("failed", "/gone", close_code=1006, ended=True),
        Side("talking", "/", ("a",), ("a",), close_code=1000),
    )
    assert conversation.exchanges == (Exchange("talking", "a", ("a",), (("talking", "a"),)),)


@pytest.mark.parametrize(
    ("code", "ended"), [(1000, False), (1001, False), (1003, True), (4000, True)]
)
def test_a_code_that_clients_do_not_leave_with_is_the_end_of_the_server(code, ended):
    async def app(websocket):
        await websocket.close(code)

    async def main():
        async with connect(app, name="a") as client:
            await client.wait_for_close()
        return Conversation.of(client), Conversation.of(client, ended=["a"])

    unknown, known = hold(main())
    assert unknown.sides[0].ended is ended
    assert known.sides[0].ended is True


def test_an_open_connection_is_not_ended():
    async def main():
        async with connect(echo) as client:
            return Conversation.of(client)

    assert hold(main()).sides[0].ended is False


def test_without_a_client_there_is_no_conversation():
    text = r"^no conversation without a client: pass at least one$"
    with pytest.raises(ValueError, match=text):
        Conversation.of()


def test_two_clients_of_one_name_are_not_told_apart():
    clients = Client(echo, name="a"), Client(echo, name="b"), Client(echo, name="b")
    text = (
        r"^two clients are named 'b', so nobody could tell who said what: "
        r"connect\(\.\.\., name=\.\.\.\) gives each a name$"
    )
    with pytest.raises(ValueError, match=text):
        Conversation.of(*clients)


@pytest.mark.parametrize("ended", [["a", "c"], "a"])
def test_only_who_was_there_can_have_been_ended(ended):
    text = rf"^ended={re.escape(repr(ended))} must be a collection of names out of \['a', 'b'\]$"
    with pytest.raises(ValueError, match=text):
        Conversation.of(Client(echo, name="a"), Client(echo, name="b"), ended=ended)


def test_facts_stay_as_they_are():
    conversation = Conversation.of(Client(echo))
    with pytest.raises(dataclasses.FrozenInstanceError):
        conversation.settled = False
    with pytest.raises(dataclasses.FrozenInstanceError):
        conversation.sides[0].path = "/"


def test_what_is_worked_out_is_worked_out_once():
    conversation = Conversation.of(Client(echo))
    assert conversation.events is conversation.events
    assert conversation.exchanges is conversation.exchanges


def test_the_repr_is_short():
    room = Room()

    async def main():
        async with connect(room, "/a", name="a") as a, connect(room, "/b", name="b") as b:
            await a.send("x" * 1000)
            await b.settle()
            return Conversation.of(a, b)

    assert repr(hold(main())) == "<Conversation at '/a': 1 sent, 4 received>"
