"""Messages and values that an AsyncAPI document tells of; reading one is ``asyncapi``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from ._hypothesis import SearchStrategy, st
from ._models import messages_of_schema
from .strategies import Wire, binary_messages, text_messages

__all__ = ["messages_of_kind", "messages_of_kinds", "one_of_values"]

_ANY_TEXT: tuple[Any, ...] = (True, {}, {"type": "string"})
_Kind = Literal["json", "text", "binary"]
_Schema = dict[str, Any] | bool


def messages_of_kinds(described: Iterable[tuple[_Kind, _Schema]]) -> SearchStrategy[Wire]:
    """Return a strategy of several kinds of message, each as :func:`messages_of_kind` takes it."""
    return st.one_of([messages_of_kind(*one) for one in described])


def messages_of_kind(kind: _Kind, schema: _Schema) -> SearchStrategy[Wire]:
    """Return a strategy of one kind of message.

    Args:
        kind: How it goes on the wire. The schema of bytes is not looked at.
        schema: A JSON Schema (draft 7) without references.

    Raises:
        MissingExtra: hypothesis-jsonschema is not installed.
    """
    if kind == "binary":
        return binary_messages()
    if kind == "json":
        return messages_of_schema(schema)
    if _plain(schema) in _ANY_TEXT:
        return text_messages()
    texts = messages_of_schema({"allOf": [schema, {"type": "string"}]})
    return texts.map(json.loads)


def one_of_values(values: Sequence[str]) -> SearchStrategy[str]:
    """Return a strategy of the values that a parameter can have."""
    return st.sampled_from(values)


def _plain(schema: _Schema) -> _Schema:
    if isinstance(schema, bool):
        return schema
    words = ("title", "description", "examples", "default")
    return {key: value for key, value in schema.items() if key not in words}
