"""What a campaign knows of a route before it searches it.

Where that comes from, such as a document that describes the server, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._hypothesis import SearchStrategy
from .conversation import Conversation

__all__ = ["Brief"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is known of one route.

    Attributes:
        messages: A strategy of what clients send; ``None``: it is not known.
        params: Values of parameters of its path, or strategies of them, by name.
        oracles: What judges its conversations.
        notes: Remarks for its report.
    """

    messages: SearchStrategy[Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    oracles: tuple[Callable[[Conversation], None], ...] = ()
    notes: tuple[str, ...] = ()

    def over(self, other: Brief) -> Brief:
        """Return all that both know; where they differ, this one is believed."""
        return Brief(
            messages=other.messages if self.messages is None else self.messages,
            params={**other.params, **self.params},
            oracles=(*other.oracles, *self.oracles),
            notes=(*other.notes, *self.notes),
        )
