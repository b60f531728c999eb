"""What the page on searching in pytest shows of pytest's output is what pytest prints.

That its programs run is tests/test_docs.py.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from searched import search, verdicts

from wsnotebook.properties import Settings

__all__ = ["search"]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "howto" / "search-in-pytest.md").read_text("utf-8")
REFERENCE = (DOCS / "reference" / "pytest.md").read_text("utf-8")


def blocks(text):
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def programs():
    return [content for language, content in blocks(PAGE) if language == "python"]


def commands():
    """Return the options of each command, with all lines that are said to be printed."""
    found = []
    for language, content in blocks(PAGE):
        if language == "sh":
            found.append((shlex.split(content)[1:], []))
        elif language == "text":
            found[-1][1].extend(content.splitlines())
    return found


def plain(line):
    """Return a line without what differs from run to run."""
    return re.sub(r" +", " ", re.sub(r"\d+", "0", line)).strip()


@pytest.mark.parametrize(("options", "lines"), commands())
def test_pytest_prints_what_the_page_says(search, options, lines):
    app, oracle = programs()[:2]
    result = search(app + oracle, *options)
    printed = [plain(line) for line in result.outlines]
    for line in lines:
        start = plain(line).removesuffix("...").strip()
        assert [one for one in printed if one.startswith(start)], line


def test_a_known_failure_is_marked_as_the_page_says(search, pytester):
    *_, marks = programs()
    pytester.makeconftest(marks)
    result = search(programs()[0], "--ws-app=shop:app")
    result.assert_outcomes(passed=1, xfailed=1)


def test_what_is_registered_is_sent(search, pytester):
    # A word that the search does not read in the source.
    app = programs()[0].replace(
        "first, *rest = text.split()", "assert text[::-1] != 'owt rof ekac'"
    )
    app = app.replace("first.upper()", "text")
    options = ["--ws-app=shop:app", "--ws-include=/rooms/*"]
    assert verdicts(search(app, *options, apart=True)) == {"/rooms/{room_id:int}": "passed"}
    pytester.makeconftest(programs()[2])
    assert verdicts(search(app, *options, apart=True)) == {"/rooms/{room_id:int}": "failed"}


def test_the_table_of_the_reference_tells_the_defaults():
    ((language, table),) = blocks(REFERENCE)
    assert language == "toml"
    told = tomllib.loads(table)["tool"]["wsnotebook"]["websocket"]
    assert (told.pop("factory"), told.pop("oracles")) == (False, [])
    assert Settings.from_mapping(told) == Settings()
    left_out = {"app", "auth", "seed", "max_seconds"}
    assert left_out == set(re.findall(r"^# (\w+) =", table, re.MULTILINE))
    assert {*told, *left_out} == {*Settings.__dataclass_fields__, "app"}


def test_every_option_stands_in_the_reference(pytester):
    from wsnotebook.pytest_plugin._options import _OPTIONS

    told = set(re.findall(r"`--ws-([\w-]+)", REFERENCE))
    assert told == {option for option, *_ in _OPTIONS}
