"""The page of docs/ about the command: what it shows is what is printed."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise

import pytest
from test_docs import DOCS, blocks

from wsnotebook import cli

PAGE = DOCS / "howto" / "command-line.md"
SHOWN = [
    (command.content, output.content)
    for command, output in pairwise(blocks(PAGE))
    if (command.language, output.language) == ("sh", "text")
]
IN_TABLES = re.findall(r"^\| `(wsnotebook [^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
COMMANDS = [
    *(line for one in blocks(PAGE) if one.language == "sh" for line in one.content.splitlines()),
    *IN_TABLES,
]


def plain(text: str) -> str:
    """Return ``text`` without its numbers: how often what is tried is Hypothesis's affair."""
    return re.sub(r"\s*\d+", " N", text)


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_the_page_shows(project, capsys, command, output):
    [module] = [one.content for one in blocks(PAGE) if one.language == "python"]
    project.write("shop.py", module)
    cli.main(shlex.split(command)[1:])
    assert plain(capsys.readouterr().out).startswith(plain(output))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_exists(command):
    name, *arguments = shlex.split(command)
    assert name == "wsnotebook"
    options, unknown = cli._parser().parse_known_args(arguments)
    assert options.run
    assert unknown == []


def test_the_page_has_commands():
    assert len(SHOWN) == 2
    assert len(IN_TABLES) == 7
