"""Crashes that a framework handles itself, found where they pass.

Starlette, FastAPI and Channels let an exception through. Litestar makes a close code of it, and
Quart a log entry and a close with 1000: a test would never know. As in ``disconnects``, no
framework is imported.
"""

from __future__ import annotations

import sys
from typing import Any

from ._internals import owner

__all__ = ["listen_to_quart", "made_a_close_of"]

_LITESTARS_CODE = 4500


def made_a_close_of(code: object) -> BaseException | None:
    """Return the crash that Litestar is handling by sending this close code, if it is one.

    It closes with 4500 for all exceptions that are not its own; it does so while handling them.
    """
    if code != _LITESTARS_CODE:
        return None
    own = getattr(sys.modules.get("litestar.exceptions"), "LitestarException", None)
    exc = sys.exception()
    return None if own is None or isinstance(exc, own) else exc


def listen_to_quart() -> None:
    """Have Quart tell the owner of its tasks what they raised, if Quart is loaded."""
    signal = getattr(sys.modules.get("quart.signals"), "got_websocket_exception", None)
    if signal is not None:
        signal.connect(_note)  # connecting again changes nothing


def _note(_app: Any, *, exception: BaseException, **_: Any) -> None:
    if (who := owner.get()) is not None:
        who.crashed(exception)
