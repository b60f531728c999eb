"""What a target is: decided by its signature, never by names.

An ASGI app takes three positional arguments (scope, receive, send), a ``websockets``-style handler
takes one (the connection).
"""

from __future__ import annotations

import inspect
import weakref
from types import FunctionType
from typing import Any, Literal

__all__ = ["channel_of", "kind_of", "without_class"]

# Reading a signature costs more than opening a connection in process.
_kinds: weakref.WeakKeyDictionary[Any, Literal["asgi", "handler"]] = weakref.WeakKeyDictionary()


def without_class(target: Any) -> Any:
    """Return the ASGI app that a class with ``as_asgi`` stands for, or ``target`` itself."""
    as_asgi = getattr(target, "as_asgi", None) if isinstance(target, type) else None
    return as_asgi() if callable(as_asgi) else target


def channel_of(target: Any) -> Any:
    """Return the Channel class that ``target`` is, is the app of, or serves; ``None`` if none."""
    if isinstance(target, str | FunctionType):
        return None  # as most are
    if not isinstance(target, type):
        # A Server has what it serves as its target; the app of a Channel has that as its channel.
        target = getattr(getattr(target, "target", target), "channel", None)
    return target if isinstance(target, type) and hasattr(target, "send_completion") else None


def kind_of(target: Any) -> Literal["asgi", "handler"]:
    """Return whether ``target`` is called as an ASGI app or as a handler.

    A decorated callable is judged by its own signature first, and by what it wraps only if its own
    would take both.

    Raises:
        TypeError: It takes both, or neither.
    """
    if not callable(target):
        raise TypeError(_unclear(target, "is not callable"))
    try:
        known = _kinds.get(target)
    except TypeError:  # it cannot be hashed or referred to weakly
        return _judge(target)
    if known is None:
        known = _kinds[target] = _judge(target)
    return known


def _judge(target: Any) -> Literal["asgi", "handler"]:
    takes_three = takes_one = False
    for follow_wrapped in (False, True):
        try:
            signature = inspect.signature(target, follow_wrapped=follow_wrapped)
        except (TypeError, ValueError):
            continue
        takes_three, takes_one = _binds(signature, 3), _binds(signature, 1)
        if not (takes_three and takes_one):
            break
    if takes_three and not takes_one:
        return "asgi"
    if takes_one and not takes_three and not isinstance(target, type):
        return "handler"
    raise TypeError(_unclear(target, _in_words(takes_three, takes_one)))


def _in_words(takes_three: bool, takes_one: bool) -> str:
    if takes_three:
        return "could be called either way"
    return "is a class, which makes an object of it" if takes_one else "takes neither"


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _unclear(target: Any, how: str) -> str:
    return (
        f"cannot tell what {target!r} is: an ASGI app takes (scope, receive, send), a handler "
        f"takes (connection), and this {how}; say which with ASGITransport(app) or "
        "MemoryTransport(handler)"
    )
