"""What a conversation sent, message by message, and what came next.

Read from the clients' timelines as they are stored: the search holds thousands of conversations a
second, and looks at every message of each.
"""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from ..client import Client
from ._converse import Outcome
from ._example import Wire
from .progress import Sent

__all__ = ["Tally", "kind_of"]

_Kind: TypeAlias = Literal["text", "json", "bytes"]
_Reply: TypeAlias = Literal["text", "json", "bytes", "close", "nothing"]

# Numbers stay text: some have more digits than Python makes an int of.
_parse = json.JSONDecoder(parse_int=str, parse_float=str).decode
_BLANKS = " \t\n\r"


class Tally:
    """Tells what conversations sent. Messages that are alike are one object, of all of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[_Kind, int, _Reply], Sent] = {}

    def of(self, outcome: Outcome) -> tuple[Sent, ...]:
        """Return what was sent in the conversation that came to ``outcome``, in order."""
        if not outcome.sent:
            return ()
        replies = [iter(_replies(one, one.name in outcome.ended)) for one in outcome.clients]
        known, all_sent = self._known, []
        for place, data in outcome.sent:
            what = kind_of(data), _size(data), next(replies[place])
            sent = known.get(what)
            if sent is None:
                sent = known[what] = Sent(*what)
            all_sent.append(sent)
        return tuple(all_sent)


def kind_of(data: Wire) -> _Kind:
    """Return what kind of message ``data`` is."""
    if isinstance(data, bytes):
        return "bytes"
    if data.lstrip(_BLANKS)[:1] not in {"{", "["}:
        return "text"
    try:
        _parse(data)
    except (ValueError, RecursionError):
        return "text"
    return "json"


def _size(data: Wire) -> int:
    if isinstance(data, bytes) or data.isascii():
        return len(data)
    return len(data.encode())


def _replies(client: Client, is_ended: bool) -> list[_Reply]:
    """Return what came first after each message that ``client`` sent."""
    replies: list[_Reply] = []
    waits = False
    for _, _, _, kind, direction, data, *_ in client.timeline._entries:
        if direction == "sent" and kind == "message":
            replies.append("nothing")
            waits = True
        elif waits and kind == "message":
            assert data is not None
            replies[-1] = kind_of(data)
            waits = False
        elif waits and kind == "close" and is_ended:
            replies[-1] = "close"
    return replies
