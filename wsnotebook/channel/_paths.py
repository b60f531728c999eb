"""Path templates: ``/rooms/{room_id}``, ``/items/{number:int}``."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from ..errors import Refused

__all__ = ["PathTemplate"]

# The names, and what they take, are those of Starlette's routes.
_KINDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "str": (r"[^/]+", str),
    "int": (r"[0-9]+", int),
    "float": (r"[0-9]+(?:\.[0-9]+)?", float),
    "uuid": (r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", uuid.UUID),
    "path": (r".*", str),
}
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"([A-Za-z_]\w*)(?::(\w+))?")


class PathTemplate:
    """A path with parameters.

    Args:
        template: Begins with ``/``; ``{name}`` takes one segment, ``{name:int}`` and ``float``,
            ``uuid`` one that reads so, ``{name:path}`` all the rest.

    Attributes:
        template: The template.
        names: The names of its parameters.

    Raises:
        ValueError: It is no such template.
    """

    __slots__ = ("_pattern", "_readers", "names", "template")

    def __init__(self, template: str) -> None:
        pieces = _PARAMETER.split(template)
        if not template.startswith("/") or any(re.search("[{}]", text) for text in pieces[::2]):
            raise ValueError(
                f"path must be like '/rooms' or '/rooms/{{room_id}}', not {template!r}"
            )
        self.template = template
        self._readers: dict[str, Callable[[str], Any]] = {}
        pattern = re.escape(pieces[0])
        for parameter, text in zip(pieces[1::2], pieces[2::2], strict=True):
            pattern += self._group(parameter, template) + re.escape(text)
        self._pattern = re.compile(pattern)
        self.names = frozenset(self._readers)

    def _group(self, parameter: str, template: str) -> str:
        found = _NAME.fullmatch(parameter)
        name, kind = found.groups() if found else ("", None)
        kind = kind or "str"
        if not name or name in self._readers or kind not in _KINDS:
            raise ValueError(
                f"path {template!r} has the parameter {{{parameter}}}: a parameter is {{name}} or "
                f"{{name:kind}}, each name once, kind one of {', '.join(_KINDS)}"
            )
        taken, self._readers[name] = _KINDS[kind]
        return f"(?P<{name}>{taken})"

    def read(self, path: str) -> dict[str, Any]:
        """Return the parameters in ``path`` (decoded, without a query).

        Raises:
            Refused: With 404: it is another path.
        """
        found = self._pattern.fullmatch(path)
        if found is None:
            raise Refused(404, reason=f"no such path; it is like {self.template}")
        return {name: self._readers[name](text) for name, text in found.groupdict().items()}
