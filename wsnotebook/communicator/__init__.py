"""Communicators: a Client under the names that Channels and Chanx gave to testing.

``_communicator`` connects and sends, ``_receiving`` receives, ``_collects`` ends collects,
``_typed`` knows what types a consumer's messages, ``_captured`` what is broadcast. Neither Channels
nor Chanx is imported: objects of theirs are known by their attributes.
"""

from ._authentication import AuthenticationMessage
from ._captured import Broadcast, capture_broadcasts
from ._collects import CollectTimedOut
from ._communicator import WebsocketCommunicator

__all__ = [
    "AuthenticationMessage",
    "Broadcast",
    "CollectTimedOut",
    "WebsocketCommunicator",
    "capture_broadcasts",
]
