"""What a test or a panel holds: send, wait, receive, close.

``_client`` is the public face, with its verbs in ``_waits`` and ``_receives``; ``_session`` is one
connection from CONNECTING to CLOSED; ``_inbox`` the log of what was received and who waits for
what; ``_options`` the reading of arguments. How messages move is ``transports``.
"""

from ._client import Client, connect
from ._session import State

__all__ = ["Client", "State", "connect"]
