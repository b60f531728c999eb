"""Where conversations that failed are kept: in Hypothesis's database, apart for each route."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from ._hypothesis import ExampleDatabase

__all__ = ["OwnExamples"]


class OwnExamples(ExampleDatabase):
    """The examples of one route, in the database of the profile.

    Attributes:
        is_used: Whether it had any.
    """

    def __init__(self, database: ExampleDatabase, route: str) -> None:
        super().__init__()
        self._database = database
        self._route = b"wsnotebook " + route.encode() + b" "
        self.is_used = False

    def _own(self, key: bytes) -> bytes:
        return sha256(self._route + key).digest()

    def save(self, key: bytes, value: bytes) -> None:
        """Keep ``value`` under ``key``."""
        self._database.save(self._own(key), value)

    def fetch(self, key: bytes) -> Iterator[bytes]:
        """Return what is kept under ``key``."""
        for value in self._database.fetch(self._own(key)):
            self.is_used = True
            yield value

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget ``value``."""
        self._database.delete(self._own(key), value)
