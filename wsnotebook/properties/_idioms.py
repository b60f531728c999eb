"""How frameworks themselves refuse a frame by an exception: no crash of the app.

Starlette's ``receive_text`` raises ``KeyError`` when a binary frame comes: every server written as
its introduction writes it does. Where a framework decodes frames before the user's code sees them,
what it cannot decode makes it raise, too. An exception from the user's own code is never one of
these, and neither is what a user's call of ``receive_json`` finds to be no JSON.

As in ``transports.disconnects``, which knows what says "the client is gone", no framework is
imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import dropwhile
from types import FrameType
from typing import NamedTuple

from ..transports.disconnects import is_disconnect

__all__ = ["refuses_frame"]


class _Place(NamedTuple):
    """Where a framework's code stands."""

    module: str
    function: str

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


# They look up the one kind of frame that they read, "text" or "bytes", in the event.
_READERS = {
    _Place("starlette.websockets", "WebSocket.receive_text"),  # FastAPI's is the same class
    _Place("starlette.websockets", "WebSocket.receive_bytes"),
    _Place("starlette.websockets", "WebSocket.receive_json"),
}

# They decode a frame before any of the user's code runs. Litestar reads an empty message where a
# frame is of the other kind, and closes with 4500 when it cannot be decoded.
_DECODERS = {
    _Place("starlette.endpoints", "WebSocketEndpoint.decode"),
    _Place(
        "litestar.handlers.websocket_handlers._utils",
        "create_handle_receive.<locals>.handle_receive",
    ),
    _Place("channels.generic.websocket", "JsonWebsocketConsumer.receive"),
    _Place("channels.generic.websocket", "AsyncJsonWebsocketConsumer.receive"),
}


def refuses_frame(exc: BaseException, sent: str | bytes) -> bool:
    """Whether ``exc`` is the framework's own way to refuse the frame that carried ``sent``.

    In a group every exception must be one, or say that the client is gone, and one at least be one.

    Args:
        exc: What an app raised.
        sent: The message that it raised it for.
    """
    if isinstance(exc, BaseExceptionGroup):
        others = [one for one in exc.exceptions if not is_disconnect(one)]
        return bool(others) and all(refuses_frame(one, sent) for one in others)
    places = tuple(_places(exc))
    return _refuses_kind(exc, places, sent) or _refuses_content(exc, places)


def _refuses_kind(exc: BaseException, places: tuple[_Place, ...], sent: str | bytes) -> bool:
    wanted = "bytes" if isinstance(sent, str) else "text"
    return (
        isinstance(exc, KeyError)
        and exc.args == (wanted,)
        and bool(places)
        and places[-1] in _READERS
    )


def _refuses_content(exc: BaseException, places: tuple[_Place, ...]) -> bool:
    """Whether a framework's decoder raised it, no code of the user's between."""
    if not isinstance(exc, ValueError | RuntimeError):  # RecursionError is one of the latter
        return False
    within = list(dropwhile(lambda place: place not in _DECODERS, places))
    return bool(within) and all(one.package in (within[0].package, "json") for one in within)


def _places(exc: BaseException) -> Iterator[_Place]:
    """Give where ``exc`` passed, from the outermost frame to the one that raised it."""
    traceback = exc.__traceback__
    while traceback is not None:
        yield _place(traceback.tb_frame)
        traceback = traceback.tb_next


def _place(frame: FrameType) -> _Place:
    name = frame.f_globals.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    # What only says that it is of a module, is not.
    is_there = module is not None and vars(module) is frame.f_globals
    return _Place(str(name) if is_there else "", frame.f_code.co_qualname)
