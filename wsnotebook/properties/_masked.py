"""A text with a secret in it that shows neither where it is printed nor where it is stored.

What a secret is for, and when it is taken out again, is the owner's business.
"""

from __future__ import annotations

from typing import Any, NoReturn, Self, SupportsIndex

__all__ = ["Masked"]


class Masked(str):
    """A ``str`` that reads ``shown``, whoever prints, formats or encodes it.

    Two are equal if their secrets are. It can be copied, but not pickled: a pickle is a file that
    anybody may open, and one without the secret would be wrong where it is loaded.

    Args:
        shown: What it reads.
        secret: What it stands for.
    """

    __slots__ = ("secret",)

    secret: str

    def __new__(cls, shown: str, *, secret: str) -> Self:
        masked = super().__new__(cls, shown)
        masked.secret = secret
        return masked

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and other.secret == self.secret

    def __ne__(self, other: object) -> bool:  # str has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self.secret)

    def __copy__(self) -> Masked:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Masked:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be pickled, because of its secret; name an environment variable "
            "instead: '$NAME'"
        )
