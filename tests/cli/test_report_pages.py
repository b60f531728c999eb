"""The pages of docs/ on reports and on CI: what they run exists, and does what they say."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from junitparser import JUnitXml
from test_docs import DOCS, blocks

from wsnotebook import cli

REPORT, CI = (DOCS / "howto" / f"{name}.md" for name in ("read-a-report", "search-in-ci"))
RECIPES = [yaml.safe_load(one.content) for one in blocks(CI) if one.language == "yaml"]
CALLS = [line for one in blocks(CI) if one.language == "sh" for line in one.content.splitlines()]


def values(part, *keys):
    """Return every value below one of ``keys``, lists and lines taken apart."""
    if isinstance(part, list):
        return [value for one in part for value in values(one, *keys)]
    if not isinstance(part, dict):
        return []
    found = []
    for key, value in part.items():
        if key in keys:
            lines = value if isinstance(value, list) else value.splitlines()
            found += [str(line).strip() for line in lines]
        else:
            found += values(value, *keys)
    return found


def options_of(command):
    """Return what follows the name of a command."""
    return shlex.split(command)[1:]


def plain(text):
    """Return ``text`` without its numbers: how often what is tried is Hypothesis's affair."""
    return re.sub(r"\s*\d+", " N", text)


@pytest.fixture
def shop(project):
    """The folder, with the module of the page on reports."""
    module, *_ = [one.content for one in blocks(REPORT) if one.language == "python"]
    project.write("shop.py", module)
    return project


COMMANDS = [command for one in RECIPES for command in values(one, "run", "script")]
CHECKS = [command for command in (*COMMANDS, *CALLS) if command.startswith("wsnotebook ")]
PYTESTS = [command for command in (*COMMANDS, *CALLS) if command.startswith("pytest ")]
# Whatever else is installed here takes seconds to load, each time.
PLUGINS = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "wsnotebook.pytest_plugin,_hypothesis_pytestplugin",
}


def test_every_command_is_looked_at_below():
    others = {*COMMANDS, *CALLS} - {*CHECKS, *PYTESTS}
    install = "pip install -e . 'wsnotebook[properties]'"
    assert others == {install, f"{install} pytest"}
    assert (len(CHECKS), len(PYTESTS), len(RECIPES)) == (4, 3, 5)


# Reports


def test_the_report_is_printed_and_written_as_the_page_says(shop, capsys):
    _, command, printed, *_ = blocks(REPORT)
    assert cli.main(options_of(command.content)) == 1
    assert plain(capsys.readouterr().out).startswith(plain(printed.content))
    assert (shop.folder / "report.html").read_text("ascii").startswith("<!doctype html>")
    (suite,) = JUnitXml.fromfile(str(shop.folder / "report.xml"))
    assert [one.name for one in suite] == ["/prices", "/tables/{number:int}"]
    assert not json.loads((shop.folder / "report.json").read_text("ascii"))["ok"]


def test_the_page_says_what_is_in_junit(shop, capsys):
    cli.main(["check", "shop:app", "--seed", "1", "--junit", "-"])
    named = re.findall(r"^\| `(\w+)` \|", REPORT.read_text("utf-8"), re.MULTILINE)
    assert named == ["failure", "error", "skipped"]
    shown = capsys.readouterr().out
    for property_of in ("seed", "examples", "messages", "replies", "connections", "refusals"):
        assert f'<property name="{property_of}" ' in shown


# CI


def run_pytest(project, command, **environment):
    """Run a command that begins with ``pytest``, with the plugins that are asked for."""
    return subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=project.folder,
        env=project.environment(**PLUGINS, **environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", CHECKS)
def test_a_command_for_ci_exists(command):
    options, unknown = cli._parser().parse_known_args(options_of(re.sub(r"\$\w+", "17", command)))
    assert options.target == "shop:app"
    assert unknown == []


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_kept_is_what_is_written(recipe):
    commands = " ".join(values(recipe, "run", "script"))
    written = set(re.findall(r"--(?:html|junit|junitxml)[ =](\S+)", commands))
    kept = {name for name in values(recipe, "path", "paths", "junit") if "hypothesis" not in name}
    assert kept in (written, set())
    if not kept:  # the steps that are to be put into a job
        assert isinstance(recipe, list)


@pytest.mark.parametrize("command", PYTESTS)
def test_a_pytest_for_ci_exists(shop, command):
    done = run_pytest(shop, f"{command} --collect-only -q")
    assert "wsnotebook::shop:app[/prices]\n" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_search_in_ci_repeats_and_remembers_nothing(shop):
    once, again = [shop.run("check", "shop:app", CI="true") for _ in range(2)]
    assert once.returncode == 1
    assert again.stdout == once.stdout
    assert "each route has a seed of its own" in once.stdout
    assert not (shop.folder / ".hypothesis").exists()


def test_with_the_default_profile_ci_remembers_what_failed(shop):
    command = next(one for one in PYTESTS if "--hypothesis-profile=default" in one)
    said = [run_pytest(shop, command, CI="true").stdout for _ in range(2)]
    assert (shop.folder / ".hypothesis" / "examples").is_dir()
    assert ["conversations that failed before came first" in one for one in said] == [False, True]


def test_the_statuses_are_those_of_the_command():
    told = [
        re.findall(r"^\| (\d+) \|", page.read_text("utf-8"), re.MULTILINE)
        for page in (CI, DOCS / "howto" / "command-line.md")
    ]
    assert told == [["0", "1", "2"], ["0", "1", "2", "130"]]
