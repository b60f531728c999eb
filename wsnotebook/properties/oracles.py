"""Oracles: functions that look at a finished conversation and raise if it is wrong.

An oracle never blames a server for what it had no time to say: where the conversation is not
``settled``, or the server ended the connection, the last replies may be missing. What a server
says before a client's first message, its *greeting*, is no reply to anything; a schema and
``nothing_before`` look at it all the same.

The rules that need no oracle (crashes, hangs, close codes) are ``_judge``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any, ClassVar
from urllib.parse import unquote

from ..errors import SetupError, shorten
from ..matching import Matcher, matcher_for
from ._asking import CODES, Oracle, check_oracle, code_of, judge
from ._echoes import check_echoes
from ._mismatch import Mismatch, shown
from ._order import check_often, check_order, passed_on
from ._schemas import Check, checks_for, is_by_channel, name_of
from ._wire import ABSENT, canonical, expression, is_quoted, json_value, tells
from .conversation import Conversation, Exchange, Side, Wire

__all__ = [
    "CODES",
    "Mismatch",
    "Oracle",
    "check_oracle",
    "code_of",
    "echo",
    "judge",
    "nothing_before",
    "order_kept",
    "replies_by_id",
    "replies_fit",
    "rooms_apart",
]


@dataclass(frozen=True)
class echo:  # noqa: N801  # they are called like functions
    """Every message comes back as it is, once, in order, to the client that sent it.

    What comes before a client's first message is a greeting. What comes between that and the first
    echo is one as well, which took its time, unless it equals something that the client sent.
    """

    code: ClassVar[str] = "not-echoed"

    def __call__(self, conversation: Conversation) -> None:
        """Raise Mismatch if a message came back otherwise."""
        for side in conversation.sides:
            check_echoes(conversation, side)


@dataclass(frozen=True)
class replies_by_id:  # noqa: N801
    """Every request, a JSON object with an id, gets exactly one reply: an object with that id.

    Ids are compared as JSON values: ``True`` is not 1, ``"1"`` is not 1, 1.0 is. Of an id that was
    sent several times one reply is enough. A request need not be answered if its id is no string
    and no number (beyond a double it is none), or if it is binary. A reply whose id is null answers
    nothing, and what comes before anybody's first message is not a reply.

    Args:
        key: The member of the object that holds the id.

    Raises:
        TypeError: ``key`` is no str.
    """

    key: str = "id"
    code: ClassVar[str] = "uncorrelated-reply"

    def __post_init__(self) -> None:
        if not isinstance(self.key, str):
            raise TypeError(f"key must be a str, such as 'id', not {self.key!r}")

    def __call__(self, conversation: Conversation) -> None:
        """Raise Mismatch if a request is unanswered, or a reply too many."""
        requested: Counter[Hashable] = Counter()
        answered: Counter[Hashable] = Counter()
        for index, exchange in enumerate(conversation.exchanges):
            requested[self._id(exchange.sent)] += 1
            for client, message in exchange.heard:
                if (found := self._id(message)) is ABSENT:
                    continue
                answered[client, found] += 1
                if answered[client, found] > requested[found]:
                    raise self._too_many(client, message, index, is_known=found in requested)
        for side in conversation.sides:
            if conversation.settled and not side.ended:
                self._check_answered(conversation, side.name, answered)

    def _id(self, message: Wire) -> Hashable:
        value = json_value(message)
        if not isinstance(value, dict) or value.get(self.key) is None:
            return ABSENT
        try:
            return canonical(value[self.key])
        except RecursionError:
            return ABSENT

    def _too_many(self, client: str, message: Wire, index: int, *, is_known: bool) -> Mismatch:
        if is_known:
            text, expected = f"{client} received more than one reply", "one reply to each request"
        else:
            text = f"{client} received a reply to what nobody asked"
            expected = f"{self.key!r} of a request"
        return Mismatch(text, expected=expected, actual=shown(message), index=index)

    def _check_answered(
        self, conversation: Conversation, client: str, answered: Counter[Hashable]
    ) -> None:
        for index, exchange in enumerate(conversation.exchanges):
            if exchange.client != client or not isinstance(exchange.sent, str):
                continue
            found = self._id(exchange.sent)
            if found is ABSENT or answered[client, found] or not self._must_be_answered(found):
                continue
            raise Mismatch(
                f"{client} received no reply to a request",
                expected=f"an object with the {self.key!r} of {shown(exchange.sent)}",
                actual="nothing",
                index=index,
            )

    @staticmethod
    def _must_be_answered(found: Any) -> bool:
        kind, value = found
        return kind == "str" or (kind == "number" and isinstance(value, float) and isfinite(value))


@dataclass(frozen=True, repr=False, init=False)
class replies_fit:  # noqa: N801
    """Everything that is received, a greeting too, is JSON that fits one of the schemas.

    What a Channel says by itself (that a message cannot be read, that one has been handled) is not
    looked at, if the route tells that it is one.

    Args:
        schemas: Message classes, pydantic models, unions of them, JSON Schemas (dicts).

    Raises:
        TypeError: There is none, or one is neither.
        ValueError: A JSON Schema is not valid.
        MissingExtra: jsonschema, for JSON Schemas alone, is not installed.
    """

    schemas: tuple[Any, ...]
    code: ClassVar[str] = "schema-broken"

    def __init__(self, *schemas: Any) -> None:
        object.__setattr__(self, "schemas", schemas)
        _ = self._checks  # so that what is no schema is told at once

    @cached_property
    def _checks(self) -> list[Check]:
        return checks_for(self.schemas)

    def __repr__(self) -> str:
        return f"replies_fit({', '.join(map(expression, self.schemas))})"

    def __call__(self, conversation: Conversation) -> None:
        """Raise Mismatch if a message fits none."""
        for index, client, message in _all_heard(conversation):
            problems = [check(message) for check in self._checks]
            if not all(problems) or is_by_channel(conversation.route, message):
                continue
            raise Mismatch(
                f"{client} received what fits no schema: {'; '.join(problems)}",
                expected=" or ".join(map(name_of, self.schemas)),
                actual=shown(message),
                index=index,
            )


def _all_heard(conversation: Conversation) -> Iterator[tuple[int | None, str, Wire]]:
    for client, message in conversation.greeting:
        yield None, client, message
    for index, exchange in enumerate(conversation.exchanges):
        for client, message in exchange.heard:
            yield index, client, message


@dataclass(frozen=True)
class order_kept:  # noqa: N801
    """What is heard of one sender comes in the order it was sent, and no more often.

    For servers that pass messages on as they are: what is heard is looked for, by value, among what
    was sent, and what is not found is left alone. So is what was heard before anybody sent it, for
    the server says that by itself, and, as to the order, what several clients sent. JSON objects
    and arrays are compared as JSON values. A message may be missing.
    """

    code: ClassVar[str] = "order-broken"

    def __call__(self, conversation: Conversation) -> None:
        """Raise Mismatch if a message is heard too often, or out of order."""
        for client, heard in passed_on(conversation).items():
            check_often(client, heard, conversation.exchanges)
            for sender in dict.fromkeys(one.client for one in conversation.exchanges):
                check_order(client, sender, heard, conversation.exchanges)


@dataclass(frozen=True, repr=False)
class nothing_before:  # noqa: N801
    """A client hears nothing before it has sent a message that authenticates it.

    A greeting counts: name it with ``allowed`` if it is meant.

    Args:
        authenticates: What such a message is like, as ``wait_for_message`` takes it. That it is
            sent is enough; whether the server believes it is another matter.
        allowed: What may be heard before, likewise; several in a list or tuple.

    Raises:
        TypeError: One of them is no match.
    """

    authenticates: Any
    allowed: Any = field(default=None, kw_only=True)
    code: ClassVar[str] = "spoke-before-authentication"

    def __post_init__(self) -> None:
        _ = self._matchers  # so that what is no match is told at once

    def __repr__(self) -> str:
        allowed = "" if self.allowed is None else f", allowed={expression(self.allowed)}"
        return f"nothing_before({expression(self.authenticates)}{allowed})"

    @cached_property
    def _matchers(self) -> tuple[Matcher, list[Matcher]]:
        allowed = () if self.allowed is None else self.allowed
        several = allowed if isinstance(allowed, list | tuple) else (allowed,)
        return matcher_for(self.authenticates), [matcher_for(match) for match in several]

    def __call__(self, conversation: Conversation) -> None:
        """Raise Mismatch if a client heard anything else before."""
        authenticates, _ = self._matchers
        inside: set[str] = set()
        self._check(conversation.greeting, inside, None)
        for index, exchange in enumerate(conversation.exchanges):
            if _is(authenticates, exchange.sent):
                inside.add(exchange.client)
            self._check(exchange.heard, inside, index)

    def _check(
        self, heard: tuple[tuple[str, Wire], ...], inside: set[str], index: int | None
    ) -> None:
        _, allowed = self._matchers
        for client, message in heard:
            if client in inside or any(_is(matcher, message) for matcher in allowed):
                continue
            raise Mismatch(
                f"{client} heard something before it authenticated",
                expected=" or ".join(["nothing", *[one.description for one in allowed]]),
                actual=shown(message),
                index=index,
            )


def _is(matcher: Matcher, message: Wire) -> bool:
    try:
        return matcher.test(message)
    except Exception as exc:
        raise SetupError(
            f"cannot look for a {matcher.description}: it raised {exc!r} on {shorten(message)}; "
            "a predicate returns True or False for whatever message"
        ) from exc


@dataclass(frozen=True)
class rooms_apart:  # noqa: N801
    """What is sent at one path is not heard by a client at another path; the query is no part.

    A message is known by itself: as it is, in a JSON string, or as a JSON value that the other
    message holds. So that nothing is blamed that a server says for another reason, only messages of
    four characters and more count, none that the other path's clients sent or heard before, and
    only what is heard while those clients do not wait for an answer themselves.
    """

    code: ClassVar[str] = "wrong-room"

    def __call__(self, conversation: Conversation) -> None:
        """Raise Mismatch if a message is heard in another room."""
        rooms = {side.name: _room(side) for side in conversation.sides}
        if len(set(rooms.values())) < 2:
            return
        said: dict[str, list[Wire]] = defaultdict(list)
        waiting: Counter[str] = Counter()
        for client, message in conversation.greeting:
            said[rooms[client]].append(message)
        for index, exchange in enumerate(conversation.exchanges):
            waiting[exchange.client] += 1
            said[rooms[exchange.client]].append(exchange.sent)
            for client, message in exchange.heard:
                there = rooms[client]
                if not any(waiting[name] for name, room in rooms.items() if room == there):
                    away = [
                        (place, one)
                        for place, one in enumerate(conversation.exchanges[: index + 1])
                        if rooms[one.client] != there
                    ]
                    self._check(client, message, away, said[there])
            for client, message in exchange.heard:
                waiting[client] -= waiting[client] > 0
                said[rooms[client]].append(message)

    @staticmethod
    def _check(
        client: str, message: Wire, away: list[tuple[int, Exchange]], said: list[Wire]
    ) -> None:
        for place, one in away:
            if _has_leaked(one.sent, message, said):
                raise Mismatch(
                    f"{client} heard what {one.client} sent at another path",
                    expected="nothing of it",
                    actual=shown(message),
                    index=place,
                )


def _room(side: Side) -> str:
    return unquote(side.path.partition("?")[0])


def _has_leaked(sent: Wire, heard: Wire, said: list[Wire]) -> bool:
    return (
        tells(sent)
        and is_quoted(sent, heard)
        and not any(is_quoted(sent, message) for message in said)
    )
