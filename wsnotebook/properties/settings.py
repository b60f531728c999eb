"""How a search is done: ``Settings``, and what a project's ``pyproject.toml`` says of it.

An object that is only named is loaded by ``_load``; what the settings mean is the business of the
search. Nothing heavy is imported here: whoever only wants to know whether there is anything to
search reads this alone.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import SetupError
from ._checks import (
    bearer,
    check_auth,
    check_bool,
    check_int,
    check_seconds,
    close_codes,
    globs,
    object_names,
)
from ._load import load_object, load_oracle, nearest_name
from ._masked import Masked

__all__ = [
    "Configuration",
    "Settings",
    "find_pyproject",
    "load_object",
    "load_oracle",
    "read_configuration",
]

__tracebackhide__ = True  # pytest shows the arguments of a function, and a token may be one

_MOST_CLIENTS = 10
# Keys of the table, and what Configuration calls them.
_OWN = {"app": "target", "factory": "factory", "oracles": "oracles"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a search is done. Wrong values are refused when it is made.

    Attributes:
        max_examples: How many conversations are held on each route.
        max_messages: The longest conversation, in messages.
        connection_timeout: How long a handshake may take, in seconds. This and the next are finite:
            an app that never answers is a fault to find, not a reason to wait forever.
        message_timeout: How long an app may take to deal with a message, in seconds.
        max_message_size: The largest message sent, in bytes.
        test_close_codes: What clients close with; a client may send each (RFC 6455 section 7.4).
        validate_subprotocols: Whether a subprotocol that nobody offered is a failure.
        include: Globs over paths, such as ``"/ws/*"``, one or several; none: every route.
        exclude: Globs of routes to leave out; they stand above ``include``.
        seed: Repeats a search exactly. ``None``: another each time.
        auth: ``"bearer:TOKEN"``, or ``"bearer:$NAME"`` or ``"$NAME"`` for an environment variable,
            whose value is ``TOKEN`` or ``bearer:TOKEN``. A token given here reads ``bearer:***``
            from then on, and settings with it cannot be pickled; :attr:`token` gives it.
        enabled: Whether pytest searches.
        verbose: Whether each example is told of.
        max_seconds: How long a whole campaign may take, in real seconds. ``None``: no limit.
        clients: How many clients are connected at once in one example, 1 to 10.
        allow_remote: Whether a URL that is not loopback may be searched.

    Raises:
        TypeError: A value is of the wrong type.
        ValueError: A value cannot be.
    """

    max_examples: int = 100
    max_messages: int = 10
    connection_timeout: float = 30.0
    message_timeout: float = 10.0
    max_message_size: int = 65_536
    test_close_codes: tuple[int, ...] = (1000, 1001)
    validate_subprotocols: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    seed: int | None = None
    auth: str | None = None
    enabled: bool = True
    verbose: bool = False
    max_seconds: float | None = None
    clients: int = 1
    allow_remote: bool = False

    def __post_init__(self) -> None:
        for name in ("max_examples", "max_messages", "max_message_size"):
            check_int(name, getattr(self, name), 1)
        check_int("clients", self.clients, 1, _MOST_CLIENTS)
        if self.seed is not None:
            check_int("seed", self.seed, 0)
        for name in ("connection_timeout", "message_timeout"):
            check_seconds(name, getattr(self, name))
        if self.max_seconds is not None:
            check_seconds("max_seconds", self.max_seconds)
        for name in ("validate_subprotocols", "enabled", "verbose", "allow_remote"):
            check_bool(name, getattr(self, name))
        set_field = object.__setattr__  # the only way in a frozen dataclass
        set_field(self, "test_close_codes", close_codes("test_close_codes", self.test_close_codes))
        for name in ("include", "exclude"):
            set_field(self, name, globs(name, getattr(self, name)))
        set_field(self, "auth", check_auth("auth", self.auth))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, where: str = "") -> Settings:
        """Return the settings that ``mapping`` holds; the others have their defaults.

        Args:
            mapping: Values by name, lists for tuples.
            where: Where it comes from, for the texts of errors.

        Raises:
            SetupError: A name is unknown, or a value wrong.
        """
        _check_names(mapping, _NAMES, where)
        try:
            return cls(**mapping)
        except (TypeError, ValueError) as exc:
            raise SetupError(_told(where, exc)) from None

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with other values.

        Raises:
            SetupError: A name is unknown.
            TypeError: A value is of the wrong type.
            ValueError: A value cannot be.
        """
        _check_names(changes, _NAMES)
        # Not by dataclasses.replace: pytest would show its arguments, and one may be a token.
        return Settings(**{name: getattr(self, name) for name in _NAMES} | changes)

    @property
    def token(self) -> tuple[str, str] | None:
        """The token and how it travels, as ``connect(token=..., via=...)`` takes them, if any.

        An environment variable is read now, each time.

        Raises:
            SetupError: The variable is not set, or empty.
        """
        if self.auth is None:
            return None
        if isinstance(self.auth, Masked):
            return self.auth.secret, "header"
        name = bearer(self.auth).removeprefix("$")
        token = bearer(os.environ.get(name, ""))
        if not token:
            state = "empty" if name in os.environ else "not set"
            raise SetupError(
                f"auth names the environment variable {name!r}, which is {state}; set it to the "
                "token"
            )
        return token, "header"


_NAMES = tuple(one.name for one in fields(Settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the table ``[tool.wsnotebook.websocket]`` of a ``pyproject.toml`` says.

    Attributes:
        target: Where the app is, ``"module:attribute"``; the table calls it ``app``.
        factory: Whether that is to be called for a fresh app.
        oracles: Where the oracles are, each ``"module:attribute"``; one or several.
        settings: How to search.

    Raises:
        TypeError: A value is of the wrong type.
        ValueError: A value cannot be.
    """

    target: str | None = None
    factory: bool = False
    oracles: tuple[str, ...] = ()
    settings: Settings = Settings()

    def __post_init__(self) -> None:
        if self.target is not None:
            object_names("app", [self.target])
        check_bool("factory", self.factory)
        object.__setattr__(self, "oracles", object_names("oracles", self.oracles))


