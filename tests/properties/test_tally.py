"""What a search sent and what came next: read off one conversation, and kept of each."""

from __future__ import annotations

import json
from itertools import accumulate

import pytest
from hypothesis import strategies as st
from properties.bare import closing, crashing, echoing, hanging

from wsnotebook.properties import Campaign, ExampleRun, Sent, Settings, check
from wsnotebook.properties._converse import converse
from wsnotebook.properties._example import Example
from wsnotebook.properties._subject import Subject
from wsnotebook.properties._tally import Tally, kind_of

FEW = Settings(max_examples=20, seed=1)


# Kinds


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("", "text"),
        ("hello", "text"),
        ("{", "text"),
        ("[1, 2", "text"),
        ("7", "text"),
        ('"[1]"', "text"),
        ("\N{NO-BREAK SPACE}[]", "text"),
        ("[" * 100_000, "text"),
        ("{}", "json"),
        ('\r\n\t [1, {"a": null}] ', "json"),
        (f"[{'1' * 5000}]", "json"),
        ("[1e999]", "json"),
        (b"", "bytes"),
        (b"{}", "bytes"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_json_is_an_object_or_an_array(data, kind):
    assert kind_of(data) == kind


# One conversation


def tally(app, *messages, clients=1, pace="step", close_code=1000, timeout=10.0):
    """Return what was sent in a conversation with ``app``; a message is the first client's."""
    spoken = tuple(one if isinstance(one, tuple) else (0, one) for one in messages)
    example = Example(("/",) * clients, (), spoken, pace, close_code)
    subject = Subject(app)

    async def hold():
        await subject.start()
        await subject.begin()
        try:
            return await converse(
                subject,
                example,
                Settings(message_timeout=timeout),
                token=None,
                keep_going=lambda: None,
            )
        finally:
            await subject.end()
            await subject.stop()

    try:
        outcome = subject.loop.run_until_complete(hold())
    finally:
        subject.close()
    return Tally().of(outcome)


def answering(*answers):
    """Return an app that gives each message one of the lists of answers, in order."""

    async def app(connection):
        given = iter(answers)
        async for _ in connection:
            for answer in next(given):
                await connection.send(answer)

    return app


def test_each_message_has_its_kind_its_bytes_and_what_came_first():
    app = answering(["hi", b"x"], [b"x"], [], ["[1]"])
    assert tally(app, "h\N{LATIN SMALL LETTER E WITH ACUTE}", '{"a": 1}', b"\x00\x01", "") == (
        Sent("text", 3, "text"),
        Sent("json", 8, "bytes"),
        Sent("bytes", 2, "nothing"),
        Sent("text", 0, "json"),
    )


def test_nothing_was_sent():
    assert tally(echoing) == ()


def test_what_comes_unasked_before_the_first_message_answers_none():
    async def greeting(connection):
        await connection.send("welcome")
        async for _ in connection:
            pass

    assert tally(greeting, "a") == (Sent("text", 1, "nothing"),)


def test_in_a_burst_the_answers_come_after_the_last_message():
    assert tally(echoing, "a", b"b", pace="burst") == (
        Sent("text", 1, "nothing"),
        Sent("bytes", 1, "text"),
    )


def test_each_client_sees_its_own_answers():
    async def first_is_deaf(connection):
        async for message in connection:
            if message != "deaf":
                await connection.send(message)

    spoken = [(1, "a"), (0, "deaf"), (1, b"b"), (0, "deaf")]
    assert tally(first_is_deaf, *spoken, clients=2) == (
        Sent("text", 1, "text"),
        Sent("text", 4, "nothing"),
        Sent("bytes", 1, "bytes"),
        Sent("text", 4, "nothing"),
    )


async def leaving(connection):
    """Close at the first message, with its number."""
    async for message in connection:
        await connection.close(int(message))


def test_a_server_that_ends_the_connection_is_seen():
    assert tally(crashing, b"x") == (Sent("bytes", 1, "close"),)
    assert tally(leaving, "4000") == (Sent("text", 4, "close"),)
    assert tally(leaving, "1000") == (Sent("text", 4, "close"),)


def test_a_client_that_leaves_sees_no_close():
    assert tally(answering([]), "a") == (Sent("text", 1, "nothing"),)
    assert tally(answering([]), "a", close_code=3000) == (Sent("text", 1, "nothing"),)
    assert tally(echoing, "a", "b", pace="leave")[0].reply == "nothing"


def test_a_connection_that_hangs_and_is_given_up_saw_no_close():
    assert tally(hanging, "a", timeout=0.5) == (Sent("text", 1, "nothing"),)


# The history of a search


def test_there_is_one_for_each_conversation():
    [route] = check(echoing, "/", settings=FEW).routes

    assert [run.examples for run in route.history] == [*range(1, 21)]
    assert [run.messages for run in route.history] == [
        *accumulate(len(run.sent) for run in route.history)
    ]
    assert route.messages == route.history[-1].messages > 0
    assert route.replies == sum(run.replies for run in route.history) > 0
    times = [run.elapsed for run in route.history]
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] <= route.elapsed
    assert {run.cause for run in route.history} == {None}
    assert {run.refused for run in route.history} == {0}


