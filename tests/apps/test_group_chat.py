"""The demo server, typed: every message type, and who hears what, over real sockets."""

from __future__ import annotations

import asyncio
import json

import pytest

from wsnotebook import connect, serve
from wsnotebook.apps import GroupChat


@pytest.fixture
def chat():
    return GroupChat()


@pytest.fixture
async def server(chat):
    async with serve(chat) as server:
        yield server


@pytest.fixture
async def ann(server):
    async with connect(server, name="ann") as client:
        yield client


@pytest.fixture
async def bob(server):
    async with connect(server, name="bob") as client:
        yield client


@pytest.fixture
async def cat(server):
    async with connect(server, name="cat") as client:
        yield client


async def ask(client, kind, value=None):
    """Send one typed message and return the answer."""
    await client.send_json({"type": kind, "value": value})
    return await client.receive()


async def tell(client, group, text):
    await client.send_json(
        {"type": "MESSAGE_GROUP", "value": {"groupName": group, "groupMessage": text}}
    )


# Echoes


@pytest.mark.parametrize("text", ["hello", "", "é"])
async def test_echo_answers_the_value(ann, text):
    assert await ask(ann, "ECHO", text) == text


async def test_echo_times_3_answers_the_value_three_times(ann):
    await ann.send_json({"type": "ECHO_TIMES_3", "value": "hi"})
    assert await ann.wait_for_message_count(3) == ["hi"] * 3
    await ann.receive_all(timeout=5)
    assert len(ann.messages) == 3


async def test_a_typed_message_may_come_as_binary(ann):
    await ann.send(b'{"type": "ECHO", "value": "x"}')
    assert await ann.receive() == "x"


# Creating and joining


async def test_a_created_group_has_its_creator_as_a_member(chat, ann):
    assert await ask(ann, "CREATE_GROUP", "tea") == "GROUP_CREATED: tea"
    assert chat.groups == {"tea": 1}
    await tell(ann, "tea", "alone?")
    assert await ann.receive() == "alone?"


