"""wsnotebook: WebSocket code that is awaitable, visible and searchable.

The names below are the public ones, grouped by concept. What is heavy loads when it is first
touched: pydantic with ``Message``, websockets with the first connection, the widgets with
``wsnotebook.widgets``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .client import Client, State, connect
from .clock import run
from .closecodes import Closure
from .errors import (
    AppCrashed,
    Closed,
    ConnectFailed,
    LayerLost,
    MissingExtra,
    ProtocolViolation,
    Refused,
    SetupError,
    UndecodableMessage,
    UnexpectedMessage,
    WaitTimeout,
    WsNotebookError,
)
from .messages import EVENT_ACTION_COMPLETE, GROUP_ACTION_COMPLETE, MESSAGE_ACTION_COMPLETE
from .server import Server, serve
from .timeline import Event, Timeline

if TYPE_CHECKING:
    from .channel import Channel
    from .communicator import WebsocketCommunicator, capture_broadcasts
    from .layers.memory import MemoryLayer
    from .layers.redis import RedisLayer
    from .messages import Message
    from .mock import MockServer, MockWebSocket
    from .properties import (
        Campaign,
        Failure,
        Report,
        Settings,
        check,
        find_routes,
        register_message_strategy,
    )
    from .transports.asgi import ASGITransport
    from .transports.memory import MemoryTransport

__version__ = "0.1.0"

__all__ = [
    # The two sides
    "connect",
    "Client",
    "State",
    "Closure",
    "serve",
    "Server",
    # What a server writes
    "Channel",
    "MemoryLayer",
    "RedisLayer",
    # How messages move
    "ASGITransport",
    "MemoryTransport",
    # One side alone
    "MockWebSocket",
    "MockServer",
    # A client under the names of Channels and Chanx
    "WebsocketCommunicator",
    "capture_broadcasts",
    # The search for a conversation that breaks a server
    "check",
    "Campaign",
    "Settings",
    "Report",
    "Failure",
    "find_routes",
    "register_message_strategy",
    # What happened
    "Timeline",
    "Event",
    # What a message carries
    "Message",
    "MESSAGE_ACTION_COMPLETE",
    "GROUP_ACTION_COMPLETE",
    "EVENT_ACTION_COMPLETE",
    # Time
    "run",
    # Errors
    "WsNotebookError",
    "ConnectFailed",
    "Refused",
    "Closed",
    "WaitTimeout",
    "UnexpectedMessage",
    "UndecodableMessage",
    "AppCrashed",
    "ProtocolViolation",
    "LayerLost",
    "SetupError",
    "MissingExtra",
]

_LAZY = {
    "ASGITransport": ".transports.asgi",
    "Channel": ".channel",
    "MemoryLayer": ".layers.memory",
    "MemoryTransport": ".transports.memory",
    "Message": ".messages",
    "MockServer": ".mock",
    "MockWebSocket": ".mock",
    "RedisLayer": ".layers.redis",
    "WebsocketCommunicator": ".communicator",
    "capture_broadcasts": ".communicator",
    **dict.fromkeys(
        ("Campaign", "Failure", "Report", "Settings", "check", "find_routes"), ".properties"
    ),
    "register_message_strategy": ".properties",
}
_SUBMODULES = {"apps", "asyncapi", "auth", "communicator", "lessons", "properties", "widgets"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    if name in _SUBMODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
