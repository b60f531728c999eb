"""What a Redis of one's own is started with."""

import socket

from wsnotebook.layers.redis import _server
from wsnotebook.layers.redis._server import free_port, server_command


def test_it_is_for_this_machine_alone_and_stores_nothing():
    assert server_command(23456, "/folder") == [
        "redis-server",
        *("--port", "23456"),
        *("--bind", "127.0.0.1"),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--dir", "/folder"),
    ]


def test_its_port_is_free_and_not_one_that_systems_give_by_chance(monkeypatch):
    free = free_port()
    assert 1024 < free < 32768
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        tried = iter([taken.getsockname()[1], free])
        monkeypatch.setattr(_server.secrets, "choice", lambda ports: next(tried))
        assert free_port() == free
