"""Lesson 03: typical answers to its exercises, and what is said of each."""

from __future__ import annotations

import pytest
from answers import Answers, named, remark

from wsnotebook import MockWebSocket
from wsnotebook.lessons.mock_sockets import count_words, echoes

answers = Answers()

LEFT = (
    "The connection was closed by then. From that moment `recv` and `send` raise; `async for` "
    "just ends."
)

# count_words


@answers.are_wrong(
    count_words,
    "you returned before the client left: it said 'a cup of tea', then 'please', then ''.",
)
async def counts_once(connection):
    message = await connection.recv()
    await connection.send(str(len(message.split())))


@answers.are_wrong(
    count_words,
    "`count_words` raised `ConnectionClosedOK` at line N, `message = await connection.recv()`.",
    "received 1000 (OK); then sent 1000 (OK)",
    LEFT,
)
async def asks_for_ever(connection):
    while True:
        message = await connection.recv()
        await connection.send(str(len(message.split())))


@answers.are_wrong(
    count_words,
    "`count_words` raised `ConnectionClosedOK` at line N, "
    '`await connection.send("goodbye")  # to nobody`.',
    "received 1000 (OK); then sent 1000 (OK)",
    LEFT,
)
async def is_polite(connection):
    async for message in connection:
        await connection.send(str(len(message.split())))
    await connection.send("goodbye")  # to nobody


@answers.are_wrong(
    count_words,
    "the client said 'a cup of tea', then 'please', then ''; the answers are '4', then '1', then "
    "'0', but you sent '12', then '6', then '0'.",
)
async def counts_characters(connection):
    async for message in connection:
        await connection.send(str(len(message)))


@answers.are_wrong(
    count_words, "the client said 'bye', and you did not close: it had to go by itself."
)
async def never_closes(connection):
    async for message in connection:
        await connection.send(str(len(message.split())))


@answers.are_wrong(count_words, "you closed with 4000 '', but it should be 4000 'see you'.")
async def gives_no_reason(connection):
    async for message in connection:
        if message == "bye":
            await connection.close(4000)
            return
        await connection.send(str(len(message.split())))


@answers.are_wrong(
    count_words,
    "the client said 'good day', then 'bye'. The only answer is '2', but you sent '2', then '1'.",
)
async def counts_bye_too(connection):
    async for message in connection:
        await connection.send(str(len(message.split())))
        if message == "bye":
            await connection.close(4000, "see you")
            return


# echoes


@answers.are_wrong(echoes, "your test never called the handler: `await handler(socket)`.")
async def calls_nothing(handler):
    socket = MockWebSocket(["tea"])
    socket.disconnect()


@answers.are_wrong(
    echoes,
    "your test passes with a handler that sends everything back in capitals. It should fail there.",
)
async def looks_at_the_count(handler):
    socket = MockWebSocket(["tea", "", b"cake"])
    socket.disconnect()
    await handler(socket)
    assert len(socket.sent_messages) == 3


@answers.are_wrong(
    echoes,
    "your test passes with a handler that answers the first message only. It should fail there.",
)
async def says_one_thing(handler):
    socket = MockWebSocket(["tea"])
    socket.disconnect()
    await handler(socket)
    assert socket.sent_messages == ["tea"]


@answers.are_wrong(
    echoes,
    "your test passes with a handler that does not answer the empty message. It should fail there.",
)
async def forgets_the_empty(handler):
    socket = MockWebSocket(["tea", b"cake"])
    socket.disconnect()
    await handler(socket)
    assert socket.sent_messages == ["tea", b"cake"]


@answers.are_wrong(
    echoes,
    "your test passes with a handler that makes text of bytes. It should fail there.",
)
async def forgets_bytes(handler):
    socket = MockWebSocket(["tea", ""])
    socket.disconnect()
    await handler(socket)
    assert socket.sent_messages == ["tea", ""]


@answers.are_right(echoes)
async def waits_for_each(handler):
    socket = MockWebSocket(["tea", "", b"\x00"])
    socket.disconnect()
    await handler(socket)
    assert await socket.wait_for_message_count(3) == ["tea", "", b"\x00"]


@answers.are_right(echoes)
async def says_that_it_fails(handler):
    said = ["tea", "", b"\x00"]
    socket = MockWebSocket(said)
    socket.disconnect()
    await handler(socket)
    if socket.sent_messages != said:
        pytest.fail("that is no echo")


@pytest.mark.parametrize(("exercise", "answer", "said"), answers.wrong, ids=named)
def test_a_wrong_answer_is_told_what_is_off(exercise, answer, said):
    assert remark(exercise.check(answer)) == said


@pytest.mark.parametrize(("exercise", "answer"), answers.right, ids=named)
def test_every_right_way_is_right(exercise, answer):
    assert exercise.check(answer).state == "right"
