"""The page of docs/ that opens with a script and its report: that is what the script prints.

That the rest of the page does what it says is ``test_docs``.
"""

from __future__ import annotations

import re

from test_docs import DOCS, blocks
from test_readme import run_python

from wsnotebook.properties import CODES

PAGE = DOCS / "howto" / "search.md"


def plain(text):
    """Return ``text`` without its numbers: how often what is tried is Hypothesis's affair."""
    return re.sub(r"\s*\d+", " N", text)


def test_the_script_prints_what_stands_below_it(tmp_path):
    script, command, shown, *_ = blocks(PAGE)
    assert command.content == "python shop.py\n"
    (tmp_path / "shop.py").write_text(script.content, encoding="utf-8")
    done = run_python("-W", "error", "shop.py", folder=tmp_path)
    assert done.stderr == ""
    printed = done.stdout.replace(f"{tmp_path}/", "")
    assert plain(printed).startswith(plain(shown.content).rstrip())


def test_the_page_on_oracles_tells_of_each_that_is_ready():
    told = (DOCS / "howto" / "oracles.md").read_text("utf-8")
    found = set(re.findall(r"^\| `\w+\(.*\)` \|.*\[([\w-]+)\]\(", told, re.MULTILINE))
    first, *_ = (place for place, code in enumerate(CODES) if code == "schema-broken")
    assert found == set(list(CODES)[first:]) - {"oracle"}
