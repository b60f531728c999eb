"""Closing a connection whose client does not read, from outside its own task."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ._gone import says_gone

if TYPE_CHECKING:
    from ._life import Life

__all__ = ["hang_up"]

_log = logging.getLogger("wsnotebook.channel")
_GRACE = 1.0  # seconds that a close frame may take to leave, for one who does not read


async def hang_up(life: Life, code: int, reason: str) -> None:
    """Tell the client, if it can be told."""
    try:
        async with asyncio.timeout(_GRACE):
            await life.socket.close(code, reason)
    except Exception as exc:
        # It cannot even be told. Whatever stands in the way, a send or a receive, ends.
        if not says_gone(exc):
            life.cut()
    try:
        await life.hung_up(code, reason)
    except Exception:
        _log.exception("on_close of %r raised", life.channel)
