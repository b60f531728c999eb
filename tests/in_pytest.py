"""Running a module of tests in a pytest of its own, and reading what it shows."""

from __future__ import annotations

import re

import pytest

ASYNCIO = ("pytest_asyncio.plugin",)
ANYIO = ("anyio.pytest_plugin",)
OURS = ("wsnotebook.pytest_plugin",)
SETUP_ERROR = "wsnotebook.errors.SetupError:"
HEAD = """
import asyncio, inspect, pytest
from wsnotebook import apps, connect, run, serve
from wsnotebook.clock import is_virtual

def virtual():
    return is_virtual(asyncio.get_running_loop())
"""


def run_tests(pytester, source, *options, plugins=ASYNCIO, mode="auto", conftest=""):
    """Run a module of tests with no other plugins than these, and return pytest's result."""
    ini = "[pytest]\n"
    if plugins == ASYNCIO:
        ini += f"asyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\n"
    pytester.makefile(".ini", pytest=ini)
    pytester.makeconftest(conftest)
    pytester.makepyfile(test_it=f"{HEAD}\n{source}")
    wanted = [part for name in (*plugins, *OURS) for part in ("-p", name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return pytester.runpytest_subprocess(
            *wanted, "-p", "no:cacheprovider", "-W", "error", *options, timeout=60
        )


def told(result):
    """Return the lines by which pytest tells an exception, without their margin."""
    return [line[1:].strip() for line in result.outlines if line.startswith("E  ")]


def timelines(result):
    """Return the lines of each timeline in the failure reports, the times masked."""
    found, lines = [], None
    for line in result.outlines:
        event = re.fullmatch(r" +\d+\.\d{3} s  (.*)", line)
        if line == " wsnotebook timeline ".center(80, "-"):
            lines = []
            found.append(lines)
        elif event and lines is not None:
            lines.append(event[1])
        else:
            lines = None
    return found


def timeline(result):
    """Return the lines of the only timeline."""
    (lines,) = timelines(result)
    return lines


def place(pytester, marker):
    """Return ``file:line`` of the line of the test module that holds ``marker``."""
    path = pytester.path / "test_it.py"
    (line,) = [
        n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if marker in text
    ]
    return f"{path}:{line}"


MARKED = """
@pytest.mark.virtual_time
async def test_marked(ws_connect):
    client = await ws_connect(apps.echo)
    await client.receive_nothing(during=3600)
    assert virtual()
    assert asyncio.get_running_loop().time() == 3600

async def test_not_marked(ws_connect):
    await ws_connect(apps.echo)
    assert not virtual()

@pytest.mark.virtual_time
class TestMarked:
    @pytest.mark.parametrize("number", [1, 2])
    async def test_method(self, number):
        assert virtual()

async def test_not_marked_after_it():
    assert not virtual()
"""
NAMES = [
    "test_it.py::test_marked",
    "test_it.py::test_not_marked",
    "test_it.py::TestMarked::test_method[1]",
    "test_it.py::TestMarked::test_method[2]",
    "test_it.py::test_not_marked_after_it",
]
