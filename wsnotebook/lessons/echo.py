"""Exercises of lesson 01: waiting for a message, for a new one, and for one or the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..client import Client, connect
from ..errors import WaitTimeout
from ._answer import Answer, Off
from ._exercise import exercise

__all__ = ["knock_again", "order", "wait_for_shout"]


class _Server:
    """A handler that takes ``pause`` seconds over each message, and knows when it was done.

    Attributes:
        done: The time of the loop's clock at which each message was dealt with.
    """

    def __init__(self, pause: float, react: Callable[[Any, str], Any]) -> None:
        self.pause = pause
        self.done: list[float] = []
        self._react = react

    async def __call__(self, connection: Any) -> None:
        async for message in connection:
            await asyncio.sleep(self.pause)
            self.done.append(asyncio.get_running_loop().time())
            await self._react(connection, message)


def _refuse_lateness(since: float, what: str) -> None:
    """Complain if the answer went on later than ``what`` happened."""
    late = asyncio.get_running_loop().time() - since
    if late > 1e-6:
        raise Off(
            f"{what}, but you went on {late:.3g} s later. A wait goes on at that very moment; "
            "a sleep does not."
        )


async def _call(answer: Answer, client: Client, *args: str) -> Any:
    """Call the answer; if it waited in vain because it sent nothing, say that."""
    already = len(client.sent)
    try:
        result = await answer(client, *args)
    except Off as off:
        if isinstance(off.__cause__, WaitTimeout):
            _refuse_silence(answer, client, already)
        if isinstance(off.__cause__, IndexError) and not client.messages:
            raise Off(f"{off}\nNo message had come yet: wait for it first.") from off.__cause__
        raise
    _refuse_silence(answer, client, already)
    return result


def _refuse_silence(answer: Answer, client: Client, already: int) -> None:
    if len(client.sent) == already:
        raise Off(f"`{answer.name}` sent nothing. Is there an `await` in front of `client.send`?")


# Waiting for a message


@exercise(
    right="the shouts took 0.1 s, 0.7 s and 3.2 s, and each time you went on at that very moment.",
    hints="""
    Two steps: send the word, then wait for a message. Which message? The word in capitals,
    `word.upper()`.

    `wait_for_message` returns the message that it waited for. Both steps need an `await`.
    """,
    solution="""
    async def wait_for_shout(client, word):
        await client.send(word)
        return await client.wait_for_message(word.upper())
    """,
)
async def wait_for_shout(answer: Answer) -> None:
    """Send a word, wait for its shout, and return the shout."""
    for word, pause in (("hello", 0.1), ("tea", 0.7), ("cake", 3.2)):
        server = _Server(pause, _shout)
        async with connect(server, name="alice") as client:
            shout = await _call(answer, client, word)
            _judge_shout(server, client, word, shout)


async def _shout(connection: Any, message: str) -> None:
    await connection.send(message.upper())


def _judge_shout(server: _Server, client: Client, word: str, shout: Any) -> None:
    if client.sent != [word]:
        raise Off(f"the word was {word!r}, but you sent {_listed(client.sent)}.")
    if word.upper() not in client.messages:
        raise Off(
            f"you went on before the shout was there. This time it took {server.pause:g} s, and "
            "nobody can know that beforehand: wait for the message."
        )
    _refuse_lateness(server.done[0], f"the shout was there after {server.pause:g} s")
    if shout is None:
        raise Off("you waited for the shout, but returned nothing. Return what the wait gives you.")
    if shout != word.upper():
        raise Off(f"the shout was {word.upper()!r}, but you returned {shout!r}.")


# Waiting for a new message


@exercise(
    right="you went on when the second answer came, and took no notice of the first.",
    hints="""
    The log holds an answer already, and it looks just like the one that you wait for.

    There are three ways: forget the old answer before you knock (`clear_messages`); wait with
    `include_existing=False`; or take the next message that nobody has taken yet (`receive`).
    """,
    solution="""
    async def knock_again(client):
        client.clear_messages()
        await client.send("knock")
        await client.wait_for_message("who is there?")
    """,
)
async def knock_again(answer: Answer) -> None:
    """Knock a second time, and return when the second answer is there."""
    for pause in (0.0, 0.9):
        server = _Server(pause, _who_is_there)
        async with connect(server, name="alice") as client:
            await client.send("knock")
            await client.receive()
            await _call(answer, client)
            _judge_knock(server, client)


async def _who_is_there(connection: Any, message: str) -> None:
    await connection.send("who is there?" if message == "knock" else "I heard no knock")


def _judge_knock(server: _Server, client: Client) -> None:
    sent = client.sent[1:]
    if sent != ["knock"]:
        raise Off(f"one more 'knock' was to be sent, but you sent {_listed(sent)}.")
    answers = client.timeline.filter(kind="message", direction="received")
    if len(answers) < 2:
        raise Off(
            "you went on before the second answer was there. The 'who is there?' in the log is the "
            "answer to the first knock."
        )
    _refuse_lateness(server.done[1], f"the second answer was there after {server.pause:g} s")


# A message, or the end


@exercise(
    right="you brought what was served, and the code when the house closed instead, both at once.",
    hints="""
    When the house closes, the wait raises `Closed` at once. Catch it with `try` and `except`.

    `except Closed as closed:` gives you the error, and `closed.code` is the close code. The name
    comes from `from wsnotebook import Closed`.
    """,
    solution="""
    from wsnotebook import Closed


    async def order(client, dish):
        await client.send(dish)
        try:
            return await client.receive()
        except Closed as closed:
            return closed.code
    """,
)
async def order(answer: Answer) -> None:
    """Order a dish; return what is served or, if the house closes instead, the close code."""
    for dish, pause in (("tea", 0.4), ("cake", 1.3)):
        await _try_order(answer, _Server(pause, _serve_dish), dish, f"one {dish}", "was served")
    for code, pause in ((4003, 0.4), (4010, 2.1)):
        server = _Server(pause, _closing_with(code))
        await _try_order(answer, server, "soup", code, "was the close code")


async def _try_order(
    answer: Answer, server: _Server, dish: str, expected: object, words: str
) -> None:
    async with connect(server, name="alice") as client:
        result = await _call(answer, client, dish)
        if client.sent != [dish]:
            raise Off(f"{dish!r} was ordered, but you sent {_listed(client.sent)}.")
        if not server.done:
            raise Off(
                f"you returned {result!r} before anything had happened: the house took "
                f"{server.pause:g} s."
            )
        _refuse_lateness(server.done[0], f"it happened after {server.pause:g} s")
        if result != expected:
            raise Off(f"{expected!r} {words}, but you returned {result!r}.{_nearly(result)}")


async def _serve_dish(connection: Any, message: str) -> None:
    await connection.send(f"one {message}")


def _closing_with(code: int) -> Callable[[Any, str], Any]:
    async def close(connection: Any, _: str) -> None:
        await connection.close(code, "we are closing")

    return close


def _nearly(result: Any) -> str:
    return " That is the whole error: its code is enough." if hasattr(result, "code") else ""


def _listed(messages: list[str | bytes]) -> str:
    return ", then ".join(map(repr, messages))
