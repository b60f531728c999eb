"""What a message carries: encoding, decoding, typed payloads, completion signals.

``Message`` is a pydantic model and pydantic is loaded when it is first touched, so that
``from wsnotebook import connect`` stays light. What a wait matches is ``matching``.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .errors import SetupError, UndecodableMessage, shorten

if TYPE_CHECKING:
    from pydantic import BaseModel

    class Message(BaseModel):
        """A typed payload."""


__all__ = [
    "COMPLETION_SIGNALS",
    "EVENT_ACTION_COMPLETE",
    "GROUP_ACTION_COMPLETE",
    "MESSAGE_ACTION_COMPLETE",
    "Message",
    "MessageReader",
    "decode_json",
    "encode",
    "encode_json",
    "first_problem",
    "is_action",
    "is_message",
    "is_message_class",
    "read_nothing",
]

MESSAGE_ACTION_COMPLETE = "complete"
GROUP_ACTION_COMPLETE = "group_complete"
EVENT_ACTION_COMPLETE = "event_complete"
COMPLETION_SIGNALS = frozenset(
    {MESSAGE_ACTION_COMPLETE, GROUP_ACTION_COMPLETE, EVENT_ACTION_COMPLETE}
)

# An object, after white space as JSON has it (RFC 8259 section 2), in text and in binary.
_OBJECT_STARTS = frozenset({*"{ \t\n\r", *b"{ \t\n\r"})
_SHOWN_CHARACTERS = 160


def _message_class() -> type[Message]:
    from pydantic import BaseModel

    class Message(BaseModel):
        """A typed payload: subclass it with the fields of one kind of message.

        A union of Messages is told apart by a field typed as a ``Literal``, for example
        ``action: Literal["ping"] = "ping"``. Extra fields in what arrives are ignored, as pydantic
        does unless the model forbids them.
        """

    Message.__qualname__ = "Message"
    return Message  # type: ignore[return-value]  # the same class, as the type checker sees it


def __getattr__(name: str) -> Any:
    if name == "Message":
        # Loaded once: from now on the module has the name, and this function is not asked again.
        return globals().setdefault(name, _message_class())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _base_model() -> Any:
    # Whoever holds a model has loaded pydantic: no need to load it in order to look.
    return getattr(sys.modules.get("pydantic"), "BaseModel", ())


def is_message(value: object) -> bool:
    """Whether ``value`` is a Message (or any other pydantic model)."""
    return isinstance(value, _base_model())


def is_message_class(value: object) -> bool:
    """Whether ``value`` is a Message class (or any other pydantic model class)."""
    return isinstance(value, type) and issubclass(value, _base_model())


def encode(message: object) -> str | bytes:
    """Return what goes on the wire for ``message``.

    Args:
        message: ``str`` (text), bytes-like (binary), or a Message (its JSON, as text).

    Raises:
        TypeError: ``message`` is something else.
        ValueError: A text holds a lone surrogate, which UTF-8 cannot carry (RFC 3629 section 3).
    """
    if isinstance(message, bytes | bytearray | memoryview):
        return bytes(message)
    if isinstance(message, str):
        text = str.__str__(message)  # a str enum is recorded as the text that it is
    elif is_message(message):
        text = message.model_dump_json()  # type: ignore[attr-defined]  # checked by is_message
    else:
        raise TypeError(
            f"cannot send {_shown(message)}: expected str (text), bytes (binary) or a Message; "
            f"send_json() sends other values as JSON"
        )
    return _checked_text(text)


def _checked_text(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as exc:
            raise ValueError(
                f"cannot send {shorten(text)} as text: lone surrogate at character {exc.start}; "
                "a text message is UTF-8 (RFC 6455 section 5.6), send bytes instead"
            ) from None
    return text


def encode_json(value: object) -> str:
    """Return ``value`` as compact JSON text.

    Raises:
        TypeError: JSON has no form for a part of ``value``.
        ValueError: ``value`` holds NaN, an infinity, a lone surrogate, or itself, or is nested too
            deeply.
    """
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("cannot send the value as JSON: it is nested too deeply") from None
    except (TypeError, ValueError) as exc:
        kind = TypeError if isinstance(exc, TypeError) else ValueError
        raise kind(f"cannot send {_shown(value)} as JSON: {exc}") from None
    return _checked_text(text)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def decode_json(message: str | bytes) -> Any:
    """Return the JSON value that ``message`` holds.

    Raises:
        UndecodableMessage: It holds none.
    """
    try:
        return json.loads(message)
    except RecursionError:
        raise UndecodableMessage(message, "JSON", "it is nested too deeply") from None
    except ValueError as exc:
        raise UndecodableMessage(message, "JSON", str(exc)) from None


def is_action(message: str | bytes, actions: frozenset[str]) -> bool:
    """Whether ``message`` is a JSON object whose ``action`` is one of ``actions``."""
    if not message or message[0] not in _OBJECT_STARTS:
        return False
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict):
        return False
    action = value.get("action")
    return isinstance(action, str) and action in actions


class MessageReader:
    """Reads raw messages as one of several Message classes.

    Several are told apart by a field that each of them types as a ``Literal``, if there is one.

    Args:
        accepts: A Message class, a union of them, or a tuple of them.

    Attributes:
        classes: The classes.

    Raises:
        TypeError: ``accepts`` is none of these.
    """

    __slots__ = ("_adapter", "_names", "classes")

    def __init__(self, accepts: Any) -> None:
        from functools import reduce
        from operator import or_
        from typing import get_args

        classes = accepts if isinstance(accepts, tuple) else get_args(accepts) or (accepts,)
        if not classes or not all(map(is_message_class, classes)):
            raise TypeError(
                f"accepts must be a Message class, a union or a tuple of them, not {accepts!r}"
            )
        self.classes: tuple[type[Any], ...] = tuple(dict.fromkeys(classes))
        self._adapter: Any = _adapter(reduce(or_, classes), self.classes)
        self._names = " or ".join(cls.__name__ for cls in classes)

    def __call__(self, message: str | bytes) -> Message:
        """Return ``message`` as the class that it parses as.

        Raises:
            UndecodableMessage: It parses as none of them.
        """
        try:
            return self._adapter.validate_json(message)  # type: ignore[no-any-return]
        except ValueError as exc:
            raise UndecodableMessage(message, self._names, first_problem(exc)) from None


def _adapter(union: Any, classes: tuple[type[Any], ...]) -> Any:
    """Return what parses ``union``, by the field that tells its classes apart if there is one.

    An error then speaks of the one class that was meant, or of the values that the field can have.
    """
    from typing import Annotated

    from pydantic import Field, TypeAdapter
    from pydantic.errors import PydanticUserError

    for name in classes[0].model_fields if len(classes) > 1 else ():
        values = [value for cls in classes for value in _literals(cls, name) or (None, None)]
        if len(values) == len(set(values)):
            with suppress(PydanticUserError):  # aliases that differ, for one
                return TypeAdapter(Annotated[union, Field(discriminator=name)])
    return TypeAdapter(union)


def _literals(cls: Any, name: str) -> tuple[Any, ...]:
    """Return the values that a ``Literal`` field can have; none if it is no such field."""
    from typing import Literal, get_args, get_origin

    field = cls.model_fields.get(name)
    is_literal = field is not None and get_origin(field.annotation) is Literal
    return get_args(field.annotation) if is_literal else ()


def read_nothing(message: str | bytes) -> Message:
    """Refuse to read ``message``: what a client does whose ``accepts`` was not given."""
    raise SetupError(
        f"cannot read {shorten(message)} as a Message without knowing the classes: "
        "connect(..., accepts=MyMessage)"
    )


def first_problem(error: ValueError) -> str:
    """Return the first problem of a pydantic ``ValidationError`` in one line."""
    problems = error.errors() if hasattr(error, "errors") else []
    if not problems:
        return str(error)
    where = ".".join(map(str, problems[0]["loc"]))
    text = f"{where}: {problems[0]['msg']}" if where else str(problems[0]["msg"])
    return text + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")
