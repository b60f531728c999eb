"""Objects by name: ``load_object("shop:app")``, and what to write when the name is wrong.

What is done with an object, and where its name comes from, is the caller's.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from ..errors import SetupError, is_ours

__all__ = ["check_object_name", "load_object", "load_oracle", "nearest_name"]

__tracebackhide__ = is_ours


def load_object(name: str) -> Any:
    """Import a module and return an object of it.

    The current directory is searched first, as servers do that take such names: it is put at the
    head of ``sys.path``, once, and stays there, because an app may import on when it runs. A module
    that is imported already is not read again.

    Args:
        name: ``"module:attribute"``; both may be dotted: ``"shop.chat:holder.app"``.

    Raises:
        TypeError: ``name`` is no ``str``.
        SetupError: ``name`` is not written so, the module cannot be imported (what it raised is
            the ``__cause__``), or there is no such attribute.
    """
    try:
        module, attributes = check_object_name(name).rsplit(":", 1)
    except ValueError as exc:
        raise SetupError(str(exc)) from None
    _search_here_first()
    found: Any = _import(module, attributes)
    where = f"{module}:"
    for attribute in attributes.split("."):
        found = _attribute(found, attribute, where)
        where += f"{attribute}."
    return found


def check_object_name(name: object) -> str:
    """Return ``name`` if it is written as :func:`load_object` takes it. Nothing is imported.

    Raises:
        TypeError: It is no ``str``.
        ValueError: It is not written so.
    """
    text = f"expected 'module:attribute', such as 'shop:app', not {name!r}"
    if not isinstance(name, str):
        raise TypeError(text)
    module, _, attributes = name.rpartition(":")
    # A relative name has no package to start from, and a path to a file is no module.
    if not all((*module.split("."), *attributes.split("."))) or {"/", "\\"} & set(module):
        raise ValueError(text)
    return name


def nearest_name(name: object, known: Iterable[str]) -> str | None:
    """Return which of ``known`` was probably meant by ``name``, if any is close."""
    return next(iter(get_close_matches(str(name), list(known), n=1)), None)


def _search_here_first() -> None:
    here = os.getcwd()  # noqa: PTH109  # sys.path holds str
    if sys.path[:1] not in ([here], [""]):  # "" is the current directory, wherever that is
        sys.path[:] = [here, *(entry for entry in sys.path if entry != here)]
    importlib.invalidate_caches()  # the file may have been written a moment ago


def _import(module: str, attributes: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as exc:
        if _is_missing(module, exc):
            raise SetupError(_missing(module, attributes)) from exc
        told = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
        raise SetupError(
            f"cannot import {module!r} of '{module}:{attributes}', which raised {told}; "
            f"see that 'import {module}' works"
        ) from exc


def _is_missing(module: str, exc: BaseException) -> bool:
    """Whether it is the module that was not found, or a package of it, not one that it imports."""
    missing = exc.name if isinstance(exc, ModuleNotFoundError) else None
    return missing is not None and f"{module}.".startswith(f"{missing}.")


def _missing(module: str, attributes: str) -> str:
    text = f"cannot import {module!r} of '{module}:{attributes}': "
    if module.endswith(".py"):
        return f"{text}name the module, not its file: '{module.removesuffix('.py')}:{attributes}'"
    return (
        f"{text}there is no such module in {os.getcwd()!r} or on sys.path; "  # noqa: PTH109
        "check the name, or start in the folder that has it"
    )


def _attribute(owner: Any, attribute: str, where: str) -> Any:
    try:
        return getattr(owner, attribute)
    except AttributeError as exc:
        near = nearest_name(attribute, dir(owner))
        hint = f"did you mean '{where}{near}'?" if near else "check the name after the colon"
        raise SetupError(f"{where[:-1]!r} has no attribute {attribute!r}; {hint}") from exc


def load_oracle(name: str) -> Callable[[Any], None]:
    """Return the oracle that ``"module:attribute"`` names.

    Of a class, such as ``wsnotebook.properties:echo``, one object judges.

    Raises:
        SetupError: It cannot be had, cannot be called, or is a class that needs arguments.
    """
    oracle: Callable[..., Any] = load_object(name)
    if not callable(oracle):
        raise SetupError(f"{name!r} is {oracle!r}, no function that could look at a Conversation")
    try:
        return oracle() if isinstance(oracle, type) else oracle
    except TypeError as exc:
        raise SetupError(
            f"{name!r} is a class, and calling it without arguments raised {exc}; "
            "make an oracle of it in a module, and name that"
        ) from exc
