"""A real JupyterLab and a real browser: both started here, both gone when the tests are over.

JupyterLab runs on a free port of loopback, in a process group of its own, with every folder that
it writes to in a temporary one. The browser is the Chromium of the system.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from browser.pages import PATIENCE, Lesson, window
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=PATIENCE * 1000)

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    # Every cell stands in the page, also those out of sight, so that a picture shows them all.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
_RUNNING = re.compile(r"(http://127\.0\.0\.1:\d+)/lab")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder that it shows."""

    url: str
    folder: Path

    def copy_of_the_notebooks(self, name: str) -> str:
        """Return the address of a folder with the notebooks, in which no kernel runs yet."""
        shutil.copytree(ROOT / "notebooks", self.folder / name)
        return f"{self.url}/lab/tree/{name}"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start JupyterLab."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "shown"
    folder.mkdir()
    with subprocess.Popen(
        _command(home, folder),
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Lab(_address(process), folder)
        finally:
            _end_group(process)


def _command(home: Path, folder: Path) -> list[str]:
    settings = home / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(_SETTINGS))
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.app_settings_dir={settings}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=None",
    ]


def _environment(home: Path) -> dict[str, str]:
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    return {
        **os.environ,
        **{f"JUPYTER_{place}": str(home / place.lower()) for place in places},
        "JUPYTERLAB_SETTINGS_DIR": str(home / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }


def _address(process: subprocess.Popen[str]) -> str:
    """Return where the server listens; its log is read to the end, so that it never blocks."""
    lines: SimpleQueue[str] = SimpleQueue()
    said: list[str] = []

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    try:
        while line := lines.get(timeout=PATIENCE):
            said.append(line)
            if found := _RUNNING.search(line):
                return found[1]
    except Empty:
        pass
    pytest.fail("JupyterLab did not start; it said:\n" + "".join(said))


def _end_group(process: subprocess.Popen[str]) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    path = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if path is None:
        pytest.skip("no Chromium found; run: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page that is tall enough for a whole lesson."""
    with window(browser) as page:
        yield page


@pytest.fixture
def open_lesson(lab, page, request: pytest.FixtureRequest):
    """Return a function that opens a lesson, with a kernel of its own, and runs all of it."""

    def open_and_run(name: str) -> Lesson:
        lesson = Lesson(page, f"{lab.copy_of_the_notebooks(request.node.name)}/{name}.ipynb?reset")
        lesson.run_all()
        return lesson

    return open_and_run
