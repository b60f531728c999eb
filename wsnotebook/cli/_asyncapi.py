"""``wsnotebook asyncapi``: the AsyncAPI document of an app's Channels, or the page made of it."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from ..errors import SetupError
from ._asked import add_target, asked_for
from ._output import SubParsers, say

__all__ = ["add_asyncapi"]


def add_asyncapi(subparsers: SubParsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "asyncapi",
        usage="wsnotebook asyncapi [-h] [TARGET] [OPTION ...]",
        help="describe the Channels of an app in AsyncAPI 3.0",
        description="Write the AsyncAPI 3.0 document of TARGET, a Channel class or an app of some.",
        epilog="exit status: 0, or 2 if there is no Channel, or TARGET cannot be imported",
        allow_abbrev=False,
    )
    add_target(parser)
    parser.add_argument("--title", help="what the application is called; default: its module")
    parser.add_argument("--api-version", metavar="VERSION", default="1", help="its version")
    parser.add_argument("--server", metavar="URL", help="where it is: ws://127.0.0.1:8000")
    parser.add_argument("--page", action="store_true", help="write the page, which is HTML")
    parser.add_argument("--out", metavar="FILE", help="write to a file, not the standard output")
    parser.set_defaults(run=_asyncapi, complain=parser.error, cannot=2)


def _asyncapi(options: argparse.Namespace) -> int:
    from ..asyncapi import document, page

    asked = asked_for(options)
    # What an app prints while it is imported is no document.
    with contextlib.redirect_stdout(sys.stderr):
        target = asked.load()
        with asked.making():
            described = document(
                target() if asked.factory else target,
                title=options.title or asked.target.partition(":")[0],
                version=options.api_version,
                servers=options.server,
            )
    text = page(described).rstrip() if options.page else json.dumps(described, indent=2)
    if options.out is None:
        say(text, sys.stdout)
    else:
        _write(options.out, text + "\n")
    return 0


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as exc:
        raise SetupError(
            f"cannot write to {name!r}: {exc.strerror}; name another file: --out FILE"
        ) from exc
