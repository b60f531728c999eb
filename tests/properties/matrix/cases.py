"""What one case of the matrix is: an app, and the verdict that a search must come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

__all__ = ["Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """An app with a known verdict.

    Attributes:
        name: What it does.
        make: Makes the app, a new one at each call.
        path: The route to search, as the app declares it; ``/`` for what declares none.
        expected: ``None`` if the app is correct, the code of its failure, several if each of them
            is right, or ``"error"`` if it cannot be set up.
        messages: What clients send; ``None``: what the search sends by itself.
        oracles: What the search judges by, apart from what it always does.
        clients: How many connect at once.
        examples: How many conversations are held.
        params: A strategy for each parameter of the path.
        needs_threads: Whether the app runs code in threads.
        is_shared: Whether all conversations have one app: Litestar's take long to make.
    """

    name: str
    make: Callable[[], Any]
    path: str
    expected: str | tuple[str, ...] | None
    _: KW_ONLY
    messages: Any = None
    oracles: tuple[Any, ...] = ()
    clients: int = 1
    examples: int = 100
    params: Mapping[str, Any] = field(default_factory=dict)
    needs_threads: bool = False
    is_shared: bool = False

    @property
    def codes(self) -> frozenset[str]:
        """Every verdict that is right; empty if the app is correct."""
        if self.expected is None:
            return frozenset()
        return frozenset([self.expected] if isinstance(self.expected, str) else self.expected)
