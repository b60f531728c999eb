"""Django as it is configured for the tests, and a way to run a test case of it in process."""

from __future__ import annotations

import unittest
from collections.abc import Callable

import pytest

pytest.importorskip("channels", reason="pip install 'wsnotebook[django]'")

from django_project import configure, create_database

configure()


@pytest.fixture
def outcome() -> Callable[[type[unittest.TestCase]], dict[str, str]]:
    """Return a function that runs a test case, and gives what became of each of its tests.

    That is ``"passed"``, or the traceback of what went wrong; of several errors all of them.
    """
    create_database()
    return _outcome


def _outcome(case: type[unittest.TestCase]) -> dict[str, str]:
    tests = list(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    found = {_name(test): "passed" for test in tests}
    result = unittest.TestResult()
    unittest.TestSuite(tests).run(result)
    for test, reason in result.skipped:
        found[_name(test)] = f"skipped: {reason}"
    for test, traceback in [*result.expectedFailures, *result.failures, *result.errors]:
        found[_name(test)] = found.get(_name(test), "").removeprefix("passed") + traceback
    return found


def _name(test: unittest.TestCase) -> str:
    """Return the name of a test, or of a part of it: ``test_it (number=2)``."""
    return test.id().rpartition(".")[2]
