"""Exceptions that only say "the client is gone": no crash when they leave an app after a close.

No framework is imported: one that raises its exception has been loaded, so it is looked up among
the loaded modules.
"""

from __future__ import annotations

import sys

__all__ = ["ClientDisconnected", "is_disconnect"]

_KNOWN = (
    ("starlette.websockets", "WebSocketDisconnect"),  # FastAPI's is the same class
    ("litestar.exceptions", "WebSocketDisconnect"),
    ("channels.exceptions", "StopConsumer"),
    ("websockets.exceptions", "ConnectionClosed"),
    ("uvicorn.protocols.utils", "ClientDisconnected"),
)
_AGAIN = (("starlette.websockets", "WebSocketDisconnected"),)


class ClientDisconnected(OSError):
    """Raised in an app that sends after its client disconnected, as the ASGI specification asks."""


def is_disconnect(exc: BaseException, *, again: bool = True) -> bool:
    """Whether ``exc`` is such an exception, or a group of nothing else.

    Args:
        exc: The exception.
        again: Whether one counts that says it a second time, to an app that goes on. It comes
            after the app's own close, too, which is no disconnection.
    """
    if isinstance(exc, BaseExceptionGroup):
        return all(is_disconnect(one, again=again) for one in exc.exceptions)
    return isinstance(exc, (ClientDisconnected, *_loaded(_KNOWN + _AGAIN if again else _KNOWN)))


def _loaded(names: tuple[tuple[str, str], ...]) -> tuple[type[BaseException], ...]:
    # A module that is just being loaded by another thread may not have the name yet.
    found = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return tuple(kind for kind in found if kind is not None)
