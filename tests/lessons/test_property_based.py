"""Lesson 06: typical answers to its exercises, and what is said of each."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from answers import Answers, named, remark
from hypothesis import strategies as st

from wsnotebook import Report, Settings, check
from wsnotebook.apps import FaultyParlour, Parlour
from wsnotebook.apps.parlour import Name, Say, Whisper
from wsnotebook.lessons.property_based import hunt, requests
from wsnotebook.properties import messages_accepted

answers = Answers()

NAMES = st.sampled_from(["ann", "bob"])
TEXTS = st.text(max_size=5)
NAMED, SAID = st.builds(Name, name=NAMES), st.builds(Say, text=TEXTS)
GOOD = st.one_of(NAMED, SAID, st.builds(Whisper, to=NAMES, text=TEXTS))
# Few, so that a search finds much in fewer conversations than a learner's, and is over sooner.
FEW = st.sampled_from(
    [
        *(Name(name="ann"), Name(name="bob"), Say(text="psst")),
        *(Whisper(to="ann", text="psst"), Whisper(to="bob", text="psst")),
    ]
)

ALONE = Settings(seed=1, max_examples=30)
TOGETHER = Settings(seed=1, max_examples=30, clients=2)

# requests


@answers.are_wrong(
    requests,
    "`requests` returned `None`, which is no strategy. Return what `st.one_of` returns.",
)
def returns_nothing():
    st.one_of(NAMED, SAID)


@answers.are_wrong(
    requests,
    "`requests` returned `<class 'wsnotebook.apps.parlour.Name'>`, which is no strategy. Return "
    "what `st.one_of` returns.",
)
def returns_a_class():
    return Name


@answers.are_wrong(
    requests,
    "your strategy gave `{'type': 'say', 'text': 'hi'}`, which is no message: give a `Name`, a "
    "`Say`, a `Whisper`, or the JSON of one as a text.",
)
def gives_dicts():
    return st.just({"type": "say", "text": "hi"})


@answers.are_wrong(
    requests,
    "the parlour does not understand what your strategy gave, `'hello'`.",
    "Invalid JSON: expected value at line N column N",
)
def gives_plain_text():
    return st.just("hello")


@answers.are_wrong(
    requests,
    "the search came to no end.",
    "a strategy raised KeyError('hi') while it was drawn from; draw examples of it alone",
)
def raises_when_drawn_from():
    return TEXTS.map(lambda text: {}["hi"])


@answers.are_wrong(requests, "your strategy never gave a `whisper`, among N messages.")
def forgets_to_whisper():
    return st.one_of(NAMED, SAID)


@answers.are_wrong(requests, "your strategy never gave a `name`, among N messages.")
def gives_nothing():
    return st.nothing()


@answers.are_wrong(requests, "your guests all want to be called 'ann'. Let them have two names.")
def knows_one_name():
    one = st.just("ann")
    return st.one_of(st.builds(Name, name=one), SAID, st.builds(Whisper, to=one, text=TEXTS))


@answers.are_wrong(
    requests,
    "of N whispers only N reached anybody: hardly ever was `to` a name that somebody had taken. "
    "Draw `name` and `to` from the same few names.",
)
def takes_names_at_random():
    return messages_accepted(Parlour.accepts)


@answers.are_right(requests)
def gives_json():
    return GOOD.map(lambda message: message.model_dump_json())


@answers.are_right(requests)
def gives_messages():
    return GOOD


# hunt


def told(side):
    name = "guest"
    for message in map(json.loads, side.received):
        name = message["name"] if message["type"] == "named" else name
        yield name, message


def speaks_as_named(conversation):
    for side in conversation.sides:
        for name, message in told(side):
            assert message["type"] != "sent" or message["by"] == name


def stays_private(conversation):
    for side in conversation.sides:
        for name, message in told(side):
            assert message["type"] != "whispered" or message["to"] == name


def one_oracle_for_both(conversation):
    speaks_as_named(conversation)
    stays_private(conversation)


def nobody_is_refused(conversation):
    for side in conversation.sides:
        for _, message in told(side):
            if message["type"] == "error":
                raise AssertionError("an error")


def wants_a_name(conversation):
    for side in conversation.sides:
        for _, message in told(side):
            assert message["type"] != "sent" or message["name"]


NOT_OBJECTED = """\
your search passes a parlour in which who has spoken once keeps that name for good.
It happened N times, but nobody objected. Write an oracle: `by` of every `sent` is the name that \
this guest took last."""


@answers.are_wrong(
    hunt, "`hunt` returned `None`: return the report, which is what `check` returns."
)
def forgets_to_return(parlour):
    check(parlour, messages=FEW, settings=ALONE)


@answers.are_wrong(
    hunt, "`hunt` returned `True`: return the report, which is what `check` returns."
)
def returns_whether_it_is_ok(parlour):
    return check(parlour, messages=FEW, settings=ALONE).ok


@answers.are_wrong(
    hunt, "your search never came to the parlour that it was given: `check(parlour, ...)`."
)
def searches_another(parlour):
    return check(Parlour, messages=FEW, settings=ALONE)


@answers.are_wrong(
    hunt,
    "your search passes a parlour in which who whispers to themselves waits for ever.",
    "It had N guests, and none of them whispered to themselves: `to` has to be a name that they "
    "took. `messages=requests()` sees to that, once it is right.",
)
def sends_anything(parlour):
    return check(parlour, oracles=[one_oracle_for_both], settings=TOGETHER)


@answers.are_wrong(
    hunt,
    "your search passes a parlour in which who whispers to themselves waits for ever.",
    "It happened N times: return the report as `check` made it.",
)
def makes_up_a_report(parlour):
    check(parlour, messages=FEW, oracles=[one_oracle_for_both], settings=TOGETHER)
    return Report()


@answers.are_wrong(hunt, NOT_OBJECTED)
def has_no_oracle(parlour):
    return check(parlour, messages=FEW, settings=TOGETHER)


@answers.are_wrong(hunt, NOT_OBJECTED)
def looks_at_whispers_only(parlour):
    return check(parlour, messages=FEW, oracles=[stays_private], settings=TOGETHER)


@answers.are_wrong(
    hunt,
    "your search passes a parlour in which who has spoken once keeps that name for good.",
    "It had N guests, and none of them spoke, took a name, and spoke again.",
)
def talks_too_little(parlour):
    short = replace(TOGETHER, max_messages=2)
    messages = st.sampled_from([Name(name="ann"), Whisper(to="ann", text="psst")])
    return check(parlour, messages=messages, oracles=[one_oracle_for_both], settings=short)


@answers.are_wrong(
    hunt,
    "your search passes a parlour in which who has spoken once keeps that name for good.",
    "It happened only N times, and nobody objected. Is there an oracle for `by` of every `sent`? "
    "Then let it see more: fewer clients, or more examples.",
)
def sees_too_little(parlour):
    return check(parlour, messages=FEW, settings=replace(TOGETHER, max_examples=15))


@answers.are_wrong(
    hunt,
    "your search passes a parlour in which everybody hears what is whispered.",
    "Each guest was alone, so nobody could overhear anything: `Settings(clients=N, ...)`.",
)
def hunts_alone(parlour):
    return check(parlour, messages=FEW, oracles=[one_oracle_for_both], settings=ALONE)


@answers.are_wrong(
    hunt,
    "your search passes a parlour in which everybody hears what is whispered.",
    "There were N whispers, but nobody objected. Write an oracle: who receives a `whispered` is "
    "called as its `to` says.",
)
def looks_at_names_only(parlour):
    return check(parlour, messages=FEW, oracles=[speaks_as_named], settings=TOGETHER)


@answers.are_wrong(
    hunt,
    "your search blames the parlour that has no bugs.",
    "oracle:nobody_is_refused: AssertionError: an error",
    "client-N  ● open /parlour",
    "client-N  → ''",
    'client-N  ← \'{"type":"error","message":"Invalid JSON: EOF while parsing a value at li\'... '
    "(N characters)",
    "client-N  ○ closed N (OK)",
)
def asks_too_much(parlour):
    return check(parlour, messages=FEW, oracles=[nobody_is_refused], settings=ALONE)


@answers.are_wrong(
    hunt,
    "your search blames the parlour that has no bugs.",
    "oracle:wants_a_name: KeyError: 'name'",
    "client-N  ● open /parlour",
    'client-N  → \'{"type":"say","text":"psst"}\'',
    'client-N  ← \'{"type":"sent","by":"guest"}\'',
    "client-N  ○ closed N (OK)",
)
def has_an_oracle_that_breaks(parlour):
    return check(parlour, messages=FEW, oracles=[wants_a_name], settings=ALONE)


@answers.are_wrong(
    hunt,
    "your search blames the parlour that has no bugs.",
    "oracle:fails: Failed: not me",
    "client-N  ● open /parlour",
    "client-N  ○ closed N (OK)",
)
def has_an_oracle_that_fails_as_tests_do(parlour):
    def fails(conversation):
        pytest.fail("not me")

    return check(parlour, messages=FEW, oracles=[fails], settings=ALONE)


@answers.are_wrong(hunt, "`hunt` has nothing to wait for: write `def`, without `async`.")
async def waits(parlour):
    return check(parlour)


@answers.are_right(hunt)
def with_one_oracle(parlour):
    return check(parlour, messages=FEW, oracles=[one_oracle_for_both], settings=TOGETHER)


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    assert re.sub(r"\d+", "N", remark(exercise.check(answer))) == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"


def test_the_solution_finds_all_three_in_the_parlour_that_has_them():
    names = {}
    exec(requests.code, names)
    exec(hunt.code, names)
    assert {failure.code for failure in names["hunt"](FaultyParlour).failures} == {
        "hang",
        "oracle:speaks_as_named",
        "oracle:whispers_stay_private",
    }
