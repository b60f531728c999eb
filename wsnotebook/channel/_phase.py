"""Where a connection of a Channel is.

=========  ==============================================================  =================
phase      is                                                              ends by
=========  ==============================================================  =================
WAITING    the handshake is not answered; ``authenticate`` may be running  accept, refuse
OPEN       among the class's connections                                   close, crash
OVER       closed by this side; no message gets in or out                  the running hook's end
ENDED      ``on_close`` has run, unless the handshake was refused
=========  ==============================================================  =================
"""

from __future__ import annotations

import enum

__all__ = ["Phase"]


class Phase(enum.Enum):
    """See the module."""

    WAITING = "waiting"
    OPEN = "open"
    OVER = "closed"
    ENDED = "ended"
