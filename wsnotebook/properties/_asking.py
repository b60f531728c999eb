"""Asking an oracle: what one is, whether something is one, what it is called, its answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from ..errors import SetupError
from ._mismatch import shown
from .conversation import Conversation

__all__ = ["CODES", "Oracle", "check_oracle", "code_of", "judge"]

Oracle: TypeAlias = Callable[[Conversation], None]
"""Returns ``None``; raises AssertionError (any exception counts) if the conversation is wrong."""

CODES = {
    "app-crashed": "the app raised an exception",
    "background-crashed": "a task that the app started raised an exception",
    "protocol-violation": "the app speaks ASGI wrongly",
    "server-error": "the server closed with 1011, or refused the handshake with HTTP 500",
    "connection-lost": "the connection ended without a close frame (1006)",
    "handshake-unanswered": "the server neither accepted nor refused the handshake",
    "hang": "the app did not come back for the next message",
    "outlives-client": "a handler goes on although its client is gone",
    "leaked-task": "a task that a connection started is left behind when it is over",
    "wrong-subprotocol": "the server chose a subprotocol that nobody offered",
    "schema-broken": "the server sent a message that fits none of its schemas",
    "not-echoed": "the server did not send back what it was sent",
    "uncorrelated-reply": "a request has no reply or several, or a reply answers no request",
    "order-broken": "messages of one sender were heard in another order, or more often than sent",
    "spoke-before-authentication": "the server spoke to a client that had not authenticated",
    "wrong-room": "a message was heard by a client at another path",
    "oracle": "an oracle of the caller's own objects; its name follows a colon",
}
"""Every stable code of a failure, and what it means."""


def check_oracle(oracle: Any) -> Oracle:
    """Return ``oracle`` if it can be asked.

    Raises:
        TypeError: It cannot be called with one conversation, or it is async.
    """
    name = _name(oracle)
    if not callable(oracle):
        raise TypeError(f"an oracle is a function that takes a Conversation, not {shown(oracle)}")
    if isinstance(oracle, type):
        raise TypeError(f"{name} is a class: an oracle is a function, or made of it: {name}()")
    if _is_async(oracle):
        raise TypeError(
            f"oracle {name} is async: the conversation is over when it is asked, make it a def"
        )
    try:
        signature = inspect.signature(oracle)
    except (TypeError, ValueError):
        return oracle  # type: ignore[no-any-return]  # one of C's tells nothing: it is tried
    try:
        signature.bind(None)
    except TypeError:
        raise TypeError(
            f"oracle {name}{signature} cannot be called with the conversation alone: "
            "an oracle takes one argument"
        ) from None
    return oracle  # type: ignore[no-any-return]  # callable, as far as can be told


def _is_async(oracle: Any) -> bool:
    while isinstance(oracle, partial):
        oracle = oracle.func
    return any(
        test(function)
        for test in (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
        for function in (oracle, type(oracle).__call__)
    )


def judge(oracle: Oracle, conversation: Conversation) -> None:
    """Ask ``oracle``; what it raises comes out.

    Raises:
        SetupError: It returned something.
    """
    verdict: Any = oracle(conversation)  # type: ignore[func-returns-value]  # what is looked at
    if verdict is None:
        return
    if inspect.iscoroutine(verdict):
        verdict.close()  # nobody will await it
    raise SetupError(
        f"oracle {_name(oracle)} returned {shown(verdict)}, which says nothing: "
        "use assert, or raise AssertionError, where the conversation is wrong, and return None"
    )


def code_of(oracle: Any) -> str:
    """Return the stable code of what ``oracle`` finds: its ``code``, else a code with its name."""
    code = getattr(oracle, "code", None)
    return code if isinstance(code, str) and code else f"oracle:{_name(oracle)}"


def _name(oracle: Any) -> str:
    while isinstance(oracle, partial):
        oracle = oracle.func
    return str(getattr(oracle, "__name__", type(oracle).__name__))