def read_configuration(pyproject: Path) -> Configuration:
    """Return what ``pyproject`` says of searches; the defaults if it has no word of them.

    Nothing that it names is imported, and no environment variable is read.

    Args:
        pyproject: A ``pyproject.toml``. It need not exist.

    Raises:
        SetupError: It is no TOML, a key is unknown, or a value wrong; the text names the file.
    """
    where = f"[tool.wsnotebook.websocket] in {pyproject}"
    table = _table(pyproject, where)
    _check_names(table, (*_OWN, *_NAMES), where)
    own = {field: table.pop(key) for key, field in _OWN.items() if key in table}
    settings = Settings.from_mapping(table, where=where)
    try:
        return Configuration(settings=settings, **own)
    except (TypeError, ValueError) as exc:
        raise SetupError(_told(where, exc)) from None


def find_pyproject(start: Path) -> Path | None:
    """Return the nearest ``pyproject.toml``, in ``start`` or a folder above it, if there is any."""
    here = start.resolve()
    found = (folder / "pyproject.toml" for folder in (here, *here.parents))
    return next((path for path in found if path.is_file()), None)


def _table(pyproject: Path, where: str) -> dict[str, Any]:
    try:
        with pyproject.open("rb") as file:
            table = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as exc:
        raise SetupError(_told(where, f"cannot read the file: {exc.strerror}")) from exc
    except ValueError as exc:  # of the grammar, or of UTF-8
        raise SetupError(_told(where, f"the file is no TOML: {exc}")) from None
    for name in ("tool", "wsnotebook"):
        table = _inner(table, name, where)
    for name in table:
        if name != "websocket":  # nobody would read it
            raise SetupError(
                _told(where, f"unknown {name!r} in [tool.wsnotebook]; put settings here")
            )
    return _inner(table, "websocket", where)


def _inner(table: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    inner = table.get(name, {})
    if not isinstance(inner, dict):  # not shown: a token may stand in it
        kind = type(inner).__name__
        raise SetupError(_told(where, f"{name!r} must be a table, not {kind}"))
    return inner


def _told(where: str, problem: object) -> str:
    return f"{where}: {problem}" if where else str(problem)


def _check_names(given: Iterable[object], known: tuple[str, ...], where: str = "") -> None:
    for name in given:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"did you mean {near!r}?" if near else f"known settings: {', '.join(known)}"
            raise SetupError(_told(where, f"unknown setting {name!r}; {hint}"))
