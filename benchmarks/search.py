"""The search of an app: how many conversations per second, on an echo.

pytest-routes runs as its pytest items run it (``WebSocketTestRunner.test_route_async``), with its
defaults: 100 examples of one to five messages; it reads no reply. wsnotebook has its own defaults,
at most five messages as well, and ``echo()`` compares every reply. No example database is used, so
that no run remembers another, and a short search before the clock starts loads what is loaded late.

How long it takes to find a fault is ``faults``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from .frame import Bench, Peer, Subject, Unit, Variant

__all__ = ["EXAMPLES", "FEW", "OURS", "SUBJECTS", "THEIRS", "Searched", "as_pairs",
           "forget_examples", "observed_runner", "search_by_pytest_routes",
           "search_by_wsnotebook"]  # fmt: skip

EXAMPLES = 100  # the default of both
FEW = 10  # before the clock starts
MOST_MESSAGES = 5  # in one conversation: pytest-routes' own, which no setting of it changes

THEIRS = "pytest-routes"
OURS = "wsnotebook"

EXAMPLE_RATE = Unit("examples per second", "more is better", 0)
MESSAGE_RATE = Unit("messages per second", "more is better", 0)
LENGTH = Unit("messages", "nearly equal is fair", 2)


@dataclass(frozen=True)
class Searched:
    """What one search did.

    Attributes:
        examples: How many conversations it held.
        messages: How many messages it sent in them.
        seconds: How long it took.
    """

    examples: int
    messages: int
    seconds: float

    def example_rate(self) -> float:
        """Conversations per second."""
        return self.examples / self.seconds

    def message_rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    def length(self) -> float:
        """Messages in a conversation, on average."""
        return self.messages / self.examples


# An echo


def echo_app() -> Any:
    """Make an app that sends every message back in its type of frame."""
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def echo(websocket: Any) -> None:
        await websocket.accept()
        while (event := await websocket.receive())["type"] == "websocket.receive":
            if (text := event.get("text")) is not None:
                await websocket.send_text(text)
            else:
                await websocket.send_bytes(event["bytes"])

    return Starlette(routes=[WebSocketRoute("/echo", echo)])


async def search_by_wsnotebook(examples: int, messages: Any = None) -> Searched:
    """Search the echo, and compare every reply; ``messages`` is a strategy of one of them."""
    from wsnotebook import Settings, check
    from wsnotebook.properties import echo

    app = echo_app()
    settings = Settings(max_examples=examples, max_messages=MOST_MESSAGES)
    started = perf_counter()
    report = await asyncio.to_thread(
        check, app, messages=messages, oracles=[echo()], settings=settings
    )
    seconds = perf_counter() - started
    [route] = report.routes
    assert report.ok, report
    assert route.replies, report
    return Searched(route.examples, route.messages, seconds)


async def search_by_pytest_routes(examples: int) -> Searched:
    """Search the echo as pytest-routes does."""
    from pytest_routes.discovery import get_extractor

    app = echo_app()
    [route] = get_extractor(app).extract_routes(app)
    sent: list[int] = []
    runner = observed_runner(app, examples, lambda result: sent.append(result.messages_sent))
    started = perf_counter()
    result = await runner.test_route_async(route)
    seconds = perf_counter() - started
    assert result["passed"], result["error"]
    return Searched(len(sent), sum(sent), seconds)


# The same, with what the other chooses


async def search_with_its_messages(examples: int) -> Searched:
    """Search as wsnotebook does, with the messages that pytest-routes chooses from."""
    from pytest_routes.websocket import strategies as theirs

    from wsnotebook.messages import encode_json

    texts, binaries = theirs.text_message_strategy(), theirs.binary_message_strategy()
    objects = theirs.json_message_strategy()
    return await search_by_wsnotebook(
        examples, (texts | binaries).map(_data) | objects.map(_data).map(encode_json)
    )


def _data(pair: tuple[str, Any]) -> Any:
    return pair[1]


async def search_with_our_messages(examples: int) -> Searched:
    """Search as pytest-routes does, with the sequences that wsnotebook chooses from."""
    from pytest_routes.websocket.strategies import (
        MessageSequence,
        register_message_strategy,
        unregister_message_strategy,
    )

    from wsnotebook.properties import constants_of, message_sequences

    sequences = message_sequences(max_messages=MOST_MESSAGES, constants=constants_of(echo_app()))
    register_message_strategy(
        "/echo", sequences.map(lambda wires: MessageSequence(messages=as_pairs(wires)))
    )
    try:
        return await search_by_pytest_routes(examples)
    finally:
        unregister_message_strategy("/echo")


def as_pairs(wires: list[str | bytes]) -> list[tuple[str, str | bytes]]:
    """Return messages as pytest-routes takes them, each with its kind."""
    return [("text" if isinstance(wire, str) else "bytes", wire) for wire in wires]


def observed_runner(app: Any, examples: int, look: Callable[[Any], None]) -> Any:
    """Return pytest-routes' runner, which also calls ``look`` with the result of each example."""
    from pytest_routes.config import RouteTestConfig
    from pytest_routes.websocket.runner import WebSocketTestRunner

    class Observed(WebSocketTestRunner):
        async def _execute_test(self, *arguments: Any) -> Any:
            result = await super()._execute_test(*arguments)
            look(result)
            return result

    return Observed(app, RouteTestConfig(max_examples=examples))


def _measuring(
    search: Callable[[int], Awaitable[Searched]], figure: Callable[[Searched], float]
) -> Peer:
    async def peer(bench: Bench) -> None:
        forget_examples()
        await search(FEW)
        for _ in range(bench.count):
            bench.note(figure(await search(EXAMPLES)))

    return peer


def forget_examples() -> None:
    """Let Hypothesis store no examples, in this process."""
    import hypothesis

    hypothesis.settings.register_profile("benchmark", database=None, derandomize=False)
    hypothesis.settings.load_profile("benchmark")


def _echo_row(
    suffix: str,
    what: str,
    unit: Unit,
    figure: Callable[[Searched], float],
    *,
    theirs: Callable[[int], Awaitable[Searched]] = search_by_pytest_routes,
    ours: Callable[[int], Awaitable[Searched]] = search_by_wsnotebook,
) -> Subject:
    row = Subject("search echo", what, unit, THEIRS, {suffix: Variant(2)})
    row.peers = {
        THEIRS: _measuring(theirs, figure),
        OURS: _measuring(ours, figure),
    }
    return row


SUBJECTS = [
    _echo_row("examples", "conversations", EXAMPLE_RATE, Searched.example_rate),
    _echo_row("messages", "messages sent in them", MESSAGE_RATE, Searched.message_rate),
    _echo_row("length", f"mean length, {MOST_MESSAGES} at most", LENGTH, Searched.length),
    _echo_row(
        "with wsnotebook's messages",
        "conversations",
        EXAMPLE_RATE,
        Searched.example_rate,
        theirs=search_with_our_messages,
    ),
    _echo_row(
        "with pytest-routes' messages",
        "conversations",
        EXAMPLE_RATE,
        Searched.example_rate,
        ours=search_with_its_messages,
    ),
]
