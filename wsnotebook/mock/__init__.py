"""Stand-ins for one side of a conversation, to test the other one alone.

``_socket`` is the server's socket, driven by a test; ``_ends`` its two ends and what joins them.
``_server`` is a server that client code connects to, ``_peer`` one connection of it.
What is mocked is whom the code under test talks to, never the protocol: both ends are those of
``websockets``.
"""

from ._peer import MockPeer
from ._server import MockServer, Rule
from ._socket import MockWebSocket

__all__ = ["MockPeer", "MockServer", "MockWebSocket", "Rule"]
