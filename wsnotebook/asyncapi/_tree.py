"""A document as it was read: plain JSON values, with references into it.

What the parts of an AsyncAPI document mean is ``_info``; what a schema is made of, ``_schemas``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

__all__ = ["Tree", "merged", "reference_of"]

# Where schemas stand that brought definitions of their own.
_OWN = "x-own"


def reference_of(node: Any) -> str | None:
    """Return where ``node`` refers to, if it is a reference."""
    found = node.get("$ref") if isinstance(node, Mapping) else None
    return found if isinstance(found, str) else None


def merged(target: Any, patch: Any) -> Any:
    """Return ``target`` with ``patch`` over it, as RFC 7396 merges (without its deletions)."""
    if not isinstance(target, Mapping) or not isinstance(patch, Mapping):
        return patch
    result = dict(target)
    for key, value in patch.items():
        result[key] = merged(result[key], value) if key in result else value
    return result


class Tree:
    """A document whose references can be followed.

    Args:
        root: The document.
    """

    __slots__ = ("_own", "root")

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self._own: list[Any] = []

    def at(self, reference: str) -> Any:
        """Return what ``reference`` points at, a JSON Pointer: ``#/components/schemas/Say``.

        Raises:
            ValueError: It leads out of the document, or nowhere.
        """
        if not reference.startswith("#"):
            raise ValueError(
                f"the reference {reference!r} leads out of the document; bundle it into one first"
            )
        for root in (self.root, {_OWN: self._own}):
            try:
                return _pointed(root, reference)
            except (LookupError, TypeError, ValueError):
                continue
        raise ValueError(f"the reference {reference!r} leads nowhere in the document")

    def leads_somewhere(self, reference: str) -> bool:
        """Whether ``reference`` points at something in the document."""
        try:
            self.at(reference)
        except ValueError:
            return False
        return True

    def take_in(self, value: Any) -> str:
        """Return a reference at which ``value`` is from now on."""
        self._own.append(value)
        return f"#/{_OWN}/{len(self._own) - 1}"

    def follow(self, node: Any) -> Any:
        """Return ``node``, or what it refers to in the end.

        Raises:
            ValueError: A reference leads nowhere, or round in a circle.
        """
        seen: set[str] = set()
        while (reference := reference_of(node)) is not None:
            if reference in seen:
                raise ValueError(f"the reference {reference!r} leads back to itself")
            seen.add(reference)
            node = self.at(reference)
        return node

    def object(self, node: Any, key: str | None = None) -> Mapping[str, Any]:
        """Return the object that ``node``, or its member ``key``, is; an empty one if it is none.

        Raises:
            ValueError: A reference leads nowhere.
        """
        found = self.follow(node)
        if key is not None:
            found = self.follow(found.get(key)) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def members(self, node: Any, key: str) -> Iterator[tuple[str, Any]]:
        """Yield name and value of each member of the object ``key`` in ``node``, as they stand."""
        yield from ((str(name), value) for name, value in self.object(node, key).items())

    def items(self, node: Any, key: str) -> list[Any]:
        """Return the list ``key`` of ``node``, as it stands; an empty one if there is none."""
        found = self.object(node).get(key)
        return list(found) if isinstance(found, list | tuple) else []


def _pointed(root: Any, reference: str) -> Any:
    found = root
    first, *parts = unquote(reference[1:]).split("/")
    if first:
        raise LookupError(reference)  # the name of an anchor: it is no pointer
    for part in parts:
        key = part.replace("~1", "/").replace("~0", "~")
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found
