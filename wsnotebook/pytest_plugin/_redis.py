"""A Redis of the tests' own: a ``redis-server`` on a free loopback port, that stores nothing.

Nothing here needs redis-py.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Iterator

import pytest

from ..errors import SetupError
from ..layers.redis._server import READY, free_port, server_command

__all__ = ["RedisServer", "redis_server", "redis_url"]

_MISSING = "redis-server is not installed; run: apt install redis-server, or: brew install redis"
_TIMEOUT = 30.0  # seconds that starting and each answer may take


class RedisServer:
    """A ``redis-server`` that a test starts and stops.

    It has the same port each time. What it held is gone when it stops.

    Args:
        folder: Where it may write.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        url: Its URL.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def __repr__(self) -> str:
        return f"<RedisServer {self.url}: {'running' if self._process else 'stopped'}>"

    def start(self) -> None:
        """Start it, if it does not run; it answers when this returns.

        Raises:
            SetupError: It does not start; the text is what it says.
        """
        if self._process is not None:
            return
        self._process = subprocess.Popen(  # noqa: S603  # the words are ours
            server_command(self.port, self._folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        said: deque[str] = deque(maxlen=20)
        is_ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(said, is_ready), daemon=True)
        self._reader.start()
        is_ready.wait(_TIMEOUT)
        if not any(READY in line for line in said):
            self.stop()
            raise SetupError(f"redis-server does not start; it says:\n{''.join(said)}")

    def _read(self, said: deque[str], is_ready: threading.Event) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not is_ready.is_set():
                said.append(line)
            if READY in line:
                is_ready.set()
        is_ready.set()  # it has ended

    def stop(self) -> None:
        """Kill it, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if self._reader is not None:
            self._reader.join()
        if process.stdout is not None:
            process.stdout.close()

    def clear(self) -> None:
        """Forget all that it holds."""
        with socket.create_connection(("127.0.0.1", self.port), _TIMEOUT) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            answer = connection.recv(64)
        if answer != b"+OK\r\n":
            raise SetupError(f"redis-server does not forget; it says: {answer!r}")


def _need_it() -> None:
    if shutil.which("redis-server") is None:
        pytest.skip(_MISSING)


@pytest.fixture(scope="session")
def _redis_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    _need_it()
    server = RedisServer(str(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(_redis_of_the_session: RedisServer) -> str:
    """The URL of a Redis that holds nothing: one of the session's own, emptied for each test.

    It listens on a free port of 127.0.0.1 and is ended with the session. Where ``redis-server`` is
    not installed the test is skipped.
    """
    _redis_of_the_session.clear()
    return _redis_of_the_session.url


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that belongs to one test, which may ``stop()`` it and ``start()`` it again.

    It has the same ``url`` again, and nothing in it. Where ``redis-server`` is not installed the
    test is skipped.
    """
    _need_it()
    server = RedisServer(str(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.stop()
