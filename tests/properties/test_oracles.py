"""Each oracle both ways, over conversations with real apps, in process, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import json
import re
import sys
from typing import Literal

import pytest

from wsnotebook import Channel, Message, MissingExtra, Refused, SetupError, connect, run
from wsnotebook.client import Client
from wsnotebook.properties.conversation import Conversation
from wsnotebook.properties.oracles import (
    CODES,
    Mismatch,
    check_oracle,
    code_of,
    echo,
    judge,
    nothing_before,
    order_kept,
    replies_by_id,
    replies_fit,
    rooms_apart,
)
from wsnotebook.properties.routes import find_routes


def hold(app, *messages, paths=("/",), pace="step", **known):
    """Return the conversation of one client for each path; a message may say whose it is."""
    return run(_hold(app, messages, paths, pace, known), virtual_time=True)


async def _hold(app, messages, paths, pace, known):
    clients = [Client(app, path, name=name) for path, name in zip(paths, "abc", strict=False)]
    for client in clients:
        with contextlib.suppress(Refused):
            await client
    await settle(clients, pace == "step")
    for one in messages:
        place, message = one if isinstance(one, tuple) else (0, one)
        if clients[place].close_code is None:
            await clients[place].send(message)
        await settle(clients, pace == "step")
    await settle(clients, pace == "burst")
    for client in clients:
        await client.close()
    return Conversation.of(*clients, **known)


async def settle(clients, is_time):
    for client in clients:
        if is_time and client.close_code is None:
            await client.settle()


def said(*replies, greeting=(), code=None):
    """Return an app that answers the first message with the first of ``replies``, and so on."""

    async def app(websocket):
        for message in greeting:
            await websocket.send(message)
        for several in replies:
            await websocket.recv()
            for reply in several if isinstance(several, tuple) else (several,):
                await websocket.send(reply)
        if code is not None:
            await websocket.close(code)
        async for _ in websocket:
            pass

    return app


async def mirror(websocket):
    async for message in websocket:
        await websocket.send(message)


def room(*, apart=True, wrap=lambda message: message):
    """Return an app that passes messages on, to those at the same path or to all."""
    members = []

    async def app(websocket):
        path = websocket.request.path
        members.append((path, websocket))
        async for message in websocket:
            for other, member in members:
                if other == path or not apart:
                    await member.send(wrap(message))

    return app


def complaint(oracle, conversation):
    with pytest.raises(Mismatch) as caught:
        judge(oracle, conversation)
    return str(caught.value)


# echo


@pytest.mark.parametrize("pace", ["step", "burst"])
def test_an_echo_passes(pace):
    echo()(hold(mirror, "a", b"b", "", "a", pace=pace))
    echo()(hold(mirror))
    echo()(hold(mirror, (0, "a"), (1, "b"), (0, "c"), paths=("/", "/"), pace=pace))


@pytest.mark.parametrize("greeting", [["welcome"], ["a"], ["a", "a", b"b"]])
def test_a_greeting_is_no_echo(greeting):
    app = said("a", "b", greeting=greeting)
    echo()(hold(app, "a", "b"))


def test_a_greeting_that_takes_its_time_is_no_echo():
    async def app(websocket):
        await asyncio.sleep(1)
        await websocket.send("welcome")
        await mirror(websocket)

    conversation = hold(app, "a", "b", pace="burst")
    assert conversation.greeting == ()
    echo()(conversation)


def test_what_comes_back_otherwise_is_not_echoed():
    text = "a did not get back what it sent\n  message: 1\n  expected: 'b'\n  actual: 'B'"
    assert complaint(echo(), hold(said("a", "B"), "a", "b")) == text


def test_text_is_not_binary():
    text = "a did not get back what it sent\n  message: 0\n  expected: b'a'\n  actual: 'a'"
    assert complaint(echo(), hold(said("a"), b"a")) == text


def test_echoes_in_another_order():
    async def app(websocket):
        first, second = await websocket.recv(), await websocket.recv()
        await websocket.send(second)
        await websocket.send(first)
        await websocket.recv()

    text = "a did not get back what it sent\n  message: 0\n  expected: '1'\n  actual: '2'"
    assert complaint(echo(), hold(app, "1", "2", pace="burst")) == text


def test_an_echo_too_many():
    text = "a got back more than it sent\n  message: 0\n  expected: nothing more\n  actual: 'a'"
    assert complaint(echo(), hold(said(("a", "a")), "a")) == text


def test_an_echo_that_is_missing():
    text = "a did not get back what it sent\n  message: 1\n  expected: 'b'\n  actual: nothing"
    assert complaint(echo(), hold(said("a"), "a", "b")) == text


def test_the_message_is_counted_over_all_that_were_sent():
    async def app(websocket):
        async for message in websocket:
            await websocket.send(message.replace("wrong", "right"))

    talk = hold(app, (0, "x"), (1, "y"), (1, "wrong"), paths=("/", "/"))
    text = "b did not get back what it sent\n  message: 2\n  expected: 'wrong'\n  actual: 'right'"
    assert complaint(echo(), talk) == text


def test_what_is_not_settled_may_lack_the_last_echoes():
    echo()(hold(said("a"), "a", "b", settled=False))
    echo()(hold(said(), "a", "b", settled=False))
    echo()(hold(said(("welcome", "a")), "a", "b", settled=False))
    text = "a did not get back what it sent\n  message: 1\n  expected: 'b'\n  actual: 'B'"
    assert complaint(echo(), hold(said("a", "B"), "a", "b", settled=False)) == text


@pytest.mark.parametrize("code", [1003, 1008, 4000])
def test_a_server_that_ended_the_connection_may_lack_the_last_echoes(code):
    echo()(hold(said("a", (), code=code), "a", b"b"))
    text = "a did not get back what it sent\n  message: 0\n  expected: 'a'\n  actual: 'A'"
    assert complaint(echo(), hold(said("A", (), code=code), "a", b"b")) == text


def test_who_ended_the_connection_with_an_ordinary_code_must_be_told():
    app = said("a", (), code=1000)
    echo()(hold(app, "a", "quit", ended=["a"]))
    text = "a did not get back what it sent\n  message: 1\n  expected: 'quit'\n  actual: nothing"
    assert complaint(echo(), hold(app, "a", "quit")) == text


READY = [
    echo(),
    replies_by_id(),
    replies_fit({"type": "object"}),
    order_kept(),
    nothing_before("secret"),
    rooms_apart(),
]


@pytest.mark.parametrize("oracle", READY, ids=code_of)
def test_a_refused_handshake_is_no_fault(oracle):
    async def app(scope, receive, send):
        await send({"type": "websocket.close", "code": 4001})

    conversation = hold(app, "a")
    assert conversation.refused is not None
    judge(oracle, conversation)


@pytest.mark.parametrize("oracle", READY, ids=code_of)
def test_silence_where_nothing_was_said_is_no_fault(oracle):
    judge(oracle, hold(said()))


# replies_by_id


def answering(answer):
    async def app(websocket):
        async for message in websocket:
            for reply in answer(message):
                await websocket.send(reply)

    return app


def ok(message):
    return [json.dumps({"id": json.loads(message).get("id"), "result": "ok"})]


@pytest.mark.parametrize("value", ["1", "1.0", '"1"', '""', "12345678901234567890", "-0"])
@pytest.mark.parametrize("pace", ["step", "burst"])
def test_replies_with_the_ids_of_requests_pass(value, pace):
    app = answering(ok)
    replies_by_id()(hold(app, f'{{"id": {value}}}', '{"id": "other"}', pace=pace))


def test_replies_may_come_in_another_order():
    async def app(websocket):
        requests = [await websocket.recv(), await websocket.recv()]
        for request in reversed(requests):
            await websocket.send(request)
        await websocket.recv()

    replies_by_id()(hold(app, '{"id": 1}', '{"id": 2}', pace="burst"))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("not JSON", "{}"),
        ("[1]", '{"error": "no object"}'),
        ("{}", '{"id": null, "error": "no id"}'),
        ('{"id": null}', '"null is no id"'),
        ('{"id": [1]}', '{"id": null}'),
        ('{"id": true}', "an id is a string or a number"),
        (b'{"id": 1}', "no binary, please"),
        ('{"id": NaN}', "not JSON"),
        ('{"id": 1e400}', '{"id": Infinity}'),
        (f'{{"id": 1{"0" * 400}}}', '{"id": null}'),
        ('{"id": 1}', '{"id": 1.0}'),
        ('{"id": 9007199254740993}', '{"id": 9007199254740992}'),
    ],
)
def test_what_need_not_be_answered_with_an_id(request_, reply):
    replies_by_id()(hold(said(reply), request_))


def test_an_id_sent_twice_may_be_answered_once_or_twice():
    one = '{"id": 1}'
    replies_by_id()(hold(said(one, ()), one, one))
    replies_by_id()(hold(said(one, one), one, one))


def test_the_key_of_the_id_can_be_another():
    app = said('{"ref": 7, "id": 1}')
    replies_by_id("ref")(hold(app, '{"ref": 7}'))
    text = (
        "a received a reply to what nobody asked\n  message: 0\n"
        "  expected: 'id' of a request\n  actual: '{\"ref\": 7, \"id\": 1}'"
    )
    assert complaint(replies_by_id(), hold(app, '{"ref": 7}')) == text


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("1", "true"), ("true", "1"), ("1", '"1"'), ('"1"', "1"), ("0", "false"), ("1", "2")],
)
def test_an_id_that_nobody_sent(asked, answered):
    reply = f'{{"id": {answered}}}'
    text = (
        "a received a reply to what nobody asked\n  message: 0\n"
        f"  expected: 'id' of a request\n  actual: {reply!r}"
    )
    assert complaint(replies_by_id(), hold(said(reply), f'{{"id": {asked}}}')) == text


def test_a_reply_before_its_request():
    early = '{"id": 2}'
    text = (
        "a received a reply to what nobody asked\n  message: 0\n"
        "  expected: 'id' of a request\n  actual: '{\"id\": 2}'"
    )
    assert complaint(replies_by_id(), hold(said(early, ()), '{"id": 1}', early)) == text


def test_a_request_that_is_answered_twice():
    one = '{"id": 1}'
    text = (
        "a received more than one reply\n  message: 0\n"
        "  expected: one reply to each request\n  actual: '{\"id\": 1}'"
    )
    assert complaint(replies_by_id(), hold(said((one, one)), one)) == text


def test_a_request_that_is_not_answered():
    one, two = '{"id": 1}', '{"id": 2}'
    text = (
        "a received no reply to a request\n  message: 1\n"
        "  expected: an object with the 'id' of '{\"id\": 2}'\n  actual: nothing"
    )
    assert complaint(replies_by_id(), hold(said(one, "?"), one, two)) == text
    replies_by_id()(hold(said(one, "?"), one, two, settled=False))
    replies_by_id()(hold(said(one, (), code=1008), one, two))


def test_a_reply_that_went_to_somebody_else():
    others = []

    async def app(websocket):
        others.append(websocket)
        async for message in websocket:
            await others[-1].send(message)

    text = (
        "a received no reply to a request\n  message: 0\n"
        "  expected: an object with the 'id' of '{\"id\": 1}'\n  actual: nothing"
    )
    talk = hold(app, (0, '{"id": 1}'), paths=("/", "/"))
    assert complaint(replies_by_id(), talk) == text


def test_what_is_passed_on_to_others_is_a_reply_to_somebody():
    replies_by_id()(hold(room(), (0, '{"id": 1}'), (1, '{"id": 1}'), paths=("/", "/")))


def test_the_key_is_a_str():
    with pytest.raises(TypeError, match=r"^key must be a str, such as 'id', not 1$"):
        replies_by_id(1)


NESTED = "[" * 700 + "]" * 700


def test_what_is_nested_too_deeply_is_no_id():
    deep = f'{{"id": {NESTED}}}'
    replies_by_id()(hold(said("1", deep), '"x"', deep))


# replies_fit


class Pong(Message):
    action: Literal["pong"] = "pong"
    number: int


class Said(Message):
    action: Literal["said"] = "said"
    text: str


def test_replies_that_fit_a_model_pass():
    app = said('{"action": "pong", "number": 1}', b'{"action": "said", "text": ""}')
    replies_fit(Pong, Said)(hold(app, "a", "b"))
    replies_fit(Pong | Said)(hold(app, "a", "b"))


def test_replies_that_fit_a_json_schema_pass():
    app = said('{"number": 1}', "[]", '{"action": "said", "text": "x"}')
    numbers = {"type": "object", "required": ["number"]}
    replies_fit(numbers, {"type": "array"}, Said)(hold(app, "a", "b", "c"))


def test_a_reply_that_breaks_a_model():
    reply = '{"action": "pong", "number": "x"}'
    text = (
        "a received what fits no schema: pong.number: Input should be a valid integer, unable to "
        "parse string as an integer\n  message: 0\n  expected: Pong or Said\n"
        f"  actual: {reply!r}"
    )
    assert complaint(replies_fit(Pong, Said), hold(said(reply), "a")) == text


def test_a_reply_that_breaks_a_json_schema():
    schema = {"title": "A number", "properties": {"number": {"type": "integer"}}}
    text = (
        "a received what fits no schema: 'x' is not of type 'integer' at $.number\n"
        '  message: 0\n  expected: A number\n  actual: \'{"number": "x"}\''
    )
    assert complaint(replies_fit(schema), hold(said('{"number": "x"}'), "a")) == text


@pytest.mark.parametrize("reply", ["", "hello", "{", "NaN", "[Infinity]", b"\xff"])
def test_a_reply_that_is_no_json_breaks_a_schema(reply):
    text = (
        "a received what fits no schema: it is not JSON\n"
        f"  message: 0\n  expected: the JSON Schema\n  actual: {reply!r}"
    )
    assert complaint(replies_fit({}), hold(said(reply), "a")) == text


def test_a_reply_that_is_no_json_breaks_a_model():
    text = (
        "a received what fits no schema: Invalid JSON: expected value at line 1 column 1\n"
        "  message: 0\n  expected: Pong\n  actual: 'hello'"
    )
    assert complaint(replies_fit(Pong), hold(said("hello"), "a")) == text


def test_a_greeting_must_fit_as_well():
    text = (
        "a received what fits no schema: 'welcome' is not of type 'object' at $\n"
        "  expected: the JSON Schema\n  actual: '\"welcome\"'"
    )
    talk = hold(said(greeting=['"welcome"']))
    assert complaint(replies_fit({"type": "object"}), talk) == text


def test_a_long_problem_is_cut():
    schema, reply = {"type": "object"}, json.dumps(["x" * 500])
    problem = f"['{'x' * 158}..."
    assert problem in complaint(replies_fit(schema), hold(said(reply), "a"))


class Chat(Channel):
    accepts = Said
    sends = Pong
    send_completion = True

    async def on_message(self, message):
        await self.send(Pong(number=1) if message.text else "oops")


def test_what_a_channel_says_by_itself_is_not_looked_at():
    (route,) = find_routes(Chat)
    talk = hold(Chat.as_asgi(), "no JSON", '{"action": "said", "text": "x"}', route=route)
    assert len(talk.received) == 4
    replies_fit(Pong)(talk)
    talk = hold(Chat.as_asgi(), '{"action": "said", "text": ""}', route=route)
    assert complaint(replies_fit(Pong), talk).endswith("expected: Pong\n  actual: 'oops'")


def test_what_other_servers_say_is_looked_at():
    (route,) = find_routes(mirror)
    for reply in ('{"type": "error", "message": "no"}', '{"action": "complete"}'):
        talk = hold(said(reply), "a", route=route)
        assert complaint(replies_fit(Pong), talk).endswith(f"expected: Pong\n  actual: {reply!r}")


def test_something_must_be_fitted():
    with pytest.raises(
        TypeError, match=r"^replies_fit\(\) needs a model or a JSON Schema at least$"
    ):
        replies_fit()


def test_what_is_no_schema():
    text = (
        "cannot check a message against <class 'int'>: expected a Message class, a pydantic "
        "model, a union of them, or a JSON Schema as a dict"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        replies_fit(Pong, int)


def test_a_json_schema_that_is_none():
    text = "not a JSON Schema: 'nope' is not valid under any of the given schemas at $.type"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        replies_fit({"type": "nope"})


def test_a_json_schema_that_cannot_be_followed():
    schema = {"$ref": "#/definitions/nope"}
    talk = hold(said("1"), "a")
    with pytest.raises(SetupError, match=r"^cannot check a message against .*definitions/nope"):
        replies_fit(schema)(talk)


def test_json_schemas_need_jsonschema(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    monkeypatch.setitem(sys.modules, "jsonschema.exceptions", None)
    text = "jsonschema is not installed; run: pip install 'wsnotebook[properties]'"
    with pytest.raises(MissingExtra, match=f"^{re.escape(text)}$"):
        replies_fit({})
    replies_fit(Pong)


# order_kept


@pytest.mark.parametrize("pace", ["step", "burst"])
def test_what_is_passed_on_in_order_passes(pace):
    messages = (0, "1"), (1, "2"), (0, "1"), (0, b"3"), (1, "1"), (1, '{"a": 1}')
    order_kept()(hold(room(), *messages, paths=("/", "/"), pace=pace))


def test_messages_may_be_missing_and_others_may_come_between():
    app = said((), "2", ("hello", "3", "bye"))
    order_kept()(hold(app, "1", "2", "3"))


def test_what_the_server_says_by_itself_may_come_again():
    app = said(("tick", "tick"), "tick", greeting=["welcome"])
    order_kept()(hold(app, "welcome", "tick"))


def test_what_several_sent_has_no_order():
    async def app(websocket):
        async for message in websocket:
            if message == "now":
                for one in ("b", "a", "b", "a"):
                    await websocket.send(one)

    sent = (0, "a"), (0, "b"), (1, "a"), (1, "b"), (0, "now")
    order_kept()(hold(app, *sent, paths=("/", "/")))


def test_a_message_that_is_heard_twice():
    text = (
        "a heard a message more often than it was sent\n  message: 1\n"
        "  expected: 'b' once\n  actual: 2 times"
    )
    assert complaint(order_kept(), hold(said("a", ("b", "b")), "a", "b")) == text


def test_json_is_compared_by_value():
    text = (
        "a heard a message more often than it was sent\n  message: 0\n"
        "  expected: '{\"a\":1}' once\n  actual: 2 times"
    )
    app = said(('{"a":1}', '{ "a": 1.0 }'))
    assert complaint(order_kept(), hold(app, '{"a": 1}')) == text
    order_kept()(hold(said(('{"a":1}', '{"a":true}')), '{"a": 1}'))


def test_what_is_nested_too_deeply_is_compared_as_it_is():
    order_kept()(hold(mirror, NESTED, f"{NESTED} "))
    text = complaint(order_kept(), hold(said((NESTED, NESTED)), NESTED))
    assert text.startswith("a heard a message more often than it was sent\n  message: 0\n")


def test_messages_in_another_order():
    text = (
        "a heard messages of a in another order than they were sent\n  message: 0\n"
        "  expected: '1' before '3'\n  actual: '1' after '3'"
    )
    app = said((), (), ("3", "1"))
    assert complaint(order_kept(), hold(app, "1", "2", "3")) == text


def test_the_order_is_looked_at_for_every_receiver():
    members = []

    async def app(websocket):
        members.append(websocket)
        kept = []
        async for message in websocket:
            await websocket.send(message)
            kept.insert(0, message)
            if len(kept) == 2:
                for one in kept:
                    await members[1].send(one)

    text = (
        "b heard messages of a in another order than they were sent\n  message: 0\n"
        "  expected: '1' before '2'\n  actual: '1' after '2'"
    )
    talk = hold(app, (0, "1"), (0, "2"), paths=("/", "/"), settled=False)
    assert complaint(order_kept(), talk) == text


# nothing_before

LOGIN = '{"type": "login", "token": "x"}'


def test_silence_before_authentication_passes():
    app = said((), "welcome", "b")
    nothing_before({"type": "login"})(hold(app, "a", LOGIN, "b"))


def test_what_is_allowed_may_be_heard_before():
    app = said("log in first", "welcome", greeting=["hello"])
    talk = hold(app, "a", LOGIN)
    nothing_before({"type": "login"}, allowed=["hello", re.compile("^log in")])(talk)
    nothing_before({"type": "login"}, allowed=lambda message: message.startswith(("h", "l")))(talk)


def test_an_answer_before_authentication():
    text = (
        "a heard something before it authenticated\n  message: 0\n"
        "  expected: nothing\n  actual: 'secrets'"
    )
    assert (
        complaint(nothing_before({"type": "login"}), hold(said("secrets", ()), "a", LOGIN)) == text
    )


def test_a_greeting_before_authentication():
    text = (
        "a heard something before it authenticated\n"
        "  expected: nothing or message 'hello'\n  actual: 'secrets'"
    )
    talk = hold(said(greeting=["hello", "secrets"]))
    assert complaint(nothing_before({"type": "login"}, allowed="hello"), talk) == text


def test_everybody_authenticates_alone():
    text = (
        "b heard something before it authenticated\n  message: 0\n"
        f"  expected: nothing\n  actual: {LOGIN!r}"
    )
    talk = hold(room(), (0, LOGIN), paths=("/", "/"))
    assert complaint(nothing_before({"type": "login"}), talk) == text


def test_what_is_no_match():
    with pytest.raises(TypeError, match=r"^cannot match a message against 1: "):
        nothing_before(1)
    with pytest.raises(TypeError, match=r"^cannot match a message against 2: "):
        nothing_before("a", allowed=["b", 2])


def test_a_predicate_that_raises_is_no_fault_of_the_server():
    def logs_in(message):
        return json.loads(message)["type"] == "login"

    text = (
        "cannot look for a message accepted by "
        "test_a_predicate_that_raises_is_no_fault_of_the_server.<locals>.logs_in: it raised "
        "KeyError('type') on '{}'; a predicate returns True or False for whatever message"
    )
    with pytest.raises(SetupError, match=f"^{re.escape(text)}$") as caught:
        nothing_before(logs_in)(hold(said(), "{}"))
    assert isinstance(caught.value.__cause__, KeyError)


# rooms_apart


@pytest.mark.parametrize("pace", ["step", "burst"])
def test_rooms_that_are_apart_pass(pace):
    sent = (0, "hello"), (1, "hello"), (0, "there"), (1, b"binary")
    rooms_apart()(hold(room(), *sent, paths=("/a", "/b"), pace=pace))


@pytest.mark.parametrize("paths", [("/a", "/a"), ("/a?x=1", "/a?x=2"), ("/a", "/%61")])
def test_clients_of_one_room_hear_each_other(paths):
    rooms_apart()(hold(room(apart=False), (0, "hello"), paths=paths))


@pytest.mark.parametrize(
    ("message", "wrap"),
    [
        ("hello", str),
        (b"hello", bytes),
        ('say "hello"', lambda message: json.dumps({"from": "a", "text": f"<{message}>"})),
        ('{"text": "hello"}', lambda message: json.dumps({"from": "a", **json.loads(message)})),
        ('["hello"]', lambda message: json.dumps({"data": [json.loads(message)]}, indent=2)),
        ("hello", str.encode),
    ],
)
def test_a_message_that_is_heard_in_another_room(message, wrap):
    text = (
        "b heard what a sent at another path\n  message: 0\n"
        f"  expected: nothing of it\n  actual: {wrap(message)!r}"
    )
    talk = hold(room(apart=False, wrap=wrap), (0, message), paths=("/a", "/b"))
    assert complaint(rooms_apart(), talk) == text


def test_a_burst_of_one_client_is_looked_at_as_a_whole():
    app = room(apart=False)
    text = (
        "b heard what a sent at another path\n  message: 0\n"
        "  expected: nothing of it\n  actual: 'hello'"
    )
    talk = hold(app, (0, "hello"), (0, "x"), paths=("/a", "/b"), pace="burst")
    assert complaint(rooms_apart(), talk) == text


@pytest.mark.parametrize(
    "message", ["", "a", "abc", b"abc", "1", '{"n": 12345}', "[]", "[[]]", '{"a": "b"}']
)
def test_a_message_that_tells_nothing_is_not_looked_for(message):
    rooms_apart()(hold(room(apart=False), (0, message), paths=("/a", "/b")))


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        ("hello", "goodbye"),
        ("hello", "[1]"),
        ('{"text": "hello"}', '{"text": "goodbye"}'),
        ('{"text": "hello"}', '["text", "hello", {}]'),
        ('["hello"]', '{"data": {"hello": 1}}'),
        (f'["hello", {NESTED}]', f'{{"data": [1, {NESTED}]}}'),
    ],
)
def test_something_else_that_is_heard_in_another_room_is_no_leak(message, heard):
    rooms_apart()(hold(room(apart=False, wrap=lambda _: heard), (0, message), paths=("/a", "/b")))


def test_an_answer_to_somebody_who_waits_for_one_is_no_leak():
    async def app(websocket):
        async for _ in websocket:
            await websocket.send("unknown: say subscribe")

    sent = (0, "subscribe"), (1, "x"), (0, "subscribe")
    rooms_apart()(hold(app, *sent, paths=("/a", "/b")))
    rooms_apart()(hold(app, *sent, paths=("/a", "/b"), pace="burst"))


def test_what_was_heard_before_anybody_sent_it_is_no_leak():
    members = []

    async def app(websocket):
        members.append(websocket)
        await websocket.send("welcome")
        async for _ in websocket:
            for member in members:
                await member.send("welcome to the 1 who spoke")

    rooms_apart()(hold(app, (0, "welcome"), paths=("/a", "/b")))


def test_what_the_room_said_itself_is_no_leak():
    app = room(apart=False)
    rooms_apart()(hold(app, (0, "hello"), (1, "hello"), paths=("/b", "/b")))
    talk = hold(said("hello there"), (1, "hello there"), (0, "hello"), paths=("/a", "/b"))
    rooms_apart()(talk)


# What an oracle is


def test_the_ready_ones_are_oracles_with_a_code_of_their_own():
    for oracle in READY:
        assert check_oracle(oracle) is oracle
        assert code_of(oracle) in CODES
    assert len({code_of(oracle) for oracle in READY}) == len(READY)


@pytest.mark.parametrize(
    ("oracle", "expression"),
    [
        (echo(), "echo()"),
        (replies_by_id(), "replies_by_id(key='id')"),
        (replies_fit(Pong, {"type": "object"}), "replies_fit(Pong, {'type': 'object'})"),
        (order_kept(), "order_kept()"),
        (nothing_before("a"), "nothing_before('a')"),
        (
            nothing_before(re.compile("a"), allowed=[Pong, {"a": [1]}]),
            "nothing_before(re.compile('a'), allowed=[Pong, {'a': [1]}])",
        ),
        (nothing_before(Said(text="x"), allowed=(b"b",)), None),
        (rooms_apart(), "rooms_apart()"),
    ],
)
def test_their_repr_makes_them_again(oracle, expression):
    assert expression is None or repr(oracle) == expression
    assert eval(repr(oracle)) == oracle


def test_a_function_is_an_oracle_and_its_name_its_code():
    def is_polite(conversation):
        assert "please" in conversation.sent

    assert check_oracle(is_polite) is is_polite
    assert code_of(is_polite) == "oracle:is_polite"
    assert code_of(functools.partial(is_polite)) == "oracle:is_polite"
    assert code_of(lambda _: None) == "oracle:<lambda>"
    judge(is_polite, hold(mirror, "please"))
    with pytest.raises(AssertionError):
        judge(is_polite, hold(mirror, "now"))


def test_an_object_is_an_oracle_and_may_have_a_code():
    class Polite:
        def __init__(self, code):
            self.code = code

        def __call__(self, conversation, *, word="please"): ...

    assert code_of(check_oracle(Polite("impolite"))) == "impolite"
    assert code_of(Polite(17)) == code_of(Polite("")) == "oracle:Polite"


def two(conversation, word): ...


def keyword(conversation, *, word): ...


def none(): ...


async def later(conversation): ...


async def later_on(conversation):
    yield


class Later:
    async def __call__(self, conversation): ...


ASYNC = "is async: the conversation is over when it is asked, make it a def"
ALONE = "cannot be called with the conversation alone: an oracle takes one argument"


@pytest.mark.parametrize(
    ("oracle", "text"),
    [
        ("app:polite", "an oracle is a function that takes a Conversation, not 'app:polite'"),
        (None, "an oracle is a function that takes a Conversation, not None"),
        (echo, "echo is a class: an oracle is a function, or made of it: echo()"),
        (later, f"oracle later {ASYNC}"),
        (later_on, f"oracle later_on {ASYNC}"),
        (Later(), f"oracle Later {ASYNC}"),
        (functools.partial(later), f"oracle later {ASYNC}"),
        (two, f"oracle two(conversation, word) {ALONE}"),
        (keyword, f"oracle keyword(conversation, *, word) {ALONE}"),
        (none, f"oracle none() {ALONE}"),
    ],
)
def test_what_is_no_oracle(oracle, text):
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        check_oracle(oracle)


def test_an_oracle_that_cannot_be_looked_into_is_tried():
    assert check_oracle(min) is min


@pytest.mark.parametrize("verdict", [True, False, "fine", Mismatch("forgot to raise")])
def test_an_oracle_returns_nothing(verdict):
    def verdict_of(conversation):
        return verdict

    text = (
        f"oracle verdict_of returned {verdict!r}, which says nothing: use assert, or raise "
        "AssertionError, where the conversation is wrong, and return None"
    )
    with pytest.raises(SetupError, match=f"^{re.escape(text)}$"):
        judge(verdict_of, hold(mirror))


def test_an_oracle_that_returns_a_coroutine_has_asked_nothing():
    with pytest.raises(SetupError, match=r"^oracle <lambda> returned <coroutine object later at "):
        judge(lambda _: later(None), hold(mirror))


# Mismatch


def test_a_mismatch_holds_what_is_wrong():
    mismatch = Mismatch("too late", expected=b"a", actual={"b": 1}, index=3)
    assert str(mismatch) == "too late\n  message: 3\n  expected: b'a'\n  actual: {'b': 1}"
    assert (mismatch.text, mismatch.index) == ("too late", 3)
    assert (mismatch.expected, mismatch.actual) == ("b'a'", "{'b': 1}")
    assert str(copy.copy(mismatch)) == str(mismatch)
    assert isinstance(mismatch, AssertionError)


def test_a_mismatch_needs_a_text_alone():
    mismatch = Mismatch("too late")
    assert str(mismatch) == "too late"
    assert (mismatch.expected, mismatch.actual, mismatch.index) == (None, None, None)


def test_a_mismatch_cuts_what_is_long():
    mismatch = Mismatch("too long", expected=b"a" * 1000, actual=["b"] * 1000)
    assert mismatch.expected == f"{b'a' * 160!r}... (1,000 bytes)"
    assert mismatch.actual == repr(["b"] * 1000)[:160] + "..."


def test_every_code_is_one_line():
    assert {"oracle", "schema-broken", "app-crashed", "hang"} <= CODES.keys()
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in CODES)
    assert all("\n" not in text for text in CODES.values())


def test_oracles_work_on_a_client_that_is_still_open():
    async def main():
        async with connect(mirror) as client:
            await client.send("a")
            await client.settle()
            echo()(Conversation.of(client))

    run(main(), virtual_time=True)
