"""A command in a process of its own, which ends with this process at the latest.

What lessons start in this way is the business of ``processes``.
"""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import SetupError

__all__ = ["Kept"]

PATIENCE = 30.0  # seconds until it says something
_KEEPER = str(Path(__file__).with_name("_keeper.py"))


class Kept:
    """A command that runs until :meth:`end`. The methods block; call them on a thread.

    Args:
        command: The program and its arguments.
        folder: Where it runs; ``None``: here.
        env: Its environment; ``None``: that of this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        # A session of its own: an interrupt of the kernel is not for it.
        self._process = subprocess.Popen(  # noqa: S603  # the words are ours
            [sys.executable, "-I", "-S", _KEEPER, *command],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it says a line in which ``pattern`` is found.

        Raises:
            SetupError: It does not; it is ended, and the text is what it said.
        """
        said = ""
        while line := self._next_line():
            if found := re.search(pattern, line):
                return found
            said += line
        self.end()
        raise SetupError(f"{self._in_words} does not start; it says:\n{said}")

    def wait_done(self) -> None:
        """Wait until it ends by itself.

        Raises:
            SetupError: It fails, or says nothing for long; the text is what it said.
        """
        said = ""
        while line := self._next_line():
            said += line
        if self.end() != 0:
            raise SetupError(f"{self._in_words} failed; it says:\n{said}")

    def _next_line(self) -> str | None:
        try:
            return self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            return None

    def end(self) -> int:
        """End it, if it still runs, and return its status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        status = self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        return status

    @property
    def _in_words(self) -> str:
        return Path(self._command[0]).name + "".join(f" {word}" for word in self._command[1:])
