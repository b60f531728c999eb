"""What a search has sent, counted by kind, length and reply: small tables with bars, as HTML.

Numbers only: however long a search goes on, there is no more to keep and no more to show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..draw.counted import KINDS, REPLIES, SIZES, size_name
from ..properties import Sent

__all__ = ["SentCounts"]


class SentCounts:
    """Counts messages.

    Attributes:
        kinds: How many there were of each kind.
        lengths: How many of each length, by the words for it.
        replies: How many were answered with what.
    """

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.lengths: Counter[str] = Counter()
        self.replies: Counter[str] = Counter()

    def add(self, messages: Iterable[Sent]) -> None:
        """Count these messages, too."""
        for kind, size, reply in messages:
            self.kinds[kind] += 1
            self.lengths[size_name(size)] += 1
            self.replies[reply] += 1

    def html(self) -> str:
        """Return the three tables; every row stands there from the first, so that none moves."""
        tables = (
            _table("sent, by kind", self.kinds, KINDS),
            _table("by length in bytes", self.lengths, dict(zip(SIZES, SIZES, strict=True))),
            _table("answered with", self.replies, REPLIES),
        )
        return f'<div class="wsn-counts">{"".join(tables)}</div>'


def _table(caption: str, counts: Counter[str], names: Mapping[str, str]) -> str:
    total = counts.total() or 1
    rows = "".join(
        f'<tr><th scope="row">{name}</th>'
        f'<td class="wsn-bar"><i style="width:{100 * counts[key] / total:.1f}%"></i></td>'
        f"<td>{counts[key]:,}</td></tr>"
        for key, name in names.items()
    )
    return f"<table><caption>{caption}</caption><tbody>{rows}</tbody></table>"
