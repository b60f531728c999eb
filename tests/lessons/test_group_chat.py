"""Lesson 02: typical answers to its exercises, and what is said of each.

They may sleep: a check runs under virtual time.
"""

from __future__ import annotations

import asyncio

import pytest
from answers import Answers, named, remark

from wsnotebook import connect
from wsnotebook.lessons.group_chat import meet, only_members_hear, who_vanished

answers = Answers()

# meet


async def ask(client, kind, group="cake"):
    await client.send_json({"type": kind, "value": group})


@answers.are_wrong(
    meet,
    "bob asked too early and got 'GROUP_UNAVAILABLE: cake': it took the chat 0.6 s to open the "
    "group. Let ann wait for 'GROUP_CREATED: cake' before bob asks.",
)
async def lets_bob_ask_at_once(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await ask(bob, "JOIN_GROUP")
    await bob.wait_for_message("GROUP_JOINED: cake")


@answers.are_wrong(
    meet,
    "you returned before bob was in: the chat had not answered him yet. "
    "Wait for 'GROUP_JOINED: cake'.",
)
async def returns_too_early(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await ann.wait_for_message("GROUP_CREATED: cake")
    await ask(bob, "JOIN_GROUP")


@answers.are_wrong(
    meet, "bob asked 1 s after the group was there. Wait for the message; do not sleep."
)
async def lets_bob_sleep(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await asyncio.sleep(1)
    await ask(bob, "JOIN_GROUP")
    await bob.receive()


@answers.are_wrong(meet, "you returned 1 s after bob was in. Wait for the message; do not sleep.")
async def sleeps_at_the_end(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await ann.receive()
    await ask(bob, "JOIN_GROUP")
    await asyncio.sleep(1)


@answers.are_wrong(meet, "bob sent nothing, and was to send `JOIN_GROUP`.")
async def forgets_bob(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await ann.receive()


@answers.are_wrong(
    meet, 'ann was to send `CREATE_GROUP`, but sent \'{"type":"ECHO","value":"cake"}\'.'
)
async def lets_ann_echo(ann, bob):
    await ask(ann, "ECHO")
    await ask(bob, "JOIN_GROUP")


@answers.are_wrong(meet, "ann sent 'CREATE_GROUP cake', and the chat answered 'ERROR: not JSON'.")
async def forgets_the_json(ann, bob):
    await ann.send("CREATE_GROUP cake")
    await ann.wait_for_message("GROUP_CREATED: cake")


@answers.are_wrong(
    meet,
    'the group is called \'cake\', but ann sent \'{"type":"CREATE_GROUP","value":"tea"}\'.',
)
async def meets_elsewhere(ann, bob):
    await ask(ann, "CREATE_GROUP", "tea")
    await ann.receive()
    await ask(bob, "JOIN_GROUP", "tea")
    await bob.receive()


@answers.are_wrong(meet, "`meet` raised `KeyError` at line N, `{}[bob.name]`.", "'bob'")
async def meets_and_fails(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await ann.receive()
    await ask(bob, "JOIN_GROUP")
    await bob.receive()
    {}[bob.name]


@answers.are_right(meet)
async def receives_the_answers(ann, bob):
    await ask(ann, "CREATE_GROUP")
    await ann.receive()
    await ask(bob, "JOIN_GROUP")
    await bob.receive()


# only_members_hear


async def talk(chat, *, members=2, bob_hears=True, silence=None):
    """Hold the conversation of the lesson, and check ``silence`` of the third."""
    async with connect(chat) as ann, connect(chat) as bob, connect(chat, name="eve") as eve:
        await ask(ann, "CREATE_GROUP")
        await ann.receive()
        for client in (bob, eve)[: members - 1]:
            await ask(client, "JOIN_GROUP")
            await client.receive()
        await ask(ann, "MESSAGE_GROUP", {"groupName": "cake", "groupMessage": "psst"})
        if bob_hears:
            await bob.wait_for_message("psst")
        if silence is not None:
            await silence(eve)


async def looks(eve):
    assert eve.messages == []


@answers.are_wrong(
    only_members_hear,
    "your test passes with a chat in which eve hears everything at once. It should fail there.",
)
async def does_not_ask_eve(chat):
    await talk(chat)


@answers.are_wrong(
    only_members_hear,
    "your test passes with a chat in which eve hears everything, half a second later. "
    "It should fail there.",
)
async def looks_at_eve(chat):
    await talk(chat, silence=looks)


@answers.are_wrong(
    only_members_hear,
    "your test passes with a chat in which eve hears everything, half a second later. "
    "It should fail there.",
)
async def gives_eve_a_moment(chat):
    await talk(chat, silence=lambda eve: eve.receive_nothing(during=0.1))


@answers.are_wrong(
    only_members_hear,
    "your test passes with a chat that delivers to nobody, so that bob hears nothing either. "
    "It should fail there.",
)
async def does_not_ask_bob(chat):
    await talk(chat, bob_hears=False, silence=lambda eve: eve.receive_nothing())


@answers.are_wrong(
    only_members_hear, "three clients are needed: ann, bob, eve. Your test connected 1."
)
async def connects_one(chat):
    async with connect(chat):
        pass


@answers.are_wrong(
    only_members_hear, "nobody joins the group in your test: there is no `JOIN_GROUP`."
)
async def lets_nobody_join(chat):
    async with connect(chat) as ann, connect(chat), connect(chat):
        await ask(ann, "CREATE_GROUP")
        await ann.receive()


@answers.are_wrong(
    only_members_hear, "all your clients are in a group. Somebody has to stay outside."
)
async def lets_everybody_join(chat):
    await talk(chat, members=3)


@answers.are_wrong(
    only_members_hear,
    "`only_members_hear` raised `WaitTimeout` at line N, `await silence(eve)`.",
    "no message within 5 s",
    "  eve is open; nothing received",
)
async def expects_eve_to_hear(chat):
    await talk(chat, silence=lambda eve: eve.receive())


@answers.are_right(only_members_hear)
async def listens_for_long(chat):
    await talk(chat, silence=lambda eve: eve.receive_nothing(during=5))


@answers.are_right(only_members_hear)
async def leaves_its_clients_open(chat):
    ann, bob, eve = [await connect(chat) for _ in range(3)]
    await ask(ann, "CREATE_GROUP")
    await ann.receive()
    await ask(bob, "JOIN_GROUP")
    await bob.receive()
    await ask(ann, "MESSAGE_GROUP", {"groupName": "cake", "groupMessage": "psst"})
    await bob.receive()
    await eve.receive_nothing()


def test_a_test_that_passes_only_once_is_not_right():
    runs = []

    async def passes_once(chat):
        runs.append(chat)
        assert len(runs) == 1
        await talk(chat)

    assert remark(only_members_hear.check(passes_once)).startswith(
        "`only_members_hear` raised `AssertionError` at line N, `assert len(runs) == 1`."
    )


# who_vanished

STORY = """\
ann  ● open /
bob  ● open /
eve  ● open /
ann  → '{"type":"ECHO","value":"hello"}'
ann  ← 'hello'
ann  ○ closed 1000 (OK)
bob  → '{"type":"ECHO","value":"hello"}'
bob  ← 'hello'
bob  ○ closed %s
eve  → '{"type":"ECHO","value":"hello"}'
eve  ← 'hello'
eve  ○ closed %s"""


@answers.are_wrong(
    who_vanished,
    "bob vanished here, but you returned ['bob']:",
    STORY % ("1006 (no close frame received)", "1001 (going away)"),
)
def returns_all_names(timeline):
    return [event.client for event in timeline if event.code == 1006]


@answers.are_wrong(
    who_vanished,
    "eve vanished here, but you returned 'bob':",
    STORY % ("4006", "1006 (no close frame received)"),
)
def takes_any_other_code(timeline):
    return next(e.client for e in timeline.filter(kind="close") if e.code != 1000)


@answers.are_wrong(
    who_vanished,
    "`who_vanished` raised `IndexError` at line N, "
    "`return timeline.filter(lambda event: event.code == 1006)[0].client`.",
    "list index out of range",
    "That was a conversation in which nobody vanished.",
)
def relies_on_somebody(timeline):
    return timeline.filter(lambda event: event.code == 1006)[0].client


@answers.are_wrong(
    who_vanished, "`who_vanished` has nothing to wait for: write `def`, without `async`."
)
async def is_async(timeline):
    return "bob"


# Checking


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    assert remark(exercise.check(answer)) == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"
