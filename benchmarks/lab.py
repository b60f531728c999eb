"""A notebook of one's own in JupyterLab, open in Chromium: what the rows about widgets run in.

Lab, kernel and browser use all cores, unlike the other rows: that is how a notebook is used.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["notebook", "run_cell"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
_READY = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return context?.isReady && context.session?.kernel?.status === 'idle';
}"""
_RUN = """index => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = index;
    return window.jupyterapp.commands.execute('notebook:run-cell');
}"""


@asynccontextmanager
async def notebook(cells: list[str]) -> AsyncIterator[tuple[Page, Path]]:
    """Yield a page that shows a notebook of these cells, its kernel ready, and its folder.

    Raises:
        ModuleNotFoundError: Playwright, JupyterLab or Chromium is not installed.
    """
    import jupyterlab  # noqa: F401
    from playwright.async_api import async_playwright

    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise ModuleNotFoundError("no Chromium found", name="chromium")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with TemporaryDirectory() as home, _lab(Path(home), cells) as url:
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=browser, args=_FLAGS)
            page = await chromium.new_page()
            await page.goto(url)
            await page.wait_for_function(_READY)
            yield page, Path(home) / "shown"
            await chromium.close()


async def run_cell(page: Page, index: int) -> None:
    """Run one cell to its end, if the page is told of it."""
    await page.evaluate(_RUN, index)


@contextmanager
def _lab(home: Path, cells: list[str]) -> Iterator[str]:
    """Run JupyterLab in a process group of its own, and yield the address of the notebook."""
    shown = home / "shown"
    shown.mkdir()
    (shown / "burst.ipynb").write_text(_notebook(cells))
    places = {f"JUPYTER_{place}_DIR": str(home / place) for place in ("CONFIG", "DATA", "RUNTIME")}
    with subprocess.Popen(
        _command(shown), env={**os.environ, **places}, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            address = next(line for line in process.stderr if "http://127.0.0.1" in line)
            yield address.split()[-1].partition("/lab")[0] + "/lab/tree/burst.ipynb?reset"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()


def _command(shown: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={shown}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        # Beyond these the server drops updates, so that a peer which sends many never ends.
        "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=0",
        "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=0",
    ]


def _notebook(cells: list[str]) -> str:
    parts: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"cell-{number}", "source": source, "metadata": {},
         "outputs": [], "execution_count": None}
        for number, source in enumerate(cells)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": parts, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )
