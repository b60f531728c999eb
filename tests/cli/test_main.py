"""The command itself: its subcommands, its statuses, and what it says of arguments it has not."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wsnotebook
from wsnotebook import cli
from wsnotebook.cli import _check
from wsnotebook.errors import SetupError

USAGE = "usage: wsnotebook check [-h] [TARGET] [PATH] [OPTION ...]\nwsnotebook check: error: "


def test_without_a_subcommand_the_usage_is_shown(misused):
    assert misused() == (
        "usage: wsnotebook [-h] [--version] COMMAND ...\n"
        "wsnotebook: error: the following arguments are required: COMMAND\n"
    )


def test_help_names_the_subcommands(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "copy the lessons into a folder and open them in JupyterLab" in out
    assert "search an app for conversations that break it" in out
    assert "list the WebSocket routes of an app" in out


def test_help_tells_the_exit_statuses(capsys):
    with pytest.raises(SystemExit):
        cli.main(["check", "--help"])
    assert capsys.readouterr().out.endswith(_check._EPILOG)


def test_the_package_runs_as_a_module_and_tells_its_version():
    command = [sys.executable, "-m", "wsnotebook", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"wsnotebook {wsnotebook.__version__}\n"


def test_nothing_heavy_is_loaded_for_the_command():
    heavy = "{'jupyterlab', 'pydantic', 'hypothesis', 'starlette'}"
    code = f"import sys, wsnotebook.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["check", "shop:app", "--max-exampels", "5"], "--max-exampels 5"),
        (["check", "shop:app", "--max-ex=5"], "--max-ex=5"),
        (["check", "shop:app", "--enabled"], "--enabled"),
        (["check", "shop:app", "/", "/again"], "/again"),
        (["check", "shop:app", "--seed", "1", "/", "/again"], "/again"),
        (["check", "shop:app", "--", "/"], "-- /"),
        (["check", "shop:app", "--auht", "bearer:geheim"], "--auht bearer:***"),
        (["check", "shop:app", "/", "--auht=bearer:geheim"], "--auht=bearer:***"),
        (["check", "a:b", "/", "ws://u:geheim@h/?token=geheim"], "ws://u:***@h/?token=***"),
    ],
)
def test_an_unknown_argument_is_refused_without_its_secret(arguments, shown, misused):
    assert misused(*arguments) == f"{USAGE}unrecognized arguments: {shown}\n"


def test_an_argument_that_only_another_subcommand_has_is_refused(misused):
    assert misused("routes", "shop:app", "/orders") == (
        "usage: wsnotebook routes [-h] [TARGET] [OPTION ...]\n"
        "wsnotebook routes: error: unrecognized arguments: /orders\n"
    )


@pytest.mark.parametrize("subcommand", ["check", "routes"])
def test_an_error_of_ours_is_one_line_and_status_2(project, capsys, subcommand):
    assert cli.main([subcommand, "shop"]) == 2
    assert capsys.readouterr() == (
        "",
        "wsnotebook: expected 'module:attribute', such as 'shop:app', not 'shop'\n",
    )


def raising(monkeypatch, exc: BaseException) -> None:
    def asked_for(options):
        raise exc

    monkeypatch.setattr(_check, "asked_for", asked_for)


def test_what_nobody_expected_is_shown_as_python_does_and_is_no_failure_found(capsys, monkeypatch):
    raising(monkeypatch, RuntimeError("never seen"))
    assert cli.main(["check", "shop:app"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("RuntimeError: never seen\n")


def test_an_interrupt_before_the_search_ends_quietly(capsys, monkeypatch):
    raising(monkeypatch, KeyboardInterrupt())
    assert cli.main(["check", "shop:app"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_error_may_hold_what_the_terminal_cannot_show(monkeypatch, tmp_path):
    raising(monkeypatch, SetupError("no café"))
    with (tmp_path / "err").open("w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert cli.main(["check", "shop:app"]) == 2
    assert (tmp_path / "err").read_text() == "wsnotebook: no caf\\xe9\n"
