"""``wsnotebook serve`` in a process of its own, for as long as a block lasts."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from wsnotebook import Client
from wsnotebook import connect as connect_to

TESTS = Path(__file__).parent
PATIENCE = 60.0  # seconds that a process may take to say a line, to answer, or to end
CHAT = "served_chat:Chat"


class Serving:
    """A command that serves.

    Attributes:
        pid: The id of its process.
        url: Where it listens.
        listening: The line that said so.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid
        self.listening = self.url = ""

    async def line(self) -> str:
        """Return the next line of its standard output; empty: it has ended."""
        async with asyncio.timeout(PATIENCE):
            return (await self._process.stdout.readline()).decode().rstrip("\n")

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, not its workers."""
        self._process.send_signal(number)

    async def end(self, number: signal.Signals | None = None) -> tuple[int, str, str]:
        """Send it a signal; return its status and what it still had to say, on both streams."""
        if number is not None:
            self.tell(number)
        async with asyncio.timeout(PATIENCE):
            out, err = await self._process.communicate()
        return self._process.returncode, out.decode(), err.decode()

    def kill_all(self) -> None:
        """Kill it and its workers."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@asynccontextmanager
async def command(folder: Path, *arguments: str) -> AsyncIterator[Serving]:
    """Run ``wsnotebook`` in ``folder``; nothing of it is left when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "wsnotebook", *arguments),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    it = Serving(process)
    try:
        yield it
    finally:
        it.kill_all()
        await it.end()


@asynccontextmanager
async def serving(folder: Path, *arguments: str) -> AsyncIterator[Serving]:
    """Serve on a free port; after the block it is ended, which must go without a word."""
    async with command(folder, "serve", "--port", "0", *arguments) as server:
        server.listening = await server.line()
        found = re.search(r"ws://\S+", server.listening)
        if found is None:
            _, _, err = await server.end()
            raise AssertionError(f"it does not listen: {server.listening!r}; it says:\n{err}")
        server.url = found[0]
        yield server
        status, _, err = await server.end(signal.SIGTERM)
        assert (status, "Traceback" in err) == (0, False), err


def connect(target, path=None, **options) -> Client:
    """Return a client that waits as long as other processes may take."""
    return connect_to(target, path, timeout=PATIENCE, open_timeout=PATIENCE, **options)


async def process_of(client: Client) -> int:
    """Return the id of the process that a client of ``served_chat`` is connected to."""
    return json.loads(await client.receive())["process"]


@contextmanager
def stopped(pid: int):
    """Let a process stand still, so that another one answers."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
