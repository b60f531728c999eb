"""Take the pictures that the README and the docs show: ``python tools/make_screenshots.py``.

The browser tests take them, of the lessons as they run; so a picture cannot show what is not true.
"""
# ruff: noqa: INP001, S603  # a script that runs a program

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURES = "docs/images"


def main() -> None:
    """Run the browser tests and have them keep their pictures."""
    (ROOT / PICTURES).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "tests", "-m", "browser", *sys.argv[1:]]
    environment = {**os.environ, "WSNOTEBOOK_SCREENSHOTS": PICTURES}
    sys.exit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
