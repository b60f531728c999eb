"""Exercises of lesson 06: a strategy of what guests send, and the hunt for three faults.

The parlour that is searched, with and without its faults, is ``wsnotebook.apps.parlour``. Here it
is watched besides, so that a check can say what never happened in a search, and not only that
nothing was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .. import properties
from ..draw.labels import cut
from ..errors import UndecodableMessage
from ..messages import MessageReader, encode
from ._answer import Answer, Off
from ._exercise import exercise

if TYPE_CHECKING:
    from ..apps.parlour import Parlour

__all__ = ["hunt", "requests"]

LIMIT = 60.0  # real seconds: the searches of a check take about five on a machine that is not busy
_WIDTH = 80  # columns of what an answer gave
_SELDOM = 10  # times; answers of whom does not wait are missed, and so is a fault in them


@dataclass(slots=True)
class _Visits:
    """What happened in a parlour.

    Attributes:
        guests: How many there were.
        at_once: How many there were at once, at most.
        renamed: How often somebody spoke who had spoken under another name.
        whispers: How often a whisper reached somebody.
        to_self: How often that was who whispered.
    """

    guests: int = 0
    at_once: int = 0
    renamed: int = 0
    whispers: int = 0
    to_self: int = 0


def _watched(kind: type[Parlour]) -> tuple[type[Parlour], _Visits]:
    """Return a parlour of this kind that is watched, and what is seen of it."""
    from ..apps.parlour import Name, Parlour, Say, Whisper, Whispered

    class Watched(Parlour):
        visits: ClassVar[_Visits] = _Visits()

        async def on_connect(self) -> None:
            self.spoke_as: set[str | None] = set()
            self.visits.guests += 1
            self.visits.at_once = max(self.visits.at_once, len(self.connections))
            await super().on_connect()

        async def on_message(self, message: Name | Say | Whisper) -> None:
            if not isinstance(message, Name):
                self.spoke_as.add(self.name)
                self.visits.renamed += len(self.spoke_as) > 1
            await super().on_message(message)

        async def pass_on(self, whispered: Whispered, listener: Parlour) -> None:
            self.visits.whispers += 1
            self.visits.to_self += listener is self
            await super().pass_on(whispered, listener)

    return type(kind.__name__, (Watched, kind), {}), Watched.visits


# What guests send


@exercise(
    limit=LIMIT,
    right="your strategy gives all three, and guests find each other: whispers reach somebody.",
    hints="""
    One strategy for each type, and `st.one_of` of the three. `st.builds(Say, text=st.text())` is
    one of them.

    Let `name` and `to` be drawn from the same two names: `st.sampled_from(["ann", "bob"])`. Then
    guests take names that others whisper to, and take each other's.

    What is said does not matter here, so `st.just("psst")` will do for a text.
    """,
    solution="""
    from hypothesis import strategies as st
    from wsnotebook.apps.parlour import Name, Say, Whisper


    def requests():
        names = st.sampled_from(["ann", "bob"])
        texts = st.just("psst")
        return st.one_of(
            st.builds(Name, name=names),
            st.builds(Say, text=texts),
            st.builds(Whisper, to=names, text=texts),
        )
    """,
)
async def requests(answer: Answer) -> None:
    """Return a strategy of one message for the parlour, in which guests find each other."""
    from hypothesis.strategies import SearchStrategy

    from ..apps.parlour import Parlour, Whisper

    strategy = answer.now()
    drawn: list[Any] = []

    def remembered(value: Any) -> Any:
        drawn.append(value)
        return value

    if not isinstance(strategy, SearchStrategy):
        raise Off(
            f"`requests` returned {_shown(strategy)}, which is no strategy. Return what "
            "`st.one_of` returns."
        )
    parlour, visits = _watched(Parlour)
    report = properties.check(
        parlour,
        messages=strategy.map(remembered),
        settings=properties.Settings(max_examples=50, seed=3, clients=2),
    )
    messages = [_understood(value) for value in drawn]
    _check_report(report)
    _check_kinds(messages)
    whispered = sum(isinstance(message, Whisper) for message in messages)
    if visits.whispers < whispered / 20:
        raise Off(
            f"of {whispered} whispers only {visits.whispers} reached anybody: hardly ever was `to` "
            "a name that somebody had taken. Draw `name` and `to` from the same few names."
        )


def _understood(value: Any) -> Any:
    """Return what a strategy gave, as the parlour reads it."""
    from ..apps.parlour import Parlour

    try:
        return MessageReader(Parlour.accepts)(encode(value))
    except (TypeError, ValueError):
        raise Off(
            f"your strategy gave {_shown(value)}, which is no message: give a `Name`, a `Say`, a "
            "`Whisper`, or the JSON of one as a text."
        ) from None
    except UndecodableMessage as exc:
        raise Off(
            f"the parlour does not understand what your strategy gave, {_shown(value)}.\n"
            f"{exc.reason}"
        ) from None


def _check_kinds(messages: list[Any]) -> None:
    kinds = {message.type for message in messages}
    for kind in ("name", "say", "whisper"):
        if kind not in kinds:
            raise Off(f"your strategy never gave a `{kind}`, among {len(messages)} messages.")
    names = {message.name for message in messages if message.type == "name"}
    if len(names) == 1:
        raise Off(f"your guests all want to be called {names.pop()!r}. Let them have two names.")


def _shown(value: Any) -> str:
    return f"`{cut(repr(value), _WIDTH)}`"


# The hunt


@exercise(
    limit=LIMIT,
    right="your search passes the parlour that is right, and finds each of the three bugs.",
    hints="""
    Begin with `return check(parlour, messages=requests(), settings=Settings(seed=3))`, and let the
    check tell you what it does not find.

    An oracle that follows each guest: for each `side` of the conversation, begin with
    `name = "guest"` and go through `side.received`, each with `json.loads`. A `named` says what the
    guest is called from now on.

    On the way, `by` of every `sent` has to be `name`. And `to` of every `whispered` has to be
    `name`, too: who else should hear it?

    Two rules, two oracles: then each is a failure of its own. And `Settings(clients=2, seed=3)`.
    """,
    solution="""
    import json

    from wsnotebook import Settings, check


    def told(side):
        name = "guest"
        for message in map(json.loads, side.received):
            if message["type"] == "named":
                name = message["name"]
            yield name, message


    def speaks_as_named(conversation):
        for side in conversation.sides:
            for name, message in told(side):
                if message["type"] == "sent":
                    assert message["by"] == name, f"{name} speaks as {message['by']}"


    def whispers_stay_private(conversation):
        for side in conversation.sides:
            for name, message in told(side):
                if message["type"] == "whispered":
                    assert message["to"] == name, f"{name} hears a whisper to {message['to']}"


    def hunt(parlour):
        return check(
            parlour,
            messages=requests(),
            oracles=[speaks_as_named, whispers_stay_private],
            settings=Settings(clients=2, seed=3),
        )
    """,
)
async def hunt(answer: Answer) -> None:
    """Search a parlour with your own strategy and oracles; return the report."""
    from ..apps.parlour import BusyParlour, OpenParlour, Parlour, WrittenParlour

    report, _ = _search(answer, Parlour)
    for failure in report.failures:
        raise Off(
            f"your search blames the parlour that has no bugs.\n{failure.code}: {failure.actual}\n"
            f"{failure.transcript}"
        )
    faults: tuple[tuple[type[Parlour], str, Callable[[_Visits], str]], ...] = (
        (BusyParlour, "who whispers to themselves waits for ever", _why_not_busy),
        (WrittenParlour, "who has spoken once keeps that name for good", _why_not_written),
        (OpenParlour, "everybody hears what is whispered", _why_not_open),
    )
    for kind, what, why in faults:
        report, visits = _search(answer, kind)
        if not report.failures:
            raise Off(f"your search passes a parlour in which {what}.\n{why(visits)}")


def _search(answer: Answer, kind: type[Parlour]) -> tuple[properties.Report, _Visits]:
    parlour, visits = _watched(kind)
    report = answer.now(parlour)
    if not isinstance(report, properties.Report):
        raise Off(
            f"`{answer.name}` returned {_shown(report)}: return the report, which is what `check` "
            "returns."
        )
    _check_report(report)
    if not visits.guests:
        raise Off("your search never came to the parlour that it was given: `check(parlour, ...)`.")
    return report, visits


def _check_report(report: properties.Report) -> None:
    for route in report.routes:
        if route.error:
            raise Off(f"the search came to no end.\n{route.error}")


def _why_not_busy(visits: _Visits) -> str:
    if visits.to_self:
        return f"It happened {visits.to_self} times: return the report as `check` made it."
    return (
        f"It had {visits.guests} guests, and none of them whispered to themselves: `to` has to be "
        "a name that they took. `messages=requests()` sees to that, once it is right."
    )


def _why_not_written(visits: _Visits) -> str:
    if not visits.renamed:
        return (
            f"It had {visits.guests} guests, and none of them spoke, took a name, and spoke again."
        )
    if visits.renamed < _SELDOM:
        return (
            f"It happened only {visits.renamed} times, and nobody objected. Is there an oracle for "
            "`by` of every `sent`? Then let it see more: fewer clients, or more examples."
        )
    return (
        f"It happened {visits.renamed} times, but nobody objected. Write an oracle: `by` of every "
        "`sent` is the name that this guest took last."
    )


def _why_not_open(visits: _Visits) -> str:
    if visits.at_once < 2:
        return (
            "Each guest was alone, so nobody could overhear anything: `Settings(clients=2, ...)`."
        )
    return (
        f"There were {visits.whispers} whispers, but nobody objected. Write an oracle: who "
        "receives a `whispered` is called as its `to` says."
    )
