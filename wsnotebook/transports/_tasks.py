"""Tasks of an app under test: how they are ended, and where one stands.

Which tasks an app has, and whether they have anything left to do, is ``settled``.
"""

from __future__ import annotations

import asyncio
import linecache
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..opened import is_library

__all__ = ["finish_task", "where"]


async def finish_task(task: asyncio.Task[Any], timeout: float) -> bool:
    """Wait for an app's ``task`` to end; past ``timeout`` seconds cancel it.

    Returns:
        Whether it ended; an app may ignore its cancellation for another ``timeout`` seconds.
    """
    limit = None if timeout == float("inf") else timeout
    try:
        if not task.done():
            await asyncio.sleep(0)  # most apps end as soon as they are told
        if not task.done():
            await asyncio.wait({task}, timeout=limit)
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=limit)
    except asyncio.CancelledError:
        task.cancel()
        raise
    return task.done()


def where(task: asyncio.Task[Any]) -> str:
    """Return where ``task`` waits, in words: the innermost line of the user's own code."""
    frames = list(_frames(task.get_coro()))
    if not frames:
        return "is about to run"
    own = [frame for frame in frames if not is_library(frame.f_code.co_filename)]
    frame = (own or frames)[-1]
    name, line = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(name, line).strip()
    return f"stands at {name}:{line} in {frame.f_code.co_name}" + (f": {source}" if source else "")


def _frames(awaited: Any) -> Iterator[FrameType]:
    """Yield the frames of a suspended coroutine, the outermost first."""
    while awaited is not None:
        for kind in ("cr", "gi", "ag"):
            if (frame := getattr(awaited, f"{kind}_frame", None)) is not None:
                yield frame
                awaited = getattr(awaited, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
                break
        else:
            return
