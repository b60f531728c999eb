"""Runs a command for as long as its own standard input is open: ``python _keeper.py COMMAND ...``.

Whoever starts it holds the other end, and however that process ends, the system closes it. So
nothing is left of a lesson whose kernel is killed. Only the standard library is used: it is run as
a file, and starts in a moment. ``_kept`` is the other end.
"""

from __future__ import annotations

import subprocess
import sys
import threading

GRACE = 5.0  # seconds to end once told to


def keep(command: list[str]) -> int:
    """Run ``command`` until it ends or is no longer wanted; return its status."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # as it was given

    def end_it() -> None:
        sys.stdin.read()
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=end_it, daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]))
