"""Exercises of lesson 03: a handler that takes its leave, and a test of a handler by hand."""

from __future__ import annotations

from typing import Any

from ..mock import MockWebSocket
from ..transports.disconnects import is_disconnect
from ._answer import Answer, Off, fails
from ._exercise import exercise

__all__ = ["count_words", "echoes"]


# A handler


@exercise(
    right="you counted, you said goodbye with 4000, and you noticed when the client left.",
    hints="""
    `async for message in connection:` gives you one message after the other, and ends by itself
    when the client leaves.

    `len(message.split())` is how many words there are. A message is text: send `str(...)` of it.

    After `await connection.close(4000, "see you")` there is nothing left to do: `return`.
    """,
    solution="""
    async def count_words(connection):
        async for message in connection:
            if message == "bye":
                await connection.close(4000, "see you")
                return
            await connection.send(str(len(message.split())))
    """,
)
async def count_words(answer: Answer) -> None:
    """Answer every message with how many words it has; on "bye", close with 4000 "see you"."""
    await _try_counting(answer, ["a cup of tea", "please", ""], ["4", "1", "0"])
    await _try_counting(answer, [], [])
    await _try_bye(answer)


async def _try_counting(answer: Answer, said: list[str], counts: list[str]) -> None:
    socket = MockWebSocket(said)
    socket.disconnect()
    await _handle(answer, socket)
    if not socket.closed:
        raise Off(f"you returned before the client left: it said {_listed(said)}.")
    if socket.sent_messages != counts:
        raise Off(
            f"the client said {_listed(said)}; the answers are {_listed(counts)}, but you sent "
            f"{_listed(socket.sent_messages)}."
        )


async def _try_bye(answer: Answer) -> None:
    socket = MockWebSocket(["good day", "bye", "are you there?"])
    socket.disconnect()
    await _handle(answer, socket)
    if (socket.close_code, socket.close_reason) == (1000, ""):
        raise Off("the client said 'bye', and you did not close: it had to go by itself.")
    if (socket.close_code, socket.close_reason) != (4000, "see you"):
        raise Off(
            f"you closed with {socket.close_code} {socket.close_reason!r}, "
            "but it should be 4000 'see you'."
        )
    if socket.sent_messages != ["2"]:
        raise Off(
            "the client said 'good day', then 'bye'. The only answer is '2', but you sent "
            f"{_listed(socket.sent_messages)}."
        )


async def _handle(answer: Answer, socket: MockWebSocket) -> None:
    try:
        await answer(socket)
    except Off as off:
        if off.__cause__ is not None and is_disconnect(off.__cause__):
            raise Off(
                f"{off}\nThe connection was closed by then. From that moment `recv` and `send` "
                "raise; `async for` just ends."
            ) from off.__cause__
        raise


# A test of a handler


@exercise(
    right="your test passes with a handler that works, and fails with each of four that do not.",
    hints="""
    Make the socket first: `socket = MockWebSocket([...])` with what the client says, and
    `socket.disconnect()`, so that the handler has an end. Then `await handler(socket)`, and look.

    `assert socket.sent_messages == [...]` looks at all that was sent, and at nothing else.

    Which messages? One is not enough to see whether it stops after the first. And the empty text
    and bytes are messages, too.
    """,
    solution="""
    async def echoes(handler):
        said = ["tea", "", b"cake", "tea"]
        socket = MockWebSocket(said)
        socket.disconnect()
        await handler(socket)
        assert socket.sent_messages == said
    """,
)
async def echoes(answer: Answer) -> None:
    """Write a test: the handler sends back every message as it came, and nothing else."""
    calls: list[Any] = []

    async def good(connection: Any) -> None:
        calls.append(connection)
        async for message in connection:
            await connection.send(message)

    await answer(good)
    if not calls:
        raise Off("your test never called the handler: `await handler(socket)`.")
    for broken, what in (
        (_shouts, "sends everything back in capitals"),
        (_stops, "answers the first message only"),
        (_skips, "does not answer the empty message"),
        (_decodes, "makes text of bytes"),
    ):
        if not await fails(answer, broken):
            raise Off(f"your test passes with a handler that {what}. It should fail there.")


async def _shouts(connection: Any) -> None:
    async for message in connection:
        await connection.send(message.upper())


async def _stops(connection: Any) -> None:
    await connection.send(await connection.recv())
    await connection.wait_closed()


async def _skips(connection: Any) -> None:
    async for message in connection:
        if message:
            await connection.send(message)


async def _decodes(connection: Any) -> None:
    async for message in connection:
        await connection.send(message if isinstance(message, str) else message.decode())


def _listed(messages: list[Any]) -> str:
    return ", then ".join(map(repr, messages)) or "nothing"
