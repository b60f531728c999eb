"""What the figures come to: medians, ratios, the table, and the same as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

from .runner import Result

__all__ = ["as_json", "heading", "ratio", "table"]

_PACKAGES = ("wsnotebook", "websockets", "aiohttp")


def machine() -> dict[str, Any]:
    """Return what the figures depend on, besides the code."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def heading(rounds: int, scale: float, *, one_core: bool) -> str:
    """Return the machine's facts and how it was measured."""
    facts = machine()
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    cores = f"{facts['cores']} cores, one used" if one_core else f"{facts['cores']} cores"
    work = "" if scale == 1 else f", {scale:.0%} of the work"
    return (
        f"Python {facts['python']}, {facts['system']}, {cores}; {packages}\n"
        f"rounds: {rounds}{work}; shown: median, ratio to the reference, range"
    )


def ratio(result: Result, peer: str) -> float | None:
    """Return the median over the rounds of a peer's figure by the reference's of that round.

    Pairs within a round were measured next to each other, so that a slow minute of the machine
    cancels out.
    """
    reference = result.figures.get(result.row.subject.reference)
    if not reference:
        return None
    pairs = zip(result.figures[peer], reference, strict=True)
    return median(figure / base for figure, base in pairs)


def table(result: Result) -> str:
    """Return the lines of one row: a title, and each peer's median, ratio and range."""
    subject = result.row.subject
    unit = subject.unit
    lines = [f"{result.row.name}: {subject.what}, {unit.name}; {unit.better}"]
    width = max(map(len, subject.peers))
    for peer in subject.peers:
        if peer in result.missing:
            lines.append(f"  {peer:<{width}}  {result.missing[peer]} is not installed")
            continue
        figures = result.figures[peer]
        by = ratio(result, peer)
        shown = "   -" if by is None else f"{by:.2f}"
        low, middle, high = (_shown(f, unit.digits) for f in _spread(figures))
        lines.append(f"  {peer:<{width}}  {middle:>9}  {shown}  {low} to {high}")
    return "\n".join(lines)


def _spread(figures: Sequence[float]) -> tuple[float, float, float]:
    return min(figures), median(figures), max(figures)


def _shown(figure: float, digits: int) -> str:
    return f"{figure:,.{digits}f}"


def as_json(results: Sequence[Result], rounds: int, scale: float) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "machine": machine(),
        "rounds": rounds,
        "scale": scale,
        "rows": [_row_as_json(result) for result in results],
    }


def _row_as_json(result: Result) -> dict[str, Any]:
    subject = result.row.subject
    return {
        "name": result.row.name,
        "what": subject.what,
        "unit": subject.unit.name,
        "reference": subject.reference,
        "missing": result.missing,
        "peers": {
            peer: {"median": median(figures), "ratio": ratio(result, peer), "figures": figures}
            for peer, figures in result.figures.items()
        },
    }
