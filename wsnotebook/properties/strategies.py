"""What a search sends: strategies of one message, and of the sequences that it makes of them.

A message is ``str`` (text) or ``bytes`` (binary), as it goes on the wire. All choices are
Hypothesis's: the same seed gives the same messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import SetupError
from ..messages import encode
from ._cases import Case
from ._constants import NO_CONSTANTS, Constants, constants_of
from ._graphql import GRAPHQL_SUBPROTOCOL, graphql_messages, graphql_sequences
from ._hypothesis import SearchStrategy, st
from ._models import messages_accepted, messages_of_schema
from ._registry import (
    Kind,
    Wire,
    check_strategy,
    clear_message_strategies,
    message_strategies,
    register_message_strategy,
    registered_strategies,
)
from ._sequences import mixed_sequences, size_of
from ._values import Item, Menu, bytes_menu, from_menu, json_menu, text_menu

__all__ = [
    "Case",
    "Constants",
    "Kind",
    "Wire",
    "binary_messages",
    "clear_message_strategies",
    "constants_of",
    "graphql_messages",
    "graphql_sequences",
    "json_messages",
    "message_sequences",
    "message_strategies",
    "messages_accepted",
    "messages_of_schema",
    "register_message_strategy",
    "text_messages",
]

MAX_MESSAGES = 10
MAX_MESSAGE_SIZE = 65_536
_JSON = 1  # its place among the menus of our own


def text_messages(
    *, constants: Constants = NO_CONSTANTS, max_message_size: int = MAX_MESSAGE_SIZE
) -> SearchStrategy[str]:
    """Return a strategy of text messages, malformed JSON among them.

    Args:
        constants: Texts to use now and then; see :func:`constants_of`.
        max_message_size: The largest, in bytes of UTF-8.

    Raises:
        ValueError: ``max_message_size`` is below 1.
    """
    return from_menu(text_menu(constants, _at_least_one("max_message_size", max_message_size)))


def json_messages(
    *, constants: Constants = NO_CONSTANTS, max_message_size: int = MAX_MESSAGE_SIZE
) -> SearchStrategy[str]:
    """Return a strategy of text messages that hold JSON of any shape.

    Args:
        constants: Keys and texts to use now and then; see :func:`constants_of`.
        max_message_size: The largest, in bytes of UTF-8.

    Raises:
        ValueError: ``max_message_size`` is below 1.
    """
    return from_menu(json_menu(constants, _at_least_one("max_message_size", max_message_size)))


def binary_messages(*, max_message_size: int = MAX_MESSAGE_SIZE) -> SearchStrategy[bytes]:
    """Return a strategy of binary messages.

    Args:
        max_message_size: The largest, in bytes.

    Raises:
        ValueError: ``max_message_size`` is below 1.
    """
    return from_menu(bytes_menu(_at_least_one("max_message_size", max_message_size)))


def _at_least_one(name: str, value: int) -> int:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value!r}")
    return value


# Sequences


def message_sequences(
    messages: SearchStrategy[Any] | None = None,
    *,
    path: str = "/",
    accepts: Any = None,
    subprotocols: Sequence[str] = (),
    constants: Constants = NO_CONSTANTS,
    max_messages: int = MAX_MESSAGES,
    max_message_size: int = MAX_MESSAGE_SIZE,
) -> SearchStrategy[list[Wire]]:
    """Return a strategy of what one client sends, from no message to ``max_messages``.

    What the route expects is the first that is known of: ``messages``, what is registered for
    ``path``, ``accepts``, or else text, JSON and binary alike. A sequence is mostly of one kind
    that the route expects; one message in eight is another, on purpose: of a kind that it does not
    expect, the other type of frame, or one with a field missing or replaced. GraphQL conversations
    are among the sequences if ``subprotocols`` names the protocol.

    Args:
        messages: A strategy of one message: ``str``, ``bytes`` or a Message.
        path: The path of the route as it is declared.
        accepts: What a Channel accepts; see :func:`messages_accepted`.
        subprotocols: What the client offers.
        constants: What the app's source mentions; see :func:`constants_of`.
        max_messages: The longest sequence.
        max_message_size: The largest message, in bytes.

    Raises:
        TypeError: ``messages`` is no strategy, or ``accepts`` declares no messages.
        ValueError: A maximum is below 1.

    Drawing raises ``SetupError`` when ``messages``, or what was registered, gives what cannot be
    sent.
    """
    _at_least_one("max_messages", max_messages)
    own = _own_menus(constants, _at_least_one("max_message_size", max_message_size))
    expected: list[Menu[Any]] = [(one,) for one in _expected(messages, path, accepts, constants)]
    # Where the source tells kinds of JSON apart, half of what is sent is JSON.
    usual = [*own, own[_JSON]] if constants.cases else own
    mixed = mixed_sequences(
        expected or usual, own, max_messages=max_messages, max_message_size=max_message_size
    )
    if GRAPHQL_SUBPROTOCOL not in subprotocols:
        return mixed
    graphql = graphql_sequences(max_messages=max_messages)
    return st.one_of(graphql.map(lambda sequence: _only_fitting(sequence, max_message_size)), mixed)


def _expected(
    messages: SearchStrategy[Any] | None, path: str, accepts: Any, constants: Constants
) -> list[Item[Wire]]:
    if messages is not None:
        check_strategy(messages)
        return [Item(messages, _wire)]
    registered: list[Item[Wire]] = [Item(one) for one in registered_strategies(path).values()]
    if registered or accepts is None:
        return registered
    return [Item(messages_accepted(accepts, constants=constants))]


def _wire(value: Any) -> Wire:
    try:
        return encode(value)
    except (TypeError, ValueError) as exc:
        raise SetupError(
            f"the strategy given as messages gave what cannot be sent: {exc}"
        ) from None


def _only_fitting(sequence: Sequence[Wire], max_size: int) -> list[Wire]:
    return [message for message in sequence if size_of(message) <= max_size]


def _own_menus(constants: Constants, max_size: int) -> list[Menu[Any]]:
    return [text_menu(constants, max_size), json_menu(constants, max_size), bytes_menu(max_size)]
