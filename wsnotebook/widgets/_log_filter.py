"""Which events of a log are wanted: by what they hold, and by what they are."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..closecodes import describe_close
from ..timeline import Event

__all__ = ["KINDS", "LogFilter"]

KINDS = ("all", "sent", "received", "life")


@dataclass(frozen=True)
class LogFilter:
    """What is wanted; every text is a filter, so none is invalid.

    Attributes:
        text: A part of the payload, of the close code and reason, or of an error, in any case.
        kind: One of ``KINDS``; ``life`` is open, close and error.
    """

    text: str = ""
    kind: str = "all"
    _folded: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folded", self.text.casefold())

    @property
    def is_open(self) -> bool:
        """Whether it wants everything."""
        return not self.text and self.kind == "all"

    def wants(self, event: Event) -> bool:
        """Whether ``event`` is wanted."""
        if self.kind not in ("all", event.direction or "life"):
            return False
        return not self._folded or self._folded in _searched(event).casefold()


def _searched(event: Event) -> str:
    if event.kind == "close":
        return describe_close(event.code, event.reason)
    if isinstance(event.data, bytes):
        return event.data.decode(errors="backslashreplace")
    return event.data or ""
