"""What a Channel says by itself: errors to clients, and that something is complete."""

from __future__ import annotations

from contextvars import ContextVar

from ..messages import (
    EVENT_ACTION_COMPLETE,
    GROUP_ACTION_COMPLETE,
    MESSAGE_ACTION_COMPLETE,
    encode_json,
)

__all__ = ["BROADCAST_COMPLETE", "LAYER_LOST", "MESSAGE_COMPLETE", "error_message", "in_hook"]

in_hook: ContextVar[bool] = ContextVar("wsnotebook_in_hook", default=False)
"""Whether a hook of a Channel runs: a broadcast made in one is a group's, any other an event."""


def error_message(text: str) -> str:
    """Return what tells a client that something is wrong, as it goes on the wire."""
    return encode_json({"type": "error", "message": text})


LAYER_LOST = error_message("the layer is lost: not everybody may have got this message")
"""What a client is told instead of a crash when a hook raises ``LayerLost``."""


def _signal(action: str) -> str:
    return encode_json({"action": action, "payload": None})


MESSAGE_COMPLETE = _signal(MESSAGE_ACTION_COMPLETE)
BROADCAST_COMPLETE = {True: _signal(GROUP_ACTION_COMPLETE), False: _signal(EVENT_ACTION_COMPLETE)}
"""What follows a broadcast; the key is ``in_hook``."""
