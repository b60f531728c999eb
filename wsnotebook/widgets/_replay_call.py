"""How a test writes ``connect(...)``: the target by its import, arguments as literals, no secrets.

The conversation itself is ``_replay``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..redaction import MASK, Redactor, redact_url
from ..server import Server
from ._literals import is_literal, literal

__all__ = ["Call"]

_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}


@dataclass(frozen=True)
class Call:
    """What a Client was made with.

    Attributes:
        target: What it connects to.
        path: Where.
        options: The other arguments.
    """

    target: Any
    path: str | None
    options: Mapping[str, Any]

    @property
    def has_token(self) -> bool:
        """Whether a secret was given whose value is masked in every event."""
        return bool(self.options.get("token"))

    # The parts of the module

    def names(self) -> list[str]:
        """Return what is imported from wsnotebook besides ``connect``."""
        return ["serve"] if self._is_served else []

    def imports(self) -> list[str]:
        """Return the line that imports the target, if it can be imported."""
        found = self._found
        if found is None:
            return []
        module, name = found
        alias = f" as {self._expression}" if self._expression != name else ""
        return [f"from {module} import {name}{alias}"]

    def contexts(self) -> list[str]:
        """Return what has to be entered before the client: a server of one's own."""
        return [f"serve({self._expression}) as server"] if self._is_served else []

    def connecting(self) -> str:
        """Return the call of ``connect``."""
        arguments = ["server" if self._is_served else self._expression]
        if self.path is not None:
            arguments.append(literal(self._mask(redact_url(self.path))))
        arguments += [f"{name}={text}" for name, text in self._arguments()]
        return f"connect({', '.join(arguments)})"

    def notes(self) -> list[str]:
        """Return the comments and constants above the test."""
        notes = []
        if self._expression == "target":
            notes.append(f"# target: import it here; the panel was given {self._described()}")
        notes += [f"# {name}=... was given to the panel; add it here" for name in self._left_out()]
        if self.has_token:
            notes.append(f'TOKEN = "{MASK}"  # the panel was given a token; put a valid one here')
        elif MASK in self.connecting():
            notes.append(f"# {MASK} stands for a secret; put a valid one there")
        return notes

    # The target

    @property
    def _served(self) -> Any:
        return self.target.target if isinstance(self.target, Server) else self.target

    @property
    def _is_served(self) -> bool:
        return isinstance(self.target, Server) and self._found is not None

    @property
    def _found(self) -> tuple[str, str] | None:
        return None if isinstance(self.target, str) else _find(self._served)

    @property
    def _expression(self) -> str:
        if isinstance(self.target, str):
            return literal(self._mask(redact_url(self.target)))
        found = self._found
        if found is None:
            return "target"
        taken = {"connect", "serve", "server", "client", "pytest", "message", "closure", "TOKEN"}
        return "app" if found[1] in taken or found[1].startswith("test") else found[1]

    def _described(self) -> str:
        served = self._served
        name = getattr(served, "__qualname__", None) or f"a {type(served).__qualname__}"
        where = "a Server of " if isinstance(self.target, Server) else ""
        return f"{where}{ascii(self._mask(str(name)))[1:-1]}"

    # The arguments

    def _arguments(self) -> Iterator[tuple[str, str]]:
        for name, value in self.options.items():
            if name == "token":
                if value:
                    yield name, "TOKEN"
            elif is_literal(value):
                yield name, self._written(_without_secrets(name, value))

    def _written(self, value: Any) -> str:
        return literal(self._masked(value))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._masked(key): self._masked(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._masked, value))
        return self._mask(value) if isinstance(value, str) else value

    def _left_out(self) -> list[str]:
        return [name for name, value in self.options.items() if not is_literal(value)]

    def _mask(self, text: str) -> str:
        token = self.options.get("token")
        return Redactor(token)(text) if token else text


def _without_secrets(name: str, value: Any) -> Any:
    if name == "cookies" and isinstance(value, Mapping):
        return dict.fromkeys(value, MASK)
    if name == "headers":
        return _masked(value, _SECRET_HEADERS)
    if name == "query":
        return _masked(value, {"token"})
    return value


def _masked(value: Any, secret: set[str]) -> Any:
    pairs = value.items() if isinstance(value, Mapping) else value
    shown = [(name, MASK if str(name).lower() in secret else text) for name, text in pairs]
    return dict(shown) if isinstance(value, Mapping) else shown


def _find(target: Any) -> tuple[str, str] | None:
    """Return module and name from which ``target`` can be imported, by the shortest way."""
    name = getattr(target, "__qualname__", None)
    home = getattr(target, "__module__", None)
    if isinstance(name, str) and name.isidentifier() and isinstance(home, str):
        parts = home.split(".")
        ways = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    else:  # an object: the module that made it has it under some name
        ways, name = _modules_with(target)
    for way in ways:
        if way != "__main__" and name and getattr(sys.modules.get(way), name, None) is target:
            return way, name
    return None


def _modules_with(target: Any) -> tuple[list[str], str]:
    for way, module in sorted(sys.modules.items(), key=lambda item: (len(item[0]), item[0])):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is target and way != "__main__" and name.isidentifier():
                return [way], name
    return [], ""
