"""Channel: what a server writes; served as an ASGI app, or driven by hand.

``_channel`` is the public face; ``_life`` what one connection goes through (``_phase`` where it is,
``_raised`` what ends it, ``_asides`` and ``_hanging_up`` what runs beside it), ``_asgi`` how an
ASGI server calls it; ``_state`` who is connected, ``_outbox`` and ``_first_steps`` how many are
sent to without waiting for the slow; ``_context`` and ``_paths`` what the client asked for.
"""

from ._channel import Channel
from ._context import Context
from ._state import Counts

__all__ = ["Channel", "Context", "Counts"]
