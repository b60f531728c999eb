"""An example of what fits a schema: the document's own, or one made up, the same each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ._info import MessageInfo
from ._objects import OF_OBJECTS
from ._tree import Tree, reference_of

__all__ = ["example_of", "examples_of"]

_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "email": "ann@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
# Tried for a pattern, in this order.
_TEXTS = ("text", "a", "A", "1", "abc", "ABC", "123", "a1", "A/B", "AB/CD", "1.5", "#a1b2c3", "")
_DEPTH, _FULL = 12, 6


def examples_of(tree: Tree, message: MessageInfo) -> tuple[Any, ...]:
    """Return the examples that the document gives of ``message``, or one that is made up."""
    if message.examples:
        return message.examples
    schema = tree.follow(message.payload)
    given = schema.get("examples") if isinstance(schema, Mapping) else None
    if isinstance(given, list) and given:
        return tuple(given)
    return () if message.payload is None else (example_of(tree, message.payload),)


def example_of(tree: Tree, schema: Any, within: tuple[str, ...] = ()) -> Any:
    """Return a value that fits ``schema`` as far as that is simple; ``None`` where it is not.

    Raises:
        ValueError: A reference leads out of the document, or nowhere.
    """
    while (reference := reference_of(schema)) is not None:
        within = (*within, reference)
        schema = tree.at(reference)
    if not isinstance(schema, Mapping) or len(within) > _DEPTH:
        return None
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(schema.get(key), list) and schema[key]:
            return schema[key][0]
    for key in ("oneOf", "anyOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            return _merged(tree, [schema[key][0], _rest(schema, key)], within)
    if isinstance(schema.get("allOf"), list):
        return _merged(tree, [*schema["allOf"], _rest(schema, "allOf")], within)
    return _typed(tree, schema, within)


def _rest(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return what ``schema`` says of an object itself, besides what stands under ``key``."""
    own = {name: value for name, value in schema.items() if name != key}
    return own if own.keys() & OF_OBJECTS or {"oneOf", "anyOf", "allOf"} & own.keys() else {}


def _merged(tree: Tree, parts: list[Any], within: tuple[str, ...]) -> Any:
    values = [example_of(tree, part, within) for part in parts if part]
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        return {key: value for one in objects for key, value in one.items()}
    return next((value for value in values if value is not None), None)


def _typed(tree: Tree, schema: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(tree, schema, within)
    if kind == "array":
        return _array(tree, schema, within)
    if kind == "string":
        return _text(schema)
    if kind in ("integer", "number"):
        return _number(schema, step=1 if kind == "integer" else 0.5)
    return {"boolean": True}.get(str(kind))


def _object(tree: Tree, schema: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    made = {
        key: example_of(tree, part, (*within, "."))
        for key, part in properties.items()
        # What contains itself, or is deep, ends where it may.
        if key in required or not (len(within) > _FULL or _is_within(part, within))
    }
    others = schema.get("additionalProperties")
    if not properties and isinstance(others, Mapping):
        made["key"] = example_of(tree, others, (*within, "."))
    return made


def _is_within(schema: Any, within: tuple[str, ...]) -> bool:
    if not isinstance(schema, Mapping):
        return False
    parts = [schema, schema.get("items"), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    return any(reference_of(part) in within for part in parts if reference_of(part))


def _array(tree: Tree, schema: Mapping[str, Any], within: tuple[str, ...]) -> list[Any]:
    items = schema.get("items", {})
    if isinstance(items, list):
        return [example_of(tree, one, (*within, ".")) for one in items]
    if not items or _is_within({"items": items}, within):
        return []
    count = max(1, min(int(schema.get("minItems", 1)), 3))
    return [example_of(tree, items, (*within, "."))] * count


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    if "pattern" in schema:
        fitting = [text for text in _TEXTS if _has_pattern(schema["pattern"], text)]
        return next((text for text in fitting if len(text) >= shortest), "…")
    text = "text".ljust(min(shortest, 100), "x")
    return text if longest is None else text[: int(longest)]


def _has_pattern(pattern: Any, text: str) -> bool:
    try:
        return re.search(str(pattern), text) is not None
    except re.error:
        return False


def _number(schema: Mapping[str, Any], step: float) -> Any:
    step = schema.get("multipleOf", step)
    if "minimum" in schema:
        return schema["minimum"]
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + step
    if "maximum" in schema:
        return min(step, schema["maximum"])
    if "exclusiveMaximum" in schema:
        return min(step, schema["exclusiveMaximum"] - step)
    return step
