"""Lesson 04: typical answers to its exercises, and what is said of each."""

from __future__ import annotations

import pytest
from answers import Answers, named, remark

from wsnotebook import Closed, Refused, connect
from wsnotebook.auth import check_origin, read_token, verify_token
from wsnotebook.lessons.auth import stays_shut, who_is_it

answers = Answers()
HOME = ["https://tea.example"]

# who_is_it


@answers.are_wrong(who_is_it, "you let in a page of another site, as 'ann'.")
def asks_for_no_origin(socket, key):
    return verify_token(read_token(socket, via="header"), key, audience="tea")["sub"]


@answers.are_wrong(
    who_is_it,
    "you refused ann, whose token is good.",
    "the server refused the handshake with HTTP 401: 'the token is for another audience'",
)
def forgets_the_audience(socket, key):
    check_origin(socket, HOME)
    return verify_token(read_token(socket, via="header"), key)["sub"]


@answers.are_wrong(
    who_is_it,
    "you refused ann, whose token is good.",
    "the server refused the handshake with HTTP 403: 'no origin was sent'",
)
def wants_a_page(socket, key):
    check_origin(socket, HOME, required=True)
    return verify_token(read_token(socket, via="header"), key, audience="tea")["sub"]


@answers.are_wrong(
    who_is_it,
    "you refused bob on a page of https://tea.example, whose token is good.",
    "the server refused the handshake with HTTP 403: \"the origin 'https://tea.example' is not "
    'allowed"',
)
def allows_no_page(socket, key):
    check_origin(socket, [])
    return verify_token(read_token(socket, via="header"), key, audience="tea")["sub"]


@answers.are_wrong(
    who_is_it,
    "you refused ann, whose token is good.",
    "the server refused the handshake with HTTP 401: 'no token was sent'",
)
def looks_elsewhere(socket, key):
    check_origin(socket, HOME)
    return verify_token(read_token(socket, via="query"), key, audience="tea")["sub"]


@answers.are_wrong(who_is_it, "ann has a good token, but you returned None.")
def returns_nothing(socket, key):
    check_origin(socket, HOME)
    verify_token(read_token(socket, via="header"), key, audience="tea")


@answers.are_wrong(who_is_it, "bob has a good token, but you returned 'ann'.")
def knows_only_ann(socket, key):
    return "ann"


@answers.are_wrong(who_is_it, "you let in who has no token, as None.")
def returns_none_for_nobody(socket, key):
    token = read_token(socket, via="header")
    return token and verify_token(token, key, audience="tea")["sub"]


@answers.are_wrong(who_is_it, "you refused who has no token with HTTP 403, but it should be 401.")
def forbids(socket, key):
    check_origin(socket, HOME)
    try:
        return verify_token(read_token(socket, via="header"), key, audience="tea")["sub"]
    except Refused as refusal:
        raise Refused(403) from refusal


@answers.are_wrong(
    who_is_it,
    '`who_is_it` raised `KeyError` at line N, `return claims["name"]`.',
    "'name'",
)
def looks_for_another_claim(socket, key):
    claims = verify_token(read_token(socket, via="header"), key, audience="tea")
    return claims["name"]


@answers.are_wrong(who_is_it, "`who_is_it` has nothing to wait for: write `def`, without `async`.")
async def waits(socket, key):
    return "ann"


# stays_shut


@answers.are_wrong(stays_shut, "your test fails with a door that is shut, where it should pass.")
async def expects_another_status(door, expired):
    with pytest.raises(Refused) as caught:
        await connect(door, token=expired)
    assert caught.value.status == 403


@answers.are_wrong(stays_shut, "your test fails with a door that is shut, where it should pass.")
async def expects_a_close(door, expired):
    with pytest.raises(Closed):
        assert expired


@answers.are_wrong(stays_shut, "your test never knocked: `await connect(door, token=token)`.")
async def knocks_nowhere(door, expired):
    assert expired


@answers.are_wrong(
    stays_shut,
    "your test passes with a door that lets everybody in. It should fail there.",
)
async def swallows(door, expired):
    try:
        async with connect(door, token=expired):
            pass
    except Refused:
        pass


@answers.are_wrong(
    stays_shut,
    "your test passes with a door that asks for a token, but does not look at it. It should fail "
    "there.",
)
async def tries_nobody_only(door, expired):
    with pytest.raises(Refused) as caught:
        await connect(door)
    assert caught.value.status == 401


@answers.are_wrong(
    stays_shut,
    "your test passes with a door that lets in who has no token at all. It should fail there.",
)
async def tries_the_expired_only(door, expired):
    with pytest.raises(Refused) as caught:
        await connect(door, token=expired)
    assert caught.value.status == 401


@answers.are_wrong(
    stays_shut,
    "your test passes with a door that says welcome first, and turns away then. It should fail "
    "there.",
)
async def is_content_with_a_close(door, expired):
    for token in (None, expired):
        with pytest.raises((Refused, Closed)) as caught:
            async with connect(door, token=token) as client:
                await client.receive_all(timeout=1)
                await client.wait_for_close(1000)
        assert getattr(caught.value, "status", None) == 401 or caught.value.code == 4401


@answers.are_wrong(
    stays_shut,
    "your test passes with a door that refuses with HTTP 403 in place of 401. It should fail "
    "there.",
)
async def takes_any_status(door, expired):
    for token in (None, expired):
        with pytest.raises(Refused):
            await connect(door, token=token)


@answers.are_right(stays_shut)
async def tries_with_try(door, expired):
    for token in (expired, None):
        try:
            await connect(door, token=token)
        except Refused as refusal:
            assert refusal.status == 401  # noqa: PT017  # as one writes without pytest
        else:
            raise AssertionError("it opened")


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    assert remark(exercise.check(answer)) == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"
