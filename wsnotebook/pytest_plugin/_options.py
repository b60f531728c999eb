"""The options of the search, ``--ws-...``, over what the project's pyproject.toml says.

What a setting means, and which values it may have, is ``properties.settings``.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ..errors import SetupError
from ..properties.settings import Configuration, read_configuration

__all__ = ["asked_items", "configuration", "is_wanted", "pytest_addoption", "take_asked_items"]

ROOT = "wsnotebook"
_CONFIGURATION = pytest.StashKey[Configuration]()
_ASKED = pytest.StashKey[tuple[str, ...]]()
_OBJECT = {"metavar": "MODULE:ATTRIBUTE"}
_NUMBER = {"type": int, "metavar": "N"}
_SECONDS = {"type": float, "metavar": "SECONDS"}
_GLOB = {"action": "append", "metavar": "GLOB"}
_YES = {"action": "store_true"}
_NO = {"action": "store_false"}


def _codes(text: str) -> list[int]:
    return [int(code) for code in text.split(",")]


# The option, the setting that it stands above, how it is read, and what it says of itself.
_OPTIONS: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("app", "app", _OBJECT, "the app whose WebSocket routes are searched, an item each"),
    ("factory", "factory", _YES, "--ws-app makes the app: each conversation has a fresh one"),
    (
        *("oracle", "oracles", {"action": "append", **_OBJECT}),
        "a function that judges each conversation; may be repeated",
    ),
    ("enable", "enabled", _YES, "search the routes, also where only single tests are asked for"),
    ("disable", "enabled", _NO, "search no routes"),
    ("max-examples", "max_examples", _NUMBER, "conversations held on each route (100)"),
    ("max-messages", "max_messages", _NUMBER, "messages in the longest conversation (10)"),
    ("connection-timeout", "connection_timeout", _SECONDS, "how long a handshake may take (30)"),
    ("message-timeout", "message_timeout", _SECONDS, "time the app has for a message (10)"),
    (
        *("max-message-size", "max_message_size", {**_NUMBER, "metavar": "BYTES"}),
        "the largest message sent (65536)",
    ),
    (
        *("test-close-codes", "test_close_codes", {"type": _codes, "metavar": "CODE,CODE"}),
        "what clients close with (1000,1001)",
    ),
    (
        *("validate-subprotocols", "validate_subprotocols", _YES),
        "a subprotocol that nobody offered is a failure (the default)",
    ),
    ("no-validate-subprotocols", "validate_subprotocols", _NO, "it is none"),
    ("include", "include", _GLOB, "routes to search, such as '/ws/*'; may be repeated"),
    ("exclude", "exclude", _GLOB, "routes to leave out; may be repeated"),
    ("seed", "seed", _NUMBER, "repeats a search exactly"),
    (
        *("auth", "auth", {"metavar": "TOKEN"}),
        "bearer:TOKEN, or $NAME for an environment variable that holds it",
    ),
    ("verbose", "verbose", _YES, "tell of each example (-s shows it), and of times and rates"),
    ("max-seconds", "max_seconds", _SECONDS, "how long the search of a route may take (no limit)"),
    ("clients", "clients", _NUMBER, "clients connected at once in a conversation, 1 to 10 (1)"),
    ("allow-remote", "allow_remote", _YES, "search a URL that is not on this machine, too"),
)
_OWN = ("app", "factory", "oracles")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; without one, pyproject.toml decides."""
    group = parser.getgroup(ROOT, "search of WebSocket routes (wsnotebook)")
    for option, setting, how, says in _OPTIONS:
        group.addoption(f"--ws-{option}", dest=f"ws_{setting}", default=None, help=says, **how)


def configuration(config: pytest.Config) -> Configuration:
    """Return what is to be searched, and how.

    Raises:
        pytest.UsageError: The command line or the pyproject.toml says what cannot be.
    """
    if _CONFIGURATION not in config.stash:
        try:
            config.stash[_CONFIGURATION] = _read(config)
        except SetupError as exc:
            raise pytest.UsageError(str(exc)) from None
    return config.stash[_CONFIGURATION]


def _read(config: pytest.Config) -> Configuration:
    table = read_configuration(config.rootpath / "pyproject.toml")
    options = {setting: config.getoption(f"ws_{setting}") for _, setting, _, _ in _OPTIONS}
    given = {setting: value for setting, value in options.items() if value is not None}
    if "app" in given:  # whether that is a factory, the table does not know
        given = {"factory": False, **given}
    own = {setting: given.pop(setting) for setting in _OWN if setting in given}
    if "app" in own:
        own["target"] = own.pop("app")
    try:
        settings = table.settings.replace(**given)
        if settings.seed is None:
            settings = settings.replace(seed=_seed_for_hypothesis(config))
        return replace(table, settings=settings, **own)
    except (TypeError, ValueError) as exc:
        raise SetupError(f"command line: {exc}") from None


def _seed_for_hypothesis(config: pytest.Config) -> int | None:
    """Return what ``--hypothesis-seed`` says; Hypothesis takes words for seeds, too."""
    text: str | None = config.getoption("--hypothesis-seed", None)
    if text is None:
        return None
    if text.isdecimal():
        return int(text)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


# Which items are asked for


def take_asked_items(config: pytest.Config) -> None:
    """Take the ids of routes out of the arguments: pytest looks for a file of each."""
    asked = [argument for argument in config.args if _is_id(argument)]
    config.stash[_ASKED] = tuple(argument.partition("::")[2] for argument in asked)
    config.args = [argument for argument in config.args if argument not in asked]


def asked_items(config: pytest.Config) -> tuple[str, ...]:
    """Return the names of the items that the command line asks for; empty: for none by its id."""
    return config.stash.get(_ASKED, ())


def is_wanted(config: pytest.Config) -> bool:
    """Whether routes are searched in this session.

    Who asks for single files or tests wants these alone, unless the command line names the app.
    """
    told = configuration(config)
    if asked_items(config):
        return True
    if told.target is None or not told.settings.enabled:
        return False
    is_explicit = config.getoption("ws_app") or config.getoption("ws_enabled")
    return bool(is_explicit) or not config.args or not all(map(_is_narrow, config.args))


def _is_id(argument: str) -> bool:
    # From below the root, pytest writes "../wsnotebook::...".
    path, colons, _ = argument.partition("::")
    return bool(colons) and Path(path).name == ROOT


def _is_narrow(argument: str) -> bool:
    return "::" in argument or Path(argument).is_file()
