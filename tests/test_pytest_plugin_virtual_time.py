"""The pytest plugin and virtual time, each time in a pytest of its own."""

from __future__ import annotations

import sys

import pytest
from in_pytest import ANYIO, MARKED, NAMES, SETUP_ERROR, run_tests, timeline, told
from virtual import STUCK

BY_HAND = "use the fixture in a test that is not async: virtual_time(main())"


def test_marked_tests_and_no_others_run_under_virtual_time(pytester):
    result = run_tests(pytester, MARKED, "-v")
    result.assert_outcomes(passed=5)
    passed = [line.partition(" PASSED")[0] for line in result.outlines if " PASSED" in line]
    assert passed == NAMES, "nothing is added to their names"


def test_in_strict_mode_too(pytester):
    source = "pytestmark = pytest.mark.asyncio\n" + MARKED
    run_tests(pytester, source, mode="strict").assert_outcomes(passed=5)


@pytest.mark.parametrize(
    "backend",
    ["", "@pytest.fixture\ndef anyio_backend(): return 'asyncio'"],
    ids=["parametrised", "fixed"],
)
def test_under_anyio_too(pytester, backend):
    source = f"pytestmark = pytest.mark.anyio\n{MARKED}\n{backend}"
    result = run_tests(pytester, source, "-v", "-k", "not trio", plugins=ANYIO)
    assert result.parseoutcomes()["passed"] == 5
    names = [line.partition(" PASSED")[0] for line in result.outlines if " PASSED" in line]
    assert "test_it.py::test_marked[virtual]" in names
    assert "test_it.py::TestMarked::test_method[virtual-1]" in names


def test_tests_that_share_a_loop_share_it_with_their_like(pytester):
    source = """
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loop():
    return asyncio.get_running_loop()

@pytest.mark.virtual_time
async def test_marked(loop):
    assert virtual() and asyncio.get_running_loop() is loop

async def test_not_marked(loop):
    assert not virtual() and asyncio.get_running_loop() is loop
    """
    run_tests(pytester, source).assert_outcomes(passed=2)


def test_the_fixture_runs_a_coroutine_under_virtual_time(pytester):
    source = """
def test_it(virtual_time):
    async def main():
        await asyncio.sleep(3600)
        return virtual()
    assert virtual_time(main())
    """
    run_tests(pytester, source).assert_outcomes(passed=1)


def test_a_marked_test_that_waits_for_ever_fails_where_it_stands(pytester):
    source = """
@pytest.mark.virtual_time
async def test_it(ws_connect):
    await ws_connect(apps.echo, name="ann")
    await asyncio.Event().wait()
    """
    result = run_tests(pytester, source)
    result.assert_outcomes(failed=1)
    assert told(result) == [f"{SETUP_ERROR} {STUCK}"]
    assert ">       await asyncio.Event().wait()" in [
        line.replace(">   await", ">       await") for line in result.outlines
    ]
    assert timeline(result) == ["ann  ● open /", "ann  ○ closed 1000 (OK)"]


def test_a_fixture_that_waits_for_ever_is_an_error_too(pytester):
    source = """
@pytest.fixture
async def stuck():
    await asyncio.Event().wait()

@pytest.mark.virtual_time
async def test_it(stuck): pass

def test_after_it(): pass
    """
    result = run_tests(pytester, source)
    result.assert_outcomes(errors=1, passed=1)
    assert told(result)[-1] == f"{SETUP_ERROR} {STUCK}"


OLD_PYTEST_ASYNCIO = """
import asyncio, pytest

class RunsAsyncTests:
    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        asyncio.run(pyfuncitem.obj())
        return True

def pytest_configure(config):
    config.pluginmanager.register(RunsAsyncTests(), {name!r})
"""
IN_REAL_TIME = "test_it is marked virtual_time and runs in real time, on"


@pytest.mark.skipif(sys.platform == "win32", reason="the name of asyncio's loop is another there")
@pytest.mark.parametrize(
    ("name", "how"),
    [
        (
            "asyncio",
            "this version of pytest-asyncio cannot choose it; install pytest-asyncio>=1.4",
        ),
        (
            "another",
            f"something else chose it (with anyio, a fixture of a wider scope does); {BY_HAND}",
        ),
    ],
)
def test_what_cannot_choose_loops_is_told_instead_of_running_in_real_time(pytester, name, how):
    result = run_tests(
        pytester,
        "@pytest.mark.virtual_time\nasync def test_it(): pass",
        plugins=(),
        conftest=OLD_PYTEST_ASYNCIO.format(name=name),
    )
    result.assert_outcomes(failed=1)
    loop = "_UnixSelectorEventLoop"
    assert told(result) == [f"{SETUP_ERROR} {IN_REAL_TIME} {loop}: {how}"]


def test_a_backend_that_the_test_chooses_itself_is_told(pytester):
    source = """
@pytest.mark.anyio
@pytest.mark.virtual_time
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_it(): pass
    """
    result = run_tests(pytester, source, plugins=ANYIO)
    result.assert_outcomes(failed=1)
    (line,) = told(result)
    name = "test_it[asyncio]"
    assert line.startswith(f"{SETUP_ERROR} {name} is marked virtual_time and runs in real time, on")


def test_what_does_not_run_on_asyncio_is_told(pytester):
    conftest = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    pyfuncitem.obj().send(None)
    return True
    """
    source = "@pytest.mark.virtual_time\nasync def test_it(): pass"
    result = run_tests(pytester, source, plugins=(), conftest=conftest)
    problem = f"test_it is marked virtual_time and does not run on asyncio; {BY_HAND}"
    assert told(result) == [f"{SETUP_ERROR} {problem}"]


def test_a_marked_test_that_has_no_coroutine_to_run_is_told_what_to_do(pytester):
    source = """
import unittest
from hypothesis import given, strategies as st

pytestmark = pytest.mark.virtual_time

def test_sync(): pass

@given(st.integers())
async def test_property(number): pass

class Case(unittest.TestCase):
    def test_method(self): pass

class AsyncCase(unittest.IsolatedAsyncioTestCase):
    async def test_method_of_its_own(self): pass
    """
    result = run_tests(pytester, source)
    result.assert_outcomes(failed=4)
    names = ("test_sync", "test_property", "test_method")
    expected = [f"{name} is marked virtual_time and is not async; {BY_HAND}" for name in names]
    expected += ["test_method_of_its_own is not run by pytest itself; make it a plain function"]
    assert sorted(told(result)) == sorted(f"{SETUP_ERROR} {text}" for text in expected)
