"""What of the messages sent was heard, how often, and in which order; for ``order_kept``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import TypeAlias

from ._mismatch import Mismatch, shown
from ._wire import ABSENT, canonical, json_value
from .conversation import Conversation, Exchange, Wire

__all__ = ["check_often", "check_order", "passed_on"]

Heard: TypeAlias = list[tuple[Hashable, Wire]]
"""Value and message, in order."""


def passed_on(conversation: Conversation) -> dict[str, Heard]:
    """Return what each client heard of the messages sent.

    What was heard before anybody sent it, the server says by itself: it is left out.
    """
    sent: set[Hashable] = set()
    own = {_value(message) for _, message in conversation.greeting}
    heard: list[tuple[str, Hashable, Wire]] = []
    for exchange in conversation.exchanges:
        sent.add(_value(exchange.sent))
        for client, message in exchange.heard:
            value = _value(message)
            heard.append((client, value, message))
            if value not in sent:
                own.add(value)
    found: dict[str, Heard] = defaultdict(list)
    for client, value, message in heard:
        if value not in own:
            found[client].append((value, message))
    return found


def check_often(client: str, heard: Heard, exchanges: Sequence[Exchange]) -> None:
    """Raise Mismatch if ``client`` heard a message more often than it was sent."""
    sent = [_value(exchange.sent) for exchange in exchanges]
    messages = dict(reversed(heard))
    for value, times in Counter(value for value, _ in heard).items():
        if times > (wanted := sent.count(value)):
            raise Mismatch(
                f"{client} heard a message more often than it was sent",
                expected=f"{shown(messages[value])} {_often(wanted)}",
                actual=_often(times),
                index=sent.index(value),
            )


def check_order(client: str, sender: str, heard: Heard, exchanges: Sequence[Exchange]) -> None:
    """Raise Mismatch if ``client`` heard messages of ``sender`` in another order than sent."""
    others = {_value(one.sent) for one in exchanges if one.client != sender}
    sent = [(n, _value(one.sent)) for n, one in enumerate(exchanges) if one.client == sender]
    places = {value: n for n, value in sent if value not in others}
    last: Wire | None = None
    for value, message in heard:
        if value not in places:
            continue
        while sent and sent[0][1] != value:
            del sent[0]
        if not sent:
            raise Mismatch(
                f"{client} heard messages of {sender} in another order than they were sent",
                expected=f"{shown(message)} before {shown(last)}",
                actual=f"{shown(message)} after {shown(last)}",
                index=places[value],
            )
        del sent[0]
        last = message


def _value(message: Wire) -> Hashable:
    """Return what is equal for messages that say the same: JSON objects and arrays by value."""
    if message[:1] not in ("{", "["):
        return message
    try:
        value = json_value(message)
        return message if value is ABSENT else canonical(value)
    except RecursionError:
        return message


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"
