"""The pytest plugin, each time in a pytest of its own, with the plugins that the test names."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_pytest import (
    ANYIO,
    ASYNCIO,
    MARKED,
    NAMES,
    SETUP_ERROR,
    place,
    run_tests,
    timeline,
    timelines,
    told,
)

from wsnotebook import tracking

HOW = "close what a test opens (async with, or ws_connect and ws_serve), and await its tasks"


# Fixtures


def test_it_is_found_by_its_entry_point(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    pytester.makepyfile("def test(virtual_time): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", timeout=60)
    result.assert_outcomes(passed=1)


def test_the_fixtures_look_like_the_functions(pytester):
    source = """
async def test(ws_connect, ws_serve):
    for fixture, function in ((ws_connect, connect), (ws_serve, serve)):
        assert inspect.signature(fixture) == inspect.signature(function)
        assert fixture.__doc__ == function.__doc__
    """
    run_tests(pytester, source).assert_outcomes(passed=1)


OPENED = """
opened = {}

async def test_opens(ws_connect, ws_serve):
    server = await ws_serve(apps.echo)
    client = await ws_connect(server)
    await client.send("tea")
    assert await client.receive() == "tea"
    opened.update(server=server, client=client)

def test_is_closed():
    assert opened["client"].close_code == 1000
    assert not opened["server"].is_serving
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_what_a_test_opened_is_closed_when_it_ends(pytester, mode):
    marked = OPENED.replace("async def", "@pytest.mark.asyncio\nasync def")
    source = OPENED if mode == "auto" else marked
    run_tests(pytester, source, mode=mode).assert_outcomes(passed=2)


def test_it_closes_in_the_loop_and_the_task_of_the_test(pytester):
    source = """
where = []

async def test_opens(ws_connect):
    client = await ws_connect(apps.echo)
    close = client._session.connection.close

    async def watched(*args):
        where.append((asyncio.get_running_loop(), asyncio.current_task()))
        await close(*args)

    client._session.connection.close = watched
    where.append((asyncio.get_running_loop(), asyncio.current_task()))

def test_is_closed():
    assert len(where) == 2
    assert where[0] == where[1]
    """
    run_tests(pytester, source).assert_outcomes(passed=2)


SHAPES = """
@pytest.fixture
async def client(ws_connect):
    return await ws_connect(apps.echo)

@pytest.fixture
async def served(ws_serve, ws_connect):
    async with ws_connect(await ws_serve(apps.echo)) as client:
        yield client

@pytest.fixture
async def plain():
    async with connect(apps.echo) as client:
        yield client

async def talk(client):
    await client.send("tea")
    assert await client.receive() == "tea"

async def test_async_fixtures(client, served, plain):
    await talk(client)
    await talk(served)
    await talk(plain)

class TestClass:
    word = "tea"

    async def test_method(self, ws_connect):
        assert self.word == "tea"
        await talk(await ws_connect(apps.echo))

    @staticmethod
    async def test_static_method(ws_connect):
        await talk(await ws_connect(apps.echo))

@pytest.mark.parametrize("number", [1, 2])
async def test_parametrised(ws_connect, number):
    await talk(await ws_connect(apps.echo))
"""


@pytest.mark.parametrize("plugins", [ASYNCIO, ANYIO], ids=["asyncio", "anyio"])
def test_the_shapes_of_tests_that_it_works_with(pytester, plugins):
    marks = "pytestmark = pytest.mark.anyio" if plugins == ANYIO else ""
    backend = "@pytest.fixture\ndef anyio_backend(): return 'asyncio'"
    run_tests(pytester, f"{marks}\n{SHAPES}\n{backend}", plugins=plugins).assert_outcomes(passed=5)


def test_under_anyio_a_test_is_closed_in_its_own_loop_and_task(pytester):
    source = "pytestmark = pytest.mark.anyio\n" + OPENED.replace("\ndef", "\nasync def")
    result = run_tests(pytester, source, "-k", "asyncio", plugins=ANYIO)
    result.assert_outcomes(passed=2, deselected=result.parseoutcomes().get("deselected", 0))


