"""Suites for other communicators run with the one line changed that imports theirs."""

from __future__ import annotations

import inspect
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

OURS = "from wsnotebook.communicator import WebsocketCommunicator"
# The package that each suite is for, how it is installed, and the line.
SUITES = {
    "channels": ("pip install 'wsnotebook[django]'", "channels.testing"),
    "chanx": ("pip install 'chanx[fast-channels]'", "chanx.fast_channels.testing"),
}


def spare_daphne() -> None:
    """Let ``channels.testing`` be imported without daphne, which only its live server needs."""
    if find_spec("daphne") is None:
        live = ModuleType("channels.testing.live")
        live.ChannelsLiveServerTestCase = None
        sys.modules.setdefault(live.__name__, live)


def load(package: str, whose: str) -> ModuleType:
    """Return the suite for ``package``, with the communicator that ``whose`` says."""
    how, module = SUITES[package]
    pytest.importorskip(package, reason=how)
    spare_daphne()
    path = Path(__file__).parent / "foreign" / f"{package}_suite.py"
    source, theirs = path.read_text("utf-8"), f"from {module} import WebsocketCommunicator"
    assert source.count(theirs) == 1
    suite = ModuleType(f"{package}_suite")
    code = source if whose == "theirs" else source.replace(theirs, OURS)
    exec(compile(code, str(path), "exec"), vars(suite))
    return suite


def names(package: str) -> list[str]:
    """Return the names of a suite's tests, which need not be imported for that."""
    source = (Path(__file__).parent / "foreign" / f"{package}_suite.py").read_text("utf-8")
    return re.findall(r"(?m)^async def (test_\w+)", source)


TESTS = [(package, name) for package in SUITES for name in names(package)]


# Chanx's communicator uses asgiref's timeout, which asgiref 3.13 finds obsolete.
@pytest.mark.filterwarnings("ignore:asgiref.timeout.timeout is deprecated:DeprecationWarning")
@pytest.mark.parametrize("whose", ["theirs", "ours"])
@pytest.mark.parametrize(("package", "name"), TESTS)
async def test_a_foreign_suite(package, name, whose):
    test = getattr(load(package, whose), name)
    assert inspect.iscoroutinefunction(test)
    await test()


def test_there_are_tests_for_both():
    assert {package for package, _ in TESTS} == set(SUITES)
