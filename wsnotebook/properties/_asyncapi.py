"""Messages of the kinds that an AsyncAPI document tells of; reading one is ``asyncapi``."""

from __future__ import annotations

import json
from typing import Any, Literal

from ._hypothesis import SearchStrategy
from ._models import messages_of_schema
from .strategies import Wire, binary_messages, text_messages

__all__ = ["messages_of_kind"]

_ANY_TEXT: tuple[Any, ...] = (True, {}, {"type": "string"})


def messages_of_kind(
    kind: Literal["json", "text", "binary"], schema: dict[str, Any] | bool
) -> SearchStrategy[Wire]:
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


def _plain(schema: dict[str, Any] | bool) -> dict[str, Any] | bool:
    if isinstance(schema, bool):
        return schema
    words = ("title", "description", "examples", "default")
    return {key: value for key, value in schema.items() if key not in words}
