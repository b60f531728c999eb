"""The types of what fits a schema: precise where that is simple, ``Any`` and said so elsewhere."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import chain
from math import ceil, floor
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, RootModel, create_model, model_serializer

from ..messages import Message
from ._objects import OF_OBJECTS, REMARKS, alternatives, flat, is_only, only
from ._schemas import how_deep
from ._tree import Tree, reference_of

__all__ = ["Annotations", "Described", "Place", "class_name"]

_PLAIN = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None}
_TYPES = (*_PLAIN, "array", "object")
_NUMBERS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
}
# What is checked besides, under pydantic's names; a multiple of a fraction is not exact.
_LIMITS: dict[str, dict[str, str]] = {
    "string": {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
    "number": _NUMBERS,
    "integer": {**_NUMBERS, "multipleOf": "multiple_of"},
}
# What else JSON Schema asks of values of one type alone; to others it says nothing.
_OF_ONE_TYPE = {
    "string": {*_LIMITS["string"]},
    "number": {*_LIMITS["integer"]},
    "integer": {*_LIMITS["integer"]},
    "array": {*_LIMITS["array"], "items", "additionalItems", "uniqueItems", "contains"},
    "object": {
        *OF_OBJECTS,
        *("minProperties", "maxProperties", "patternProperties", "propertyNames", "dependencies"),
    },
}
_OF_SOME_TYPE = {*chain(*_OF_ONE_TYPE.values())}
# What a limit between two whole numbers is among them.
_ROUNDED: dict[str, Callable[[float], int]] = {
    "ge": ceil,
    "gt": floor,
    "le": floor,
    "lt": ceil,
    "multiple_of": int,
}
# JSON Schema's patterns look further than Rust's do.
_ENGINE: Literal["python-re"] = "python-re"
# So many schemas are made types of in a message, and so many notes are told of it.
_MOST, _NOTES = 1_000, 20


class Described(Message):
    """A payload that a document describes: strict about types, and all that arrives is kept.

    As JSON, what was not given is absent.
    """

    model_config = ConfigDict(
        strict=True, extra="allow", populate_by_name=True, regex_engine=_ENGINE
    )

    @model_serializer
    def _as_described(self) -> dict[str, Any]:
        own = {
            field.alias or name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name in self.model_fields_set
        }
        return own | (self.model_extra or {})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message a schema stands.

    Attributes:
        name: What a class would be called that is made for it.
        path: The members that lead to it.
        within: The references that lead to it.
    """

    name: str
    path: str = ""
    within: tuple[str, ...] = ()

    def member(self, key: str) -> Place:
        """Return where the member ``key`` is."""
        path = f"{self.path}.{key}" if self.path else key
        return replace(self, name=self.name + class_name(key), path=path)

    def item(self) -> Place:
        """Return where the items of a list, or the other members of an object, are."""
        return replace(self, name=f"{self.name}Item", path=f"{self.path}[]")


