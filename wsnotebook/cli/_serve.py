"""``wsnotebook serve``: an app on a real socket, in this process or in several.

What is served is ``_served``; the several are ``_workers``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import SetupError
from ._asked import asked_for
from ._output import Misuse, SubParsers, say
from ._served import Served, named_layer

__all__ = ["add_serve"]

_EPILOG = """\
A line on the standard output tells when and where it listens; another, that a worker has
ended and which took its place. Ctrl-C ends it, and so does SIGTERM; the second time at once,
whatever the app still does.

exit status:
  0    SIGTERM ended it
  1    it could not serve: no such app, an address in use, a worker that does not start
  130  Ctrl-C ended it
"""


def add_serve(subparsers: SubParsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "serve",
        usage="wsnotebook serve [-h] [TARGET] [OPTION ...]",
        help="serve an app, in one process or in several",
        description="Serve TARGET: a Channel class, an ASGI app or a websockets handler.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="module:attribute; default: app in [tool.wsnotebook.websocket] of pyproject.toml",
    )
    parser.add_argument(
        "--factory",
        action=argparse.BooleanOptionalAction,
        help="call TARGET to make the app, once in each process",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=1,
        help="how many processes; several share rooms by a --layer; default: %(default)s",
    )
    parser.add_argument(
        "--layer",
        metavar="URL",
        help="what carries broadcasts to all processes, such as redis://127.0.0.1:6379",
    )
    _add_address(parser)
    parser.set_defaults(run=_serve, complain=parser.error)


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on; default: %(default)s, for this machine alone",
    )
    parser.add_argument(
        "--port", metavar="N", type=int, default=8000, help="0: a free one; default: %(default)s"
    )


def _serve(options: argparse.Namespace) -> int:
    served = _served(options)
    if served.workers == 1:
        asyncio.run(_serve_here(served.make(), options.host, options.port))
        return 0
    return _serve_in_workers(served, options.host, options.port)


def _served(options: argparse.Namespace) -> Served:
    if options.workers < 1:
        raise Misuse(f"--workers must be 1 or more, not {options.workers}")
    if not 0 <= options.port < 2**16:
        raise Misuse(f"--port must be from 0 to 65535, not {options.port}")
    if not options.host:  # that is every address of this machine, which nobody asked for
        raise Misuse("--host must be an address, such as 127.0.0.1, not ''")
    if options.layer is not None:
        named_layer(options.layer, for_several=options.workers > 1)
    asked = asked_for(options)
    if asked.is_url:
        raise Misuse("TARGET is a URL, where something is served already: name an app")
    return Served(asked, options.layer, options.workers)


async def _serve_here(app: Any, host: str, port: int) -> None:
    """Serve until SIGTERM, which cancels it as a Ctrl-C does: its start and its stop, too."""
    is_told = False
    loop = asyncio.get_running_loop()
    serving = loop.create_task(_serve_for_ever(app, host, port))

    def tell(*_: Any) -> None:
        nonlocal is_told
        is_told = True
        signal.signal(signal.SIGTERM, before)  # asked once more, it ends at once
        loop.call_soon_threadsafe(serving.cancel)

    before = signal.signal(signal.SIGTERM, tell)
    try:
        await serving
    except asyncio.CancelledError:
        if not is_told:
            raise
    finally:
        signal.signal(signal.SIGTERM, before)


async def _serve_for_ever(app: Any, host: str, port: int) -> None:
    from ..server import serve

    with _may_be_in_use(host, port):
        server = await serve(app, host, port)
    try:
        say(_listening(host, server.port, 1), sys.stdout)
        await asyncio.Event().wait()
    finally:
        await server.stop()


def _serve_in_workers(served: Served, host: str, port: int) -> int:
    from ..server._engines import listening_socket
    from ._workers import serve_in_workers

    if not served.asked.factory:
        served.make()  # what is wrong with it is said here, once
    with _may_be_in_use(host, port):
        listener = listening_socket(host, port)
    with listener:
        port = listener.getsockname()[1]
        return serve_in_workers(served, listener, _listening(host, port, served.workers))


@contextlib.contextmanager
def _may_be_in_use(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError) as exc:  # the latter: no host can be called so
        raise SetupError(f"cannot listen on {_address(host, port)}: {_why(exc)}") from exc


def _why(exc: OSError | UnicodeError) -> str:
    if isinstance(exc, OSError) and exc.errno and exc.errno > 0:  # it is not the resolver's
        hint = "; --port 0 takes a free one" if exc.errno == errno.EADDRINUSE else ""
        return os.strerror(exc.errno) + hint
    # What asyncio and socket make of it tells the address once more.
    return str(getattr(exc, "strerror", None) or exc).partition(" (while ")[0]


def _listening(host: str, port: int, workers: int) -> str:
    return f"listening on {_address(host, port)} ({workers} worker{'' if workers == 1 else 's'})"


def _address(host: str, port: int) -> str:
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"
