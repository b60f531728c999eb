"""The pytest plugin: fixtures, virtual time, timelines in failure reports, an item per route.

What a test opens through the fixtures is closed when its coroutine ends, in its own loop and task,
so that it works with pytest-asyncio and with anyio's plugin alike. What it leaves behind is an
error that names where it was opened. Tests that use none of this are not touched, and nothing heavy
is loaded for them. What is tracked, and how, is ``tracking``; how time becomes virtual, ``clock``.
The items that search routes are ``_routes``, their options ``_options``; a Redis for tests is
``_redis``, a worker ``_arq``.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator
from traceback import walk_tb
from typing import Any, TypeVar

import pytest

from ..client import Client, connect
from ..clock import VirtualTimeLoop, is_virtual, run, unless_stuck
from ..errors import SetupError
from ..opened import observer
from ..server import Server, serve
from ..timeline import Timeline
from ..tracking import Tracker, fail
from . import _routes, _summary
from ._arq import arq_worker
from ._options import pytest_addoption as pytest_addoption
from ._redis import _redis_of_the_session as _redis_of_the_session
from ._redis import redis_server, redis_url

__all__ = ["arq_worker", "redis_server", "redis_url", "virtual_time", "ws_connect", "ws_serve"]

T = TypeVar("T")
_TRACKER = pytest.StashKey[Tracker]()
_HAS_VIRTUAL_TESTS = pytest.StashKey[bool]()
_SHOWN_CLIENTS = 100
_SHOWN_EVENTS = 200
_BY_HAND = "use the fixture in a test that is not async: virtual_time(main())"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, listen to which clients open, and look for routes to search."""
    config.addinivalue_line(
        "markers", "virtual_time: run this async test on a loop whose clock jumps over idle time"
    )
    config.pluginmanager.register(_Timelines(), "wsnotebook-timelines")
    config.pluginmanager.register(_routes, "wsnotebook-routes")
    config.pluginmanager.register(_summary, "wsnotebook-summary")


# Fixtures


@pytest.fixture
def ws_connect(_ws_tracker: Tracker) -> Callable[..., Client]:
    """``connect``, whose clients are closed when the coroutine of the test ends.

    A crash of the app that no wait has raised fails the test. Clients, servers and tasks that the
    test leaves behind are errors.
    """
    return functools.wraps(connect)(lambda *args, **kw: _ws_tracker.own(connect(*args, **kw)))


@pytest.fixture
def ws_serve(_ws_tracker: Tracker) -> Callable[..., Server]:
    """``serve``, whose servers are stopped when the coroutine of the test ends.

    What a handler raised and no client has seen fails the test; a test that expects it looks at
    ``server.crashes`` and clears it.
    """
    return functools.wraps(serve)(lambda *args, **kw: _ws_tracker.own(serve(*args, **kw)))


@pytest.fixture
def virtual_time() -> Callable[[Coroutine[Any, Any, T]], T]:
    """Run a coroutine under virtual time: ``virtual_time(main())``, in a test that is not async."""
    return functools.partial(run, virtual_time=True)


@pytest.fixture
def _ws_tracker(request: pytest.FixtureRequest) -> Tracker:
    if problem := _why_not_tracked(request):
        fail(SetupError(f"{request.node.name} {problem}"))
    tracker = request.node.stash[_TRACKER] = Tracker()
    return tracker


def _why_not_tracked(request: pytest.FixtureRequest) -> str | None:
    if _running_loop() is not None:
        return "asks for ws_connect or ws_serve while it runs; make them parameters of the test"
    if not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        return (
            "is not an async function, in whose loop ws_connect and ws_serve could close; "
            "use connect() and serve() there, within run()"
        )
    if "anyio_backend" in request.fixturenames:
        backend = request.getfixturevalue("anyio_backend")
        name = backend if isinstance(backend, str) else backend[0]
        if name != "asyncio":
            return (
                f"runs on {name}, and clients and servers need asyncio; let the fixture "
                "anyio_backend return 'asyncio'"
            )
    return None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    with contextlib.suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None


