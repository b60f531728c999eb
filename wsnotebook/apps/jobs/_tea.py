"""The jobs that come with JobChannel, written as for ARQ: one for each way that a job can go."""

from __future__ import annotations

import asyncio
from typing import Any

from ._work import Retry

__all__ = ["brew", "fetch_milk", "read_the_leaves"]

_LONGEST = 3600.0


async def brew(ctx: dict[str, Any], tea: str, minutes: float = 0) -> str:  # noqa: ARG001
    """Let ``tea`` steep for so many minutes; it comes to a text."""
    await asyncio.sleep(_seconds(minutes * 60))
    return f"a pot of {tea}"


async def fetch_milk(ctx: dict[str, Any], shops: int = 2, minutes: float = 0) -> str:
    """Ask in one shop at each attempt, so many minutes apart: the last one has milk."""
    if ctx["job_try"] < shops:
        raise Retry(defer=_seconds(minutes * 60))
    return f"milk from shop {shops}"


async def read_the_leaves(ctx: dict[str, Any], pot: str = "") -> str:  # noqa: ARG001
    """Fail, unless there is a pot."""
    if not pot:
        raise ValueError("there is no pot")
    return f"you will drink more {pot}"


def _seconds(seconds: float) -> float:
    if not 0 <= seconds <= _LONGEST:  # so it is for nan
        raise ValueError(f"{seconds:g} s is not between 0 and {_LONGEST:g} s")
    return seconds
