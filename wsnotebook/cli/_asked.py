"""What a search is asked for: the options, over what ``pyproject.toml`` says.

Every field of ``Settings`` is an option under its own name. What the fields mean is the business
of ``properties``; what is done with the answer, of the subcommands.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import traceback
from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import SetupError
from ..properties.settings import (
    Configuration,
    Settings,
    find_pyproject,
    load_object,
    read_configuration,
)
from ._output import Misuse

__all__ = ["Asked", "add_settings", "add_target", "asked_for"]

# What the help says of a setting: what stands for its value, and what it is. ``enabled`` is for
# pytest, which searches unless told otherwise; here, one has asked.
_SETTINGS = {
    "max_examples": ("N", "conversations held on each route"),
    "max_messages": ("N", "the longest conversation, in messages"),
    "connection_timeout": ("SECONDS", "how long a handshake may take"),
    "message_timeout": ("SECONDS", "how long the app may take to deal with a message"),
    "max_message_size": ("BYTES", "the largest message"),
    "test_close_codes": ("CODES", "what clients close with, separated by commas"),
    "validate_subprotocols": (None, "whether a subprotocol that nobody offered is a failure"),
    "include": ("GLOB", "only routes whose path matches; may be repeated"),
    "exclude": ("GLOB", "no routes whose path matches; may be repeated"),
    "seed": ("N", "repeat a search"),
    "auth": (
        "AUTH",
        "what clients show: bearer:TOKEN, or '$NAME', quoted, for an environment variable",
    ),
    "verbose": (None, "a line for each example, and times in the report"),
    "max_seconds": ("SECONDS", "stop after that time, whatever is left to do"),
    "clients": ("N", "how many clients are connected at once"),
    "allow_remote": (None, "allow a URL that is not on this machine"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be looked at, and how.

    Attributes:
        target: ``"module:attribute"``, or a URL.
        factory: Whether that makes the app.
        oracles: Where the oracles are.
        settings: How to search.
    """

    target: str
    factory: bool
    oracles: tuple[str, ...]
    settings: Settings

    @property
    def is_url(self) -> bool:
        """Whether the target is a URL."""
        return "://" in self.target

    def load(self) -> Any:
        """Return the target: a URL as it is, an app or a factory imported.

        Raises:
            SetupError: It cannot be imported, or is a factory that cannot be called.
        """
        found = self.target if self.is_url else load_object(self.target)
        if self.factory and not callable(found):
            raise SetupError(f"{self.target!r} is {found!r}, which cannot be called to make an app")
        if self.factory and inspect.iscoroutinefunction(found):
            raise SetupError(
                f"{self.target!r} is an async function, which makes a coroutine when it is called; "
                "name a plain function that returns the app"
            )
        return found

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Put into one line what goes wrong in a block before there is an app to search."""
        try:
            yield
        except Exception as exc:
            if self.factory and not _is_raised_by_us(exc):
                told = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
                raise SetupError(f"{self.target!r}, called to make the app, raised {told}") from exc
            if isinstance(exc, TypeError | ValueError):  # an argument that cannot be
                raise SetupError(str(exc)) from exc
            raise


def _is_raised_by_us(exc: Exception) -> bool:
    *_, (frame, _) = traceback.walk_tb(exc.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith("wsnotebook.")


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add what names the app."""
    parser.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        help="an app as module:attribute, or a ws:// URL; "
        "default: app in [tool.wsnotebook.websocket] of pyproject.toml",
    )
    parser.add_argument(
        "--factory",
        action=argparse.BooleanOptionalAction,
        help="call TARGET to make the app, a fresh one for each conversation",
    )


def add_settings(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add an option for each setting, or for those alone that are named."""
    for one in fields(Settings):
        if one.name in (names or _SETTINGS):
            metavar, text = _SETTINGS[one.name]
            option = f"--{one.name.replace('_', '-')}"
            reading = _reading(str(one.type)) | ({"metavar": metavar} if metavar else {})
            parser.add_argument(option, help=text + _default(one), **reading)


def _default(one: Field[Any]) -> str:
    if one.default in (None, (), False):
        return ""
    if one.default is True:
        return "; default: yes"
    shown = ",".join(map(str, one.default)) if isinstance(one.default, tuple) else one.default
    return f"; default: {shown}"


def _reading(annotation: str) -> dict[str, Any]:
    """Return how argparse reads a value of a field with that type."""
    match annotation.removesuffix(" | None"):
        case "bool":
            return {"action": argparse.BooleanOptionalAction}
        case "tuple[str, ...]":
            return {"action": "append"}
        case "tuple[int, ...]":
            return {"type": _numbers}
        case "int":
            return {"type": int}
        case "float":
            return {"type": float}
    return {}


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(map(int, text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected numbers separated by commas, such as 1000,1001, not {text!r}"
        ) from None


def asked_for(options: argparse.Namespace) -> Asked:
    """Return what ``options`` ask for; where they are silent, ``pyproject.toml`` is heard.

    Raises:
        SetupError: ``pyproject.toml`` is wrong.
        Misuse: The options are.
    """
    configuration = _configuration()
    target: str | None = options.target or configuration.target
    if target is None:
        raise Misuse(
            "nothing to look at: give TARGET, such as shop:app or ws://127.0.0.1:8000/chat, "
            "or set app in [tool.wsnotebook.websocket] of pyproject.toml"
        )
    factory = options.factory
    if factory is None:  # that of the table is said of the app that the table names
        is_meant = "://" not in target and configuration.target in (None, target)
        factory = configuration.factory and is_meant
    asked = Asked(
        target=target,
        factory=factory,
        oracles=tuple(getattr(options, "oracle", None) or configuration.oracles),
        settings=_settings(options, configuration.settings),
    )
    if asked.factory and asked.is_url:
        raise Misuse("--factory calls what makes an app, and TARGET is a URL")
    return asked


def _configuration() -> Configuration:
    pyproject = find_pyproject(Path.cwd())
    return Configuration() if pyproject is None else read_configuration(pyproject)


def _settings(options: argparse.Namespace, defaults: Settings) -> Settings:
    given = {name: getattr(options, name, None) for name in _SETTINGS}
    try:
        return defaults.replace(**{name: it for name, it in given.items() if it is not None})
    except (TypeError, ValueError) as exc:
        raise Misuse(str(exc)) from exc
