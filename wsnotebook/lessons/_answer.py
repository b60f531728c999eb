"""Running what a learner wrote: bounded in every way, and told with the line that matters.

An answer runs on a thread of its own, on a loop with virtual time: a notebook's own loop goes on,
a minute of waiting costs nothing, and times are exact. Bounds: a minute of virtual time for each
call, and a few real seconds for a whole check, after which the answer is cancelled and, if it never
awaits, interrupted. What is right and wrong is the exercises' business.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import ctypes
import dis
import inspect
import linecache
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from types import FrameType
from typing import Any

from ..clock import VirtualTimeLoop
from ..opened import is_library

__all__ = ["Answer", "NotAttempted", "Off", "fails", "run_bounded"]

PATIENCE = 60.0  # seconds of virtual time for one call of the answer
LIMIT = 5.0  # real seconds for a whole check
GRACE = 1.0  # real seconds to end once told to
_LOOKS = 50  # at a thread, to see it move


class Off(Exception):
    """What is off with an answer, in words for the learner; the first line stands alone."""


class NotAttempted(Exception):
    """The answer is still the stub of the notebook."""


class _Interrupted(BaseException):
    """Raised in an answer that neither ends nor awaits."""


# Anything else is: sys.exit() and pytest.fail() raise what is no Exception.
_NOT_OF_THE_ANSWER = (_Interrupted, GeneratorExit)


class Answer:
    """A learner's function, called by a scenario.

    Args:
        function: What was passed to ``check``.
        name: What it should be called.
    """

    def __init__(self, function: Any, name: str) -> None:
        self.name = name
        self._function = function
        self._task: asyncio.Task[Any] | None = None

    async def __call__(self, *args: Any) -> Any:
        """Await the function and return its result.

        Raises:
            NotAttempted: It is a stub.
            Off: It cannot be called like this, it raised, or it did not end.
        """
        self._check(args)
        if inspect.isasyncgenfunction(self._function):
            raise Off(f"`{self.name}` has a `yield` in it: whoever awaits it needs `return`.")
        if not inspect.iscoroutinefunction(self._function):
            raise Off(f"`{self.name}` has to await: write `async def`.")
        self._task = asyncio.ensure_future(self._told(self._function(*args)))
        await asyncio.wait({self._task}, timeout=PATIENCE)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=GRACE)
        if not self._task.done():
            raise Off(f"`{self.name}` does not end, and refuses to be cancelled.")
        return self._result(self._task.result())

    def now(self, *args: Any) -> Any:
        """Call the function, a plain one, and return its result; raises as calling does."""
        self._check(args)
        if inspect.iscoroutinefunction(self._function):
            raise Off(f"`{self.name}` has nothing to wait for: write `def`, without `async`.")
        try:
            return self._function(*args)
        except _NOT_OF_THE_ANSWER:
            raise
        except BaseException as exc:
            raise self.told_of(exc) from exc

    def cancel(self) -> None:
        """Cancel the call that is under way."""
        if self._task is not None:
            self._task.cancel()

    def _check(self, args: tuple[Any, ...]) -> None:
        function = self._function
        if function is ... or _is_stub(function):
            raise NotAttempted
        if inspect.iscoroutine(function):
            function.close()
            raise Off(f"pass the function itself, not what it returns: `check({self.name})`.")
        if not callable(function):
            raise Off(f"`check` needs a function, not {function!r}.")
        try:
            inspect.signature(function).bind(*args)
        except TypeError as exc:
            count = f"{len(args)} argument{'' if len(args) == 1 else 's'}"
            raise Off(f"`{self.name}` cannot be called with {count}: {exc}.") from exc

    async def _told(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await coroutine
        except asyncio.CancelledError as exc:
            raise self._unending(_line_of_error(exc)) from None
        except _NOT_OF_THE_ANSWER:
            raise
        except BaseException as exc:
            raise self.told_of(exc) from exc

    def told_of(self, exc: BaseException) -> Off:
        """Return what is off with an answer that raised ``exc``."""
        raised = f"`{self.name}` raised `{type(exc).__name__}`{_line_of_error(exc)}"
        return Off(f"{raised}\n{exc}".strip())

    def _unending(self, place: str) -> Off:
        return Off(
            f"`{self.name}` does not end: it stands{place} If it asks again and again there, "
            "wait for what should happen instead."
        )

    def _result(self, result: Any) -> Any:
        if inspect.iscoroutine(result):
            result.close()
            raise Off(
                f"`{self.name}` returned a coroutine, `{result.__name__.lstrip('_')}`: a call "
                "that nobody has awaited. Put `await` in front of it."
            )
        return result

    def stuck_at(self, frame: FrameType | None, limit: float | None) -> Off:
        """Return what is off with an answer that never awaits and now stands at ``frame``.

        Args:
            frame: Where it stands.
            limit: How many real seconds it had, if it had more than others, for a search.
        """
        while frame is not None and is_library(frame.f_code.co_filename):
            frame = frame.f_back
        place = _NOWHERE
        if frame is not None:
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
            place = _place(frame.f_lineno, line)
        if limit is None:
            return self._unending(place)
        return Off(
            f"`{self.name}` takes longer than {limit:g} s: it stands{place} If that is a search, "
            "it may well go on; restart the kernel, and give it fewer examples."
        )


async def fails(answer: Answer, *args: Any) -> bool:
    """Whether the answer, a test, fails when it is called with ``args``."""
    try:
        await answer(*args)
    except Off:
        return True
    return False


def run_bounded(
    scenario: Callable[[Answer], Awaitable[None]], answer: Answer, *, limit: float | None = None
) -> None:
    """Run ``scenario(answer)`` to its end; what it raises comes out.

    Args:
        scenario: What calls the answer.
        answer: What it is given.
        limit: Real seconds for all of it; ``None``: ``LIMIT``.

    Raises:
        Off: The answer did not end in time.
    """
    run = _Run(scenario, answer)
    thread = threading.Thread(
        target=contextvars.copy_context().run, args=(run.work,), name="exercise", daemon=True
    )
    thread.start()
    try:
        thread.join(LIMIT if limit is None else limit)
    finally:
        stuck = run.end(thread, limit) if thread.is_alive() else None
    if isinstance(run.error, Exception):
        raise run.error
    if run.error is not None:  # out of what the answer made, and the library runs: a strategy, ...
        raise answer.told_of(run.error) from run.error
    if stuck is not None:
        raise stuck


class _Run:
    """One run of a scenario on a thread."""

    def __init__(self, scenario: Callable[[Answer], Awaitable[None]], answer: Answer) -> None:
        self.error: BaseException | None = None
        self._scenario = scenario
        self._answer = answer
        self._loop = VirtualTimeLoop()

    def work(self) -> None:
        """Run; what is raised is kept."""
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except _Interrupted:
            pass
        except BaseException as exc:
            self.error = self.error or exc

    async def _main(self) -> None:
        try:
            await self._scenario(self._answer)
        except Exception as exc:
            self.error = exc  # known before the loop closes, which an answer may delay

    def end(self, thread: threading.Thread, limit: float | None) -> Off | None:
        """End a run that takes too long: cancel the answer, then interrupt it."""
        with contextlib.suppress(RuntimeError):  # the loop is just closing
            self._loop.call_soon_threadsafe(self._answer.cancel)
        thread.join(GRACE)
        if not thread.is_alive():
            return None
        off = self._answer.stuck_at(_frame_of(thread), limit)
        if _is_running(thread):  # one that waits in C is left behind: nothing can wake it
            assert thread.ident is not None
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(_Interrupted)
            )
            thread.join(GRACE)
        return off


def _is_running(thread: threading.Thread) -> bool:
    """Whether a thread executes Python, which shows as it moves or stands at a jump.

    An exception sent to one that waits in C would stay pending, and then a thread that is traced
    (coverage, a debugger) does not get on in CPython 3.11.
    """
    places = set()
    for _ in range(_LOOKS):
        frame = _frame_of(thread)
        if frame is None:
            return False
        places.add((id(frame), frame.f_lasti))
        opcode = frame.f_code.co_code[frame.f_lasti]
        if len(places) > 1 or "JUMP_BACKWARD" in dis.opname[opcode]:
            return True
        thread.join(0.001)
    return False


def _frame_of(thread: threading.Thread) -> FrameType | None:
    return sys._current_frames().get(thread.ident or 0)


# Where it happened

_NOWHERE = " in code that is not yours."


def _line_of_error(exc: BaseException) -> str:
    """Return the innermost line of the learner's own code that ``exc`` went through."""
    frames = [f for f in traceback.extract_tb(exc.__traceback__) if not is_library(f.filename)]
    if not frames:
        return _NOWHERE
    return _place(frames[-1].lineno or 0, frames[-1].line or "")


def _place(number: int, line: str) -> str:
    return f" at line {number}" + (f", `{line.strip()}`." if line.strip() else ".")


# Stubs


def _is_stub(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and _shape(code) in _STUBS


def _shape(code: Any) -> tuple[Any, ...]:
    constants = tuple(type(constant) for constant in code.co_consts)
    return code.co_code, code.co_names, constants


def _stubs() -> set[tuple[Any, ...]]:
    """Return the shapes of functions that do nothing yet, as this Python compiles them."""
    shapes = set()
    for define in ("def", "async def"):
        for documented in ("", "'what it is to do'; "):
            for body in ("...", "return ...", "raise NotImplementedError"):
                namespace: dict[str, Any] = {}
                exec(f"{define} stub(): {documented}{body}", namespace)  # noqa: S102  # as above
                shapes.add(_shape(namespace["stub"].__code__))
    return shapes


_STUBS = _stubs()