class Annotations:
    """The types of one message.

    Args:
        tree: The document.
        free: Gives a class a name that no other has.
    """

    def __init__(self, tree: Tree, free: Callable[[str], str]) -> None:
        self._tree = tree
        self._free = free
        self._notes: list[str] = []
        self._deep = 0

    def message(self, place: Place, schema: Any) -> type[Any]:
        """Return a class of the messages that fit ``schema``."""
        self._deep = how_deep(self._tree, schema, most=_MOST)
        found = flat(self._tree, schema)
        if found is not None and "properties" in found:
            return self._model(found, place)
        root: Any = RootModel
        root = root[self.of(schema, place)]
        told = self._tree.follow(schema)
        config = ConfigDict(strict=True, regex_engine=_ENGINE)
        doc = _doc(told if isinstance(told, Mapping) else {}, self._notes)
        told_of = {"__doc__": doc, "__module__": __name__, "model_config": config}
        return type(place.name, (root,), told_of)

    def of(self, schema: Any, place: Place) -> Any:
        """Return the type of what fits ``schema``."""
        while (reference := reference_of(schema)) is not None:
            if reference in place.within:
                return self._any(place, "it contains itself")
            if len(place.within) >= self._deep:
                return self._any(place, "it is too deep")
            place = replace(place, within=(*place.within, reference))
            schema = self._tree.at(reference)
        if schema is True or schema == {}:
            return Any
        if not isinstance(schema, Mapping):
            return self._any(place, "nothing fits")
        if "const" in schema or "enum" in schema:
            return self._literal(schema, place)
        if (several := alternatives(schema)) is not None:
            return _union([self.of(one, place) for one in several])
        if is_only(schema, "allOf") and len(schema["allOf"]) == 1:
            return self.of(schema["allOf"][0], place)
        if (found := flat(self._tree, schema)) is not None:
            return self._object(found, place)
        return self._typed(schema, place)

    def _model(self, schema: Mapping[str, Any], place: Place) -> type[Any]:
        first = len(self._notes)
        required = set(schema.get("required", ()))
        fields: dict[str, Any] = {}
        for key, part in schema["properties"].items():
            name = _field_name(key, fields)
            found = self._tree.follow(part)
            told = found if isinstance(found, Mapping) else {}
            default = ... if key in required else told.get("default")
            alias = None if name == key else key
            field = Field(default, alias=alias, description=told.get("description"))
            fields[name] = (self.of(part, place.member(key)), field)
        for key in sorted(required - schema["properties"].keys()):
            self._note(place.member(key), "required")
        return create_model(
            place.name,
            __base__=_base(schema),
            __doc__=_doc(schema, self._notes[first:]),
            __module__=__name__,
            **fields,
        )

    def _object(self, schema: Mapping[str, Any], place: Place) -> Any:
        if "properties" in schema:
            return self._model(schema, replace(place, name=self._free(place.name)))
        for key in schema.get("required", ()):
            self._note(place.member(key), "required")
        others = schema.get("additionalProperties", True)
        if others is False:
            self._note(place, "additionalProperties")
        values = Any if isinstance(others, bool) else self.of(others, place.item())
        return dict[str, values]  # type: ignore[valid-type]  # made here

    def _typed(self, schema: Mapping[str, Any], place: Place) -> Any:
        kinds = schema.get("type")
        several: list[Any] = kinds if isinstance(kinds, list) else [kinds]
        if not several or not all(one in _TYPES for one in several):
            return self._any(place, ", ".join(sorted(schema.keys() - REMARKS)) or "type")
        return _union([self._of_type(one, schema, place) for one in several])

    def _of_type(self, kind: str, schema: Mapping[str, Any], place: Place) -> Any:
        limits = _LIMITS.get(kind, {})
        known = {"type", *limits} | (_OF_SOME_TYPE - _OF_ONE_TYPE.get(kind, set()))
        found: Any = _PLAIN.get(kind)
        if kind == "object":
            known |= OF_OBJECTS
            found = self._object(only(schema, OF_OBJECTS), place)
        elif kind == "array":
            items = schema.get("items", True)
            known |= {"items"} if isinstance(items, Mapping | bool) else set()
            each = self.of(items, place.item()) if "items" in known else Any
            found = list[each]  # type: ignore[valid-type]  # made here
        given = {ours: schema[key] for key, ours in limits.items() if key in schema}
        for key, ours in limits.items():
            if ours in given and not _is_checked(ours, given[ours], kind):
                del given[ours]
                known.remove(key)
        if kind == "integer":
            given = {ours: _ROUNDED[ours](value) for ours, value in given.items()}
        for key in sorted(schema.keys() - REMARKS - known):
            self._note(place, key)
        return Annotated[found, Field(**given)] if given else found

    def _literal(self, schema: Mapping[str, Any], place: Place) -> Any:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        if values and all(value is None or isinstance(value, str | int) for value in values):
            literal: Any = Literal[tuple(values)]
            kinds = {type(value) for value in values}
            if not kinds & {bool, int}:
                return literal
            return Annotated[literal, BeforeValidator(partial(_of_types, kinds))]
        return self._any(place, "const" if "const" in schema else "enum")

    def _any(self, place: Place, why: str) -> Any:
        self._note(place, why)
        return Any

    def _note(self, place: Place, why: str) -> None:
        note = f"{place.path or 'the message'} ({why})"
        if note not in self._notes:
            self._notes.append(note)


def _of_types(kinds: set[type[Any]], value: Any) -> Any:
    if type(value) not in kinds:  # in Python, True is 1
        raise ValueError(f"input should not be {value!r}")
    return value


def _union(types: list[Any]) -> Any:
    return Any if Any in types else reduce(or_, types)


def _base(schema: Mapping[str, Any]) -> type[Described]:
    if schema.get("additionalProperties", True) is not False:
        return Described
    config = ConfigDict(extra="forbid")
    return type("Described", (Described,), {"model_config": config, "__module__": __name__})


def _is_checked(limit: str, value: Any, kind: str) -> bool:
    if limit == "pattern":
        try:
            re.compile(value)
        except re.error:  # ECMAScript has what Python has not
            return False
    return limit != "multiple_of" or kind != "integer" or value == int(value)


def class_name(name: str) -> str:
    """Return ``name`` in upper camel case, as an identifier."""
    words = re.findall(r"[^\W_]+", name)
    called = "".join(word[0].upper() + word[1:] for word in words)
    return called if called.isidentifier() and not keyword.iskeyword(called) else f"Type{called}"


def _field_name(key: str, taken: Mapping[str, Any]) -> str:
    name = re.sub(r"\W", "_", key).strip("_")
    if not name.isidentifier() or name.startswith("model_"):
        name = f"field_{name}"
    while keyword.iskeyword(name) or hasattr(Described, name) or name in taken:
        name += "_"
    return name


def _doc(schema: Mapping[str, Any], notes: list[str]) -> str:
    said = schema.get("description")
    parts = [str(said).strip() if said else "As the document describes it."]
    if notes:
        more = [f"{len(notes) - _NOTES} more"] if len(notes) > _NOTES else []
        parts.append(f"Not checked: {', '.join([*notes[:_NOTES], *more])}.")
    return "\n\n".join(parts)
