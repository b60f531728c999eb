"""Who wants to know what is opened, and by which line.

Clients and servers say that they open (:func:`say_opened`); the observer of their context hears it.
The pytest plugin and a ``tracking.Tracker`` set themselves there; otherwise nobody listens.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

__all__ = ["is_library", "observer", "say_opened", "user_line"]

observer: ContextVar[Callable[[object], None] | None] = ContextVar(
    "wsnotebook_opened", default=None
)
"""Called with each client session and server that opens in this context."""

_OURS = str(Path(__file__).parent) + os.sep
_TAUGHT = str(Path(__file__).parent / "apps") + os.sep
# Scripts are the likes of bin/pytest; of <...> names, these two are Python's and execnet's.
_LIBRARIES = (
    *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "scripts")},
    "<frozen ",
    "<string>",
)
_INSTALLED = {"site-packages", "dist-packages"}


def say_opened(what: object) -> None:
    """Tell the observer of this context, if there is one, that ``what`` opens."""
    if (note := observer.get()) is not None:
        note(what)


@functools.cache
def is_library(filename: str) -> bool:
    """Whether a file is Python's, an installed package's or this library's: not the user's own.

    The apps that come with this library count as the user's: they are there to be tested.
    """
    if filename.startswith(_OURS):
        return not filename.startswith(_TAUGHT)
    return filename.startswith(_LIBRARIES) or not _INSTALLED.isdisjoint(Path(filename).parts)


def user_line() -> str | None:
    """Return ``file:line`` of the innermost caller that is the user's own code, if there is one."""
    frame = sys._getframe(1)
    while is_library(frame.f_code.co_filename):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
