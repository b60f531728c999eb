"""Whether a message fits what is declared of it: pydantic models and JSON Schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..errors import MissingExtra, SetupError, UndecodableMessage
from ..messages import COMPLETION_SIGNALS, MessageReader, is_action, is_message_class
from ..transports.targets import channel_of
from ._example import Wire
from ._wire import ABSENT, json_value
from .routes import Route

__all__ = ["Check", "checks_for", "is_by_channel", "name_of"]

Check: TypeAlias = Callable[[Wire], str]
"""Returns why a message does not fit; empty: it does."""

_SHOWN_CHARACTERS = 160
_ERROR_MEMBERS = {"type", "message"}


def checks_for(schemas: tuple[Any, ...]) -> list[Check]:
    """Return a check for all models together, and one for each JSON Schema.

    Raises:
        TypeError: There is none, or one is neither.
        ValueError: A JSON Schema is not valid.
        MissingExtra: jsonschema is not installed.
    """
    if not schemas:
        raise TypeError("replies_fit() needs a model or a JSON Schema at least")
    plain = [schema for schema in schemas if isinstance(schema, Mapping)]
    models = [schema for schema in schemas if not isinstance(schema, Mapping)]
    classes = tuple([cls for model in models for cls in _classes(model)])
    checks = [_model_check(MessageReader(classes))] if classes else []
    return checks + [_schema_check(dict(schema)) for schema in plain]


def _classes(schema: Any) -> tuple[Any, ...]:
    try:
        return MessageReader(schema).classes
    except TypeError:
        raise TypeError(
            f"cannot check a message against {schema!r}: expected a Message class, a pydantic "
            "model, a union of them, or a JSON Schema as a dict"
        ) from None


def _model_check(reader: MessageReader) -> Check:
    def check(message: Wire) -> str:
        try:
            reader(message)
        except UndecodableMessage as exc:
            return exc.reason
        return ""

    return check


def _schema_check(schema: dict[str, Any]) -> Check:
    try:
        from jsonschema.exceptions import SchemaError, best_match
        from jsonschema.validators import validator_for
    except ImportError:
        raise MissingExtra("jsonschema", "properties") from None
    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
    except SchemaError as exc:
        raise ValueError(f"not a JSON Schema: {exc.message} at {exc.json_path}") from None
    validator = kind(schema)

    def check(message: Wire) -> str:
        value = json_value(message)
        if value is ABSENT:
            return "it is not JSON"
        try:
            error = best_match(validator.iter_errors(value))
        except Exception as exc:  # a $ref that leads nowhere, for one
            raise SetupError(f"cannot check a message against {schema!r}: {exc}") from exc
        if error is None:
            return ""
        text = f"{error.message} at {error.json_path}"
        return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."

    return check


def name_of(schema: Any) -> str:
    """Return what to call ``schema`` in an error's text."""
    if isinstance(schema, Mapping):
        return str(schema.get("title") or schema.get("$id") or "the JSON Schema")
    return schema.__name__ if is_message_class(schema) else str(schema)


def is_by_channel(route: Route | None, message: Wire) -> bool:
    """Whether ``message`` is what a Channel says by itself: its errors, its completion signals."""
    channel = None if route is None else channel_of(route.endpoint)
    if channel is None:
        return False
    if channel.send_completion and is_action(message, COMPLETION_SIGNALS):
        return True
    value = json_value(message)
    return (
        isinstance(value, dict) and value.keys() == _ERROR_MEMBERS and value.get("type") == "error"
    )
