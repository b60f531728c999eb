"""The strategies that users registered for routes, until they are cleared.

A registration belongs to the process. What the strategies of the library itself give is
``strategies``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from ..errors import SetupError
from ..messages import encode, encode_json, is_message
from ._hypothesis import SearchStrategy
from ._parameters import without_kinds
from .routes import check_glob

__all__ = [
    "Kind",
    "Wire",
    "check_strategy",
    "clear_message_strategies",
    "message_strategies",
    "register_message_strategy",
    "registered_strategies",
]

Kind = Literal["text", "json", "bytes"]
Wire = str | bytes
"""One message as it is sent: text or binary."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class _Registered:
    pattern: str
    kind: Kind
    strategy: SearchStrategy[Any]

    def wire(self, value: Any) -> Wire:
        """Return what goes on the wire for ``value``, which the strategy gave."""
        try:
            return self._wire(value)
        except (TypeError, ValueError) as exc:
            raise SetupError(
                f"the {self.kind!r} strategy for {self.pattern!r} gave what cannot be sent as "
                f"{self.kind!r}: {exc}"
            ) from None

    def _wire(self, value: Any) -> Wire:
        if self.kind == "json":
            return encode(value) if is_message(value) else encode_json(value)
        expected = str if self.kind == "text" else bytes
        if not isinstance(value, expected):
            raise TypeError(f"expected {expected.__name__}, not {value!r}")
        return encode(value)


# Replaced, never changed: a search on another thread reads it while it is whole.
_registered: tuple[_Registered, ...] = ()


def register_message_strategy(pattern: str, kind: Kind, strategy: SearchStrategy[Any]) -> None:
    """Send messages of ``strategy`` to the routes whose path ``pattern`` matches.

    Of several that match a path, the one registered last counts, for each kind. A path with
    registered strategies gets mostly their messages, and now and then others on purpose.

    Args:
        pattern: A glob over the paths of routes as they are declared: ``/ws/*`` also matches
            ``/ws/{room}/chat``. Case counts; a parameter's kind, as in ``{room:int}``, does not.
        kind: ``"text"`` (the strategy gives ``str``), ``"json"`` (any JSON value, or a Message) or
            ``"bytes"`` (``bytes``).
        strategy: A Hypothesis strategy that gives one message. A value of another type is a
            ``SetupError`` once it is drawn.

    Raises:
        TypeError: ``pattern`` is no ``str``, or ``strategy`` no strategy.
        ValueError: ``pattern`` or ``kind`` is none.
    """
    global _registered  # noqa: PLW0603  # the registry of the process
    check_glob(pattern)
    if kind not in KINDS:
        raise ValueError(f"kind must be 'text', 'json' or 'bytes', not {kind!r}")
    check_strategy(strategy)
    _registered = (*_registered, _Registered(without_kinds(pattern), kind, strategy))


def check_strategy(strategy: object) -> None:
    """Refuse what is no strategy.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(strategy, SearchStrategy):
        raise TypeError(f"expected a Hypothesis strategy, for example st.text(), not {strategy!r}")


def registered_strategies(path: str) -> dict[Kind, SearchStrategy[Wire]]:
    """Return the strategies registered for ``path``, by kind; they give what goes on the wire."""
    matching = {one.kind: one for one in _registered if fnmatchcase(path, one.pattern)}
    return {
        kind: matching[kind].strategy.map(matching[kind].wire) for kind in KINDS if kind in matching
    }


def clear_message_strategies() -> None:
    """Forget every registered strategy."""
    global _registered  # noqa: PLW0603
    _registered = ()


@contextmanager
def message_strategies() -> Iterator[None]:
    """Forget at the end of a block what was registered in it, and bring back what was before."""
    global _registered  # noqa: PLW0603
    before = _registered
    try:
        yield
    finally:
        _registered = before
