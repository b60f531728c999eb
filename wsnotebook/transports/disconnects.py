"""What frameworks do with exceptions: which are no crash, and which crash becomes a close code.

No framework is imported: one that raises its exception has been loaded, so it is looked up among
the loaded modules.
"""

from __future__ import annotations

import sys

__all__ = ["ClientDisconnected", "is_disconnect", "made_a_close_of"]

_LITESTARS_OWN = 4500

_KNOWN = (
    ("starlette.websockets", "WebSocketDisconnect"),  # FastAPI's is the same class
    ("litestar.exceptions", "WebSocketDisconnect"),
    ("channels.exceptions", "StopConsumer"),
    ("websockets.exceptions", "ConnectionClosed"),
    ("uvicorn.protocols.utils", "ClientDisconnected"),
)


class ClientDisconnected(OSError):
    """Raised in an app that sends after its client disconnected, as the ASGI specification asks."""


def made_a_close_of(code: object) -> BaseException | None:
    """Return the crash that a framework is handling by sending this close code, if it is one.

    Litestar re-raises nothing: it closes with 4500 for whatever is not its own exception.
    """
    exc = sys.exception() if code == _LITESTARS_OWN else None
    own = getattr(sys.modules.get("litestar.exceptions"), "LitestarException", None)
    return None if own is None or isinstance(exc, own) else exc


def is_disconnect(exc: BaseException) -> bool:
    """Whether ``exc`` is such an exception, or a group of nothing else."""
    if isinstance(exc, BaseExceptionGroup):
        return all(map(is_disconnect, exc.exceptions))
    return isinstance(exc, (ClientDisconnected, *_loaded()))


def _loaded() -> tuple[type[BaseException], ...]:
    # A module that is just being loaded by another thread may not have the name yet.
    found = (getattr(sys.modules.get(module), name, None) for module, name in _KNOWN)
    return tuple(kind for kind in found if kind is not None)
