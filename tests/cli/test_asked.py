"""What is asked for: every option, what ``pyproject.toml`` says, and which of the two counts."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from wsnotebook import SetupError
from wsnotebook.cli import _parser
from wsnotebook.cli._asked import _SETTINGS, Asked, asked_for
from wsnotebook.properties import Settings

USAGE = "usage: wsnotebook check [-h] [TARGET] [PATH] [OPTION ...]\nwsnotebook check: error: "

OPTIONS = [
    ("--max-examples 7", "max_examples", 7),
    ("--max-messages 3", "max_messages", 3),
    ("--connection-timeout 1.5", "connection_timeout", 1.5),
    ("--message-timeout 2", "message_timeout", 2.0),
    ("--max-message-size 64", "max_message_size", 64),
    ("--test-close-codes 1000,4000", "test_close_codes", (1000, 4000)),
    ("--no-validate-subprotocols", "validate_subprotocols", False),
    ("--include /a* --include /b", "include", ("/a*", "/b")),
    ("--exclude /a* --exclude /b", "exclude", ("/a*", "/b")),
    ("--seed 0", "seed", 0),
    ("--auth $TOKEN", "auth", "$TOKEN"),
    ("--verbose", "verbose", True),
    ("--max-seconds 0.5", "max_seconds", 0.5),
    ("--clients 2", "clients", 2),
    ("--allow-remote", "allow_remote", True),
]


def asked(*arguments: str) -> Asked:
    return asked_for(_parser().parse_args(["check", *arguments]))


# Options


@pytest.mark.parametrize(("option", "name", "value"), OPTIONS, ids=str)
def test_an_option_sets_the_setting_of_its_name_alone(project, option, name, value):
    settings = asked("shop:app", *option.split()).settings
    assert settings == replace(Settings(), **{name: value})
    assert settings != Settings()


def test_every_setting_has_an_option_but_whether_pytest_searches():
    settings = {one.name for one in fields(Settings)} - {"enabled"}
    assert {name for _, name, _ in OPTIONS} == settings
    assert set(_SETTINGS) == settings


def test_without_options_and_settings_there_are_the_defaults(project):
    assert asked("shop:app") == Asked(
        target="shop:app", factory=False, oracles=(), settings=Settings()
    )


def test_a_token_is_masked(project):
    found = asked("shop:app", "--auth", "bearer:geheim")
    assert found.settings.token == ("geheim", "header")
    assert "geheim" not in repr(found)


def test_factory_and_oracles_are_options(project):
    found = asked("shop:make_app", "--factory", "--oracle", "a:b", "--oracle", "c:d")
    assert (found.factory, found.oracles) == (True, ("a:b", "c:d"))


# What pyproject.toml says

TABLE = """
app = "shop:app"
factory = true
oracles = ["shop:total"]
max_examples = 500
include = ["/ws/*"]
verbose = true
"""


def test_the_table_is_heard_where_the_options_are_silent(project):
    project.settings(TABLE)
    settings = Settings(max_examples=500, include="/ws/*", verbose=True)
    expected = Asked(target="shop:app", factory=True, oracles=("shop:total",), settings=settings)
    assert asked() == expected


def test_the_table_is_looked_for_in_the_folders_above(project, monkeypatch):
    project.settings(TABLE)
    (project.folder / "below").mkdir()
    monkeypatch.chdir("below")
    assert asked().settings.max_examples == 500


def test_an_option_stands_above_the_table(project):
    project.settings(TABLE)
    options = ["--no-factory", "--oracle", "a:b", "--max-examples", "5", "--include", "/b"]
    settings = Settings(max_examples=5, include="/b", verbose=False)
    expected = Asked(target="shop:app", factory=False, oracles=("a:b",), settings=settings)
    assert asked(*options, "--no-verbose") == expected


@pytest.mark.parametrize(
    ("target", "is_called"), [("shop:app", True), ("shop:other", False), ("ws://h/", False)]
)
def test_factory_in_the_table_is_said_of_its_app(project, target, is_called):
    project.settings(TABLE)
    assert asked(target).factory is is_called


def test_factory_in_a_table_without_an_app_is_said_of_any(project):
    project.settings("factory = true")
    assert asked("shop:other").factory
    assert not asked("ws://127.0.0.1/").factory


# What cannot be


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--max-examples 0", "max_examples must be an int, 1 or more, not 0"),
        ("--max-examples x", "argument --max-examples: invalid int value: 'x'"),
        ("--max-seconds inf", "max_seconds must be a finite number of seconds above 0, not inf"),
        ("--clients 11", "clients must be an int, 1 to 10, not 11"),
        ("--include ws", "include: glob 'ws' matches no path: write '/ws' or '*ws'"),
        ("--exclude ws", "exclude: glob 'ws' matches no path: write '/ws' or '*ws'"),
        (
            "--test-close-codes 1000;1001",
            (
                "argument --test-close-codes: expected numbers separated by commas, such as "
                "1000,1001, not '1000;1001'"
            ),
        ),
        (
            "--test-close-codes 1006",
            (
                "test_close_codes: close code 1006 may not be sent (RFC 6455 section 7.4); "
                "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
            ),
        ),
        (
            "--auth geheim",
            (
                "auth must be 'bearer:TOKEN', 'bearer:$NAME' or '$NAME' (an environment variable); "
                "what was given (not shown) is none of these"
            ),
        ),
        ("--auth", "argument --auth: expected one argument"),
    ],
)
def test_a_value_that_cannot_be_is_refused(project, options, said, misused):
    assert misused("check", "shop:app", *options.split()) == f"{USAGE}{said}\n"


@pytest.mark.parametrize("subcommand", ["check", "routes"])
def test_without_a_target_it_is_told_what_to_give(project, subcommand, misused):
    assert misused(subcommand).partition("error: ")[2] == (
        "nothing to look at: give TARGET, such as shop:app or ws://127.0.0.1:8000/chat, or set "
        "app in [tool.wsnotebook.websocket] of pyproject.toml\n"
    )


def test_a_url_makes_no_app(project, misused):
    said = misused("check", "ws://127.0.0.1/", "--factory")
    assert said == f"{USAGE}--factory calls what makes an app, and TARGET is a URL\n"


def test_an_unknown_setting_in_the_table_is_an_error(project):
    project.settings("max_exampels = 5")
    with pytest.raises(SetupError) as caught:
        asked("shop:app")
    assert str(caught.value) == (
        f"[tool.wsnotebook.websocket] in {project.folder / 'pyproject.toml'}: "
        "unknown setting 'max_exampels'; did you mean 'max_examples'?"
    )
