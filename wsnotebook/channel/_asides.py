"""Hooks that run beside the others, each in a task of its own.

What such a hook raises ends its connection as with any other hook: ``on_close`` runs with 1011,
and the server gets the exception, from the task that serves the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ._raised import is_no_crash
from ._signals import in_hook

if TYPE_CHECKING:
    from ._life import Life

__all__ = ["run_aside"]

_log = logging.getLogger("wsnotebook.channel")


def run_aside(life: Life, hook: Callable[..., Awaitable[None]], *args: Any) -> None:
    """Run ``hook`` in a task, until it ends or its connection does."""
    loop, context = asyncio.get_running_loop(), life.outbox.context.copy()
    task = asyncio.Task(_run(life, hook, args), loop=loop, context=context)
    life.asides.add(task)
    task.add_done_callback(life.asides.discard)


async def _run(life: Life, hook: Callable[..., Awaitable[None]], args: tuple[Any, ...]) -> None:
    in_hook.set(True)
    try:
        await hook(*args)
    except Exception as exc:
        if not await is_no_crash(life, exc):
            await life.crash(exc)
            if life.task is None:
                _log.error("%s of %r raised", hook.__name__, life.channel, exc_info=exc)
            else:
                life.fail(exc)
