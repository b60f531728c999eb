"""What kind of thing a schema describes: one of several, an object, or something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._tree import Tree

__all__ = ["OF_OBJECTS", "REMARKS", "alternatives", "flat", "is_only", "only"]

# What says nothing about which values fit.
REMARKS = {
    *("title", "description", "examples", "default", "deprecated", "externalDocs", "$comment"),
    *("readOnly", "writeOnly", "discriminator", "$schema", "$id", "definitions", "format"),
    *("contentMediaType", "contentEncoding"),
}
OF_OBJECTS = {"properties", "required", "additionalProperties"}
_DEPTH = 20


def is_only(schema: Mapping[str, Any], *keys: str) -> bool:
    """Whether a schema asks for nothing but ``keys``."""
    return all(key in keys or key in REMARKS or key.startswith("x-") for key in schema)


def only(schema: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """Return what a schema says under ``keys``."""
    return {key: value for key, value in schema.items() if key in keys}


def alternatives(schema: Any) -> list[Any] | None:
    """Return the schemas that a value fits one of; ``None``: it is not said so simply."""
    for key in ("oneOf", "anyOf"):
        if isinstance(schema, Mapping) and key in schema and is_only(schema, key, "type"):
            found = schema[key]
            return found if isinstance(found, list) and found else None
    return None


def flat(tree: Tree, schema: Any, depth: int = 0) -> dict[str, Any] | None:
    """Return an object's schema, what ``allOf`` brings put into it; ``None`` if it is no object.

    Raises:
        ValueError: A reference leads out of the document, or nowhere.
    """
    schema = tree.follow(schema)
    if not isinstance(schema, Mapping) or depth > _DEPTH:
        return None
    if not is_only(schema, *OF_OBJECTS, "type", "allOf"):
        return None
    is_object = {"type", "properties", "allOf"} | ({"required"} if depth else set())
    if schema.get("type", "object") != "object" or not is_object & {*schema}:
        return None
    if (depth or "allOf" in schema) and schema.get("additionalProperties", True) is not True:
        return None  # what it says of the others is said of each part alone
    whole = only(schema, REMARKS | OF_OBJECTS)
    for part in schema.get("allOf", ()):
        more = flat(tree, part, depth + 1)
        if more is None or more.get("properties", {}).keys() & whole.get("properties", {}).keys():
            return None
        whole = {**more, **whole, **_joined(whole, more)}
    return whole


def _joined(whole: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    if "properties" in whole or "properties" in more:
        joined["properties"] = {**whole.get("properties", {}), **more.get("properties", {})}
    if "required" in whole or "required" in more:
        joined["required"] = [*whole.get("required", ()), *more.get("required", ())]
    return joined
