"""Whether everything that a client sent came back to it; for ``echo``."""

from __future__ import annotations

from collections.abc import Sequence

from ._mismatch import Mismatch, shown
from .conversation import Conversation, Side, Wire

__all__ = ["check_echoes"]


def check_echoes(conversation: Conversation, side: Side) -> None:
    """Raise Mismatch if what ``side`` sent did not come back as it is, once, in order."""
    places, replies = _replies(conversation, side.name)
    if not conversation.settled and _may_have_begun(side.sent, replies):
        return
    replies = replies[_late_greeting(side.sent, replies) :]
    for place, message, reply in zip(places, side.sent, replies, strict=False):
        if message != reply:
            raise _not_back(side, place, message, shown(reply))
    beyond = len(side.sent)
    if len(replies) > beyond:
        raise Mismatch(
            f"{side.name} got back more than it sent",
            expected="nothing more",
            actual=shown(replies[beyond]),
            index=places[-1],
        )
    missing = len(replies)
    if missing < beyond and conversation.settled and not side.ended:
        raise _not_back(side, places[missing], side.sent[missing], "nothing")


def _not_back(side: Side, place: int, message: Wire, actual: str) -> Mismatch:
    text = f"{side.name} did not get back what it sent"
    return Mismatch(text, expected=shown(message), actual=actual, index=place)


def _replies(conversation: Conversation, name: str) -> tuple[list[int], list[Wire]]:
    """Return the indices of what ``name`` sent, and all that it received from the first on."""
    places: list[int] = []
    replies: list[Wire] = []
    for index, exchange in enumerate(conversation.exchanges):
        if exchange.client == name:
            places.append(index)
        if places:
            replies += [message for client, message in exchange.heard if client == name]
    return places, replies


def _late_greeting(sent: Sequence[Wire], replies: Sequence[Wire]) -> int:
    """Return how many of ``replies``, at the front, are too many and nothing that was sent."""
    first = next((n for n, reply in enumerate(replies) if reply in sent), len(replies))
    return min(first, max(0, len(replies) - len(sent)))


def _may_have_begun(sent: Sequence[Wire], replies: Sequence[Wire]) -> bool:
    """Whether ``replies`` are, after a greeting of whatever kind, first echoes of ``sent``."""
    starts = [n for n, reply in enumerate(replies) if reply == sent[0]]
    return not starts or any(list(replies[n:]) == list(sent[: len(replies) - n]) for n in starts)
