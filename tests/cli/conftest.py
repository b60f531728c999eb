"""A folder to stand in, whose modules are forgotten when its test is over."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from wsnotebook import cli


class Project:
    """A folder with modules."""

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        """Write a file and return where it is."""
        path = self.folder / name
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def settings(self, text: str) -> None:
        """Write the table of the settings."""
        self.write("pyproject.toml", "[tool.wsnotebook.websocket]\n" + textwrap.dedent(text))

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of a process, in which nothing else speaks of colours."""
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        return {**kept, "PYTHONUTF8": "1", **changes}

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "wsnotebook", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )


@pytest.fixture
def misused(capsys):
    """Return a function that returns what the command says on its way to exit status 2."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err

    return run


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return the folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "pyproject.toml").touch()  # what stands above is nobody's business
    known = set(sys.modules)
    yield Project(tmp_path)
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def shop(project):
    """Return the folder with a module ``shop``: an app of two routes, and handlers."""
    project.write(
        "shop.py",
        """
        from starlette.applications import Starlette
        from starlette.routing import WebSocketRoute


        async def chat(socket):
            await socket.accept()
            async for text in socket.iter_text():
                await socket.send_text(text)


        async def orders(socket):
            await socket.accept()
            async for text in socket.iter_text():
                if "!" in text:
                    raise KeyError("order")


        app = Starlette(
            routes=[WebSocketRoute("/rooms/{room:int}", chat), WebSocketRoute("/orders", orders)]
        )
        number = 5


        def make_app():
            return Starlette(routes=[WebSocketRoute("/made", chat)])


        async def echo(connection):
            async for message in connection:
                await connection.send(message)
        """,
    )
    return project
