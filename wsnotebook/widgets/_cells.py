"""What a notebook's cell has made, so that running it again leaves nothing of it behind.

The page shows only what the newest run of a cell made. What runs before made is out of sight, and
would go on unseen.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from IPython import get_ipython

__all__ = ["take_over"]

_made: WeakKeyDictionary[Any, tuple[str, str]] = WeakKeyDictionary()


def take_over(widget: Any) -> None:
    """Close what the cell that makes ``widget`` made when it was run before.

    What this run has made stays, and so does everything where nothing tells which cell is run:
    outside of notebooks, in a callback.
    """
    place = _place()
    if place is None:
        return
    cell, run = place
    for other, (its_cell, its_run) in list(_made.items()):
        if its_cell == cell and its_run != run:
            other.close()
            del _made[other]
    _made[widget] = place


def _place() -> tuple[str, str] | None:
    """Return the cell that is run, and which run of it."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = parent.get("metadata", {}).get("cellId")
    return (cell, parent["header"]["msg_id"]) if cell else None