def test_where_nothing_can_be_closed_the_fixtures_are_refused(pytester):
    source = """
def test_sync(ws_connect): pass

async def test_late(request): request.getfixturevalue("ws_connect")
    """
    result = run_tests(pytester, source)
    result.assert_outcomes(errors=1, failed=1)
    sync = (
        "test_sync is not an async function, in whose loop ws_connect and ws_serve could close; "
        "use connect() and serve() there, within run()"
    )
    late = (
        "test_late asks for ws_connect or ws_serve while it runs; make them parameters of the test"
    )
    assert told(result) == [f"{SETUP_ERROR} {sync}", f"{SETUP_ERROR} {late}"]


def test_under_trio_the_fixtures_are_refused(pytester):
    source = """
@pytest.fixture
def anyio_backend():
    return "trio"

@pytest.mark.anyio
async def test_it(ws_connect): pass
    """
    result = run_tests(pytester, source, plugins=ANYIO)
    result.assert_outcomes(errors=1)
    how = "and clients and servers need asyncio; let the fixture anyio_backend return 'asyncio'"
    assert told(result) == [f"{SETUP_ERROR} test_it runs on trio, {how}"]


# What goes wrong


def test_what_a_test_leaves_behind_is_an_error_that_names_the_lines(pytester):
    source = """
async def for_ever():
    await asyncio.Event().wait()

async def test_it(ws_connect):
    server = await serve(apps.echo)  # a server
    await connect(server, name="ann")  # a network client
    await connect(apps.echo, name="bob")  # a client in memory
    asyncio.create_task(for_ever())  # a task
    """
    result = run_tests(pytester, source)
    result.assert_outcomes(failed=1)
    assert told(result) == [
        f"{SETUP_ERROR} the test left behind:",
        f"a server, opened at {place(pytester, '# a server')}",
        f"ann, opened at {place(pytester, '# a network client')}",
        f"bob, opened at {place(pytester, '# a client in memory')}",
        f"the task for_ever, started at {place(pytester, '# a task')}",
        HOW,
    ]


def test_the_report_of_such_an_error_shows_none_of_the_plugins_own_code(pytester):
    result = run_tests(pytester, "async def test_it(ws_connect): await connect(apps.echo)")
    start = result.outlines.index(" test_it ".center(80, "_"))
    shown = result.outlines[start + 1 : start + 6]
    assert [line.rstrip() for line in shown[:3]] == [
        "",
        "    def verdict() -> NoReturn:",
        ">       raise error",
    ]
    assert shown[3] == f"E       {SETUP_ERROR} the test left behind:"
    (location,) = [line for line in result.outlines if line.endswith(": SetupError")]
    assert Path(location.partition(":")[0]).name == Path(tracking.__file__).name


CRASHES = """
async def crash(ws):
    await ws.recv()
    raise LookupError("lost")
"""


def test_a_crash_that_nobody_has_seen_fails_the_test(pytester):
    source = (
        CRASHES
        + """
async def test_it(ws_connect):
    client = await ws_connect(crash)
    await client.send("tea")
    """
    )
    result = run_tests(pytester, source)
    result.assert_outcomes(failed=1)
    assert told(result) == [
        "LookupError: lost",
        "wsnotebook.errors.AppCrashed: the app raised LookupError('lost')",
    ]
    assert "The above exception was the direct cause of the following exception:" in result.outlines
    assert '>       raise LookupError("lost")' in [
        line.replace(">   raise", ">       raise") for line in result.outlines
    ]


def test_a_crash_that_was_seen_or_cleared_does_not(pytester):
    source = (
        CRASHES
        + """
from wsnotebook import AppCrashed

async def test_seen(ws_connect):
    client = await ws_connect(crash)
    await client.send("tea")
    with pytest.raises(AppCrashed):
        await client.receive()

async def test_cleared(ws_serve):
    server = await ws_serve(crash)
    async with connect(server.url) as client:
        await client.send("tea")
        await client.wait_for_close(1011)
    assert [repr(crash) for crash in server.crashes] == ["LookupError('lost')"]
    server.crashes.clear()
    """
    )
    run_tests(pytester, source).assert_outcomes(passed=2)


