"""What docs/ shows is what happens: its programs run, with its outputs; the reference is complete.

A page is one program: its blocks of Python share their names, from top to bottom. A page that has
tests is a module for pytest; any other runs as in a notebook, ``await`` at the top included. A
block of text below a block of Python is what that prints; below a test, how that test fails.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import pytest
from test_readme import ROOT, run_python, without_times

import wsnotebook
from wsnotebook import auth, closecodes, properties, pytest_plugin

DOCS = ROOT / "docs"
PAGES = [
    DOCS / "index.md",
    *(
        page
        for part in ("start", "howto", "frameworks", "coming-from", "explanation")
        for page in (DOCS / part).glob("*.md")
    ),
]


class Block(NamedTuple):
    language: str
    content: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(*pair) for pair in found]


def programs(page: Path) -> list[tuple[str, str | None]]:
    """Return the blocks of Python, each with the text that stands right below it."""
    shown = [*blocks(page), Block("", "")]
    return [
        (block.content, below.content if below.language == "text" else None)
        for block, below in pairwise(shown)
        if block.language == "python"
    ]


def names_of_tests(code: str) -> list[str]:
    """Return the tests of a block, functions and methods of classes."""
    return re.findall(r"^(?: {4})?(?:async )?def (test_\w+)", code, re.MULTILINE)


def name_of(page: Path) -> str:
    return page.relative_to(DOCS).with_suffix("").as_posix()


MODULES = [page for page in PAGES if any(names_of_tests(code) for code, _ in programs(page))]
SESSIONS = [page for page in PAGES if programs(page) and page not in MODULES]


def test_every_block_is_in_a_language_that_a_test_below_looks_at():
    languages = {block.language for page in DOCS.rglob("*.md") for block in blocks(page)}
    assert languages == {"python", "text", "toml", "sh", "yaml"}


def test_every_command_and_every_extra_exists():
    shown = "\n".join(page.read_text("utf-8") for page in PAGES)
    commands = set(re.findall(r"^make (\w+)$", shown, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert commands == {"lab"}
    assert commands <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    extras = set(re.findall(r"(?:wsnotebook\[|extra `)(\w+)", shown))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert extras == {"lab", "notebook", "asgi", "django", "properties", "redis"}
    assert extras <= set(project["optional-dependencies"])


# Pages that run as in a notebook


def run_script(cells: list[CodeType]) -> list[str]:
    """Run the cells one after the other; return what each prints."""
    names: dict[str, object] = {}
    printed: list[str] = []
    for cell in cells:
        with kept_in(printed):
            exec(cell, names)
    return printed


async def run_notebook(cells: list[CodeType]) -> list[str]:
    """Do the same where ``await`` may stand at the top of a cell."""
    names: dict[str, object] = {}
    printed: list[str] = []
    for cell in cells:
        with kept_in(printed):
            coroutine = eval(cell, names)
            if coroutine is not None:
                await coroutine
    return printed


@contextlib.contextmanager
def kept_in(printed: list[str]) -> Iterator[None]:
    with contextlib.redirect_stdout(StringIO()) as output:
        yield
    printed.append(output.getvalue())


@pytest.mark.parametrize("page", SESSIONS, ids=name_of)
def test_a_page_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flag = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    cells = [
        compile(code, name_of(page), "exec", flag, dont_inherit=True) for code, _ in programs(page)
    ]
    if any(cell.co_flags & inspect.CO_COROUTINE for cell in cells):
        printed = asyncio.run(run_notebook(cells))
    else:  # a script runs what it runs on a loop of its own
        printed = run_script(cells)
    assert printed == [expected or "" for _, expected in programs(page)]


# Pages with tests


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What pytest prints of all tests in docs/, under the settings that docs/ tells."""
    folder = tmp_path_factory.mktemp("docs")
    (settings,) = [block.content for page in PAGES for block in blocks(page) if "toml" in block]
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    for page in MODULES:
        code = "\n\n".join(code for code, _ in programs(page))
        (folder / module_of(page)).write_text(code, encoding="utf-8")
    options = ["-rA", "-W", "error", "--color=no", "-p", "no:cacheprovider"]
    done = run_python("-m", "pytest", *options, folder=folder)
    return done.stdout + done.stderr


