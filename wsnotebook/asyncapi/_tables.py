"""The fields of a message as rows to read: what each is called, what fits, whether it must be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._objects import flat
from ._schemas import how_deep
from ._tree import Tree, reference_of

__all__ = ["Row", "rows_of", "type_of", "variants_of"]

_DEPTH, _NESTED = 8, 2
_MOST = 1_000  # schemas in one table
_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "like {}",
    "format": "{}",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A field.

    Attributes:
        path: The members that lead to it: ``events[].side``.
        type: What fits, in words.
        is_required: Whether what it stands in must have it.
        description: In Markdown; may be empty.
        default: Its default as JSON; empty: none.
    """

    path: str
    type: str
    is_required: bool = False
    description: str = ""
    default: str = ""


def variants_of(tree: Tree, name: str, schema: Any) -> list[tuple[str, Any]]:
    """Return name and schema of each thing that a message can be; itself if it is one thing."""
    found = tree.follow(schema)
    for key in ("oneOf", "anyOf"):
        several = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(several, list) and len(several) > 1 and "properties" not in found:
            return [((reference_of(one) or "").rpartition("/")[2] or name, one) for one in several]
    return [(name, schema)]


def rows_of(tree: Tree, schema: Any) -> list[Row]:
    """Return the fields of what fits ``schema``, those of objects within included.

    Raises:
        ValueError: A reference leads out of the document, or nowhere.
    """
    return list(_rows(tree, schema, "", (), how_deep(tree, schema, most=_MOST)))


def _rows(tree: Tree, schema: Any, path: str, within: tuple[str, ...], deep: int) -> Iterator[Row]:
    while (reference := reference_of(schema)) is not None:
        if reference in within or len(within) >= deep:
            return
        within = (*within, reference)
        schema = tree.at(reference)
    if not isinstance(schema, Mapping) or path.count(".") > _DEPTH:
        return
    schema = flat(tree, schema) or schema
    required = schema.get("required", ())
    for key, part in (schema.get("properties") or {}).items():
        below = f"{path}.{key}" if path else key
        yield replace(_row(tree, below, part), is_required=key in required)
        yield from _rows(tree, part, below, within, deep)
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *_all_of(schema)):
        yield from _rows(tree, part, path, within, deep)
    for key, mark in (("items", "[]"), ("additionalProperties", "[*]")):
        part = schema.get(key)
        if isinstance(part, Mapping):
            yield from _rows(tree, part, path + mark, within, deep)


def _all_of(schema: Mapping[str, Any]) -> Any:
    # What is flat has its properties already.
    return () if "properties" in schema else schema.get("allOf", ())


def _row(tree: Tree, path: str, schema: Any) -> Row:
    told = _told(tree, schema)
    default = json.dumps(told["default"], ensure_ascii=False) if "default" in told else ""
    if told.get("const", ...) == told.get("default"):
        default = ""
    return Row(path, type_of(tree, schema), False, str(told.get("description", "")), default)


def _told(tree: Tree, schema: Any) -> Mapping[str, Any]:
    found = tree.follow(schema)
    if not isinstance(found, Mapping):
        return {}
    parts = found.get("allOf")
    if isinstance(parts, list) and len(parts) == 1 and "type" not in found:
        return {**_told(tree, parts[0]), **found}
    return found


def type_of(tree: Tree, schema: Any, depth: int = 0) -> str:
    """Return in words what fits ``schema``."""
    if depth > _NESTED:
        return "…"
    told = _told(tree, schema)
    if not told:
        return "anything"
    if "const" in told:
        return _json(told["const"])
    if isinstance(told.get("enum"), list):
        return _alternatives([_json(value) for value in told["enum"]])
    for key in ("oneOf", "anyOf"):
        if isinstance(told.get(key), list) and "properties" not in told:
            return _alternatives([type_of(tree, one, depth + 1) for one in told[key]])
    kind = told.get("type")
    kinds = kind if isinstance(kind, list) else [kind or ("object" if _is_object(told) else "")]
    return _alternatives([_plain(tree, str(one), told, depth) for one in kinds])


def _is_object(told: Mapping[str, Any]) -> bool:
    return "properties" in told or "allOf" in told


def _plain(tree: Tree, kind: str, told: Mapping[str, Any], depth: int) -> str:
    if kind == "array" and isinstance(told.get("items"), Mapping) and told["items"]:
        kind = f"array of {type_of(tree, told['items'], depth + 1)}"
    others = told.get("additionalProperties")
    if kind == "object" and isinstance(others, Mapping) and "properties" not in told:
        kind = f"object of {type_of(tree, others, depth + 1)}"
    limits = [text.format(told[key]) for key, text in _LIMITS.items() if key in told]
    return ", ".join([kind or "anything", *limits])


def _alternatives(words: list[str]) -> str:
    several = list(dict.fromkeys(words))
    if len(several) < 2:
        return "".join(several) or "anything"
    return f"{', '.join(several[:-1])} or {several[-1]}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
