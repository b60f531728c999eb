"""Message classes made of schemas: which there are, and what they are called.

What the types of their fields are is ``_annotations``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._annotations import Annotations, Place, class_name
from ._objects import alternatives, flat
from ._tree import Tree, reference_of

__all__ = ["Types"]

# How deep one of several may itself be one of several, and how many a message may be in all.
_DEPTH, _MOST = 2, 200


class Types:
    """Makes the classes of one channel's messages.

    Args:
        tree: The document.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._names: set[str] = set()

    def classes(self, described: Iterable[tuple[str, Any]]) -> tuple[type[Any], ...]:
        """Return the classes of messages, given by name and schema."""
        named = [pair for name, schema in described for pair in self._apart(name, schema)]
        # The names of messages first, so that no class within one takes them.
        places = [(Place(self._free(class_name(name))), schema) for name, schema in named]
        return tuple(Annotations(self._tree, self._free).message(*pair) for pair in places)

    def _apart(self, name: str, schema: Any, within: tuple[int, ...] = ()) -> list[tuple[str, Any]]:
        """Return name and schema of each thing that a message can be, if all are objects."""
        found = self._tree.follow(schema)
        several = alternatives(found)
        if several is None or id(found) in within or len(within) > _DEPTH:
            return [(name, schema)]
        within = (*within, id(found))
        pairs = [
            pair
            for one in several
            for pair in self._apart((reference_of(one) or name).rpartition("/")[2], one, within)
        ]
        if len(pairs) > _MOST or any(flat(self._tree, one) is None for _, one in pairs):
            return [(name, schema)]
        return pairs

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self._names:
            number += 1
            free = f"{name}{number}"
        self._names.add(free)
        return free
