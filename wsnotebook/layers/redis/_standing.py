"""Whether the connections stand, and waiting until they do or do not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...errors import WaitTimeout

__all__ = ["Standing"]


class Standing:
    """Connected, lost, or at rest, when there is nothing to be connected for.

    Attributes:
        is_connected: Whether it is.
        is_lost: Whether it was connected, or tried to be, and is not.
        losses: How often it was lost.
    """

    def __init__(self) -> None:
        self.is_connected = False
        self.is_lost = False
        self.losses = 0
        self._changed = asyncio.Event()

    def connected(self) -> None:
        """Everything stands, and all that was missed is known."""
        self._set(connected=True, lost=False)

    def lost(self) -> None:
        """It does not."""
        self.losses += not self.is_lost
        self._set(connected=False, lost=True)

    def at_rest(self) -> None:
        """Nothing is needed any more."""
        self._set(connected=False, lost=False)

    def _set(self, *, connected: bool, lost: bool) -> None:
        self.is_connected, self.is_lost = connected, lost
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, test: Callable[[], bool], timeout: float | None, missing: str) -> None:
        """Wait until ``test`` holds.

        Raises:
            WaitTimeout: It did not within ``timeout`` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while not test():
                    await self._changed.wait()
        except TimeoutError:
            raise WaitTimeout(missing, timeout or 0.0) from None
