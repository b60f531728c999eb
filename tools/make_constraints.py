"""Resolve ``.[all]`` again and write constraints.txt: exact pins of everything it brings.

Run it with the oldest Python that the project supports (``make constraints``), so that the pins
hold there; CI shows that they hold on the newest, too.
"""
# ruff: noqa: INP001, S603, T201  # a script that runs programs and says what it did

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Exact versions of all that `.[all]` brings; made by `make constraints`, not by hand.\n"
PIN = re.compile(r"([A-Za-z0-9._-]+)==[A-Za-z0-9.!+]+")


def frozen() -> list[str]:
    """Return what pip freezes after installing ``.[all]`` into an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(Path(folder, "bin", "python")), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", f"{ROOT}[all]"], check=True)
        subprocess.run([*pip, "check"], check=True)
        freeze = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True)
    return [line for line in freeze.stdout.splitlines() if not line.startswith("wsnotebook ")]


def main() -> None:
    """Write constraints.txt."""
    lines = frozen()
    for line in lines:
        if not PIN.fullmatch(line):
            sys.exit(f"{line!r} is not an exact version")
    lines.sort(key=lambda line: line.lower().split("=="))
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(lines) + "\n")
    print(f"constraints.txt: {len(lines)} pins")


if __name__ == "__main__":
    main()