def test_it_holds_what_was_sent():
    talks = []
    report = check(echoing, "/", oracles=[talks.append], settings=FEW)

    for run, talk in zip(report.routes[0].history, talks, strict=True):
        said = [one.sent for one in talk.exchanges]
        assert [(one.kind, one.size) for one in run.sent] == [
            (kind_of(data), len(data if isinstance(data, bytes) else data.encode()))
            for data in said
        ]
        assert run.replies == sum(len(side.received) for side in talk.sides)


def test_messages_that_are_alike_are_one_object():
    report = check(echoing, "/", messages=st.just('{"a": 1}'), settings=FEW)

    sent = [message for run in report.routes[0].history for message in run.sent]
    assert sent.count(Sent("json", 8, "json")) > 1
    assert len(set(map(id, sent))) == len(set(sent)) < len(sent)


def test_it_tells_which_conversations_failed_and_how():
    [route] = check(crashing, "/", settings=FEW).routes

    [failure] = route.failures
    causes = [run.cause for run in route.history]
    assert set(causes) == {None, failure.cause}
    assert causes.count(failure.cause) == failure.seen
    assert route.history[-1].sent == (Sent("bytes", 0, "close"),)
    found = causes.index(failure.cause)
    phases = [run.phase for run in route.history]
    assert phases == ["generate"] * found + ["shrink"] * (len(phases) - found)


def test_it_counts_refused_handshakes():
    async def refusing(scope, receive, send):
        if scope["type"] != "websocket":
            raise ValueError("only WebSocket")
        await receive()
        await send({"type": "websocket.close"})

    [route] = check(refusing, "/", settings=FEW).routes

    assert min(run.refused for run in route.history) == 1
    assert route.refusals == sum(run.refused for run in route.history)


def test_it_is_what_subscribers_are_told():
    told = []
    campaign = Campaign(closing(), "/", settings=FEW)
    campaign.subscribe(told.append)
    [route] = campaign.start().join().routes

    assert tuple(event for event in told if isinstance(event, ExampleRun)) == route.history


def test_a_route_that_cannot_be_searched_has_none():
    report = check(echoing, "/", oracles=[lambda _: False], settings=FEW)

    [route] = report.routes
    assert (route.verdict, route.history) == ("error", ())


def test_json_holds_it():
    report = check(crashing, "/", settings=FEW)

    [shown] = json.loads(report.to_json())["routes"]
    assert len(shown["history"]) == shown["examples"]
    last = report.routes[0].history[-1]
    assert shown["history"][-1] == {
        "route": "/",
        "examples": shown["examples"],
        "messages": shown["messages"],
        "failures": 1,
        "phase": "shrink",
        "wanted": 20,
        "elapsed": last.elapsed,
        "sent": [{"kind": "bytes", "size": 0, "reply": "close"}],
        "replies": 0,
        "cause": report.failures[0].cause,
        "refused": 0,
    }


def test_a_route_is_shown_without_it():
    [route] = check(echoing, "/", settings=FEW).routes
    assert repr(route) == "<RouteReport of /: passed, 20 examples>"
