"""What a server tells messages apart by: the members that its source compares with texts.

Read from how the source is written, not from what it does: a name means in all of a source what it
is first given, and a branch reads what stands in it and in the functions that it names. What else
a source mentions is ``_constants``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["READS_KEY", "Case", "Path", "cases_in"]

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a member of a message, the outermost first."""

# A text, and what is run where it is met.
_Text: TypeAlias = tuple[str, Sequence[ast.AST]]

READS_KEY = frozenset({"get", "pop", "setdefault"})
_MAX_DEPTH = 3
_MAX_READS = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of message.

    Attributes:
        path: The keys that lead to the text that it is told by, the outermost first.
        text: The text.
        reads: Which other members are read of such a message, each by its path.
    """

    path: Path
    text: str
    reads: tuple[Path, ...] = ()


def cases_in(nodes: Sequence[ast.AST]) -> list[Case]:
    """Return which kinds of messages a source tells apart, in the order of their first mention.

    Args:
        nodes: All nodes of one source, the outer ones first.
    """
    source = _Source(nodes)
    found: dict[tuple[Path, str], dict[Path, None]] = {}
    for node in nodes:
        for path, text, branch in source.cases_at(node):
            reads = found.setdefault((path, text), {})
            reads.update(dict.fromkeys(source.read_in(branch)))
    return [Case(path, text, _others(path, reads)) for (path, text), reads in found.items()]


def _others(path: Path, reads: Iterable[Path]) -> tuple[Path, ...]:
    """Return ``reads`` without what only leads to others."""
    every = [path, *reads]
    ways = {one[:size] for one in every for size in range(len(one))}
    return tuple(one for one in reads if one != path and one not in ways)[:_MAX_READS]


class _Source:
    """What the names in one source stand for: members of a message, texts, functions."""

    __slots__ = ("_functions", "_places", "_read", "_registered", "_subjects", "_texts")

    def __init__(self, nodes: Sequence[ast.AST]) -> None:
        self._places: dict[str, Path] = {}
        self._texts: dict[str, tuple[_Text, ...]] = {}
        self._functions: dict[str, ast.AST] = {}
        self._subjects: dict[ast.AST, Path] = {}
        self._registered: list[_Text] = []
        self._read: dict[str, tuple[Path, ...]] = {}
        for node in nodes:
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case (
                ast.Assign(targets=[target], value=ast.expr() as value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
            ) if name := _name(target):
                if place := self._place(value):
                    self._places.setdefault(name, place)
                if texts := tuple(self._texts_of(value)):
                    self._texts.setdefault(name, texts)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._functions.setdefault(name, node)
                for decorator in node.decorator_list:  # @on("move")
                    if isinstance(decorator, ast.Call):
                        given = [one for arg in decorator.args for one in self._texts_of(arg)]
                        self._registered += [(text, [node]) for text, _ in given]

            case ast.Match(subject=subject, cases=cases):
                self._subjects.update(dict.fromkeys(cases, self._place(subject)))

    # Which cases

    def cases_at(self, node: ast.AST) -> Iterator[tuple[Path, str, Sequence[ast.AST]]]:
        """Give path, text and branch of the cases that ``node`` itself tells apart."""
        match node:
            case ast.If(test=test, body=body):
                for part in ast.walk(test):
                    yield from self._compared(part, [test, *body])
            case ast.Compare():
                yield from self._compared(node, ())
            case ast.Subscript(value=known, slice=key):  # HANDLERS[x["op"]]
                yield from self._looked_up(key, known)
            case ast.Call(func=ast.Attribute(value=known, attr=name), args=[key, *_]):
                if name in READS_KEY:  # HANDLERS.get(x["op"])
                    yield from self._looked_up(key, known)
            case ast.Match(subject=subject, cases=cases):
                place = self._place(subject)
                for case in cases:
                    yield from ((*one, [case]) for one in self._matched(case.pattern, place))
            case ast.AnnAssign(
                target=ast.Name(id=name),
                annotation=ast.Subscript(
                    value=ast.Name(id="Literal") | ast.Attribute(attr="Literal"), slice=values
                ),
            ):  # a field of a model
                yield from (((name,), text, ()) for text, _ in self._texts_of(values))

    def _compared(
        self, node: ast.AST, branch: Sequence[ast.AST]
    ) -> Iterator[tuple[Path, str, Sequence[ast.AST]]]:
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                sides = [(left, right)]  # x["op"] in HANDLERS
                if not isinstance(operator, ast.In | ast.NotIn):  # x["op"] == "move"
                    sides.append((right, left))
                for holder, known in sides:
                    if place := self._place(holder):
                        for text, run in self._texts_of(known):
                            yield place, text, [*branch, *run]

    def _looked_up(
        self, key: ast.expr, known: ast.expr
    ) -> Iterator[tuple[Path, str, Sequence[ast.AST]]]:
        place = self._place(key)
        if place and not isinstance(key, ast.Constant):
            texts = list(self._texts_of(known)) or self._registered
            yield from ((place, text, run) for text, run in texts)

    def _matched(self, pattern: ast.pattern, place: Path) -> Iterator[tuple[Path, str]]:
        match pattern:
            case ast.MatchValue(value=value) if place:
                yield from ((place, text) for text, _ in self._texts_of(value))
            case ast.MatchOr(patterns=patterns):
                for one in patterns:
                    yield from self._matched(one, place)
            case ast.MatchAs(pattern=ast.pattern() as inner):
                yield from self._matched(inner, place)
            case ast.MatchMapping(patterns=patterns):
                for path, inner in zip(_keys_of(pattern, place), patterns, strict=True):
                    yield from self._matched(inner, path)

    # What is read

    def read_in(self, branch: Iterable[ast.AST]) -> Iterator[Path]:
        """Give the members that are read in ``branch`` and in the functions that it names."""
        for part in branch:
            for node in ast.walk(part):
                yield from self._read_at(node)
                if (name := _name(node)) in self._functions:
                    if name not in self._read:
                        within = ast.walk(self._functions[name])
                        self._read[name] = tuple(
                            path for inner in within for path in self._read_at(inner)
                        )
                    yield from self._read[name]

    def _read_at(self, node: Any) -> Iterator[Path]:
        match node:
            case ast.Compare(
                left=ast.Constant(value=str() as key),
                ops=[ast.In() | ast.NotIn()],
                comparators=[holder],
            ):
                yield (*self._place(holder), key)
            case ast.Subscript(ctx=ast.Load()) | ast.Call() | ast.Name():
                if place := self._place(node):
                    yield place
            case ast.match_case(pattern=pattern):
                yield from _matched_members(pattern, self._subjects.get(node, ()))

    # What expressions stand for

    def _place(self, node: Any) -> Path:
        """Return where in a message ``node`` is from; nowhere if that is not to be seen."""
        keys: Path = ()
        while len(keys) < _MAX_DEPTH:
            match node:
                case ast.Subscript(value=outer, slice=ast.Constant(value=str() as key)):
                    keys, node = (key, *keys), outer
                case ast.Call(
                    func=ast.Attribute(value=outer, attr=name),
                    args=[ast.Constant(value=str() as key), *_],
                ) if name in READS_KEY:
                    keys, node = (key, *keys), outer
                case ast.Call(func=ast.Name(), args=[inner], keywords=[]):  # str(x), Op(x)
                    node = inner
                case ast.NamedExpr(value=inner):
                    node = inner
                case ast.Name(id=name):
                    return (*self._places.get(name, ()), *keys)[-_MAX_DEPTH:]
                case _:
                    break
        return keys

    def _texts_of(self, node: Any) -> Iterator[_Text]:
        """Give the texts that ``node`` is or holds."""
        match node:
            case ast.Constant(value=str() as text):
                yield text, ()
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                for part in parts:
                    yield from self._texts_of(part)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield from ((text, [value]) for text, _ in self._texts_of(key))
            case ast.Call(func=ast.Name(), args=[inner], keywords=[]):  # frozenset({...})
                yield from self._texts_of(inner)
            case ast.Attribute(value=inner, attr="value"):  # of an enum's member
                yield from self._texts_of(inner)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield from self._texts.get(name, ())


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _keys_of(pattern: ast.MatchMapping, place: Path) -> list[Path]:
    """Return where the members of a pattern are, nowhere for those whose key is no text."""
    keys = [key.value if isinstance(key, ast.Constant) else None for key in pattern.keys]
    return [(*place, key)[-_MAX_DEPTH:] if isinstance(key, str) else () for key in keys]


def _matched_members(pattern: ast.AST, place: Path) -> Iterator[Path]:
    match pattern:
        case ast.MatchMapping(patterns=patterns):
            for path, inner in zip(_keys_of(pattern, place), patterns, strict=True):
                yield from [path] if path else []
                yield from _matched_members(inner, path)
        case ast.MatchOr(patterns=patterns):
            for one in patterns:
                yield from _matched_members(one, place)
        case ast.MatchAs(pattern=ast.pattern() as inner):
            yield from _matched_members(inner, place)
