"""A command that waits to leave, and whoever waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ...errors import LayerLost
from ._scripts import Command

__all__ = ["Request"]


class Request:
    """A command that waits to leave.

    Args:
        build: Makes it, when it leaves.
        topic: What it is published on, if it is.
        is_fenced: Whether the answer 0 says that Redis has forgotten who we are.
        is_quiet: Whether a lost connection is no failure, because all is told anew after it.

    Attributes:
        answer: What comes of it.
        is_second: Whether it leaves for the second time: Redis had forgotten who we are.
    """

    __slots__ = ("answer", "build", "is_fenced", "is_quiet", "is_second", "topic")

    def __init__(
        self,
        build: Callable[[], Command],
        *,
        topic: str | None = None,
        is_fenced: bool = False,
        is_quiet: bool = False,
    ) -> None:
        self.build = build
        self.topic = topic
        self.is_fenced = is_fenced
        self.is_quiet = is_quiet
        self.is_second = False
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def done(self, answer: Any) -> None:
        """It was answered."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def lost(self, error: LayerLost) -> None:
        """It was not."""
        if self.is_quiet:
            self.done(None)
        elif not self.answer.done():
            self.answer.set_exception(error)
