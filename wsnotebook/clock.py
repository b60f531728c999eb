"""Running a coroutine, in a script or in a notebook cell."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from .errors import MissingExtra

__all__ = ["run"]

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run ``coroutine`` to its end and return its result.

    In a script this is :func:`asyncio.run`. Inside a running loop (a notebook cell) it completes
    the coroutine on that loop through nest-asyncio, so that clients and servers already on it keep
    working. That patches the whole process for good and slows it, and blocks the cell: prefer
    top-level ``await`` in notebooks.

    Raises:
        TypeError: ``coroutine`` is not a coroutine.
        MissingExtra: Inside a running loop, and nest-asyncio is not installed.
    """
    if not inspect.iscoroutine(coroutine):
        raise TypeError(f"run needs a coroutine, as in run(main()), not {coroutine!r}")
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    try:
        _nest_asyncio().apply(loop)
    except MissingExtra:
        coroutine.close()
        raise
    result: T = loop.run_until_complete(coroutine)
    return result


def _nest_asyncio() -> ModuleType:
    """Return nest-asyncio, or its continuation, which is the one for Python 3.14 and later."""
    try:
        return import_module("nest_asyncio")
    except ImportError:
        try:
            return import_module("nest_asyncio2")
        except ImportError:
            raise MissingExtra("nest-asyncio", "notebook") from None
