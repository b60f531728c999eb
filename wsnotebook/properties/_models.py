"""Messages that fit a declaration: pydantic models, what a Channel ``accepts``, JSON Schemas."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import reduce
from importlib.metadata import version
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from ..errors import MissingExtra, SetupError
from ..messages import MessageReader, encode_json, is_message_class
from ._constants import NO_CONSTANTS, Constants
from ._hypothesis import DrawFn, SearchStrategy, reject, st
from ._values import json_values, texts

__all__ = ["messages_accepted", "messages_of_schema", "with_limits"]


def messages_accepted(accepts: Any, *, constants: Constants = NO_CONSTANTS) -> SearchStrategy[str]:
    """Return a strategy of messages that parse as one of ``accepts``.

    Values come from the types and limits of the fields; what a validator of a model refuses is not
    sent. A field of a type that Hypothesis does not know needs ``st.register_type_strategy``.

    Args:
        accepts: Message classes (one, a union, a tuple) or other pydantic models, or a Channel
            class, whose ``accepts`` is taken.
        constants: Texts to use now and then.

    Raises:
        TypeError: ``accepts`` is none of these.
    """
    if isinstance(accepts, type) and not is_message_class(accepts):
        accepts = getattr(accepts, "accepts", accepts)
    classes = MessageReader(accepts).classes
    models = _Models(constants)
    return st.one_of([models.wire(cls) for cls in classes])


def messages_of_schema(schema: Mapping[str, Any] | bool) -> SearchStrategy[str]:
    """Return a strategy of messages whose JSON fits ``schema``.

    Args:
        schema: A JSON Schema, draft 4 to 7, as hypothesis-jsonschema reads it.

    Raises:
        MissingExtra: hypothesis-jsonschema is not installed.

    Drawing raises ``SetupError`` when the installed Hypothesis is not one that it works with.
    """
    try:
        from hypothesis_jsonschema import from_schema
    except ImportError:
        raise MissingExtra("hypothesis-jsonschema", "properties") from None
    plain = schema if isinstance(schema, bool) else dict(schema)
    return _of_schema(from_schema(plain, codec="utf-8")).map(encode_json)


@st.composite
def _of_schema(draw: DrawFn, values: SearchStrategy[Any]) -> Any:
    try:
        return draw(values)
    except AttributeError as exc:
        # It reaches into Hypothesis, whose inside changes: 0.23.1 makes no objects with 6.170.
        raise SetupError(
            f"hypothesis-jsonschema {version('hypothesis-jsonschema')} does not work with "
            f"hypothesis {version('hypothesis')} on this schema ({exc}); install versions that fit "
            "each other, or give the messages as a pydantic model"
        ) from exc


# Models


class _Models:
    """Strategies of the models that one declaration reaches, each made once."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._made: dict[Any, SearchStrategy[Any]] = {}

    def wire(self, cls: Any) -> SearchStrategy[str]:
        """Return a strategy of messages that parse as ``cls``."""
        return self.instances(cls).map(_encoded)

    def instances(self, cls: Any) -> SearchStrategy[Any]:
        """Return a strategy of instances of ``cls``."""
        if cls not in self._made:
            # Deferred: a model may have itself among its fields.
            self._made[cls] = st.deferred(lambda: self._build(cls))
        return self._made[cls]

    def _build(self, cls: Any) -> SearchStrategy[Any]:
        required: dict[str, SearchStrategy[Any]] = {}
        optional: dict[str, SearchStrategy[Any]] = {}
        for name, field in cls.model_fields.items():
            key = field.validation_alias if isinstance(field.validation_alias, str) else name
            fields = required if field.is_required() else optional
            fields[key] = self._values(field)
        values = st.fixed_dictionaries(required, optional=optional)
        return values.map(lambda drawn: _validated(cls, drawn))

    def _values(self, field: Any) -> SearchStrategy[Any]:
        if not field.metadata:
            return _from_type(self._annotated(field.annotation))
        return with_limits(field.annotation, field.metadata)

    def _annotated(self, annotation: Any) -> Any:
        """Return ``annotation`` with a strategy at each type that Hypothesis would not know well.

        Hypothesis takes it from there: the strategy in an ``Annotated`` is the one it uses.
        """
        origin, args = get_origin(annotation), get_args(annotation)
        if is_message_class(annotation):
            return Annotated[annotation, self.instances(annotation)]
        if origin is None and isinstance(annotation, Hashable) and annotation in _PLAIN:
            return Annotated[annotation, _PLAIN[annotation](self._constants)]
        if origin in (Union, UnionType):
            return reduce(or_, map(self._annotated, args))
        if origin in (list, dict, set, frozenset, tuple):
            return origin[tuple(arg if arg is ... else self._annotated(arg) for arg in args)]
        return annotation


def with_limits(annotation: Any, metadata: list[Any]) -> SearchStrategy[Any]:
    """Return a strategy of values of a type that keep to the limits in ``metadata``."""
    patterns = [one.pattern for one in metadata if getattr(one, "pattern", None)]
    if patterns:
        return _limited(st.from_regex(patterns[0]), metadata)
    return _from_type(Annotated[(annotation, *metadata)])


def _validated(cls: Any, values: dict[str, Any]) -> Any:
    try:
        return cls.model_validate(values)
    except ValueError:  # a validator of its own
        reject()


def _encoded(message: Any) -> str:
    wire: str = message.model_dump_json(by_alias=True)
    try:
        # An infinity, for one, becomes null on the wire.
        type(message).model_validate_json(wire)
    except ValueError:
        reject()
    return wire


def _limited(strings: SearchStrategy[str], metadata: list[Any]) -> SearchStrategy[str]:
    # The other limits on a text that has a pattern are its lengths.
    shortest = max((getattr(one, "min_length", None) or 0 for one in metadata), default=0)
    longest = [one.max_length for one in metadata if getattr(one, "max_length", None) is not None]
    return strings.filter(lambda text: shortest <= len(text) <= min(longest, default=len(text)))


def _from_type(annotation: Any) -> SearchStrategy[Any]:
    strategy: SearchStrategy[Any] = st.from_type(annotation)
    return strategy


_PLAIN: dict[Any, Any] = {
    str: texts,
    float: lambda _: st.floats(allow_nan=False, allow_infinity=False),
    Any: json_values,
    object: json_values,
    dict: lambda constants: st.dictionaries(texts(constants), json_values(constants), max_size=5),
    list: lambda constants: st.lists(json_values(constants), max_size=5),
}
