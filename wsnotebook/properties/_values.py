"""Texts, JSON values and bytes: the edge values, what the app's source mentions, and any other."""

from __future__ import annotations

from typing import Any

from ..messages import encode_json
from ._constants import Constants
from ._edge_values import BYTES, JSON_VALUES, TEXTS
from ._hypothesis import SearchStrategy, st

__all__ = ["any_bytes", "any_text", "json_texts", "json_values", "texts"]

_MAX_LEAVES = 15
_MAX_MEMBERS = 5


def texts(constants: Constants) -> SearchStrategy[str]:
    """Return a strategy of texts to stand in a message."""
    return _among(st.text(max_size=20), (*constants.texts, *constants.keys))


def _among(strategy: SearchStrategy[str], known: tuple[str, ...]) -> SearchStrategy[str]:
    return st.one_of(st.sampled_from(known), strategy) if known else strategy


def _one_of(edges: list[Any]) -> SearchStrategy[Any]:
    def edge(index: int) -> Any:
        return edges[index]

    # By index: Hypothesis shows a strategy with its values, and these are long.
    return st.sampled_from(range(len(edges))).map(edge)


def any_text(constants: Constants, max_size: int) -> SearchStrategy[str]:
    """Return a strategy of text messages of at most ``max_size`` bytes."""
    edges = [text for text in TEXTS if len(text.encode()) <= max_size]
    return st.one_of(st.text(), texts(constants), _one_of(edges)).map(
        lambda text: text.encode()[:max_size].decode(errors="ignore")
    )


def any_bytes(max_size: int) -> SearchStrategy[bytes]:
    """Return a strategy of binary messages of at most ``max_size`` bytes."""
    edges = [data for data in BYTES if len(data) <= max_size]
    return st.one_of(st.binary(max_size=max_size), _one_of(edges))


def json_values(constants: Constants) -> SearchStrategy[Any]:
    """Return a strategy of JSON values."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        texts(constants),
    )
    return st.recursive(leaves, lambda inner: _containers(constants, inner), max_leaves=_MAX_LEAVES)


def _containers(constants: Constants, inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.one_of(_objects(constants, inner), st.lists(inner, max_size=_MAX_MEMBERS))


def _objects(constants: Constants, inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    keys = _among(st.text(max_size=10), constants.keys)
    return st.dictionaries(keys, inner, max_size=_MAX_MEMBERS)


def json_texts(constants: Constants, max_size: int) -> SearchStrategy[str]:
    """Return a strategy of JSON messages of at most ``max_size`` bytes; most are objects."""
    values = json_values(constants)
    edges = [edge for edge in map(encode_json, JSON_VALUES) if len(edge.encode()) <= max_size]
    return st.one_of(
        _objects(constants, values).map(lambda value: _encoded(value, max_size)),
        values.map(lambda value: _encoded(value, max_size)),
        _one_of(edges),
    )


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
