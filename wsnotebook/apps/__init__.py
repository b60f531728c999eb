"""Systems under test for the lessons: small servers, written as their users would write them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .echo import echo
from .group_chat import GroupChat

if TYPE_CHECKING:
    from .auth import AuthenticatedChannel
    from .doors import Doors
    from .jobs import JobChannel
    from .notifications import NotificationChannel
    from .parlour import FaultyParlour, Parlour
    from .room_chat import RoomChat
    from .rooms import RoomChannel
    from .system_chat import SystemChat

__all__ = [
    "AuthenticatedChannel",
    "Doors",
    "FaultyParlour",
    "GroupChat",
    "JobChannel",
    "NotificationChannel",
    "Parlour",
    "RoomChannel",
    "RoomChat",
    "SystemChat",
    "echo",
]

# Their messages are typed and load pydantic; Doors signs tokens when it is used.
_LAZY = {
    "AuthenticatedChannel": ".auth",
    "Doors": ".doors",
    "FaultyParlour": ".parlour",
    "JobChannel": ".jobs",
    "NotificationChannel": ".notifications",
    "Parlour": ".parlour",
    "RoomChannel": ".rooms",
    "RoomChat": ".room_chat",
    "SystemChat": ".system_chat",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