# Running a test


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a test that uses the fixtures end with closing what it opened; look at its clock."""
    tracker = item.stash.get(_TRACKER, None)
    is_marked = item.get_closest_marker("virtual_time") is not None
    if not isinstance(item, pytest.Function) or (tracker is None and not is_marked):
        return (yield)
    test = item.obj
    if not inspect.iscoroutinefunction(test):
        fail(SetupError(f"{item.name} is marked virtual_time and is not async; {_BY_HAND}"))
    runs: list[pytest.Function] = []
    item.obj = _whole(item, tracker, runs, is_marked=is_marked)
    try:
        result = yield
    finally:
        item.obj = test
    if not runs:  # unittest runs the method of its TestCase, whatever pytest has in its place
        fail(SetupError(f"{item.name} is not run by pytest itself; make it a plain function"))
    return result


def _whole(
    item: pytest.Function, tracker: Tracker | None, runs: list[Any], *, is_marked: bool
) -> Callable[..., Coroutine[Any, Any, None]]:
    """Return the test together with what belongs round it."""
    test = item.obj

    @functools.wraps(test)
    async def whole(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        runs.append(item)
        if is_marked and (problem := _why_real_time(item.config)):
            fail(SetupError(f"{item.name} is marked virtual_time and {problem}"))
        async with tracker or contextlib.nullcontext():
            await unless_stuck(test(*args, **kwargs))

    return whole


def _why_real_time(config: pytest.Config) -> str | None:
    loop = _running_loop()
    if loop is None:
        return f"does not run on asyncio; {_BY_HAND}"
    if is_virtual(loop):
        return None
    if _has_pytest_asyncio(config) and not _can_choose_loops(config):
        how = "this version of pytest-asyncio cannot choose it; install pytest-asyncio>=1.4"
    else:
        how = f"something else chose it (with anyio, a fixture of a wider scope does); {_BY_HAND}"
    return f"runs in real time, on {type(loop).__name__}: {how}"


# Reporting


class _Timelines:
    """Keeps the timelines of the clients that the running test opens, to show if it fails."""

    def __init__(self) -> None:
        self._kept: deque[Timeline] = deque(maxlen=_SHOWN_CLIENTS)
        self._previous = observer.get()
        observer.set(self._note)

    def _note(self, what: object) -> None:
        if isinstance(timeline := getattr(what, "timeline", None), Timeline):
            self._kept.append(timeline)

    def pytest_unconfigure(self) -> None:
        observer.set(self._previous)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._kept.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        if call.excinfo is not None and _is_about_the_test(call.excinfo):
            call.excinfo.traceback = call.excinfo.traceback[-1:]
        report = yield
        if report.failed and any(map(len, self._kept)):
            text = Timeline.merge(*self._kept).text(times=True, limit=_SHOWN_EVENTS)
            report.sections.append(("wsnotebook timeline", text))
        return report


def _is_about_the_test(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether it was raised by ``fail``."""
    codes = [frame.f_code for frame, _ in walk_tb(excinfo.tb)]
    return fail.__code__ in codes[-2:]


# Virtual time


class _VirtualLoops:
    """The hook by which pytest-asyncio asks for loops."""

    @staticmethod
    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_asyncio_loop_factories() -> dict[str, Callable[[], VirtualTimeLoop]]:
        return {"virtual": VirtualTimeLoop}


@contextlib.contextmanager
def _virtual_loops(config: pytest.Config) -> Iterator[None]:
    """Offer them for a while: the hook decides for every test that it is there for."""
    name = config.pluginmanager.register(_VirtualLoops)
    try:
        yield
    finally:
        config.pluginmanager.unregister(name=name)


def _has_pytest_asyncio(config: pytest.Config) -> bool:
    # Its names when it is found by its entry point, and when "-p" asks for it.
    return any(map(config.pluginmanager.hasplugin, ("asyncio", "pytest_asyncio.plugin")))


def _can_choose_loops(config: pytest.Config) -> bool:
    caller = getattr(config.hook, "pytest_asyncio_loop_factories", None)
    return caller is not None and caller.has_spec()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Iterator[None]:
    """Give a test marked ``virtual_time`` a virtual loop, under pytest-asyncio or anyio."""
    if metafunc.definition.get_closest_marker("virtual_time") is None:
        return (yield)
    if "anyio_backend" in metafunc.fixturenames and not _chooses_backend(metafunc.definition):
        options = {"loop_factory": VirtualTimeLoop}
        metafunc.parametrize("anyio_backend", [("asyncio", options)], ids=["virtual"])
    metafunc.config.stash[_HAS_VIRTUAL_TESTS] = True
    with _virtual_loops(metafunc.config):
        return (yield)


def _chooses_backend(test: pytest.Item) -> bool:
    marks = test.iter_markers("parametrize")
    return any("anyio_backend" in (mark.args or ("",))[0] for mark in marks)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Let pytest-asyncio know, where tests share a loop, that some have another than the rest.

    Only where the hook is there does it look at the loop before it looks at its async fixtures.
    """
    if not session.config.stash.get(_HAS_VIRTUAL_TESTS, False):
        return (yield)
    with _virtual_loops(session.config):
        return (yield)
