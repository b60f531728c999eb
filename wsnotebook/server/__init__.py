"""A real socket for the app under test.

``_server`` is the public face: what a server knows, who is connected, what crashed; ``_engines``
runs a handler on ``websockets`` and an ASGI app on uvicorn. In process is ``transports``' business.
"""

from ._server import Peer, Server, serve

__all__ = ["Peer", "Server", "serve"]
