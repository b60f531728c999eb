"""What a ``redis-server`` of one's own is started with: tests and lessons have one.

It listens on a loopback port and stores nothing. Who starts it, keeps it and ends it is elsewhere.
"""

from __future__ import annotations

import secrets
import socket

__all__ = ["READY", "free_port", "server_command"]

READY = "Ready to accept connections"
"""What it says when it answers."""

# Below what systems give to those who ask for any port: it must still be free when a server that
# was stopped is started again.
_PORTS = range(20000, 32000)


def server_command(port: int, folder: str) -> list[str]:
    """Return the command that starts one.

    Args:
        port: Where it listens, on 127.0.0.1.
        folder: Where it may write.
    """
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "save": "",
        "appendonly": "no",
        "dir": folder,
    }
    return ["redis-server", *(word for name in options for word in (f"--{name}", options[name]))]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and that nobody is given by chance."""
    while True:
        port = secrets.choice(_PORTS)  # whoever seeds ``random`` would have all take the same
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
