"""Schemas that stand alone: with definitions of their own, or with none at all.

The dialect is that of AsyncAPI: JSON Schema draft 7, and what it adds (``discriminator``,
``externalDocs``), which nothing needs to know in order to check a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from sys import maxsize
from typing import Any

from ._tree import Tree, reference_of

__all__ = ["DRAFT_7", "at_home", "bundled", "how_deep", "unrolled", "with_subschemas"]

DRAFT_7 = "http://json-schema.org/draft-07/schema#"

_ONE = (
    *("items", "additionalItems", "contains", "additionalProperties", "propertyNames"),
    *("not", "if", "then", "else"),
)
_SEVERAL = ("items", "prefixItems", "allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties", "dependencies", "definitions", "$defs")
# How often a schema may stand within itself, and down to which depth, if that is no more than so
# many schemas in all: Hypothesis is slow to make large values.
_OFTEN, _WITHIN, _SMALL = (2, 1), 8, 400
# How deep references are followed otherwise, and how many schemas may be met then: where many
# contain one another, there would be no end.
_DEPTHS, _LARGE = (64, 8, 6, 4, 3, 2, 1), 4_000


def with_subschemas(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return ``schema`` with each schema right in it changed, and no other value."""
    result = dict(schema)
    for key, value in schema.items():
        if isinstance(value, list) and key in _SEVERAL:
            result[key] = [change(one) for one in value]
        elif isinstance(value, Mapping) and key in _NAMED:
            result[key] = {
                name: list(one) if isinstance(one, list) else change(one)
                for name, one in value.items()
            }
        elif isinstance(value, Mapping | bool) and key in _ONE:
            result[key] = change(value)
    return result


def at_home(tree: Tree, schema: Any) -> Any:
    """Return ``schema`` so that its references lead somewhere in the document.

    A schema that some other tool wrote may refer to definitions of its own as if it were the whole.
    """
    if not isinstance(schema, Mapping) or not {"definitions", "$defs"} & schema.keys():
        return schema
    whole: dict[str, Any] = {}
    place = tree.take_in(whole)

    def visit(part: Any) -> Any:
        reference = reference_of(part)
        if reference is None:
            return with_subschemas(part, visit) if isinstance(part, Mapping) else part
        if tree.leads_somewhere(reference) or not reference.startswith("#/"):
            return part
        return {**part, "$ref": place + reference[1:]}

    whole.update(visit(schema))
    return whole


def bundled(tree: Tree, schema: Any, title: str) -> dict[str, Any]:
    """Return ``schema`` with all that it refers to in its ``definitions``.

    Args:
        tree: The document that it stands in.
        schema: The schema.
        title: What it is called, unless it has a title.

    Raises:
        ValueError: A reference leads out of the document, or nowhere.
    """
    names: dict[str, str] = {}
    definitions: dict[str, Any] = {}

    def visit(part: Any) -> Any:
        if not isinstance(part, Mapping):
            return part
        if (reference := reference_of(part)) is None:
            return with_subschemas(_without_definitions(part), visit)
        if reference not in names:
            names[reference] = _free_name(reference, definitions)
            definitions[names[reference]] = True  # taken, should it refer to itself
            definitions[names[reference]] = visit(tree.at(reference))
        return {"$ref": f"#/definitions/{names[reference]}"}

    found = visit(schema)
    if not isinstance(found, dict) or "$ref" in found:  # in draft 7 nothing counts beside a $ref
        found = {} if found is True else {"allOf": [found]}
    whole = {"$schema": DRAFT_7, "title": title, **found}
    return whole | {"definitions": definitions} if definitions else whole


def unrolled(tree: Tree, schema: Any) -> Any:
    """Return ``schema`` without references: what it refers to stands in their place.

    What contains itself is cut off after a few times, or at once: nothing fits there. So is what
    lies deeper than :func:`how_deep`.

    Raises:
        ValueError: A reference leads out of the document, or nowhere.
    """
    for often in _OFTEN:
        with suppress(_TooMany):
            return _unrolled(tree, schema, often, _DEPTHS[0], _SMALL)
    return _unrolled(tree, schema, 0, how_deep(tree, schema, most=_LARGE), maxsize)


def how_deep(tree: Tree, schema: Any, *, most: int) -> int:
    """Return how deep references can be followed so that at most ``most`` schemas are met.

    Raises:
        ValueError: A reference leads out of the document, or nowhere.
    """
    for deep in _DEPTHS:
        with suppress(_TooMany):
            _unrolled(tree, schema, 0, deep, most)
            return deep
    return _DEPTHS[-1]


class _TooMany(Exception):
    """More schemas were met than may be."""


def _unrolled(tree: Tree, schema: Any, often: int, deep: int, most: int) -> Any:
    met = count(1)

    def visit(part: Any, within: tuple[str, ...]) -> Any:
        if not isinstance(part, Mapping):
            return part
        if next(met) > most:
            raise _TooMany
        if (reference := reference_of(part)) is None:
            plain = _without_definitions(part)
            return with_subschemas(plain, lambda below: visit(below, within))
        times = within.count(reference)
        if len(within) >= deep or times > often or (times and len(within) > _WITHIN):
            return False
        return visit(tree.at(reference), (*within, reference))

    return visit(schema, ())


def _without_definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    # Whoever refers to one of them has it in its place already.
    return {key: value for key, value in schema.items() if key not in ("definitions", "$defs")}


def _free_name(reference: str, taken: Mapping[str, Any]) -> str:
    plain = "".join(one if one.isalnum() else "_" for one in reference.rpartition("/")[2])
    name, number = plain or "schema", 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    return name
