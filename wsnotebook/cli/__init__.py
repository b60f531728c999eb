"""The command ``wsnotebook``, also run as ``python -m wsnotebook``.

:func:`main` reads the arguments, runs a subcommand and puts its errors into one line. Each
subcommand is a module of this folder, with a function that adds its parser, named in
``_SUBCOMMANDS``, and one that does the work.
"""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from ..errors import WsNotebookError
from ..redaction import MASK, redact_url
from ._asyncapi import add_asyncapi
from ._check import add_check
from ._lab import add_lab, copy_lessons, find_lessons
from ._output import Misuse, SubParsers, say, version
from ._publish import add_publish
from ._routes import add_routes
from ._serve import add_serve

__all__ = ["copy_lessons", "find_lessons", "main"]

_SUBCOMMANDS: tuple[Callable[[SubParsers], None], ...] = (
    add_lab,
    add_check,
    add_routes,
    add_asyncapi,
    add_serve,
    add_publish,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status.

    Args:
        arguments: Those of the command line, unless given. What follows ``--`` is not for us:
            ``lab`` hands it on.

    Raises:
        SystemExit: The arguments make no sense, or were answered (``--help``, ``--version``); or
            JupyterLab has ended.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    own_end = given.index("--") if "--" in given else len(given)
    options, unknown = _parser().parse_known_args(given[:own_end])
    if unknown and not unknown[0].startswith("-"):
        for late in ("path", "message"):  # argparse does not see what stands after an option
            if getattr(options, late, "") is None:
                setattr(options, late, unknown.pop(0))
    if not options.hands_on:
        unknown += given[own_end:]
    if unknown:
        shown = " ".join(map(_without_secrets, unknown))
        options.complain(f"unrecognized arguments: {shown}")
    options.handed_on = given[own_end + 1 :]
    return _status(options)


def _status(options: argparse.Namespace) -> int:
    try:
        status: int = options.run(options)
    except Misuse as error:
        complain: Callable[[str], NoReturn] = options.complain
        complain(str(error))
    except WsNotebookError as error:
        say(f"wsnotebook: {error}", sys.stderr)
        return int(options.cannot)
    except KeyboardInterrupt:
        return 130  # as a shell tells of a program that an interrupt ended
    except Exception:
        traceback.print_exc()  # as Python would, but its status is 1, which may mean something
        return int(options.cannot)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wsnotebook", description="WebSocket code that is awaitable, visible and searchable."
    )
    parser.add_argument("--version", action="version", version=f"wsnotebook {version()}")
    parser.set_defaults(hands_on=False, cannot=1)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in _SUBCOMMANDS:
        add(subparsers)
    return parser


def _without_secrets(argument: str) -> str:
    # A misspelt --auth is unknown, its token is none the less one.
    return re.sub(r"(?s)(bearer:).+", rf"\g<1>{MASK}", redact_url(argument))
