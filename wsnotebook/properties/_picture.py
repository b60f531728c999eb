"""The picture of a failure: which of its events led to it. Drawing is ``draw.svg``'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..draw.svg import Picture, draw_svg

if TYPE_CHECKING:
    from .failures import Failure

__all__ = ["failure_picture"]


def failure_picture(failure: Failure, *, width: int) -> Picture:
    """Return the swim lanes of ``failure``, ``width`` columns of text on an arrow."""
    if not failure.events:
        return Picture("", "")
    return draw_svg(failure.events, width=width, mark=_led(failure))


def _led(failure: Failure) -> int | None:
    """Return the place of the event that led to the failure."""
    sent, errors, closes = [], [], []
    for place, event in enumerate(failure.events):
        if event.kind == "message" and event.direction == "sent":
            sent.append(place)
        elif event.kind == "error":
            errors.append(place)
        elif event.kind == "close":
            closes.append(place)
    if failure.index is not None and failure.index < len(sent):
        return sent[failure.index]
    return next(iter([*errors[:1], *closes[-1:]]), None)
