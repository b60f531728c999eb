"""How a program gets at an object that is here: by an import, by its name, or not at all.

``source_of`` says it of what was checked, ``oracle_source`` of what judged. The program itself is
written by ``_program``.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..draw.text import in_one_line
from ..opened import is_library
from ..redaction import MASK, redact_url
from ._writing import literal

__all__ = ["Source", "is_ready", "oracle_source", "source_of"]

_READY = f"{__package__}.oracles"
_TRANSPORTS = {"ASGITransport": "app", "MemoryTransport": "handler"}
# What a program calls otherwise.
_TAKEN = {
    *("AppCrashed", "AsyncExitStack", "Client", "Conversation", "Refused", "WaitTimeout"),
    *("asyncio", "client", "clients", "connect", "deadline", "ended", "find_routes", "left"),
    *("main", "os", "re", "route", "run", "serve", "server", "settle", "stack", "suppress"),
    *("task", "the_app"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """How a program gets at what was checked.

    Attributes:
        imports: Lines that go before, such as ``"from shop import app"``; where nothing can be
            imported, a comment that says what is to be put there. Empty: none is needed.
        expression: What is given to ``connect``: ``"app"``, ``"make_app()"``, a quoted URL.
        is_network: Whether it is reached over the network, in real time.
        is_served: Whether it is an app that the program serves there by itself.
    """

    imports: str
    expression: str
    is_network: bool = False
    is_served: bool = False


def source_of(target: Any, factory: Any = None, name: str | None = None) -> Source:
    """Return how a program gets at ``target``, or at what ``factory`` makes.

    Args:
        target: What was checked, as ``connect`` takes it.
        factory: What makes a new one for each conversation; ``None``: nothing.
        name: The ``"module:attribute"`` that it, or the factory, was loaded by.
    """
    if isinstance(target, str):
        return _of_url(target)
    if hasattr(target, "crashes"):  # a Server
        app = getattr(target.target, "channel", target.target)
        return Source(*_of_object(app, "app"), is_network=True, is_served=True)
    made = target if factory is None else factory
    if name is not None:
        module, _, attribute = name.partition(":")
        first, dot, rest = attribute.partition(".")
        imports, first = _import(module, first)
        expression = first + dot + rest
    else:
        placeholder = "app" if factory is None else "make_app"
        imports, expression = _of_object(made, placeholder)
    call = "" if factory is None else "()"
    return Source(imports, expression + call)


def _of_url(url: str) -> Source:
    shown = redact_url(url)
    note = "" if shown == url else f"# put the secret of the URL in the place of {MASK}"
    return Source(note, literal(shown), is_network=True)


def _of_object(target: Any, placeholder: str) -> tuple[str, str]:
    """Return the import and the expression of an app, or of what makes one."""
    found = to_reach(target)
    if found is None and (kind := type(target).__name__) in _TRANSPORTS and not _is_special(target):
        # It was made on the spot, round something that may have a name.
        inner = to_reach(getattr(target, _TRANSPORTS[kind]))
        if inner is not None:
            return f"from wsnotebook import {kind}\n{inner[0]}", f"{kind}({inner[1]})"
    if found is None:
        shown = _shown(target)
        return f"# {placeholder}: what was checked, {shown}; define it here", placeholder
    return found


def _is_special(transport: Any) -> bool:
    """Whether a Transport was given more than what it reaches."""
    return any(
        getattr(transport, name, None) for name in ("_root_path", "_client", "_subprotocols")
    )


def to_reach(wanted: Any) -> tuple[str, str] | None:
    """Return the line and the expression by which a program gets at the very object ``wanted``.

    What stands in ``__main__``, a notebook or a script, is used by its name, and the line is a
    comment that says so. ``None``: no module has it.
    """
    found = None if wanted is None else min(_places(wanted), default=None)
    if found is None:
        return None
    *_, module, name = found
    if module == "__main__":
        return f"# {name}: as this notebook or script has it", name
    return _import(module, name)


def _import(module: str, name: str) -> tuple[str, str]:
    """Return the import of ``name`` and what it is then called."""
    if name in _TAKEN:
        return f"from {module} import {name} as the_{name}", f"the_{name}"
    return f"from {module} import {name}", name


def _places(wanted: Any) -> Iterator[tuple[bool, bool, bool, int, str, str]]:
    """Yield where ``wanted`` stands; the smallest is the place that a person would name."""
    own = getattr(wanted, "__module__", None)
    for module_name, module in list(sys.modules.items()):
        is_main = module_name == "__main__"
        if not isinstance(module, ModuleType) or (_is_private(module_name) and not is_main):
            continue
        for name, value in list(vars(module).items()):
            if value is wanted and isinstance(name, str) and not name.startswith("_"):
                is_own = module_name == own
                yield (
                    is_main,  # better the module that it was imported from
                    not is_own,
                    _is_aside(module),
                    module_name.count("."),
                    module_name,
                    name,
                )


def _is_private(module: str) -> bool:
    return any(part.startswith("_") for part in module.split("."))


def _is_aside(module: ModuleType) -> bool:
    """Whether a module is a test or a library, which only imported what it has."""
    last = module.__name__.rpartition(".")[2]
    if last == "conftest" or last.startswith("test_"):
        return True
    return is_library(getattr(module, "__file__", None) or "<none>")


# What judged


def is_ready(oracle: Any) -> bool:
    """Whether ``oracle`` is one of those that come with the library."""
    return type(oracle).__module__ == _READY


def oracle_source(oracle: Any) -> tuple[list[str], str]:
    """Return the lines that go before, and the expression, of an oracle."""
    ours = f"from {__package__} import Conversation"
    if is_ready(oracle) and (names := _names_in(repr(oracle))) is not None:
        own = type(oracle).__name__
        given = dict(_parts(oracle))
        lines = [_line_for(name, given) for name in sorted(names) if name != own]
        return [f"{ours}, {own}", *lines], repr(oracle)
    if (found := to_reach(oracle)) is not None:
        return [ours, found[0]], found[1]
    shown = _shown(oracle)
    return [ours, f"# oracle: what judged, {shown}; define it here"], "oracle"


def _names_in(expression: str) -> set[str] | None:
    """Return the names in ``expression``, dotted ones whole; ``None``: it is none."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        return None
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner
    }


def _line_for(name: str, given: dict[str, Any]) -> str:
    """Return what goes before, so that ``name`` is what the oracle was given."""
    first, dot, _ = name.partition(".")
    if hasattr(builtins, first):
        return ""
    if name in given:
        home = sys.modules.get(given[name].__module__)
        found = to_reach(getattr(home, first, None) if dot else given[name])
        # The expression has the name as it is.
        if found is not None and found[1] == first:
            return found[0]
    else:
        module = name
        while module and module not in sys.modules:
            module = module.rpartition(".")[0]
        if module:
            return f"import {module}"
    return f"# {first}: what the oracle was given; define it here"


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and object of every class and function that ``value`` is made of."""
    if isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _parts(part)
    elif isinstance(value, dict):
        yield from _parts([*value, *value.values()])
    elif hasattr(value, "__qualname__"):
        yield value.__qualname__, value
    elif dataclasses.is_dataclass(value):
        yield from _parts([getattr(value, one.name) for one in dataclasses.fields(value)])
    elif not isinstance(value, str | bytes | int | float | re.Pattern | None):
        yield type(value).__name__, type(value)


def _shown(value: Any) -> str:
    """Return how ``value`` shows itself, without where it is in memory."""
    return re.sub(" at 0x[0-9a-f]+", "", in_one_line(repr(value)))