def test_a_failure_of_the_test_itself_wins_and_carries_notes(pytester):
    source = (
        CRASHES
        + """
async def test_it(ws_connect):
    client = await ws_connect(crash)
    await client.send("tea")
    await client.wait_until("closed")
    await connect(apps.echo, name="ann")  # left
    raise KeyError("the test's own")
    """
    )
    result = run_tests(pytester, source)
    result.assert_outcomes(failed=1)
    assert told(result) == [
        "LookupError: lost",
        'KeyError: "the test\'s own"',
        "moreover, the app raised LookupError('lost')",
        "moreover, the test left behind:",
        f"ann, opened at {place(pytester, '# left')}",
        HOW,
    ]


# Timelines


def test_a_failed_test_shows_the_timelines_of_its_clients(pytester):
    source = """
async def test_before(ws_connect):
    await ws_connect(apps.echo, name="passed")

async def test_it(ws_connect):
    ann = await ws_connect(apps.echo, name="ann")
    bob = await connect(apps.echo, name="bob", token="s3cret")
    await ann.send("tea")
    await ann.receive()
    await bob.close()
    assert await bob.receive() == "tea"
    """
    result = run_tests(pytester, source)
    result.assert_outcomes(passed=1, failed=1)
    assert timeline(result) == [
        "ann  ● open /",
        "bob  ● open /",
        "ann  → 'tea'",
        "ann  ← 'tea'",
        "bob  ○ closed 1000 (OK)",
        "ann  ○ closed 1000 (OK)",
    ]


WITHOUT_FIXTURES = """
import unittest

async def fails():
    async with connect(apps.echo, name="ann") as client:
        assert await client.receive(timeout=0)

async def test_async():
    await fails()

def test_sync():
    run(fails())

def test_virtual(virtual_time):
    virtual_time(fails())

class TestCase(unittest.IsolatedAsyncioTestCase):
    async def test_method(self):
        await fails()

@pytest.fixture
async def broken():
    await fails()

async def test_with_fixture(broken): pass
"""


def test_a_failed_wait_shows_the_line_of_the_test_and_none_of_the_librarys(pytester):
    source = """
async def test_it(ws_connect):
    client = await ws_connect(apps.echo)
    await client.wait_for_message("tea", timeout=0)
"""
    result = run_tests(pytester, source)
    start = result.outlines.index(" test_it ".center(80, "_"))
    end = result.outlines.index(" wsnotebook timeline ".center(80, "-"))
    shown = [line.rstrip() for line in result.outlines[start + 1 : end] if line.strip()]
    assert shown[0].startswith("ws_connect = ")
    assert shown[1:] == [
        "    async def test_it(ws_connect):",
        "        client = await ws_connect(apps.echo)",
        '>       await client.wait_for_message("tea", timeout=0)',
        "E       wsnotebook.errors.WaitTimeout: no message 'tea' within 0 s",
        "E         client-1 is open; nothing received",
        "test_it.py:11: WaitTimeout",
    ]


def test_what_a_mock_socket_saw_is_shown_and_the_mock_needs_no_closing(pytester):
    source = """
from wsnotebook import MockWebSocket

async def test_it(ws_connect):
    socket = MockWebSocket(["tea"])
    socket.disconnect()
    await apps.echo(socket)
    assert socket.sent_messages == ["cake"]

async def test_left_open(ws_connect):
    MockWebSocket(["tea"])
"""
    result = run_tests(pytester, source)
    result.assert_outcomes(failed=1, passed=1)
    assert timeline(result) == [
        "client-1  ● open /",
        "client-1  → 'tea'",
        "client-1  ← 'tea'",
        "client-1  ○ closed 1000 (OK)",
    ]


