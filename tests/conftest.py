"""What the tests share: masked times, Hypothesis without dice, and no silent skips.

A test that needs a program which a contributor may lack skips, with the install command as its
reason. Under ``WSNOTEBOOK_REQUIRE_ALL=1`` such a skip is a failure.
"""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

import pytest
from hypothesis import settings

# The same examples on every run, nothing stored, and no opinion on how long one may take.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

pytest_plugins = ["pytester"]

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

_TIME = re.compile(r"(?m)^( *)\d+\.\d{3} s  ")


@pytest.fixture
def masked() -> Callable[[object], str]:
    """Return a function that gives the text of an error or picture, each line's time 0.000 s."""
    return lambda shown: _TIME.sub(r"\g<1>0.000 s  ", str(shown))


@pytest.fixture(autouse=True)
def same_logging() -> Iterator[None]:
    """Give the root logger its level and handlers back: frameworks under test set their own."""
    root = logging.getLogger()
    level, before = root.level, set(root.handlers)
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - before:
        if not type(handler).__module__.startswith("_pytest."):
            root.removeHandler(handler)


@pytest.fixture
def interrupts_as_python_does() -> Iterator[None]:
    """Take SIGINT as Python does, also where a shell ignores it, for a job in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let browsers come last: while Playwright runs, the thread's event loop is its own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one when all programs must be there."""
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a module that skips itself."""
    return _no_skip((yield))


def _no_skip(report: Report) -> Report:
    required = os.environ.get("WSNOTEBOOK_REQUIRE_ALL") == "1"
    if required and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"WSNOTEBOOK_REQUIRE_ALL=1 forbids a skip: {reason}"
    return report
