"""Running a coroutine, in a script or in a notebook cell; and virtual time.

The rules of virtual time:

1. When nothing is ready and no *outsider* can speak, the clock jumps to the next timer: an hour
   costs a fraction of a millisecond. While something runs, the clock stands still.
2. Outsiders are executor futures, busy worker threads of anyio, and registered sockets. While there
   is one, the loop really waits for it; if it outlasts the next timer, by as long as that timer has
   left, then the clock jumps.
3. When there is no timer and no outsider either, nothing can happen any more: that is an error.

Not seen are signals, threads that an app starts by itself, and processes without pipes. They lose
against a timer; where there is none they have one real second before rule 3 applies. An app that
ticks for ever keeps the clock running, so that rule 3 never applies: give waits a deadline.

Anyio's internals are read here alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import re
import selectors
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor, Future
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar, TypeVarTuple

from .errors import MissingExtra, SetupError, is_ours

__all__ = ["VirtualTimeLoop", "is_of_other_loop", "is_virtual", "run", "unless_stuck"]

__tracebackhide__ = is_ours

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# nest-asyncio is archived and works up to Python 3.13; nest-asyncio2 continues it.
_NESTERS = ("nest_asyncio", "nest_asyncio2")
if sys.version_info >= (3, 14):
    _NESTERS = _NESTERS[::-1]

_PATIENCE = 1.0  # real seconds that signals and unseen threads have to speak; see the rules above
_STUCK = (
    "nothing can happen any more: every task waits, no timer is set, and no thread or socket is at "
    "work (virtual time does not see threads that an app starts by itself); the wait needs a "
    "deadline, or somebody who ends it"
)

# What asyncio says of a future, task, lock or queue that is used on another loop than its own.
_OTHER_LOOP = re.compile(r"different (event )?loop")
_FOREIGN = (
    "virtual time runs on a loop of its own, and something of the caller's loop was used on it; "
    "make clients, tasks, locks and queues within the coroutine that is run"
)


def run(coroutine: Coroutine[Any, Any, T], *, virtual_time: bool = False) -> T:
    """Run ``coroutine`` to its end and return its result.

    In a script this is :func:`asyncio.run`. Inside a running loop (a notebook cell) it completes
    the coroutine on that loop through nest-asyncio, so that clients and servers already on it keep
    working. That patches the whole process for good and slows it, and blocks the cell: prefer
    top-level ``await`` in notebooks.

    Args:
        coroutine: What to run.
        virtual_time: Run on a fresh loop whose clock jumps over idle time. In process and in
            memory only; a network target is an error. Inside a running loop it runs on a thread
            of its own, and the caller waits: objects of the caller's loop cannot be used.

    Raises:
        TypeError: ``coroutine`` is not a coroutine.
        MissingExtra: Inside a running loop, and nest-asyncio is not installed.
        SetupError: Under virtual time: a network target, an object of the caller's loop, or
            nothing can happen any more (every task waits, and there is no timer).
    """
    given: object = coroutine
    if not inspect.iscoroutine(given):
        raise TypeError(f"run needs a coroutine, as in run(main()), not {given!r}")
    loop = _running_loop()
    if virtual_time:
        if loop is not None:
            return _run_on_a_thread(coroutine)
        return _run_virtually(VirtualTimeLoop(), coroutine)
    if loop is None:
        return asyncio.run(coroutine)
    try:
        _nest_asyncio().apply(loop)
    except BaseException:
        coroutine.close()  # it will never run: no warning that it was never awaited
        raise
    return loop.run_until_complete(coroutine)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _nest_asyncio() -> ModuleType:
    for name in _NESTERS:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise MissingExtra("nest-asyncio", "notebook")


# Virtual time


def is_virtual(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the clock of ``loop`` is a virtual one."""
    return isinstance(loop, VirtualTimeLoop)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock starts at 0 and jumps over idle time.

    Use it through :func:`run`, the ``virtual_time`` marker of the pytest plugin, or as a
    ``loop_factory`` of :class:`asyncio.Runner`.

    Attributes:
        main: The task that is told when nothing can happen any more; see :func:`unless_stuck`.
        jumps: How often the clock has jumped.
        turns: How often the loop has turned.
    """

    def __init__(self) -> None:
        self.main: asyncio.Task[Any] | None = None
        self.jumps = 0
        self.turns = 0
        self._used_threads = False
        self._now = 0.0
        self._calls_outside = 0
        selector = _JumpingSelector(self)
        super().__init__(selector)
        selector.own = len(selector.get_map())  # the loop's own pipe to itself is no outsider
        # How early asyncio lets a timer fire. With its own 1e-9, added to a float that says half a
        # year, a timer that is due would never be: the loop would spin.
        self._clock_resolution = 1e-6

    @property
    def used_threads(self) -> bool:
        """Whether an executor, or a worker thread of anyio, has worked for it."""
        return self._used_threads or _anyio_threads_of(self)[0] > 0

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Schedule a timer; one for the end of time is never due, and never waited for."""
        if when == float("inf"):
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run ``func`` in a thread or process, which is an outsider until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._used_threads = True
        self._calls_outside += 1
        future.add_done_callback(self._came_back)
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the executor's threads: really, not for a moment of virtual time."""
        self._calls_outside += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._calls_outside -= 1

    def _came_back(self, _: object) -> None:
        self._calls_outside -= 1

    def _has_outsiders(self) -> bool:
        """Whether an executor or a worker thread of anyio works for this loop."""
        threads, idle = _anyio_threads_of(self)
        self._used_threads = self._used_threads or threads > 0
        return self._calls_outside > 0 or threads > idle

    def _jump(self, seconds: float) -> None:
        self.jumps += 1
        self._now += seconds

    def _give_up(self) -> None:
        """End the main task: nothing can happen any more.

        Raises:
            SetupError: There is none, or it was told before and waits again.
        """
        main, self.main = self.main, None
        if main is None:
            raise SetupError(_STUCK)
        main.cancel()

    def _interrupt(self) -> None:
        # Called before the main task has run, there is no other task yet.
        for task in asyncio.all_tasks(self) if self.main is None else {self.main}:
            task.cancel()


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that, asked to wait, moves the clock instead."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self.own = 0
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready; if nothing is, let ``timeout`` seconds of virtual time pass."""
        self._loop.turns += 1
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if len(self.get_map()) > self.own or self._loop._has_outsiders():
            ready = super().select(timeout)
        elif timeout is None:
            ready = super().select(_PATIENCE)
            if not ready:
                self._loop._give_up()
        if not ready and timeout is not None:
            self._loop._jump(timeout)
        return ready


def _anyio_threads_of(loop: asyncio.AbstractEventLoop) -> tuple[int, int]:
    """Return how many worker threads of anyio ``loop`` has, and how many are idle (private API)."""
    backend, lowlevel = map(sys.modules.get, ("anyio._backends._asyncio", "anyio.lowlevel"))
    if backend is None or lowlevel is None:
        return 0, 0
    try:
        its = lowlevel._run_vars.get(loop, {})
        names = backend._threadpool_workers, backend._threadpool_idle_workers
    except AttributeError:
        warnings.warn(
            "the worker threads of this version of anyio cannot be seen: virtual time does not "
            "wait for them; use asyncio.to_thread",
            RuntimeWarning,
            stacklevel=1,
        )
        return 0, 0
    return len(its.get(names[0], ())), len(its.get(names[1], ()))


def is_of_other_loop(exc: BaseException) -> bool:
    """Whether ``exc`` says that something of another event loop was used."""
    if isinstance(exc, BaseExceptionGroup):
        return any(map(is_of_other_loop, exc.exceptions))
    return isinstance(exc, RuntimeError) and _OTHER_LOOP.search(str(exc)) is not None


async def unless_stuck(coroutine: Coroutine[Any, Any, T]) -> T:
    """Await ``coroutine``, but under virtual time not for ever.

    On a loop with a real clock this is a plain ``await``.

    Raises:
        SetupError: Nothing could happen any more: the coroutine was cancelled where it stood, and
            the traceback ends there.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if not isinstance(loop, VirtualTimeLoop):
        return await coroutine
    assert task is not None
    loop.main = task
    try:
        result = await coroutine
        if loop.main is task:
            return result
    except asyncio.CancelledError as exc:
        if loop.main is task:
            raise
        task.uncancel()
        raise SetupError(_STUCK).with_traceback(exc.__traceback__) from None
    finally:
        loop.main = None
    raise SetupError(_STUCK)  # the coroutine swallowed its cancellation


def _run_virtually(loop: VirtualTimeLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(unless_stuck(coroutine))
    finally:
        coroutine.close()  # interrupted early, it never ran: no warning about that


def _run_on_a_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run under virtual time on a thread; interrupted, cancel what runs there and wait for it."""
    loop = VirtualTimeLoop()
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(_run_virtually(loop, coroutine))
        except BaseException as exc:
            outcome.set_exception(exc)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    with _interrupts_raise():
        try:
            thread.start()
            return outcome.result()
        except BaseException as exc:
            if not outcome.done():
                with contextlib.suppress(RuntimeError):  # it is just ending
                    loop.call_soon_threadsafe(loop._interrupt)
            elif is_of_other_loop(exc):
                raise SetupError(_FOREIGN) from exc
            raise
        finally:
            thread.join()


@contextlib.contextmanager
def _interrupts_raise() -> Iterator[None]:
    """Let SIGINT raise here, where asyncio and ipykernel would only note it for their loop."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if is_main else None
    if not callable(before):  # ignored, or not Python's
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
