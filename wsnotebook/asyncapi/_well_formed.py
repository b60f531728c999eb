"""Whether a schema is one at all: what stands under each keyword is of the kind that it must be.

Whether a document is valid in every respect is what the JSON Schema of AsyncAPI tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from ._schemas import with_subschemas
from ._tree import Tree, reference_of

__all__ = ["check_schema"]

_SHOWN_CHARACTERS = 160


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_schema, value))


def _is_schema(value: Any) -> bool:
    return isinstance(value, Mapping | bool)


def _is_named_schemas(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_schema, value.values()))


_Kind = tuple[str, Callable[[Any], bool]]
_SCHEMA: _Kind = ("a schema", _is_schema)
_SCHEMAS: _Kind = ("a list of schemas", _is_schemas)
_NAMED: _Kind = ("an object of schemas", _is_named_schemas)
_NUMBER: _Kind = ("a number", _is_number)
_COUNT: _Kind = ("a whole number from 0 on", _is_count)
_TEXT: _Kind = ("a text", lambda value: isinstance(value, str))
_LIST: _Kind = ("a list of values", lambda value: isinstance(value, list) and bool(value))
_KINDS: dict[str, _Kind] = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _SCHEMAS),
    **dict.fromkeys(("properties", "patternProperties", "definitions"), _NAMED),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _COUNT),
    **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames"), _SCHEMA),
    **dict.fromkeys(("additionalProperties", "additionalItems"), _SCHEMA),
    **dict.fromkeys(("pattern", "format"), _TEXT),
    "items": ("a schema or a list of them", lambda value: _is_schema(value) or _is_schemas(value)),
    "multipleOf": ("a number above 0", lambda value: _is_number(value) and value > 0),
    "required": ("a list of texts", _is_texts),
    "$ref": _TEXT,
    "type": ("a text or a list of them", lambda value: isinstance(value, str) or _is_texts(value)),
    "enum": _LIST,
}


def check_schema(tree: Tree, schema: Any, where: str) -> None:
    """Refuse what is no schema, or refers to none.

    Args:
        tree: The document that it stands in.
        schema: The schema.
        where: What has it, for the error.

    Raises:
        ValueError: It is none, or a reference leads out of the document, or nowhere.
    """
    seen: set[str] = set()

    def visit(part: Any) -> Any:
        if not _is_schema(part):
            raise ValueError(f"{where} has {_shown(part)} for a schema")
        if isinstance(part, bool):
            return part
        if (reference := reference_of(part)) is None:
            _check_keywords(part, where)
            with_subschemas(part, visit)
        elif reference not in seen:
            seen.add(reference)
            visit(tree.follow(part))
        return part

    visit(schema)


def _check_keywords(schema: Mapping[str, Any], where: str) -> None:
    for key, (wanted, is_kind) in _KINDS.items():
        if key in schema and not is_kind(schema[key]):
            raise ValueError(
                f"{where} has a schema whose {key!r} must be {wanted}, not {_shown(schema[key])}"
            )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
