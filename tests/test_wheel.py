"""The wheel: built, looked into, installed in a fresh environment, and its lessons opened there.

The third parties are those of the environment of the tests, so that nothing but the wheel is
installed; ``make binder`` installs all of them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds, for a machine that is busy
RUNNING = re.compile(r"(http://127\.0\.0\.1:\d+)(/lab\S*)\?token=(\w+)")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """Return a copy of what the wheel is made of, with litter of the kinds that work leaves."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, tree)
    for name in ("wsnotebook", "notebooks"):
        hidden = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, tree / name, ignore=hidden)
    return tree


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory) -> Path:
    """Return the wheel that pip builds from the tree after some work was done in it."""
    tree = shutil.copytree(tree, tmp_path_factory.mktemp("worked") / "tree")
    for litter in (
        "notebooks/.ipynb_checkpoints/00_start_here-checkpoint.ipynb",
        "wsnotebook/__pycache__/cli.cpython-311.pyc",
        "tests/test_it.py",
        "binder/requirements.txt",
    ):
        (tree / litter).parent.mkdir(parents=True, exist_ok=True)
        (tree / litter).write_bytes(b"")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([*PIP, "wheel", "--quiet", "--no-deps", "-w", folder, tree], check=True)
    [built] = folder.iterdir()
    return built


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel in it."""

    folder: Path

    def path(self, name: str) -> Path:
        """Return where this environment has its ``scripts`` or its ``purelib``."""
        return Path(sysconfig.get_path(name, "venv", {"base": str(self.folder)}))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Environment:
    """Install the wheel in a fresh environment that finds third parties in this one."""
    environment = Environment(tmp_path_factory.mktemp("environment"))
    venv.create(environment.folder, symlinks=os.name != "nt")
    # A folder added by a .pth file has its own .pth files, an editable wsnotebook's too, ignored.
    borrowed = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (environment.path("purelib") / "borrowed.pth").write_text("\n".join(borrowed))
    python = environment.path("scripts") / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([*PIP, "--python", python, *install], check=True)
    return environment


@contextmanager
def running(command: list[str | Path], home: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a program on a terminal of its own; end it and all it started."""
    terminal, its_end = os.openpty()
    with subprocess.Popen(
        command,
        cwd=home,
        env=environment_variables(home),
        stdin=its_end,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        end = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        end.start()
        try:
            yield process
        finally:
            end.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            os.close(terminal)
            os.close(its_end)


def environment_variables(home: Path) -> dict[str, str]:
    """Keep JupyterLab's files in ``home``, and let it find its parts, which are borrowed, too."""
    shared = Path(sys.prefix, "share", "jupyter")
    return {
        **os.environ,
        **{f"JUPYTER_{place}": str(home / place) for place in ("CONFIG_DIR", "RUNTIME_DIR")},
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_PATH": str(shared),
        "JUPYTERLAB_DIR": str(shared / "lab"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def address(process: subprocess.Popen[str], said: list[str]) -> re.Match[str]:
    """Return the address that JupyterLab tells; keep what it said until then."""
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := RUNNING.search(line):
            return found
    pytest.fail("JupyterLab did not start; this was said:\n" + "".join(said))


def answer(url: str, process: subprocess.Popen[str]) -> bytes:
    """Return the body of the answer to a GET."""
    while True:
        try:
            with urlopen(url, timeout=PATIENCE) as response:
                return response.read()
        except URLError as error:
            # It tells its address just before it listens there, and nothing tells of that.
            if not isinstance(error.reason, ConnectionRefusedError) or process.poll() is not None:
                raise


def test_the_wheel_holds_the_package_and_every_lesson_and_nothing_else(wheel, tree):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = {path for path in (tree / "wsnotebook").rglob("*") if path.is_file()}
    lessons = {path for path in (tree / "notebooks").rglob("*") if path.is_file()}
    assert names == {path.relative_to(tree).as_posix() for path in package} | {
        f"wsnotebook/lessons/{path.relative_to(tree).as_posix()}" for path in lessons
    }
    assert {
        "wsnotebook/py.typed",
        "wsnotebook/properties/report.css",
        "wsnotebook/widgets/panel.css",
    } <= names
    assert "wsnotebook/cli/__init__.py" in names
    assert "wsnotebook/lessons/notebooks/00_start_here.ipynb" in names
    assert "wsnotebook/lessons/notebooks/images/websocket.svg" in names


def test_the_wheel_has_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("/licenses/LICENSE")]
        assert archive.read(name) == (ROOT / "LICENSE").read_bytes()


def test_the_installed_command_opens_the_lessons_until_it_is_interrupted(installed, tree, tmp_path):
    lab = [installed.path("scripts") / "wsnotebook", "lab", "mine"]
    options = ["--", "--no-browser", "--ServerApp.port=0", "--LabApp.news_url=None"]
    said = []
    with running([*lab, *options], tmp_path) as process:
        base, path, token = address(process, said).groups()
        page = answer(f"{base}{path}?token={token}", process)
        lesson = answer(f"{base}/api/contents/00_start_here.ipynb?token={token}", process)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        status = process.wait()

    original = (tree / "notebooks" / "00_start_here.ipynb").read_bytes()
    lessons = [path for path in (tree / "notebooks").rglob("*") if path.is_file()]
    assert path == "/lab/tree/00_start_here.ipynb"
    assert b"jupyter-config-data" in page
    assert cell_ids(json.loads(lesson)["content"]) == cell_ids(json.loads(original))
    assert said[0] == f"{tmp_path / 'mine'}: {len(lessons)} files copied\n"
    assert (status, "Traceback" in rest) == (0, False)


def cell_ids(notebook: dict[str, Any]) -> list[str]:
    return [cell["id"] for cell in notebook["cells"]]


def test_the_installed_package_is_the_wheels_own(installed, tmp_path):
    code = "import wsnotebook.cli as cli; print(cli.find_lessons())"
    python = installed.path("scripts") / "python"
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    place = installed.path("purelib") / "wsnotebook" / "lessons" / "notebooks"
    assert Path(done.stdout.strip()) == place
