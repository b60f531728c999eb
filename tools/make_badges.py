"""Draw the badges of the README from what pyproject.toml says: ``python tools/make_badges.py``.

They are files of the repository, so that a page with them asks no other host for anything.
"""
# ruff: noqa: INP001  # a script

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "images" / "badges"
LETTER = 6.5  # pixels, about the width of one; the browser fits the text to what comes of it
BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img">
<title>{name}: {value}</title>
<rect width="{width}" height="20" rx="3" fill="#1f6f8b"/>
<path d="M3 0h{inner}v20h-{inner}a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z" fill="#444"/>
<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">
<text x="6" y="14" textLength="{name_length}">{name}</text>
<text x="{value_start}" y="14" textLength="{value_length}">{value}</text>
</g>
</svg>
"""


def badges() -> dict[str, str]:
    """Return the badges: the name of the file, and what stands in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    return {
        "python.svg": drawn("Python", f"{oldest} or newer"),
        "licence.svg": drawn("licence", project["license"]),
        "binder.svg": drawn("Binder", "how to open it"),
    }


def drawn(name: str, value: str) -> str:
    """Return one badge: its name on the left, its value on the right."""
    name_length, value_length = round(LETTER * len(name)), round(LETTER * len(value))
    return BADGE.format(
        name=name,
        value=value,
        name_length=name_length,
        value_length=value_length,
        inner=name_length + 9,
        value_start=name_length + 18,
        width=name_length + value_length + 24,
    )


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in badges().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
