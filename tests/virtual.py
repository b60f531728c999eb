"""What the tests of virtual time share."""

from __future__ import annotations

import asyncio

from wsnotebook import run

HOUR = 3600.0
STUCK = (
    "nothing can happen any more: every task waits, no timer is set, and no thread or socket is at "
    "work (virtual time does not see threads that an app starts by itself); the wait needs a "
    "deadline, or somebody who ends it"
)


def virtually(main):
    """Run the coroutine function ``main`` under virtual time."""
    return run(main(), virtual_time=True)


async def for_ever():
    """Wait for what nobody will do."""
    await asyncio.Event().wait()
