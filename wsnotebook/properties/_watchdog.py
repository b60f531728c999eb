"""Ends code of an app that does not let its event loop turn: an endless loop, a blocking call.

Under virtual time no deadline helps then, because the clock stands still. So another thread looks
at the loop, and raises :class:`Blocked` in the code that stands in its way.
"""

from __future__ import annotations

import ctypes
import selectors
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..clock import VirtualTimeLoop

__all__ = ["LIMIT", "Blocked", "watching"]

LIMIT = 10.0
"""Real seconds that one turn of the loop may take."""

_LOOKS = 5  # in that time


class Blocked(BaseException):
    """Raised in an app that keeps its event loop from turning."""


@contextmanager
def watching(loop: VirtualTimeLoop, limit: float | None = None) -> Iterator[None]:
    """Watch, in a block, that ``loop`` turns on the calling thread.

    Args:
        loop: The loop.
        limit: Real seconds that a turn may take; ``None``: ``LIMIT``.
    """
    over = threading.Event()
    arguments = loop, threading.get_ident(), LIMIT if limit is None else limit, over
    thread = threading.Thread(target=_watch, args=arguments, name="wsnotebook-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(loop: VirtualTimeLoop, ident: int, limit: float, over: threading.Event) -> None:
    turn, looks = -1, 0
    while not over.wait(limit / _LOOKS):
        looks = looks + 1 if loop.turns == turn else 0
        turn = loop.turns
        if looks >= _LOOKS and loop.is_running() and not _waits(sys._current_frames().get(ident)):
            # Python's own way to do this: the exception is raised at the thread's next line.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(ident), ctypes.py_object(Blocked)
            )
            looks = 0


def _waits(frame: FrameType | None) -> bool:
    """Whether the loop itself waits, for a thread or a socket."""
    return frame is None or frame.f_code.co_filename == selectors.__file__
