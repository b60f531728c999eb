"""What binder/ says, held against the project; ``make binder`` is where it is tried.

The badges stand here, too: what they tell has the same source.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"
BADGES = ROOT / "docs" / "images" / "badges"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def lines(path: Path) -> list[str]:
    """Return the lines of a file that are neither empty nor comments."""
    text = path.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def brought_by(extra: str) -> list[Requirement]:
    """Return what an extra requires, in place of other extras what they require."""
    found = []
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
        if requirement.name == PROJECT["name"]:
            found += [each for other in sorted(requirement.extras) for each in brought_by(other)]
        else:
            found.append(requirement)
    return found


def pins() -> dict[str, str]:
    pairs = (line.split("==") for line in lines(ROOT / "constraints.txt"))
    return {canonicalize_name(name): version for name, version in pairs}


def with_what_they_require(names: set[str]) -> set[str]:
    """Return the names of distributions and of all that pip installs for their sake."""
    found, new = set(), set(names)
    while new:
        found |= new
        required = {each for name in new for each in map(Requirement, requires(name))}
        new = {
            canonicalize_name(each.name)
            for each in required
            if each.marker is None or each.marker.evaluate({"extra": ""})
        } - found
    return found


def requires(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # for another Python or system
        return []


def imported_by(notebook: Path) -> set[str]:
    """Return the top modules that the code cells of a notebook import."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    nodes = list(ast.walk(compile(code, notebook.name, "exec", flags)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    written = re.findall(r'"(\w+)\.py"', code)  # by the lesson itself
    return {name.partition(".")[0] for name in names} - {*written}


def test_it_installs_the_extra_of_the_lessons_under_the_constraints():
    assert lines(BINDER / "requirements.txt") == ["-c ../constraints.txt", ".[lab]"]
    # pip looks for the one beside the file, and for the other where it runs: in the root.
    assert (BINDER / "../constraints.txt").resolve() == ROOT / "constraints.txt"
    assert "lab" in PROJECT["optional-dependencies"]


def test_its_python_is_one_that_the_project_supports():
    [python] = lines(BINDER / "runtime.txt")
    name, _, version = python.partition("-")
    assert (name, version.count(".")) == ("python", 1)
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(version)


def test_there_is_nothing_else_that_its_builder_would_read():
    assert {path.name for path in BINDER.iterdir()} == {
        "README.md",
        "apt.txt",
        "requirements.txt",
        "runtime.txt",
    }


def test_the_constraints_are_exact_versions_from_nowhere_in_particular():
    pin = re.compile(r"[\w.-]+==[\w.!+]+")
    assert [line for line in lines(ROOT / "constraints.txt") if not pin.fullmatch(line)] == []


@pytest.mark.parametrize("requirement", brought_by("lab"), ids=str)
def test_what_the_extra_requires_is_pinned_to_a_version_that_fits(requirement):
    assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_lesson_imports_comes_with_the_extra(notebook):
    direct = [*map(Requirement, PROJECT["dependencies"]), *brought_by("lab")]
    installed = with_what_they_require({canonicalize_name(each.name) for each in direct})
    distributions = importlib.metadata.packages_distributions()
    lacking = {
        module
        for module in imported_by(notebook) - sys.stdlib_module_names - {"wsnotebook"}
        if installed.isdisjoint(map(canonicalize_name, distributions.get(module, ())))
    }
    assert lacking == set()


def test_the_address_leads_to_the_first_lesson():
    text = (BINDER / "README.md").read_text(encoding="utf-8")
    [lesson] = re.findall(r"urlpath=lab/tree/(\S+)", text)
    assert ROOT / lesson == NOTEBOOKS[0]


def test_ci_tries_it():
    assert "make binder" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pip install --quiet -r binder/requirements.txt" in makefile


# Badges


def drawn() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("badges", ROOT / "tools" / "make_badges.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.badges()


def test_the_badges_are_those_that_the_tool_draws():
    assert {path.name: path.read_text("utf-8") for path in BADGES.iterdir()} == drawn()


def test_the_badges_tell_what_pyproject_says():
    titles = [re.search("<title>(.*)</title>", badge)[1] for badge in drawn().values()]
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert titles == [
        f"Python: {oldest} or newer",
        f"licence: {PROJECT['license']}",
        "Binder: how to open it",
    ]


def test_the_readme_shows_every_badge_and_says_the_same_in_words():
    shown = re.findall(
        r"\[!\[(.*?)\]\(docs/images/badges/(.*?)\)\]", (ROOT / "README.md").read_text("utf-8")
    )
    assert [name for _, name in shown] == list(drawn())
    words = [re.search("<title>(.*)</title>", badge)[1] for badge in drawn().values()]
    assert [said.lower().replace(":", "") for said, _ in shown] == [
        each.lower().replace(":", "") for each in words
    ]