async def test_a_name_that_is_taken_is_unavailable(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    assert await ask(bob, "CREATE_GROUP", "tea") == "GROUP_UNAVAILABLE: tea"
    assert await ask(ann, "CREATE_GROUP", "tea") == "GROUP_UNAVAILABLE: tea"
    assert chat.groups == {"tea": 1}


async def test_a_group_can_be_joined(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    assert await ask(bob, "JOIN_GROUP", "tea") == "GROUP_JOINED: tea"
    assert chat.groups == {"tea": 2}


async def test_joining_again_changes_nothing(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    assert await ask(ann, "JOIN_GROUP", "tea") == "GROUP_JOINED: tea"
    await ask(bob, "JOIN_GROUP", "tea")
    assert await ask(bob, "JOIN_GROUP", "tea") == "GROUP_JOINED: tea"
    assert chat.groups == {"tea": 2}


async def test_a_group_that_does_not_exist_cannot_be_joined(chat, ann):
    assert await ask(ann, "JOIN_GROUP", "tea") == "GROUP_UNAVAILABLE: tea"
    assert chat.groups == {}


# One group at a time


async def test_joining_another_group_leaves_the_first(chat, ann, bob, cat):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(bob, "CREATE_GROUP", "coffee")
    await ask(cat, "JOIN_GROUP", "tea")
    assert await ask(cat, "JOIN_GROUP", "coffee") == "GROUP_JOINED: coffee"
    assert chat.groups == {"tea": 1, "coffee": 2}
    await tell(ann, "tea", "for tea")
    await tell(bob, "coffee", "for coffee")
    assert await cat.receive() == "for coffee"
    assert await ann.receive() == "for tea"


async def test_creating_another_group_leaves_the_first(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(bob, "JOIN_GROUP", "tea")
    assert await ask(bob, "CREATE_GROUP", "coffee") == "GROUP_CREATED: coffee"
    assert chat.groups == {"tea": 1, "coffee": 1}


async def test_what_fails_leaves_nothing(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(bob, "CREATE_GROUP", "coffee")
    assert await ask(bob, "JOIN_GROUP", "milk") == "GROUP_UNAVAILABLE: milk"
    assert await ask(bob, "CREATE_GROUP", "tea") == "GROUP_UNAVAILABLE: tea"
    assert chat.groups == {"tea": 1, "coffee": 1}


# Leaving


async def test_leave_group_answers_with_the_name(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(bob, "JOIN_GROUP", "tea")
    assert await ask(bob, "LEAVE_GROUP") == "GROUP_LEFT: tea"
    assert chat.groups == {"tea": 1}
    await tell(ann, "tea", "still there?")
    assert await ann.receive() == "still there?"
    await bob.receive_nothing()


async def test_an_empty_group_is_deleted_and_its_name_free_again(chat, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(ann, "LEAVE_GROUP")
    assert chat.groups == {}
    assert await ask(bob, "JOIN_GROUP", "tea") == "GROUP_UNAVAILABLE: tea"
    assert await ask(bob, "CREATE_GROUP", "tea") == "GROUP_CREATED: tea"


@pytest.mark.parametrize("leave", ["close", "abort"])
async def test_a_member_that_goes_leaves_its_group(server, ann, leave):
    client = await connect(server)
    await ask(client, "CREATE_GROUP", "tea")
    await getattr(client, leave)()
    async with asyncio.timeout(5):  # the server may hear ann before it sees that the other is gone
        while await ask(ann, "CREATE_GROUP", "tea") == "GROUP_UNAVAILABLE: tea":
            pass
    assert ann.messages[-1] == "GROUP_CREATED: tea"
    assert server.crashes == []


async def test_leaving_no_group_is_an_error(ann):
    assert await ask(ann, "LEAVE_GROUP") == "ERROR: LEAVE_GROUP, but you are in no group"


# Messages to a group


async def test_a_message_reaches_every_member_and_the_sender_too(ann, bob, cat):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(bob, "JOIN_GROUP", "tea")
    await tell(bob, "tea", "hello")
    assert await ann.receive() == "hello"
    assert await bob.receive() == "hello"
    await cat.receive_nothing()
    assert cat.messages == []


async def test_who_is_no_member_reaches_nobody_and_is_told_nothing(ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await tell(bob, "tea", "let me in")
    await tell(bob, "no such group", "anyone?")
    await bob.receive_nothing()
    await ann.receive_nothing()


async def test_a_member_that_vanishes_does_not_keep_a_message_from_the_others(server, ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await ask(bob, "JOIN_GROUP", "tea")
    for text in ("one", "two", "three"):
        vanishing = await connect(server)
        await ask(vanishing, "JOIN_GROUP", "tea")
        await asyncio.gather(vanishing.abort(), tell(ann, "tea", text))
        assert await ann.receive() == text
        assert await bob.receive() == text
    assert server.crashes == []


async def test_a_member_that_fails_does_not_keep_a_message_from_the_others(chat):
    # The same, without a race: by hand, the member's connection closes as the message is sent.
    class Connection:
        def __init__(self, *incoming, broken=False):
            self.incoming = [json.dumps(message) for message in incoming]
            self.broken = broken
            self.sent = []

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.incoming:
                raise StopAsyncIteration
            await asyncio.sleep(0)
            return self.incoming.pop(0)

        async def send(self, message):
            if self.broken and message == "hello":
                raise ConnectionError("gone")
            self.sent.append(message)

    wait = {"type": "ECHO", "value": "waiting"}
    join = {"type": "JOIN_GROUP", "value": "tea"}
    say = {"type": "MESSAGE_GROUP", "value": {"groupName": "tea", "groupMessage": "hello"}}
    creator = Connection({"type": "CREATE_GROUP", "value": "tea"}, wait, say, wait)
    broken = [Connection(join, wait, wait, wait, broken=True) for _ in range(3)]
    member = Connection(join, wait, wait, wait)
    await asyncio.gather(*(chat(connection) for connection in [creator, *broken, member]))
    assert creator.sent == ["GROUP_CREATED: tea", "waiting", "hello", "waiting"]
    assert "hello" in member.sent
    assert chat.groups == {}


# What makes no sense


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        (b"\xff", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", 'not an object with a "type"'),
        ('"ECHO"', 'not an object with a "type"'),
        ('{"value": "x"}', 'not an object with a "type"'),
        ('{"type": "SHOUT"}', "unknown type 'SHOUT'"),
        ('{"type": "echo", "value": "x"}', "unknown type 'echo'"),
        ('{"type": null}', "unknown type None"),
        ('{"type": ["ECHO"]}', "unknown type ['ECHO']"),
        (r'{"type": "\ud800"}', r"unknown type '\ud800'"),
        ('{"type": "ECHO"}', "ECHO needs a text as its value"),
        ('{"type": "ECHO", "value": 3}', "ECHO needs a text as its value"),
        (r'{"type": "ECHO", "value": "\ud800"}', "ECHO needs a text that UTF-8 can encode"),
        ('{"type": "ECHO_TIMES_3", "value": []}', "ECHO_TIMES_3 needs a text as its value"),
        ('{"type": "CREATE_GROUP"}', "CREATE_GROUP needs a text as its value"),
        ('{"type": "JOIN_GROUP", "value": {}}', "JOIN_GROUP needs a text as its value"),
        (
            r'{"type": "MESSAGE_GROUP", "value": {"groupName": "", "groupMessage": "\ud800"}}',
            "MESSAGE_GROUP needs a text that UTF-8 can encode",
        ),
        *(
            (
                json.dumps({"type": "MESSAGE_GROUP", "value": value}),
                "MESSAGE_GROUP needs a value with a groupName and a groupMessage",
            )
            for value in (None, "tea", {"groupName": "tea"}, {"groupName": 1, "groupMessage": ""})
        ),
    ],
    ids=lambda value: repr(value[:40]),
)
async def test_what_makes_no_sense_gets_an_error_and_the_connection_lives(
    server, ann, message, reason
):
    await ann.send(message)
    assert await ann.receive() == f"ERROR: {reason}"
    assert await ask(ann, "ECHO", "still here") == "still here"
    assert server.crashes == []


# Groups belong to one server


async def test_two_servers_have_groups_of_their_own():
    async with serve(GroupChat()) as one, serve(GroupChat()) as other:
        async with connect(one) as ann, connect(other) as bob:
            assert await ask(ann, "CREATE_GROUP", "tea") == "GROUP_CREATED: tea"
            assert await ask(bob, "JOIN_GROUP", "tea") == "GROUP_UNAVAILABLE: tea"
            assert await ask(bob, "CREATE_GROUP", "tea") == "GROUP_CREATED: tea"
            await tell(bob, "tea", "only here")
            assert await bob.receive() == "only here"
            await ann.receive_nothing()


async def test_groups_are_counted_and_shown(chat, ann):
    assert repr(chat) == "<GroupChat: 0 groups>"
    await ask(ann, "CREATE_GROUP", "tea")
    assert repr(chat) == "<GroupChat: 1 group>"
