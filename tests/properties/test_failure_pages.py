"""docs/reference/failures/: a page for each code; its first app fails so, its second passes.

A page's first block of Python is a module with an app that fails; it prints its ``report``, and the
text below shows how that begins. The second mends the app, and asserts so in its last line.
"""

from __future__ import annotations

import contextlib
import linecache
import re
from io import StringIO

import pytest
from test_docs import DOCS, Block, blocks

from wsnotebook.properties import CODES, clear_message_strategies

FOLDER = DOCS / "reference" / "failures"
HEADINGS = [
    "What a client sees",
    "The smallest app that does it",
    "Mend it",
    "When it is no fault",
]
FILE = "shop.py"


@pytest.fixture(autouse=True)
def nothing_is_registered():
    yield
    clear_message_strategies()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run code as if it stood in a file of its own; return what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(code, names):
        (tmp_path / FILE).write_text(code, encoding="utf-8")
        linecache.clearcache()
        with contextlib.redirect_stdout(StringIO()) as output:
            exec(compile(code, FILE, "exec"), names)
        return output.getvalue()

    return run


def page(code):
    return FOLDER / f"{code}.md"


def plain(text):
    """Return ``text`` without numbers and marks below lines.

    How often what is tried is Hypothesis's affair, how a traceback points is Python's.
    """
    return re.sub(r"\s*\d+", " N", re.sub(r"(?m)^ *[~^]+\n", "", text))


def test_every_code_has_a_page():
    assert {path.stem for path in FOLDER.glob("*.md")} == {*CODES, "index"}


def test_the_index_says_what_each_code_means():
    index = (FOLDER / "index.md").read_text("utf-8")
    rows = re.findall(r"^\| \[([\w-]+)\]\(([\w-]+)\.md\) \| (.+) \|$", index, re.MULTILINE)
    assert sorted(rows) == sorted((code, code, meaning) for code, meaning in CODES.items())
    tree = index.partition(":hidden:\n\n")[2].splitlines()[:-1]
    assert tree == list(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_answers_the_same_questions_as_the_others(code):
    text = page(code).read_text("utf-8")
    assert text.startswith(f"# {code}\n\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("code", CODES)
def test_the_search_finds_the_code_in_the_app_of_its_page_and_nothing_when_it_is_mended(code, run):
    fails, shown, mended = blocks(page(code))
    assert (fails.language, shown.language, mended.language) == ("python", "text", "python")
    names = {"__name__": "shop"}
    printed = run(fails.content, names)
    found = {failure.code.partition(":")[0] for failure in names["report"].failures}
    assert found == {code}
    assert plain(printed).startswith(plain(shown.content).rstrip())
    assert f"\n{code}:" in shown.content
    assert_it_searches(mended)
    run(mended.content, names)


def assert_it_searches(mended: Block) -> None:
    *_, last = mended.content.splitlines()
    assert re.fullmatch(r"assert check\(.+\)\.ok", last)
