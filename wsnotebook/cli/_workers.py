"""Several processes that serve one app on one socket, and the one that keeps them alive.

uvicorn's own supervisor is not used: it is no public name, was called otherwise in older versions,
and does not tell when the workers listen. Each worker runs uvicorn as it is.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from ..errors import SetupError, WsNotebookError
from ..server._engines import uvicorn_config
from ._output import say
from ._served import Served

__all__ = ["serve_in_workers"]

_spawn = multiprocessing.get_context("spawn")  # the same on every system, nothing inherited


class _Told(Exception):
    """A signal says that it is over."""


def serve_in_workers(served: Served, listener: socket.socket, when_listening: str) -> int:
    """Serve until a signal, a new worker in the place of one that ends; return the exit status.

    Args:
        served: What is served, by how many workers.
        listener: What they listen on.
        when_listening: A line to be said once all of them do.

    Raises:
        SetupError: A worker ended before it listened; any other would as well.
    """
    workers: list[_Worker] = []
    with _signals() as signals:
        try:
            for _ in range(served.workers):
                workers.append(_Worker.start(served, listener))  # noqa: PERF401  # each may fail
            for worker in workers:
                worker.wait_listening(signals)
            say(when_listening, sys.stdout)
            while True:
                _wait(signals, *(worker.process.sentinel for worker in workers))
                for place, old in enumerate(workers):
                    if not old.process.is_alive():
                        workers[place] = new = _Worker.start(served, listener)
                        new.wait_listening(signals)
                        say(f"worker {old.end}; worker {new.pid} listens in its place", sys.stdout)
        except _Told as told:
            (number,) = told.args
            return 130 if number == signal.SIGINT else 0
        finally:
            _end(workers, signals)


def _end(workers: list[_Worker], signals: Connection) -> None:
    for worker in workers:
        worker.process.terminate()
    try:
        for worker in workers:
            _wait(signals, worker.process.sentinel)
    except _Told:  # once more: it takes too long
        for worker in workers:
            worker.process.kill()
    for worker in workers:
        worker.process.join()


@contextlib.contextmanager
def _signals() -> Iterator[Connection]:
    """Give what SIGINT and SIGTERM are read from: none comes while a worker is half started."""
    signals, tell = _spawn.Pipe(duplex=False)
    numbers = (signal.SIGINT, signal.SIGTERM)
    with signals, tell:
        before = [signal.signal(number, lambda number, _: tell.send(number)) for number in numbers]
        try:
            yield signals
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


def _wait(signals: Connection, *others: Connection | int) -> None:
    """Wait for one of ``others``.

    Raises:
        _Told: A signal came.
    """
    if signals in wait([signals, *others]):
        raise _Told(signals.recv())


@dataclass(frozen=True, slots=True)
class _Worker:
    """A worker, as the process sees it that keeps it alive.

    Attributes:
        process: Its process.
        said: Where it says ``None``, once it listens, or why it cannot.
    """

    process: SpawnProcess
    said: Connection

    @classmethod
    def start(cls, served: Served, listener: socket.socket) -> _Worker:
        said, say_there = _spawn.Pipe(duplex=False)
        process = _spawn.Process(target=_work, args=(served, listener, say_there))
        with _blocked_interrupts():
            process.start()
        say_there.close()  # it is the worker's alone, so that its end is seen
        return cls(process, said)

    def wait_listening(self, signals: Connection) -> None:
        """Wait until it listens.

        Raises:
            SetupError: It ended.
            _Told: A signal came.
        """
        with self.said:
            _wait(signals, self.said)
            try:
                problem = self.said.recv()
            except EOFError:
                self.process.join()
                problem = f"worker {self.end} before it listened"
        if problem is not None:
            raise SetupError(problem)

    @property
    def pid(self) -> int | None:
        """The id of its process."""
        return self.process.pid

    @property
    def end(self) -> str:
        """Which it was, and how it ended."""
        code = self.process.exitcode or 0
        how = f"status {code}" if code >= 0 else signal.Signals(-code).name
        return f"{self.pid} ended with {how}"


@contextlib.contextmanager
def _blocked_interrupts() -> Iterator[None]:
    # What is started inherits it: a Ctrl-C, which reaches all, does not catch it importing.
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the worker


def _work(served: Served, listener: socket.socket, said: Connection) -> None:
    # Whoever keeps it alive answers a Ctrl-C; once uvicorn runs, it ends of it by itself, too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()

    async def tell() -> None:
        if not said.closed:  # it is called as soon as uvicorn listens, and now and then
            said.send(None)
            said.close()

    try:
        config = uvicorn_config(served.make(), callback_notify=tell)
    except WsNotebookError as exc:
        with contextlib.suppress(BrokenPipeError):  # another has said it, and all are ended
            said.send(str(exc))
        sys.exit(1)
    import uvicorn

    uvicorn.Server(config).run(sockets=[listener])


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    signal.raise_signal(signal.SIGTERM)
