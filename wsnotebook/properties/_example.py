"""One conversation to hold: ``Example``, all that the search chooses and a failure repeats.

How it is drawn is the campaign's; how it is held, the engine's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Example", "Pace", "Wire"]

Wire: TypeAlias = str | bytes
Pace: TypeAlias = Literal["step", "burst", "leave"]


@dataclass(frozen=True, slots=True, repr=False)
class Example:
    """One conversation to hold with an app.

    Attributes:
        paths: The paths to connect to, filled and encoded, one for each client.
        subprotocols: What every client offers, in order of preference.
        messages: What is sent, in order: which client (0-based), and what.
        pace: ``"step"`` waits for the app after each message, ``"burst"`` after all of them, and
            ``"leave"`` not at all.
        close_code: What the clients close with.
    """

    paths: tuple[str, ...] = ("/",)
    subprotocols: tuple[str, ...] = ()
    messages: tuple[tuple[int, Wire], ...] = ()
    pace: Pace = "step"
    close_code: int = 1000

    def __repr__(self) -> str:
        count = len(self.messages)  # which may be long
        return f"<Example: {count} message{'' if count == 1 else 's'}, pace {self.pace!r}>"