def test_clients_that_are_opened_without_the_fixtures_are_shown_too(pytester):
    result = run_tests(pytester, WITHOUT_FIXTURES)
    result.assert_outcomes(failed=4, errors=1)
    assert timelines(result) == 5 * [["ann  ● open /", "ann  ○ closed 1000 (OK)"]]


def test_where_there_is_nothing_to_show_nothing_is_shown(pytester):
    source = """
async def test_passed(ws_connect):
    await ws_connect(apps.echo)

async def test_skipped(ws_connect):
    await ws_connect(apps.echo)
    pytest.skip("not today")

@pytest.mark.xfail(strict=True)
async def test_expected(ws_connect):
    await ws_connect(apps.echo)
    raise LookupError

async def test_no_client(ws_connect):
    raise LookupError
    """
    result = run_tests(pytester, source, "-rA")
    result.assert_outcomes(passed=1, skipped=1, xfailed=1, failed=1)
    assert timelines(result) == []


def test_of_many_clients_the_last_hundred_are_shown(pytester):
    source = """
async def test_it():
    for number in range(150):
        async with connect(apps.echo, name=f"client-{number}"):
            pass
    raise LookupError
    """
    lines = timeline(run_tests(pytester, source))
    assert lines[0].split() == ["client-50", "●", "open", "/"]
    assert lines[-1].split()[0] == "client-149"


# Unused, and beside others


def test_unused_it_loads_nothing_heavy_and_changes_no_loop(pytester):
    source = """
import sys

HEAVY = ("websockets", "pydantic", "hypothesis", "ipywidgets", "matplotlib", "IPython",
         "nest_asyncio", "nest_asyncio2", "uvicorn")

def test_sync():
    assert [name for name in HEAVY if name in sys.modules] == []

async def test_async():
    loop = asyncio.get_running_loop()
    assert type(loop) in (asyncio.SelectorEventLoop, getattr(asyncio, "ProactorEventLoop", None))
    assert loop.get_task_factory() is None
    assert not {"create_task", "call_later", "call_at"} & set(vars(loop))

def test_at_the_end():
    test_sync()
    """
    run_tests(pytester, source).assert_outcomes(passed=3)


def test_collecting_runs_nothing(pytester):
    result = run_tests(pytester, MARKED, "--collect-only", "-q")
    assert result.outlines[:5] == NAMES


def test_it_works_on_the_workers_of_xdist(pytester):
    pytest.importorskip("xdist", reason="pip install 'wsnotebook[test]'")
    source = (
        MARKED
        + """
async def test_it(ws_connect):
    await connect(apps.echo, name="ann")
    """
    )
    result = run_tests(pytester, source, "-n2", "-p", "xdist.plugin", "-p", "xdist.looponfail")
    result.assert_outcomes(passed=5, failed=1)
    assert told(result)[0] == f"{SETUP_ERROR} the test left behind:"
    assert timeline(result) == ["ann  ● open /", "ann  ○ closed 1000 (OK)"]


def test_a_test_that_is_run_again_starts_afresh(pytester):
    conftest = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for _ in range(2):
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    assert item.obj is item.module.test_it
    return True
    """
    source = """
tries = []

async def test_it(ws_connect):
    await ws_connect(apps.echo, name=f"try-{len(tries)}")
    tries.append(1)
    assert 0
    """
    result = run_tests(pytester, source, conftest=conftest)
    result.assert_outcomes(failed=1)
    assert timeline(result) == ["try-1  ● open /", "try-1  ○ closed 1000 (OK)"]


def test_notebooks_are_checked_as_ever(pytester):
    nbformat = pytest.importorskip("nbformat", reason="pip install 'wsnotebook[test]'")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(notebook, pytester.path / "it.ipynb")
    run_tests(
        pytester, "", "--nbval-lax", "it.ipynb", "-W", "default", plugins=("nbval.plugin",)
    ).assert_outcomes(passed=1)
