"""Values for the parameters of a path: what the route takes, simple ones first, awkward ones too.

What parameters there are is ``_parameters``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import unquote
from uuid import UUID

from ..errors import SetupError
from ._constants import NO_CONSTANTS, Constants
from ._from_bytes import long_text_from
from ._hypothesis import SearchStrategy, st
from ._models import with_limits
from ._parameters import Parameter
from ._values import Item, from_menu, one_of

__all__ = ["path_values"]

_SIMPLE = ("0", "a", "1", "abc")
_AWKWARD = (
    *(" ", "a b", ".", "..", "%2F", "%00", "%", "+", "?", "#", "&", "=", ";", ":", "@", "\\"),
    *("'", '"', "<b>", "{}", "\0", "\t", "null", "-1", "a" * 255),
    *("\u00e9", "e\u0301", "\u0130", "\u202e", "\ufeff", "\U0001f469", "\U0010ffff"),
)
_SEVERAL = ("a/b", "0/1/2", "../a", "a/../b", "./a", "a//b", "a/", "a/%2F/b", "a b/\u00e9")
_FIRST, _LAST = datetime(1900, 1, 1), datetime(2099, 12, 31)  # noqa: DTZ001  # a path has no zone


def path_values(
    parameters: tuple[Parameter, ...],
    *,
    given: Mapping[str, Any] | None = None,
    constants: Constants = NO_CONSTANTS,
) -> SearchStrategy[dict[str, Any]]:
    """Return a strategy of one value for each parameter, by name, as ``Route.fill`` takes them.

    Args:
        parameters: Those of the route.
        given: Values, or strategies of them, for some of the parameters. They are taken as they
            are, also where the route would not match them.
        constants: Texts to use now and then; see :func:`constants_of`.

    Raises:
        SetupError: The pattern of a parameter that is not given is no regular expression.
        ValueError: ``given`` has a name that is no parameter's.
    """
    given = given or {}
    known = {one.name: one for one in parameters}
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(
            f"params has {', '.join(map(repr, unknown))}, but the parameters of the path are "
            f"{', '.join(known) or 'none'}"
        )
    if not known:
        return st.just({})
    return st.fixed_dictionaries(
        {
            name: _given(given[name]) if name in given else _fitting(one, constants)
            for name, one in known.items()
        }
    )


def _given(value: Any) -> SearchStrategy[Any]:
    return value if isinstance(value, SearchStrategy) else st.just(value)


def _fitting(parameter: Parameter, constants: Constants) -> SearchStrategy[Any]:
    """Return a strategy of values that the route takes."""
    try:
        matches = re.compile(parameter.pattern).fullmatch
    except re.error as exc:
        raise SetupError(
            f"the pattern {parameter.pattern!r} of the parameter {parameter.name!r} is no regular "
            f"expression of Python ({exc}); give the value, as in "
            f"check(params={{{parameter.name!r}: ...}})"
        ) from None

    def fits(value: Any) -> bool:
        text = unquote(parameter.text(value))
        is_one = parameter.kind == "path" or "/" not in text
        return text != "" and is_one and matches(text) is not None

    return _values_of(parameter, fits, constants).filter(fits)


def _values_of(
    parameter: Parameter, fits: Callable[[Any], bool], constants: Constants
) -> SearchStrategy[Any]:
    kind, of_type = parameter.kind, parameter.type
    if get_origin(of_type) is Annotated:
        return with_limits(get_args(of_type)[0], list(of_type.__metadata__))
    if get_origin(of_type) is Literal:
        return st.sampled_from(get_args(of_type))
    if isinstance(of_type, type) and issubclass(of_type, Enum):
        return st.sampled_from(list(of_type))
    if kind in ("str", "path"):
        return _texts(parameter, fits, constants)
    # A router's own pattern for a kind says more than the kind.
    if kind not in _OF_KIND or not fits(_SAMPLES[kind]):
        return st.from_regex(parameter.pattern, fullmatch=True)
    return _OF_KIND[kind](fits)


def _texts(
    parameter: Parameter, fits: Callable[[Any], bool], constants: Constants
) -> SearchStrategy[Any]:
    simple = list(filter(fits, _SIMPLE))
    awkward = list(filter(fits, _AWKWARD))
    if not simple or not awkward:  # the pattern is a narrow one
        return st.from_regex(parameter.pattern, fullmatch=True)
    mentioned = list(filter(fits, (*constants.texts, *constants.keys)))
    several = list(filter(fits, _SEVERAL)) if parameter.kind == "path" else []
    others = Item(st.binary(min_size=1, max_size=24), long_text_from)
    return from_menu(
        (
            *[one_of(simple)] * 3,
            one_of(mentioned or simple),
            one_of(several or awkward),
            one_of(awkward),
            *[others] * 2,
        )
    )


def _integers(fits: Callable[[Any], bool]) -> SearchStrategy[int]:
    return st.integers(min_value=None if fits(-1) else 0)


def _floats(fits: Callable[[Any], bool]) -> SearchStrategy[float]:
    return st.floats(min_value=None if fits(-1.0) else 0, allow_nan=False, allow_infinity=False)


# Where what fits depends on the sign, it is asked; the rest is filtered.
_OF_KIND: dict[str, Callable[[Callable[[Any], bool]], SearchStrategy[Any]]] = {
    "int": _integers,
    "float": _floats,
    "uuid": lambda _: st.uuids(),
    "bool": lambda _: st.booleans(),
    # By hundredths, as no router takes an exponent.
    "decimal": lambda _: st.integers(-(10**18), 10**18).map(lambda n: Decimal(n).scaleb(-2)),
    "date": lambda _: st.dates(_FIRST.date(), _LAST.date()),
    "datetime": lambda _: st.datetimes(_FIRST, _LAST).map(lambda one: one.replace(microsecond=0)),
    "time": lambda _: st.times().map(lambda one: one.replace(microsecond=0)),
    "timedelta": lambda _: st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
}
_SAMPLES: dict[str, Any] = {
    "int": 0,
    "float": 1.5,
    "uuid": UUID(int=0),
    "bool": True,
    "decimal": Decimal("1.5"),
    "date": _FIRST.date(),
    "datetime": _FIRST,
    "time": _FIRST.time(),
    "timedelta": timedelta(seconds=1),
}
