"""The loop that a widget lives on, and what its clicks start there.

A kernel may deliver a widget's events on another thread with a loop of its own (a subshell of
ipykernel 7), while a client belongs to the loop that it was made on. What a click starts is
therefore carried home. What it does there is the widget's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..errors import SetupError

__all__ = ["Home"]

Action = Callable[[], Coroutine[Any, Any, None]]


class Home:
    """Runs functions and actions on the loop that runs now.

    Args:
        owner: What lives here, in words, for errors.
        on_error: Told what a function or action raised.

    Raises:
        SetupError: No loop is running.
    """

    def __init__(self, owner: str, on_error: Callable[[Exception], None]) -> None:
        loop = _running_loop()
        if loop is None:
            raise SetupError(
                f"a {owner} needs a running event loop: "
                "make it in a notebook cell or inside an async function"
            )
        self.loop = loop
        self._owner = owner
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()

    def call(self, function: Callable[[], None]) -> None:
        """Call ``function`` on the home loop: at once from there, else as soon as it turns."""

        def guarded() -> None:
            try:
                function()
            except Exception as exc:
                self._on_error(exc)

        if _running_loop() is self.loop:
            guarded()
            return
        try:
            self.loop.call_soon_threadsafe(guarded)
        except RuntimeError:  # the loop is closed
            self._on_error(self._ended())

    def start(self, action: Action) -> None:
        """Run ``action`` as a task of the home loop; callable from any thread."""

        def begin() -> None:
            task = self.loop.create_task(self._guard(action))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self.call(begin)

    async def _guard(self, action: Action) -> None:
        try:
            await action()
        except Exception as exc:
            self._on_error(exc)

    async def run(self, action: Action) -> None:
        """Await ``action`` on the home loop, from whichever loop; what it raises comes out.

        Raises:
            SetupError: The home loop has ended.
        """
        if asyncio.get_running_loop() is self.loop:
            await action()
            return
        if self.loop.is_closed():
            raise self._ended()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(action(), self.loop))

    def _ended(self) -> SetupError:
        return SetupError(f"the event loop of this {self._owner} has ended; make a new one")

    async def idle(self) -> None:
        """Return when no action is running any more; for the home loop, safe to cancel."""
        await asyncio.sleep(0)  # now what other threads handed over before has begun
        this = asyncio.current_task()
        while others := {task for task in self._tasks if task is not this}:
            await asyncio.wait(others)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
