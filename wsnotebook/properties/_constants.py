"""What the source of an app mentions: the texts and keys that its handlers look for.

Only the user's own modules are read, never run: those the given objects are from, and those that
these import. Bounded in every direction, and each file is parsed once as long as it is unchanged.
"""

from __future__ import annotations

import ast
import inspect
import sys
import sysconfig
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from ._cases import READS_KEY, Case, cases_in

__all__ = ["NO_CONSTANTS", "Constants", "constants_of"]

MAX_MODULES = 50
MAX_FILE_SIZE = 500_000
MAX_CONSTANTS = 500
MAX_LENGTH = 100

_LIBRARIES = tuple(
    Path(sysconfig.get_path(name)).resolve()
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
# What a server compares with the types of ASGI's own events, of which no client's message is one.
_ASGI_TYPES = frozenset({"http", "lifespan", "websocket"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Constants:
    """What a source mentions, in the order of its first mention.

    Attributes:
        keys: What it looks up in mappings, and the fields of its classes.
        texts: All other texts.
        cases: Which kinds of messages it tells apart, as by ``x["op"] == "move"``.
    """

    keys: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


NO_CONSTANTS = Constants()


def constants_of(*targets: object) -> Constants:
    """Return the constants in the source of ``targets`` and of what their modules import.

    What has no source to read, or is not the user's own code, adds nothing.

    Args:
        *targets: Modules, functions, classes, instances (then: of their class).
    """
    found = [_constants_in(source) for source in _sources(targets)]
    keys = _bounded(key for constants in found for key in constants.keys)
    texts = _bounded(text for constants in found for text in constants.texts)
    cases = _bounded(case for constants in found for case in constants.cases)
    return Constants(keys, texts, cases)


def _bounded(found: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(found))[:MAX_CONSTANTS]


# Which sources


def _sources(targets: tuple[object, ...]) -> Iterator[str]:
    named = [_named(target) for target in targets]
    for target in named:
        # A notebook's cells are in no file; what they define still has a source.
        if not isinstance(target, ModuleType) and not _is_own(_module_of(target)):
            yield from _source_of_cell(target)
    modules = [module for module in map(_module_of, named) if _is_own(module)]
    for module in _with_imported(modules):
        yield from _source_of_file(module)


def _named(target: Any) -> Any:
    """Return the module, class or function that ``target`` is or comes from."""
    while isinstance(target, partial):
        target = target.func
    target = inspect.unwrap(getattr(target, "__func__", target))
    has_source = inspect.ismodule(target) or inspect.isclass(target) or inspect.isfunction(target)
    return target if has_source else type(target)


def _module_of(value: Any) -> Any:
    if isinstance(value, ModuleType):
        return value
    name = getattr(value, "__module__", None)
    return sys.modules.get(name) if isinstance(name, str) else None


def _is_own(module: Any) -> bool:
    """Whether the user wrote ``module``; the package's own apps stand for theirs."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py"):
        return False
    name: str = module.__name__
    if name.partition(".")[0] == __name__.partition(".")[0]:
        return name.startswith(f"{__name__.partition('.')[0]}.apps.")
    return _is_own_file(file)


@lru_cache(maxsize=4096)
def _is_own_file(file: str) -> bool:
    path = Path(file).resolve()
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    return not any(path.is_relative_to(library) for library in _LIBRARIES)


def _with_imported(modules: list[Any]) -> list[Any]:
    """Return ``modules`` and their own modules, nearest first."""
    found = list(dict.fromkeys(modules))
    for module in found:  # it grows meanwhile
        imported = dict.fromkeys(_module_of(value) for value in list(vars(module).values()))
        found += [one for one in imported if one not in found and _is_own(one)]
        if len(found) >= MAX_MODULES:
            break
    return found[:MAX_MODULES]


def _source_of_file(module: Any) -> Iterator[str]:
    path = Path(module.__file__)
    try:
        if path.stat().st_size <= MAX_FILE_SIZE:
            yield path.read_text("utf-8")
    except (OSError, ValueError):
        return


def _source_of_cell(target: Any) -> Iterator[str]:
    if getattr(target, "__module__", None) != "__main__":
        return
    try:
        yield textwrap.dedent(inspect.getsource(target))
    except (OSError, TypeError):
        return


# What one source mentions


@lru_cache(maxsize=256)
def _constants_in(source: str) -> Constants:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return NO_CONSTANTS
    nodes: list[Any] = list(ast.walk(tree))
    keys = _bounded(key for node in nodes for key in _keys_at(node) if _is_short(key))
    unwanted = {id(doc) for node in nodes for doc in _no_data(node)}
    texts = [node.value for node in nodes if _is_text(node) and id(node) not in unwanted]
    known = set(keys)
    cases = _bounded(case for case in cases_in(nodes) if _is_sent(case))
    return Constants(keys, _bounded(text for text in texts if text not in known), cases)


def _is_sent(case: Case) -> bool:
    words = {case.text, *case.path}.union(*case.reads)
    return case.text.partition(".")[0] not in _ASGI_TYPES and all(map(_is_short, words))


def _is_short(text: str) -> bool:
    return 0 < len(text) <= MAX_LENGTH and text.isprintable()


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_short(node.value)


def _keys_at(node: Any) -> Iterator[str]:
    """Give the keys that ``node`` mentions: ``{"a": _}``, ``x["a"]``, ``x.get("a")``, ``"a" in x``.

    And the annotated names of a class, which are the fields of a model.
    """
    candidates: list[Any] = []
    match node:
        case ast.Dict(keys=keys):
            candidates = list(keys)
        case ast.MatchMapping(keys=keys):
            candidates = list(keys)
        case ast.Subscript(value=ast.Name(id="Literal") | ast.Attribute(attr="Literal")):
            pass  # its texts are values
        case ast.Subscript(slice=key):
            candidates = [key]
        case ast.Call(func=ast.Attribute(attr=name), args=[key, *_]) if name in READS_KEY:
            candidates = [key]
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()]):
            candidates = [key]
        case ast.ClassDef(body=body):
            for line in body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield line.target.id
    yield from (key.value for key in candidates if _is_text(key))


def _no_data(node: ast.AST) -> Iterator[ast.AST]:
    """Give the texts at ``node`` that are no data: docstrings, annotations, parts of f-strings."""
    match node:
        case ast.Expr(value=ast.Constant() as doc):
            yield doc
        case ast.JoinedStr(values=parts):
            yield from parts
        case ast.FunctionDef(returns=ast.Constant() as annotation):
            yield annotation
        case ast.AsyncFunctionDef(returns=ast.Constant() as annotation):
            yield annotation
        case ast.arg(annotation=ast.Constant() as annotation):
            yield annotation
        case ast.AnnAssign(annotation=ast.Constant() as annotation):
            yield annotation
