"""The schemas of Message classes, in the dialect of AsyncAPI.

pydantic writes JSON Schema 2020-12; AsyncAPI builds on draft 7, where nothing counts beside a
``$ref`` and a tuple is said otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from ..errors import SetupError
from ..messages import MessageReader
from ._schemas import with_subschemas

__all__ = ["Asked", "Declared"]

SCHEMAS = "#/components/schemas/"
Asked: TypeAlias = tuple[type[Any], Literal["validation", "serialization"]]
"""A Message class, and whether it is read or written."""


class _Schemas(GenerateJsonSchema):
    """Writes that a field which is always sent is required, and no titles that repeat names."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization" and field["type"] != "typed-dict-field":
            return not field.get("serialization_exclude")
        return super().field_is_required(field, total)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class Declared:
    """The schemas of some Message classes.

    Args:
        asked: The classes.
        unions: Classes of which a message is one, each time.

    Attributes:
        schemas: The schemas by name, for the document's components.
        names: Under which name each class stands there.

    Raises:
        SetupError: A class has no JSON Schema.
    """

    def __init__(self, asked: Iterable[Asked], unions: Iterable[tuple[type[Any], ...]]) -> None:
        several = list(dict.fromkeys(asked))
        references, whole = _written(several)
        self._required: dict[str, set[str]] = defaultdict(set)
        self.names = {one: references[one]["$ref"].removeprefix(SCHEMAS) for one in several}
        for classes in unions:
            self._tell_apart(classes)
        self.schemas = {
            name: self._draft_7(schema) for name, schema in sorted(whole.get("$defs", {}).items())
        }
        for name, keys in self._required.items():
            schema = self.schemas[name]
            known = schema.get("required", [])
            schema["required"] = [*sorted(keys - {*known}), *known]

    def _tell_apart(self, classes: tuple[type[Any], ...]) -> None:
        """Note that the field which tells several classes apart is required, default or not."""
        reader = MessageReader(classes)
        discriminator = reader._adapter.json_schema().get("discriminator")
        if discriminator is not None:
            for cls in reader.classes:
                self._required[self.names[cls, "validation"]].add(discriminator["propertyName"])

    def _draft_7(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        plain = with_subschemas(schema, self._draft_7)
        discriminator = plain.pop("discriminator", None)
        if isinstance(discriminator, Mapping):  # in AsyncAPI it would name schemas, not values
            for reference in discriminator.get("mapping", {}).values():
                name = reference.removeprefix(SCHEMAS)
                self._required[name].add(discriminator["propertyName"])
        if "prefixItems" in plain:
            plain["items"] = plain.pop("prefixItems")
        if "$ref" in plain and len(plain) > 1:
            plain["allOf"] = [{"$ref": plain.pop("$ref")}]
        return plain


def _written(asked: list[Asked]) -> tuple[Mapping[Any, Any], Mapping[str, Any]]:
    try:
        return models_json_schema(
            asked, ref_template=SCHEMAS + "{model}", schema_generator=_Schemas
        )
    except PydanticUserError as exc:
        name = next(cls.__name__ for cls, mode in asked if not _has_schema(cls, mode))
        raise SetupError(f"{name} has no JSON Schema: {str(exc).splitlines()[0]}") from exc


def _has_schema(cls: type[Any], mode: Literal["validation", "serialization"]) -> bool:
    try:
        cls.model_json_schema(mode=mode)
    except PydanticUserError:
        return False
    return True
