"""Texts and JSON values that are made of a few bytes.

Hypothesis chooses the bytes, all at once: each further choice costs more than a whole value does.
It shrinks them towards none and towards zeros, so where they end or are zero stands what is
simplest: no more members, ``null``, ``"0"``. Every power of two below tells a byte by its low bits,
where Hypothesis looks first. What else is sent is ``_values``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..messages import encode_json
from ._cases import Path
from ._constants import NO_CONSTANTS, Constants
from ._edge_values import JSON_VALUES, TEXTS

__all__ = ["json_from", "json_object_first", "long_text_from", "text_from"]

T = TypeVar("T")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ _"
# All of ASCII, the plainest first.
_ASCII = _LETTERS + "".join(sorted(set(map(chr, range(128))) - set(_LETTERS), reverse=True))
_INTEGER_SIZES = (1, 1, 1, 1, 2, 2, 4, 9)  # bytes
_EXPONENTS = (-1, -2, 1, 20, -20, 280, -280, -330)
_SHORT = 20
_SHORT_TEXTS = tuple(text for text in TEXTS if len(text) <= _SHORT)
_SHORT_VALUES = tuple(value for value in JSON_VALUES if len(encode_json(value)) <= _SHORT)


def long_text_from(data: bytes) -> str:
    """Return a text that uses all of ``data``."""
    return "".join(_Source(data, NO_CONSTANTS).characters())


def text_from(data: bytes, constants: Constants) -> str:
    """Return a text to stand in a message, one of ``constants`` now and then."""
    return _Source(data, constants).text()


def json_from(data: bytes, constants: Constants) -> Any:
    """Return a JSON value of any shape."""
    return _Source(data, constants).value()


def json_object_first(data: bytes, constants: Constants) -> Any:
    """Return a JSON value: mostly an object, which is also the simplest.

    Half of them are of a kind that the source tells from others, if it does so.
    """
    source = _Source(data, constants)
    if not constants.cases:
        return source.value() if source.below(4) == 3 else source.members()
    form = source.below(8)
    if form == 7:
        return source.value()
    return source.case() if form >= 3 else source.members()


class _Source:
    """What is left of the bytes, and what is made of the next of them."""

    __slots__ = ("_bytes", "_cases", "_keys", "_texts")

    def __init__(self, data: bytes, constants: Constants) -> None:
        self._bytes = iter(data)
        self._keys = constants.keys
        self._texts = (*constants.texts, *constants.keys)
        self._cases = constants.cases

    def below(self, limit: int) -> int:
        """Return a number from 0 to ``limit`` - 1, of at most 256."""
        return next(self._bytes, 0) % limit

    def value(self) -> Any:
        """Return a JSON value."""
        return _VALUES[self.below(8)](self)

    def members(self) -> dict[str, Any]:
        """Return an object."""
        found: dict[str, Any] = {}
        self._add_members(found)
        return found

    def case(self) -> dict[str, Any]:
        """Return an object of a kind that the source tells from others."""
        found: dict[str, Any] = {}
        self._add_case(found)
        self._add_members(found)
        return found

    def _add_members(self, found: dict[str, Any]) -> None:
        while self.below(4):
            form = self.below(8)
            if form >= 5 and self._cases:
                self._add_case(found)
            elif form >= 2 and self._keys:
                key = self._one_of(self._keys)
                found[key] = self._known_value()
            else:
                key = self.text() if form == 1 else self._characters(self.below(8))
                value = self.value()
                # What a failure does not need shrinks to no key: beside known ones it is left out.
                if key or not self._keys:
                    found[key] = value

    def items(self) -> list[Any]:
        """Return an array."""
        found = []
        while self.below(4):
            found.append(self.value())
        return found

    def integer(self) -> int:
        """Return a whole number of up to nine bytes."""
        form = self.below(16)
        number = self._number(_INTEGER_SIZES[form % 8])
        return -number if form >= 8 else number

    def real(self) -> float:
        """Return a finite number."""
        number = self.integer()
        return float(f"{number}e{_EXPONENTS[self.below(8)]}")

    def edge(self) -> Any:
        """Return a value that programs trip over."""
        return _SHORT_VALUES[self.below(len(_SHORT_VALUES))]

    def text(self) -> str:
        """Return a text."""
        form = self.below(8)
        if form >= 4 and self._texts:
            return self._one_of(self._texts)
        if form == 3:
            return _SHORT_TEXTS[self.below(len(_SHORT_TEXTS))]
        return self._characters(self.below(16))

    def characters(self) -> Iterator[str]:
        """Yield characters until no byte is left."""
        for byte in self._bytes:
            yield self._character(byte)

    def _add_case(self, found: dict[str, Any]) -> None:
        """Add a text that the source expects, within objects if it does so there."""
        case = self._one_of(self._cases)
        # The source may mean by what holds it something else than the message.
        last = len(case.path) - 1
        start = 0 if last == 0 or self.below(4) else last
        _put(found, case.path[start:], case.text)
        for path in case.reads:
            if self.below(8):
                _put(found, path[min(start, len(path) - 1) :], self._known_value())

    def _known_value(self) -> Any:
        """Return a value of a key from the source: more often a text from it, or a number."""
        form = self.below(16)
        if form >= 10 and self._texts:
            return self._one_of(self._texts)
        return self.integer() if form >= 8 else _VALUES[form](self)

    def _one_of(self, known: tuple[T, ...]) -> T:
        place = self._number(1 if len(known) <= 256 else 2)
        return known[place % len(known)]

    def _characters(self, count: int) -> str:
        return "".join(self._character(next(self._bytes, 0)) for _ in range(count))

    def _character(self, byte: int) -> str:
        """Return an ASCII character three times of four, else one of the others."""
        if byte < 0xC0:
            return _ASCII[byte % 128]
        if byte < 0xE0:  # up to the currency signs
            return chr(0x80 + (byte % 32) * 256 + self._number(1))
        code = ((byte % 32) * 65_536 + self._number(2)) % 0x110000
        return chr(code) if not 0xD800 <= code <= 0xDFFF else "\ufffd"

    def _number(self, size: int) -> int:
        number = 0
        for _ in range(size):
            number = number * 256 + next(self._bytes, 0)
        return number


def _put(found: dict[str, Any], path: Path, value: Any) -> None:
    """Put ``value`` into an object, within others if it stands there."""
    *outer, key = path
    for one in outer:
        inner = found.get(one)
        if not isinstance(inner, dict):
            inner = found[one] = {}
        found = inner
    found[key] = value


_VALUES: tuple[Callable[[_Source], Any], ...] = (
    lambda _: None,
    lambda source: bool(source.below(2)),
    _Source.integer,
    _Source.text,
    _Source.real,
    _Source.edge,
    _Source.items,
    _Source.members,
)
