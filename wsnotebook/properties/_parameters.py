"""The parameters of a path: their kinds, and how templates write them.

Starlette, Litestar and Channels of ours write ``{name:kind}``, Django ``<kind:name>`` or a regular
expression. What a framework keeps of them is read in ``_readers``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import quote

__all__ = ["Parameter", "from_regex", "parse", "retyped", "without_kinds"]

_INT, _DAY, _HOUR = "-?[0-9]+", "(?:0[1-9]|1[0-9]|2[0-8])", "(?:[01][0-9]|2[0-3])"
_DATE, _TIME = f"(?:19|20)[0-9]{{2}}-(?:0[1-9]|1[0-2])-{_DAY}", f"{_HOUR}(?::[0-5][0-9]){{2}}"
_HEX = "[0-9a-f]"
# What it is read as, and what text reads so.
_KINDS: dict[str, tuple[type, str]] = {
    "str": (str, "[^/]+"),
    "int": (int, _INT),
    "float": (float, _INT + r"(?:\.[0-9]+)?"),
    "uuid": (uuid.UUID, f"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"),
    "path": (str, ".*"),
    "bool": (bool, "true|false"),
    "decimal": (Decimal, _INT + r"(?:\.[0-9]+)?"),
    "date": (date, _DATE),
    "datetime": (datetime, f"{_DATE}T{_TIME}"),
    "time": (time, _TIME),
    "timedelta": (timedelta, "[0-9]+"),
}
# Channels of ours, as Starlette, take no sign.
_OURS = {"int": "[0-9]+", "float": r"[0-9]+(?:\.[0-9]+)?"}
_KIND_OF = {python: kind for kind, (python, _) in reversed(_KINDS.items())}
_PARAMETER = re.compile(r"\{\s*([^\W\d]\w*)\s*(?::\s*(\w+)\s*)?\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path.

    Attributes:
        name: Its name.
        kind: ``"str"`` (one segment), ``"int"``, ``"float"``, ``"uuid"``, ``"path"`` (any number of
            segments); ``"bool"``, ``"decimal"``, ``"date"``, ``"datetime"``, ``"time"`` or
            ``"timedelta"`` where a framework has them.
        type: What the app reads it as; ``Annotated`` with its limits where FastAPI declares some.
        pattern: A regular expression; the router or the type takes what it matches as a whole.
    """

    name: str
    kind: str = "str"
    type: Any = str
    pattern: str = "[^/]+"

    def text(self, value: object) -> str:
        """Return ``value`` as it stands in a path, percent-encoded."""
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, timedelta):
            value = int(value.total_seconds())
        elif isinstance(value, date | time):
            value = value.isoformat()
        elif isinstance(value, float):
            value = f"{Decimal(repr(value)):f}"  # no router takes an exponent
        return quote(str(value), safe="/" if self.kind == "path" else "")


def parse(template: str, patterns: Mapping[str, str] | None = None) -> tuple[Parameter, ...]:
    """Return the parameters of ``template``, in order.

    Args:
        template: ``/rooms/{room_id}/{number:int}``.
        patterns: What a router takes, by name, where that is not all that the type reads; ``None``:
            it is a template of ours.
    """
    return tuple(_of_kind(found[1], found[2], patterns) for found in _PARAMETER.finditer(template))


def without_kinds(template: str) -> str:
    """Return ``template`` with the names alone: ``/rooms/{number}``."""
    return _PARAMETER.sub(r"{\1}", template)


def _of_kind(name: str, kind: str | None, patterns: Mapping[str, str] | None) -> Parameter:
    # A router's own kind: its pattern tells more than its name.
    kind = kind if kind in _KINDS else "str"
    python, pattern = _KINDS[kind]
    if patterns is None:
        return Parameter(name, kind, python, _OURS.get(kind, pattern))
    return Parameter(name, kind, python, patterns.get(name, pattern))


def retyped(parameter: Parameter, annotation: Any, limits: tuple[Any, ...] = ()) -> Parameter:
    """Return ``parameter`` as a function reads it that annotates it.

    What the router says stands above it: an ``int`` of the router's stays one.
    """
    if parameter.kind != "str":
        return parameter
    as_type = Annotated[annotation, *limits] if limits else annotation
    if choices := _choices(annotation):
        pattern = "|".join(re.escape(str(choice)) for choice in choices)
        return Parameter(parameter.name, "str", as_type, pattern)
    kind = _KIND_OF.get(annotation, "str") if isinstance(annotation, type) else "str"
    if kind in ("str", "path"):
        return Parameter(parameter.name, "str", as_type, parameter.pattern)
    return Parameter(parameter.name, kind, as_type, _KINDS[kind][1])


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(member.value for member in annotation)
    return ()


def from_regex(regex: str) -> tuple[str, tuple[Parameter, ...]]:
    r"""Return the template that a regular expression stands for, and its parameters.

    ``^rooms/(?P<room>\w+)/$`` is ``rooms/{room}/``. An unnamed group becomes ``{arg1}``. An
    expression with more to it becomes one parameter as a whole.
    """
    body = re.sub(r"(?<!\\)\$$|\\Z$", "", re.sub(r"^(\^|\\A)", "", regex))
    template, parameters = "", []
    for number, (text, group) in enumerate(_pieces(body), 1):
        literal = re.sub(r"\\([^\w\s])", r"\1", re.sub(r"(?<!\\)/\?", "/", text))
        if re.search(r"(?<!\\)[.^$*+?{}\[\]|()]|\\\w", text.replace("/?", "/")):
            return "{route}", (Parameter("route", "path", str, body),)
        template += literal
        if group:
            named = re.fullmatch(r"\?P<(\w+)>(.*)", group, re.DOTALL)
            name, pattern = named.groups() if named else (f"arg{number}", group)
            template += f"{{{name}}}"
            parameters.append(Parameter(name, "str", str, pattern))
    return template, tuple(parameters)


def _pieces(regex: str) -> Iterator[tuple[str, str]]:
    """Yield each text outside of the outermost groups, and the inside of the group after it."""
    depth, start, text, in_class = 0, 0, "", False
    for token in re.finditer(r"\\.|.", regex, re.DOTALL):
        part, was_in_class = token[0], in_class
        in_class = (in_class or part == "[") and part != "]"
        if part == "(" and not was_in_class:
            depth += 1
            if depth == 1:
                text, start = regex[start : token.start()], token.end()
        elif part == ")" and not was_in_class:
            depth -= 1
            if depth == 0:
                yield text, regex[start : token.start()]
                start = token.end()
    yield regex[start:], ""
