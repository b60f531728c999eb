"""What the values of settings may be, one function for each sort of value.

Which setting is of which sort, and what it means, is ``settings``. An error names the setting and
shows its value, but never that of ``auth``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from ..closecodes import check_close
from ..redaction import MASK
from ._load import check_object_name
from ._masked import Masked
from .routes import check_glob

__all__ = [
    "bearer",
    "check_auth",
    "check_bool",
    "check_int",
    "check_seconds",
    "close_codes",
    "globs",
    "object_names",
]

__tracebackhide__ = True  # pytest shows the arguments of a function, and a token may be one

_BEARER = "bearer:"
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


def check_int(name: str, value: object, least: int, most: float = math.inf) -> None:
    """Refuse what is no whole number within the bounds."""
    bounds = f"{least} or more" if most == math.inf else f"{least} to {most}"
    text = f"{name} must be an int, {bounds}, not {value!r}"
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(text)
    if not least <= value <= most:
        raise ValueError(text)


def check_seconds(name: str, value: object) -> None:
    """Refuse what is no duration."""
    text = f"{name} must be a finite number of seconds above 0, not {value!r}"
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(text)
    if not 0 < value < math.inf:
        raise ValueError(text)


def check_bool(name: str, value: object) -> None:
    """Refuse what only counts as true or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")


def close_codes(name: str, codes: Any) -> tuple[int, ...]:
    """Return the close codes, all of which may be sent."""
    text = f"{name} must be one or more close codes, such as [1000, 1001], not {codes!r}"
    if not isinstance(codes, list | tuple):
        raise TypeError(text)
    if not codes:
        raise ValueError(text)
    return _each(name, _check_code, codes)


def globs(name: str, given: Any) -> tuple[str, ...]:
    """Return the one or several globs over paths."""
    return _each(name, check_glob, _several(name, given, "a glob over paths", "/ws/*"))


def object_names(name: str, given: Any) -> tuple[str, ...]:
    """Return the one or several names of objects."""
    what, example = "'module:attribute'", "shop:check_total"
    return _each(name, check_object_name, _several(name, given, what, example))


def _check_code(code: Any) -> Any:
    check_close(code, "")
    return code


def _several(name: str, given: Any, what: str, example: str) -> Any:
    """Return the list or tuple that was given, or one with the one ``str`` that was."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list | tuple):
        raise TypeError(f"{name} must be {what} or a list, such as [{example!r}], not {given!r}")
    return given


def _each(name: str, check: Callable[[Any], Any], values: Iterable[Any]) -> tuple[Any, ...]:
    try:
        return tuple(map(check, values))
    except (TypeError, ValueError) as exc:
        raise type(exc)(f"{name}: {exc}") from None


def bearer(text: str) -> str:
    """Return what stands after the ``bearer:`` of ``text``, or all of it if there is none."""
    # A space or the end of a line comes in unseen, from a file or after the colon.
    return text.strip().removeprefix(_BEARER).strip()


def check_auth(name: str, given: Any) -> str | None:
    """Return ``given`` as it is kept: a token masked, the name of a variable as it is."""
    if given is None or isinstance(given, Masked):
        return given
    text = f"{name} must be 'bearer:TOKEN', 'bearer:$NAME' or '$NAME' (an environment variable)"
    if not isinstance(given, str):
        raise TypeError(f"{text}, not {type(given).__name__}")
    token = bearer(given)
    if token.startswith("$"):
        if not _VARIABLE.fullmatch(token):
            raise ValueError(f"{text}; what follows '$' (not shown) is no name of a variable")
        return given
    if not token or not given.strip().startswith(_BEARER):
        raise ValueError(f"{text}; what was given (not shown) is none of these")
    if token == MASK:
        raise ValueError(f"{text}; {given!r} is how a token is shown: give the token itself")
    return Masked(f"{_BEARER}{MASK}", secret=token)