def module_of(page: Path) -> str:
    return f"test_{re.sub('[/-]', '_', name_of(page))}.py"


def plain(text: str) -> str:
    """Return a report, or a part of it, without margins and times, a line break at both ends."""
    lines = (line.removeprefix("E ").strip() for line in without_times(text).splitlines())
    return "\n".join(["", *lines, ""])


@pytest.mark.parametrize("page", MODULES, ids=name_of)
def test_the_tests_of_a_page_pass_or_fail_as_it_says(page, report):
    said = {
        test: "PASSED" if failure is None else "FAILED"
        for code, failure in programs(page)
        for test in names_of_tests(code)
    }
    test = rf"{module_of(page)}::(?:\w+::)?(\w+)"
    found = re.findall(rf"^(PASSED|FAILED|ERROR) {test}", report, re.MULTILINE)
    assert {test: outcome for outcome, test in found} == said


@pytest.mark.parametrize(
    ("page", "text"),
    [(page, block.content) for page in MODULES for block in blocks(page) if "text" in block],
    ids=lambda value: name_of(value) if isinstance(value, Path) else None,
)
def test_a_failure_reads_as_the_page_says(page, text, report):
    assert plain(text) in plain(report)


# The reference


def documented() -> set[str]:
    """Return every name that a directive of the reference documents."""
    pages = [page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md")]
    kinds = "data|autoclass|autofunction|autoexception"
    directive = re.compile(rf"^\.\. (?:{kinds}):: ([\w.]+)", re.MULTILINE)
    return {name.rpartition(".")[2] for page in pages for name in directive.findall(page)}


def documented_as_a_whole() -> set[str]:
    """Return the modules all of whose public names the reference documents."""
    pages = [page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md")]
    whole = re.compile(r"^\.\. automodule:: ([\w.]+)\n   :members:$", re.MULTILINE)
    return {module for page in pages for module in whole.findall(page)}


@pytest.mark.parametrize("name", wsnotebook.__all__)
def test_a_public_name_stands_in_the_reference(name):
    assert name in documented()


@pytest.mark.parametrize("name", properties.__all__)
def test_a_name_of_the_search_stands_in_the_reference(name):
    assert name in documented()


@pytest.mark.parametrize("name", pytest_plugin.__all__)
def test_a_fixture_stands_in_the_reference(name):
    assert name in documented()


@pytest.mark.parametrize("module", ["wsnotebook.apps", "wsnotebook.widgets"])
def test_a_module_stands_in_the_reference_as_a_whole(module):
    assert module in documented_as_a_whole()
    assert import_module(module).__all__


def test_the_table_of_close_codes_is_that_of_the_library():
    page = (DOCS / "explanation" / "close-codes.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{4}) \| ([^|]+) \|[^|]+\| (yes|never) \|", page, re.MULTILINE)
    assert {int(code): shown for code, shown, _ in rows} == closecodes.NAMES
    assert {int(code) for code, _, sent in rows if sent == "yes"} == sendable()


def sendable() -> set[int]:
    """Return the named codes that a close may send."""
    found = set()
    for code in closecodes.NAMES:
        with contextlib.suppress(ValueError):
            closecodes.check_close(code, "")
            found.add(code)
    return found


def test_the_table_of_ways_is_that_of_the_library():
    page = (DOCS / "howto" / "authenticate.md").read_text("utf-8")
    rows = re.findall(r"^\| `\"(\w+)\"`[^|]*\| `(.+?)` \| (yes|no) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [
        (way.name, way.sends, "yes" if way.in_browsers else "no", "; ".join(way.leaks))
        for way in auth.WAYS.values()
    ]


@pytest.mark.parametrize("name", [*auth.__all__])
def test_a_name_of_auth_stands_in_the_reference(name):
    page = (DOCS / "reference" / "auth.md").read_text("utf-8")
    assert re.search(rf"^\.\. auto\w+:: wsnotebook\.auth\.{name}(\(\))?$", page, re.MULTILINE)
