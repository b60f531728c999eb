"""``wsnotebook check``: search an app, show what was found, and say it in the exit status.

The search is the business of ``properties``, and so is the text of its report.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..draw.text import in_one_line
from ..errors import MissingExtra, SetupError
from ..properties.settings import Settings, load_oracle
from ._asked import Asked, add_settings, add_target, asked_for
from ._output import Misuse, SubParsers, say
from ._progress import Bar, Lines

if TYPE_CHECKING:
    from ..asyncapi import Document
    from ..properties import Campaign, Report

__all__ = ["add_check"]

_EPILOG = """\
exit status:
  0    every route passed, or --max-seconds ended the search and nothing was found
  1    a failure was found
  2    the search was not possible: a wrong option, an app that cannot be imported or
       has no routes, a route that cannot be searched or was not reached in time
  130  it was interrupted (Ctrl-C); the report tells what was found until then

[tool.wsnotebook.websocket] in the nearest pyproject.toml holds other defaults, under the
same names: max_examples = 500. It may also name the app: app = "shop:app".
"""

_FORMATS = {"json": "JSON", "html": "an HTML page", "junit": "JUnit XML"}


def add_check(subparsers: SubParsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "check",
        usage="wsnotebook check [-h] [TARGET] [PATH] [OPTION ...]",
        help="search an app for conversations that break it",
        description="Search TARGET for conversations that break it: each of its routes, or PATH.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_target(parser)
    parser.add_argument("path", metavar="PATH", nargs="?", help="such as /rooms/{room_id:int}")
    add_settings(parser)
    parser.add_argument(
        "--oracle",
        metavar="MODULE:FUNCTION",
        action="append",
        help="a function that raises if a Conversation is wrong; may be repeated",
    )
    parser.add_argument(
        "--asyncapi",
        metavar="FILE",
        help="an AsyncAPI 3 document, JSON or YAML: what it describes is sent and expected",
    )
    for name, what in _FORMATS.items():
        parser.add_argument(
            f"--{name}",
            metavar="FILE",
            help=f"write the report as {what}; -: to the standard output alone",
        )
    parser.add_argument("--no-color", action="store_true", help="do not colour the report")
    parser.set_defaults(run=_check, complain=parser.error, cannot=2)


def _check(options: argparse.Namespace) -> int:
    if importlib.util.find_spec("hypothesis") is None:
        raise MissingExtra("hypothesis", "properties")
    if options.path is None and (options.target or "").startswith("/"):
        options.target, options.path = None, options.target
    if options.path is not None and (options.include or options.exclude):
        raise Misuse("--include and --exclude choose among routes: leave PATH out")
    places = _places(options)
    asked = asked_for(options)
    output = sys.stdout
    with contextlib.ExitStack() as stack:
        if "-" in places.values():  # what an app prints is no report
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        campaign = _campaign(asked, options.path, options.asyncapi)
        files = {name: _file(name, place, output, stack) for name, place in places.items()}
        report, is_interrupted = _run(campaign)
        for name, file in files.items():
            say(_written(report, name, verbose=asked.settings.verbose), file)
    if "-" not in places.values():
        is_colored = output.isatty() and not options.no_color and not os.environ.get("NO_COLOR")
        say(report.text(color=is_colored, verbose=asked.settings.verbose), output)
    return 130 if is_interrupted else _status(report)


def _campaign(asked: Asked, path: str | None, document: str | None) -> Campaign:
    from ..properties import Campaign

    begin: Callable[..., Campaign] = Campaign
    if document is not None:
        begin = _document(document).campaign
    target = asked.load()
    oracles = [load_oracle(name) for name in asked.oracles]
    with asked.making():
        return begin(
            None if asked.factory else target,
            path,
            factory=target if asked.factory else None,
            oracles=oracles,
            settings=asked.settings,
            name=None if asked.is_url else asked.target,
        )


def _document(name: str) -> Document:
    from ..asyncapi import read

    try:
        return read(Path(name))
    except OSError as exc:
        raise SetupError(
            f"cannot read {name!r}: {exc.strerror}; name an AsyncAPI document: --asyncapi FILE"
        ) from exc
    except ValueError as exc:
        raise SetupError(f"--asyncapi: {exc}") from exc


def _places(options: argparse.Namespace) -> dict[str, str]:
    """Return where each report goes that is asked for, by its format."""
    given = {name: getattr(options, name) for name in _FORMATS}
    places = {name: place for name, place in given.items() if place is not None}
    for (one, place), (other, same) in combinations(places.items(), 2):
        if place == same:
            raise Misuse(f"--{one} and --{other} both go to {place!r}: give each a file of its own")
    return places


def _file(name: str, place: str, output: TextIO, stack: contextlib.ExitStack) -> TextIO:
    """Return where a report goes, before a search that may take minutes."""
    if place == "-":
        return output
    try:
        return stack.enter_context(Path(place).open("w", encoding="utf-8"))
    except OSError as exc:
        raise SetupError(
            f"cannot write the report to {place!r}: {exc.strerror}; "
            f"name another file: --{name} FILE"
        ) from exc


def _written(report: Report, name: str, *, verbose: bool) -> str:
    if name == "html":
        return report.to_html(verbose=verbose)
    return report.to_json() if name == "json" else report.to_junit()


def _run(campaign: Campaign) -> tuple[Report, bool]:
    """Return the report, and whether an interrupt ended the search."""
    with _watcher(campaign.settings) as watch:
        campaign.subscribe(watch)
        try:
            return campaign.start().join(), False
        except KeyboardInterrupt:
            if not campaign.done:  # a second interrupt: what runs does not end
                raise
            return campaign.join(), True


def _watcher(settings: Settings) -> contextlib.AbstractContextManager[Callable[[Any], None]]:
    if settings.verbose:
        return contextlib.nullcontext(Lines(sys.stderr))
    if sys.stderr.isatty():
        return Bar(sys.stderr)
    return contextlib.nullcontext(lambda _: None)


def _status(report: Report) -> int:
    if report.failures:
        return 1
    late = [one.route for one in report.routes if one.stopped and not one.examples]
    for route in late:
        # Green would say that it was searched.
        say(
            f"wsnotebook: {in_one_line(route)} was not reached in time; raise --max-seconds",
            sys.stderr,
        )
    return 2 if late or any(one.error for one in report.routes) else 0
