"""What README.md shows is what happens: its programs run, with its outputs; its links lead on.

The commands that it opens with are too big to run here; that they exist is checked.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def without_times(text: str) -> str:
    return re.sub(r"\d+\.\d{3} s  ", "#.### s  ", text)


def run_python(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "utf8", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_every_block_is_checked_by_a_test_below():
    assert re.findall(r"^```(\w+)$", README, re.MULTILINE) == [
        "sh",
        "sh",
        "python",
        "text",
        "python",
        "python",
        "python",
        "text",
        "python",
        "text",
    ]


def test_the_script_prints_what_stands_below_it(tmp_path):
    done = run_python("-W", "error", "-c", blocks("python")[0], folder=tmp_path)
    assert (done.stdout, done.stderr) == (blocks("text")[0], "")


def test_the_test_passes(tmp_path):
    file = tmp_path / "test_chat.py"
    file.write_text(blocks("python")[1], encoding="utf-8")
    # Without it pytest-asyncio warns that its default will change.
    scope = "asyncio_default_fixture_loop_scope=function"
    options = ["-q", "-W", "error", "--color=no", "-o", scope]
    done = run_python("-m", "pytest", *options, file, folder=tmp_path)
    assert re.sub(r" in .*", "", done.stdout.splitlines()[-1]) == "1 passed"


def test_the_app_in_process_passes_its_test(tmp_path):
    done = run_python("-W", "error", "-c", blocks("python")[2], folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_wait_in_vain_fails_with_the_text_that_stands_below_it(tmp_path):
    done = run_python("-W", "error", "-c", blocks("python")[3], folder=tmp_path)
    expected = blocks("text")[1]
    shown = "".join(done.stderr.splitlines(keepends=True)[-len(expected.splitlines()) :])
    assert without_times(shown) == without_times(expected)
    assert done.returncode == 1


def test_the_search_finds_what_stands_below_it(tmp_path):
    # In a file: the search reads the words of a protocol in the source.
    (tmp_path / "shop.py").write_text(blocks("python")[4], encoding="utf-8")
    done = run_python("-W", "error", "shop.py", folder=tmp_path)
    assert (done.stdout, done.stderr) == (blocks("text")[2], "")


def test_every_make_command_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    commands = re.findall(r"(?:^|`)make\s([a-z]+)", README, re.MULTILINE)
    assert commands[:2] == ["lab", "test"]
    assert set(commands) <= targets


def test_every_extra_exists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = re.findall(r"\.\[(\w+)\]", README)
    assert extras == ["lab", "test"]
    assert set(extras) <= set(project["optional-dependencies"])


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_to_a_file(link):
    assert (ROOT / link).is_file()
