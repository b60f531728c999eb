"""Messages of each kind: the edge values, what the app's source mentions, and any other.

A menu is what one message is chosen from, evenly: the plain messages first, to which a failure
shrinks, and as often as they are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar

from ..messages import encode_json
from ._constants import Constants
from ._edge_values import BYTES, JSON_VALUES, TEXTS
from ._from_bytes import json_from, json_object_first, long_text_from, text_from
from ._hypothesis import DrawFn, SearchStrategy, st

__all__ = [
    "Item",
    "Menu",
    "bytes_menu",
    "from_menu",
    "json_menu",
    "json_values",
    "text_menu",
    "texts",
]

T = TypeVar("T")
_MAX_BYTES, _MORE_BYTES = 96, 16
# Of so many edge values that are large, one; sending them is slow.
_LARGE = 1_000
_OFTEN = 4


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """What a menu offers: ``values.map(made)``, without the cost of that at each draw."""

    values: SearchStrategy[Any]
    made: Callable[[Any], T] | None = field(default=None, repr=False)

    def drawn(self, draw: DrawFn) -> T:
        """Draw one."""
        value = draw(self.values)
        return value if self.made is None else self.made(value)


Menu = tuple[Item[T], ...]


def from_menu(menu: Menu[T]) -> SearchStrategy[T]:
    """Return a strategy of what is on ``menu``."""
    return _from_menu(menu, st.sampled_from(range(len(menu))))


@st.composite
def _from_menu(draw: DrawFn, menu: Menu[T], places: SearchStrategy[int]) -> T:
    return menu[draw(places)].drawn(draw)


def text_menu(constants: Constants, max_size: int) -> Menu[str]:
    """Return a menu of text messages of at most ``max_size`` bytes."""
    known = [_cut(text, max_size) for text in (*constants.texts, *constants.keys)]
    edges = [text for text in TEXTS if len(text.encode()) <= max_size]
    return _menu(lambda data: _cut(long_text_from(data), max_size), known, edges)


def json_menu(constants: Constants, max_size: int) -> Menu[str]:
    """Return a menu of JSON messages of at most ``max_size`` bytes; most are objects."""
    edges = [text for text in _json_edges() if len(text.encode()) <= max_size]
    return _menu(
        lambda data: _encoded(json_object_first(data, constants), max_size),
        (),
        edges,
        few=2 if constants.cases else 6,  # each member that a branch reads takes some bytes
    )


def bytes_menu(max_size: int) -> Menu[bytes]:
    """Return a menu of binary messages of at most ``max_size`` bytes."""
    edges = [data for data in BYTES if len(data) <= max_size]
    return _menu(lambda data: data[:max_size], (), edges)


def _menu(
    made: Callable[[bytes], T], known: Sequence[T], edges: Sequence[T], *, few: int = 6
) -> Menu[T]:
    # What is among more bytes may be among few: so a search that shrinks goes over to those.
    fewer = Item(st.binary(max_size=_MAX_BYTES), made)
    more = Item(st.binary(min_size=_MORE_BYTES, max_size=_MAX_BYTES), made)
    mentioned = one_of(known) if known else more
    # A failure shrinks to one that stands further in front.
    by_size = sorted(edges, key=len)  # type: ignore[arg-type]
    small = [edge for edge in by_size if len(edge) <= _LARGE]  # type: ignore[arg-type]
    large = by_size[len(small) :]
    edge = one_of([*small * _OFTEN, *large])
    return (*[fewer] * few, *[more] * (8 - few), *[mentioned] * 4, *[edge] * 4)


def one_of(values: Sequence[T]) -> Item[T]:
    """Return what a menu offers that has one of ``values``."""
    # By index: Hypothesis shows a strategy with its values, and these are long.
    return Item(st.sampled_from(range(len(values))), values.__getitem__)


def texts(constants: Constants) -> SearchStrategy[str]:
    """Return a strategy of texts to stand in a message."""
    return st.binary(max_size=_MAX_BYTES).map(lambda data: text_from(data, constants))


def json_values(constants: Constants) -> SearchStrategy[Any]:
    """Return a strategy of JSON values."""
    return st.binary(max_size=_MAX_BYTES).map(lambda data: json_from(data, constants))


@lru_cache(maxsize=1)
def _json_edges() -> tuple[str, ...]:
    return tuple(map(encode_json, JSON_VALUES))


def _cut(text: str, max_size: int) -> str:
    return text.encode()[:max_size].decode(errors="ignore")


def _encoded(value: Any, max_size: int) -> str:
    text = encode_json(value)
    while len(text.encode()) > max_size:
        value = _smaller(value)
        text = encode_json(value)
    return text


def _smaller(value: Any) -> Any:
    """Return half of ``value``, of a single member the member itself, and at last 0."""
    match value:
        case [one] if isinstance(value, list):
            return one
        case list() if value:
            return value[: len(value) // 2]
        case dict() if len(value) > 1:
            return dict(list(value.items())[: len(value) // 2])
        case dict() if value:
            return next(iter(value.values()))
        case str() if value:
            return value[: len(value) // 2]
        case _:
            return 0
