"""Where Hypothesis comes in: without it, the error that says how to get it.

All reads of its inside stand here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from ..errors import MissingExtra

try:
    import hypothesis
    from hypothesis import reject
    from hypothesis import strategies as st
    from hypothesis.database import ExampleDatabase
    from hypothesis.errors import Flaky, HypothesisException
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError:
    raise MissingExtra("hypothesis", "properties") from None

try:
    from hypothesis.internal.conjecture import providers as _providers
except ImportError:  # a version without them
    providers: Any = None
else:
    providers = _providers

__all__ = [
    "DrawFn",
    "ExampleDatabase",
    "Flaky",
    "HypothesisException",
    "SearchStrategy",
    "begin_thread",
    "hypothesis",
    "reject",
    "st",
    "without_local_constants",
]

_lock = threading.Lock()
_users = 0
_original: Callable[[], Any] | None = None
_random: Random | None = None


def begin_thread() -> None:
    """Spare a new thread what Hypothesis does once on each: it collects all garbage.

    It does so to register a random generator of the thread's own; one is enough for all of them,
    since a search has a seed. A version that keeps it elsewhere is left as it is.
    """
    global _random  # noqa: PLW0603  # one for the process
    local: Any = getattr(hypothesis.core, "threadlocal", None)
    if getattr(local, "_hypothesis_global_random", ...) is not None:
        return  # there is one, or no such place
    with _lock:
        if _random is None:
            _random = Random()  # noqa: S311  # nothing secret comes of it
            hypothesis.register_random(_random)
    local._hypothesis_global_random = _random


@contextmanager
def without_local_constants() -> Iterator[None]:
    """Let a seed alone decide what is drawn in a block.

    Hypothesis draws, now and then, a constant from the source of the local modules that happen to
    be loaded. In the block it knows of none, on every thread. A version that does not do this, or
    does it in another way, is left as it is. Blocks may overlap, on several threads too.
    """
    if not _is_as_known():
        yield
        return
    _enter()
    _forget_permitted()
    try:
        yield
    finally:
        _leave()
        _forget_permitted()


def _enter() -> None:
    global _users, _original  # noqa: PLW0603  # Hypothesis's function belongs to the process
    with _lock:
        _users += 1
        if _users == 1:
            nothing = providers.Constants()
            _original = providers._get_local_constants
            providers._get_local_constants = lambda: nothing


def _leave() -> None:
    global _users  # noqa: PLW0603
    with _lock:
        _users -= 1
        if _users == 0:
            assert _original is not None
            providers._get_local_constants = _original


def _is_as_known() -> bool:
    """Whether this Hypothesis has what is replaced, and what it would be replaced by."""
    try:
        found = [providers.Constants().set_for_type(kind) for kind in ("integer", "string")]
        providers.CONSTANTS_CACHE.cache.clear  # noqa: B018
    except (AttributeError, TypeError, ValueError):
        return False
    return not any(found) and callable(getattr(providers, "_get_local_constants", None))


def _forget_permitted() -> None:
    # What each choice may be, constants included, is kept, for each thread.
    providers.CONSTANTS_CACHE.cache.clear()
