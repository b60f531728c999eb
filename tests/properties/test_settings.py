"""How a search is set: values, tokens that are not shown, the table in a file, objects by name."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, fields
from dataclasses import replace as dataclass_replace

import pytest
from in_pytest import SETUP_ERROR, run_tests, told

from wsnotebook import SetupError
from wsnotebook.properties.settings import (
    Configuration,
    Settings,
    find_pyproject,
    load_object,
    read_configuration,
)

TOKEN = "s3cr3t-t0ken"
NAMES = ", ".join(one.name for one in fields(Settings))
FORMS = "auth must be 'bearer:TOKEN', 'bearer:$NAME' or '$NAME' (an environment variable)"
CODES = "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
INF = float("inf")

# Values


def test_the_defaults():
    assert asdict(Settings()) == {
        "max_examples": 100,
        "max_messages": 10,
        "connection_timeout": 30.0,
        "message_timeout": 10.0,
        "max_message_size": 65_536,
        "test_close_codes": (1000, 1001),
        "validate_subprotocols": True,
        "include": (),
        "exclude": (),
        "seed": None,
        "auth": None,
        "enabled": True,
        "verbose": False,
        "max_seconds": None,
        "clients": 1,
        "allow_remote": False,
    }


def test_settings_are_facts():
    settings = Settings(seed=7)
    assert settings == Settings(seed=7)
    assert hash(settings) == hash(Settings(seed=7))
    with pytest.raises(FrozenInstanceError):
        settings.seed = 8
    with pytest.raises(TypeError):
        Settings(100)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/ws/*", ("/ws/*",)),
        (["/a", "/b"], ("/a", "/b")),
        (("/a",), ("/a",)),
        ([], ()),
    ],
)
def test_globs_are_one_or_several(given, kept):
    settings = Settings(include=given, exclude=given)
    assert (settings.include, settings.exclude) == (kept, kept)


def test_close_codes_become_a_tuple():
    assert Settings(test_close_codes=[1000, 4999]).test_close_codes == (1000, 4999)


@pytest.mark.parametrize(
    "good",
    [
        {"max_examples": 1, "max_messages": 1, "max_message_size": 1},
        {"connection_timeout": 1, "message_timeout": 0.001, "max_seconds": 0.5},
        {"seed": 0, "clients": 10},
        {"seed": 2**128},
        {"test_close_codes": (3000,)},
    ],
)
def test_values_at_the_edge_are_good(good):
    settings = Settings(**good)
    assert {name: getattr(settings, name) for name in good} == good


def int_error(name, bounds, value):
    return {name: value}, f"{name} must be an int, {bounds}, not {value!r}"


def seconds_error(name, value):
    return {name: value}, f"{name} must be a finite number of seconds above 0, not {value!r}"


def codes_error(value):
    text = "test_close_codes must be one or more close codes, such as [1000, 1001], not "
    return {"test_close_codes": value}, f"{text}{value!r}"


def globs_error(name, value):
    return {name: value}, (
        f"{name} must be a glob over paths or a list, such as ['/ws/*'], not {value!r}"
    )


WRONG_TYPES = [
    int_error("max_examples", "1 or more", True),
    int_error("max_messages", "1 or more", 3.0),
    int_error("max_message_size", "1 or more", "64k"),
    int_error("max_message_size", "1 or more", None),
    int_error("clients", "1 to 10", True),
    int_error("seed", "0 or more", False),
    int_error("seed", "0 or more", "7"),
    seconds_error("connection_timeout", True),
    seconds_error("message_timeout", None),
    seconds_error("max_seconds", "60"),
    ({"enabled": 1}, "enabled must be True or False, not 1"),
    ({"verbose": None}, "verbose must be True or False, not None"),
    ({"validate_subprotocols": "no"}, "validate_subprotocols must be True or False, not 'no'"),
    ({"allow_remote": 0}, "allow_remote must be True or False, not 0"),
    codes_error(1000),
    codes_error("1000"),
    (
        {"test_close_codes": [1000, True]},
        "test_close_codes: close code must be an int, not True",
    ),
    globs_error("include", 7),
    globs_error("exclude", {"/ws": 1}),
    ({"include": [7]}, "include: a glob over paths is a str, such as '/ws/*', not 7"),
]
WRONG_VALUES = [
    int_error("max_examples", "1 or more", 0),
    int_error("max_messages", "1 or more", -1),
    int_error("max_message_size", "1 or more", 0),
    int_error("clients", "1 to 10", 0),
    int_error("clients", "1 to 10", 11),
    int_error("seed", "0 or more", -1),
    seconds_error("connection_timeout", 0),
    seconds_error("message_timeout", -0.5),
    seconds_error("message_timeout", INF),
    seconds_error("connection_timeout", float("nan")),
    seconds_error("max_seconds", 0),
    seconds_error("max_seconds", INF),
    codes_error([]),
    (
        {"test_close_codes": [1000, 1005]},
        f"test_close_codes: close code 1005 may not be sent (RFC 6455 section 7.4); {CODES}",
    ),
    ({"include": "ws"}, "include: glob 'ws' matches no path: write '/ws' or '*ws'"),
    (
        {"exclude": ["/a", "/[b"]},
        "exclude: glob '/[b' has a [ without its ]: write [[] for the character itself",
    ),
]


@pytest.mark.parametrize(
    ("error", "wrong", "text"),
    [
        *((TypeError, *case) for case in WRONG_TYPES),
        *((ValueError, *case) for case in WRONG_VALUES),
    ],
)
def test_a_wrong_value_is_refused_wherever_it_is_given(error, wrong, text):
    with pytest.raises(error) as caught:
        Settings(**wrong)
    assert str(caught.value) == text
    with pytest.raises(error) as caught:
        Settings().replace(**wrong)
    assert str(caught.value) == text
    with pytest.raises(SetupError) as caught:
        Settings.from_mapping(wrong)
    assert str(caught.value) == text
    with pytest.raises(SetupError) as caught:
        Settings.from_mapping(wrong, where="the options")
    assert str(caught.value) == f"the options: {text}"
    assert caught.value.__suppress_context__


def test_settings_of_a_mapping():
    mapping = {"max_examples": 5, "include": ["/a"], "test_close_codes": [1000]}
    assert Settings.from_mapping(mapping) == Settings(
        max_examples=5, include="/a", test_close_codes=(1000,)
    )
    assert Settings.from_mapping({}) == Settings()


def test_replacing_keeps_the_rest():
    settings = Settings(seed=7, auth=f"bearer:{TOKEN}")
    assert settings.replace(max_examples=5) == Settings(
        seed=7, auth=f"bearer:{TOKEN}", max_examples=5
    )
    assert settings.replace(include=["/a"]).include == ("/a",)
    assert settings.replace(auth=None) == Settings(seed=7)
    assert settings.max_examples == 100


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("max_exmaples", "did you mean 'max_examples'?"),
        ("max-messages", "did you mean 'max_messages'?"),
        ("auht", "did you mean 'auth'?"),
        ("zzz", f"known settings: {NAMES}"),
    ],
)
def test_an_unknown_name_is_refused_and_its_value_not_shown(name, hint):
    text = f"unknown setting {name!r}; {hint}"
    with pytest.raises(SetupError) as caught:
        Settings().replace(**{name: TOKEN})
    assert str(caught.value) == text
    with pytest.raises(SetupError) as caught:
        Settings.from_mapping({name: TOKEN})
    assert str(caught.value) == text
    with pytest.raises(SetupError) as caught:
        Settings.from_mapping({name: TOKEN}, where="here")
    assert str(caught.value) == f"here: {text}"


def test_a_name_that_is_no_str_is_unknown():
    with pytest.raises(SetupError) as caught:
        Settings.from_mapping({7: 7})
    assert str(caught.value) == f"unknown setting 7; known settings: {NAMES}"


# The token


@pytest.mark.parametrize("auth", [f"bearer:{TOKEN}", f" bearer: {TOKEN}\n"])
def test_a_token_of_its_own(auth):
    assert Settings(auth=auth).token == (TOKEN, "header")


def test_no_token():
    assert Settings().token is None


@pytest.mark.parametrize("auth", ["$WS_TOKEN", "bearer:$WS_TOKEN", "bearer: $WS_TOKEN"])
@pytest.mark.parametrize("value", [TOKEN, f"bearer:{TOKEN}", f"{TOKEN}\n"])
def test_a_token_of_the_environment_is_read_when_it_is_asked_for(monkeypatch, auth, value):
    monkeypatch.delenv("WS_TOKEN", raising=False)
    settings = Settings(auth=auth)
    monkeypatch.setenv("WS_TOKEN", value)
    assert settings.token == (TOKEN, "header")
    monkeypatch.setenv("WS_TOKEN", "another")
    assert settings.token == ("another", "header")


@pytest.mark.parametrize("auth", ["$WS_TOKEN", "bearer:$WS_TOKEN"])
def test_the_name_of_a_variable_is_no_secret(auth):
    settings = Settings(auth=auth)
    assert settings.auth == auth
    assert f"auth={auth!r}" in repr(settings)
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("auth", ["$WS_TOKEN", "bearer:$WS_TOKEN"])
def test_a_variable_that_is_not_set_is_named(monkeypatch, auth):
    monkeypatch.delenv("WS_TOKEN", raising=False)
    with pytest.raises(SetupError) as caught:
        _ = Settings(auth=auth).token
    assert str(caught.value) == (
        "auth names the environment variable 'WS_TOKEN', which is not set; set it to the token"
    )


@pytest.mark.parametrize("value", ["", " ", "bearer:"])
def test_a_variable_that_is_empty_is_named(monkeypatch, value):
    monkeypatch.setenv("WS_TOKEN", value)
    with pytest.raises(SetupError) as caught:
        _ = Settings(auth="$WS_TOKEN").token
    assert str(caught.value) == (
        "auth names the environment variable 'WS_TOKEN', which is empty; set it to the token"
    )


NONE_OF_THESE = f"{FORMS}; what was given (not shown) is none of these"
NO_NAME = f"{FORMS}; what follows '$' (not shown) is no name of a variable"


@pytest.mark.parametrize(
    ("auth", "text"),
    [
        (TOKEN, NONE_OF_THESE),
        (f"Bearer {TOKEN}", NONE_OF_THESE),
        (f"basic:{TOKEN}", NONE_OF_THESE),
        ("bearer:", NONE_OF_THESE),
        ("", NONE_OF_THESE),
        (f"${TOKEN}", NO_NAME),
        (f"bearer:${TOKEN}", NO_NAME),
        ("$", NO_NAME),
        (
            "bearer:***",
            f"{FORMS}; 'bearer:***' is how a token is shown: give the token itself",
        ),
    ],
)
def test_what_is_no_auth_is_refused_and_not_shown(auth, text):
    with pytest.raises(ValueError) as caught:
        Settings(auth=auth)
    assert str(caught.value) == text
    with pytest.raises(SetupError) as caught:
        Settings.from_mapping({"auth": auth}, where="here")
    assert str(caught.value) == f"here: {text}"


def test_an_auth_that_is_no_str_is_refused_and_not_shown():
    with pytest.raises(TypeError) as caught:
        Settings(auth=[TOKEN])
    assert str(caught.value) == f"{FORMS}, not list"


def test_a_token_is_shown_by_nothing_that_shows_settings():
    settings = Settings(auth=f"bearer:{TOKEN}")
    assert "auth='bearer:***'" in repr(settings)
    assert str(settings.auth) == f"{settings.auth}" == "%s" % settings.auth == "bearer:***"  # noqa: UP031
    assert settings.auth.encode() == b"bearer:***"
    configuration = Configuration(settings=settings)
    shown = [
        *(form(one) for form in (repr, str) for one in (settings, configuration)),
        *(form(asdict(one)) for form in (repr, json.dumps) for one in (settings, configuration)),
    ]
    assert not [text for text in shown if TOKEN in text]


def test_a_token_is_not_pickled():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError) as caught:
            pickle.dumps(Settings(auth=f"bearer:{TOKEN}"), protocol)
        assert str(caught.value) == (
            "'bearer:***' cannot be pickled, because of its secret; name an environment variable "
            "instead: '$NAME'"
        )


def test_a_token_outlives_every_copy():
    settings = Settings(auth=f"bearer:{TOKEN}")
    copies = [
        copy.copy(settings),
        copy.deepcopy(settings),
        settings.replace(seed=None),
        dataclass_replace(settings),
        Settings(**asdict(settings)),
        Settings(auth=copy.copy(settings.auth)),
    ]
    assert [one.token for one in copies] == [(TOKEN, "header")] * len(copies)
    assert set(copies) == {settings}


def test_other_tokens_are_other_settings():
    settings, other = Settings(auth="bearer:a"), Settings(auth="bearer:b")
    assert settings != other
    assert settings.auth != other.auth
    assert not settings.auth != Settings(auth="bearer:a").auth  # noqa: SIM202  # __ne__ is meant
    assert len({settings, other}) == 2


def test_pytest_does_not_show_a_token_that_was_refused(pytester, monkeypatch):
    monkeypatch.setenv("WS_RAW", f"Bearer {TOKEN}")
    result = run_tests(
        pytester,
        """
import os
from wsnotebook.properties.settings import Settings

def test_refused():
    Settings(auth=os.environ["WS_RAW"])

def test_replaced():
    Settings().replace(auth=os.environ["WS_RAW"])

def test_unknown():
    Settings.from_mapping({"auht": os.environ["WS_RAW"]})
""",
    )
    result.assert_outcomes(failed=3)
    assert TOKEN not in result.stdout.str()
    assert told(result) == [
        f"ValueError: {NONE_OF_THESE}",
        f"ValueError: {NONE_OF_THESE}",
        f"{SETUP_ERROR} unknown setting 'auht'; did you mean 'auth'?",
    ]


# The table


@pytest.fixture
def pyproject(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write(text):
        path = tmp_path / "pyproject.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def table_error(path, text):
    return f"[tool.wsnotebook.websocket] in {path}: {text}"


def test_a_table_with_everything(pyproject):
    path = pyproject("""
[tool.other]
key = 1

[tool.wsnotebook.websocket]
app = "shop.chat:holder.app"
factory = true
oracles = ["shop.rules:total", "shop.rules:order"]
max_examples = 5
max_messages = 3
connection_timeout = 1
message_timeout = 0.5
max_message_size = 100
test_close_codes = [1000, 4000]
validate_subprotocols = false
include = ["/ws/*", "/chat"]
exclude = "/ws/admin"
seed = 7
auth = "$WS_TOKEN"
enabled = false
verbose = true
max_seconds = 60
clients = 2
allow_remote = true
""")
    assert read_configuration(path) == Configuration(
        target="shop.chat:holder.app",
        factory=True,
        oracles=("shop.rules:total", "shop.rules:order"),
        settings=Settings(
            max_examples=5,
            max_messages=3,
            connection_timeout=1,
            message_timeout=0.5,
            max_message_size=100,
            test_close_codes=(1000, 4000),
            validate_subprotocols=False,
            include=("/ws/*", "/chat"),
            exclude=("/ws/admin",),
            seed=7,
            auth="$WS_TOKEN",
            enabled=False,
            verbose=True,
            max_seconds=60,
            clients=2,
            allow_remote=True,
        ),
    )


@pytest.mark.parametrize(
    "text", ["", "[tool.other]\nkey = 1", "[tool.wsnotebook]", "[tool.wsnotebook.websocket]"]
)
def test_a_file_without_a_word_of_it_gives_the_defaults(pyproject, text):
    assert read_configuration(pyproject(text)) == Configuration(
        target=None, factory=False, oracles=(), settings=Settings()
    )


def test_a_missing_file_gives_the_defaults(tmp_path):
    (tmp_path / "file").touch()
    assert read_configuration(tmp_path / "pyproject.toml") == Configuration()
    assert read_configuration(tmp_path / "file" / "pyproject.toml") == Configuration()


def test_one_oracle_needs_no_list(pyproject):
    path = pyproject('[tool.wsnotebook.websocket]\noracles = "shop:total"')
    assert read_configuration(path).oracles == ("shop:total",)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("max_exmaples = 5", "unknown setting 'max_exmaples'; did you mean 'max_examples'?"),
        ("ap = 5", "unknown setting 'ap'; did you mean 'app'?"),
        ("zzz = 5", f"unknown setting 'zzz'; known settings: app, factory, oracles, {NAMES}"),
        ("max_examples = true", "max_examples must be an int, 1 or more, not True"),
        (
            "message_timeout = inf",
            "message_timeout must be a finite number of seconds above 0, not inf",
        ),
        (f"auth = '{TOKEN}'", NONE_OF_THESE),
        (f"auth = ['{TOKEN}']", f"{FORMS}, not list"),
        ("app = 'shop'", "app: expected 'module:attribute', such as 'shop:app', not 'shop'"),
        ("app = 7", "app: expected 'module:attribute', such as 'shop:app', not 7"),
        ("factory = 'yes'", "factory must be True or False, not 'yes'"),
        (
            "oracles = ['shop:total', 'order']",
            "oracles: expected 'module:attribute', such as 'shop:app', not 'order'",
        ),
        (
            "oracles = 7",
            "oracles must be 'module:attribute' or a list, such as ['shop:check_total'], not 7",
        ),
    ],
)
def test_a_wrong_line_names_the_file_and_the_table(pyproject, line, text):
    path = pyproject(f"[tool.wsnotebook.websocket]\n{line}")
    with pytest.raises(SetupError) as caught:
        read_configuration(path)
    assert str(caught.value) == table_error(path, text)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ("tool = 7", "'tool' must be a table, not int"),
        ("[tool]\nwsnotebook = 'x'", "'wsnotebook' must be a table, not str"),
        (
            f"[[tool.wsnotebook.websocket]]\nauth = 'bearer:{TOKEN}'",
            "'websocket' must be a table, not list",
        ),
        (
            f"[tool.wsnotebook]\nauth = 'bearer:{TOKEN}'",
            "unknown 'auth' in [tool.wsnotebook]; put settings here",
        ),
        (
            "[tool.wsnotebook.websockets]",
            "unknown 'websockets' in [tool.wsnotebook]; put settings here",
        ),
    ],
)
def test_a_table_that_is_none_or_elsewhere_is_refused(pyproject, toml, text):
    path = pyproject(toml)
    with pytest.raises(SetupError) as caught:
        read_configuration(path)
    assert str(caught.value) == table_error(path, text)


def test_a_file_that_is_no_toml_is_refused(pyproject):
    path = pyproject(f"[tool.wsnotebook.websocket]\nauth = bearer:{TOKEN}\n")
    with pytest.raises(SetupError) as caught:
        read_configuration(path)
    assert str(caught.value) == table_error(
        path, "the file is no TOML: Invalid value (at line 2, column 8)"
    )
    path = pyproject(b"name = '\xe9'")
    with pytest.raises(SetupError) as caught:
        read_configuration(path)
    assert str(caught.value) == table_error(
        path,
        "the file is no TOML: 'utf-8' codec can't decode byte 0xe9 in position 8: "
        "invalid continuation byte",
    )


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(SetupError) as caught:
        read_configuration(tmp_path)
    assert str(caught.value) == table_error(tmp_path, "cannot read the file: Is a directory")
    assert isinstance(caught.value.__cause__, IsADirectoryError)


def test_a_configuration_made_by_hand_is_checked_too():
    assert Configuration(oracles=["a:b"]).oracles == ("a:b",)
    with pytest.raises(ValueError) as caught:
        Configuration(target="shop")
    assert str(caught.value) == "app: expected 'module:attribute', such as 'shop:app', not 'shop'"
    with pytest.raises(TypeError) as caught:
        Configuration(factory=1)
    assert str(caught.value) == "factory must be True or False, not 1"


def test_the_nearest_file_is_found(tmp_path, monkeypatch):
    inner = tmp_path / "src" / "shop"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    module = inner / "app.py"
    module.touch()
    for start in (tmp_path, tmp_path / "src", inner, module, tmp_path / "pyproject.toml"):
        assert find_pyproject(start) == tmp_path.resolve() / "pyproject.toml"
    monkeypatch.chdir(inner)
    assert find_pyproject(type(tmp_path)()) == tmp_path.resolve() / "pyproject.toml"
    (inner / "pyproject.toml").mkdir()
    assert find_pyproject(inner) == tmp_path.resolve() / "pyproject.toml"
    (tmp_path / "src" / "pyproject.toml").touch()
    assert find_pyproject(inner) == tmp_path.resolve() / "src" / "pyproject.toml"


def test_no_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(type(tmp_path), "is_file", lambda self: False)
    assert find_pyproject(tmp_path) is None


def test_settings_load_nothing_heavy():
    heavy = ("hypothesis", "pydantic", "starlette", "websockets", "uvicorn", "wsnotebook.channel")
    code = f"""
import sys
import wsnotebook.properties.settings
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Objects by name


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder with modules the current directory; forget them and the path afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    modules = set(sys.modules)
    yield tmp_path
    for name in sys.modules.keys() - modules:
        del sys.modules[name]


def load_error(name):
    with pytest.raises(SetupError) as caught:
        load_object(name)
    return caught.value


def test_an_object_of_a_module_in_the_current_directory(folder):
    (folder / "ws_shop.py").write_text("app = ['the app']\n")
    app = load_object("ws_shop:app")
    assert app == ["the app"]
    assert load_object("ws_shop:app") is app


def test_dotted_modules_and_attributes(folder):
    (folder / "ws_pkg").mkdir()
    (folder / "ws_pkg" / "__init__.py").touch()
    (folder / "ws_pkg" / "chat.py").write_text("class holder:\n    app = 'inner'\n")
    assert load_object("ws_pkg.chat:holder.app") == "inner"
    assert load_object("json:JSONDecoder.__name__") == "JSONDecoder"


def test_the_current_directory_comes_first_once_and_stays(folder, monkeypatch):
    (folder / "colorsys.py").write_text("here = True\n")  # as one of the standard library
    before = list(sys.path)
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert load_object("colorsys:here") is True
    load_error("ws_missing:app")
    assert sys.path == [str(folder), *before]
    sys.path.insert(0, str(folder / "elsewhere"))
    load_error("ws_missing:app")
    assert sys.path == [str(folder), str(folder / "elsewhere"), *before]


def test_a_path_that_begins_here_stays_as_it_is(folder):
    sys.path.insert(0, "")
    before = list(sys.path)
    assert load_object("json:dumps") is json.dumps
    assert sys.path == before


def test_a_module_written_a_moment_ago_is_found(folder):
    for number in range(20):
        load_error(f"ws_late_{number}:app")
        (folder / f"ws_late_{number}.py").write_text("app = 1\n")
        assert load_object(f"ws_late_{number}:app") == 1


@pytest.mark.parametrize(
    "name",
    [
        *("shop", "", ":", ":app", "shop:", "shop:a.", "shop:.a", ".shop:app", "a..b:app"),
        *("src/shop.py:app", "src\\shop:app", "ws://127.0.0.1:8000/ws"),
    ],
)
def test_a_name_that_is_not_written_so(name):
    assert str(load_error(name)) == (
        f"expected 'module:attribute', such as 'shop:app', not {name!r}"
    )


def test_a_name_that_is_no_str():
    with pytest.raises(TypeError) as caught:
        load_object(7)
    assert str(caught.value) == "expected 'module:attribute', such as 'shop:app', not 7"


@pytest.mark.parametrize("module", ["ws_missing", "ws_missing.chat", "json.ws_missing"])
def test_a_module_that_is_not_there(folder, module):
    error = load_error(f"{module}:app")
    assert str(error) == (
        f"cannot import {module!r} of '{module}:app': there is no such module in "
        f"{str(folder)!r} or on sys.path; check the name, or start in the folder that has it"
    )
    assert isinstance(error.__cause__, ModuleNotFoundError)


def test_a_file_that_stands_for_its_module(folder):
    (folder / "ws_shop.py").write_text("app = 1\n")
    error = load_error("ws_shop.py:app")
    assert str(error) == (
        "cannot import 'ws_shop.py' of 'ws_shop.py:app': name the module, not its file: "
        "'ws_shop:app'"
    )
    assert isinstance(error.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize(
    ("source", "raised", "cause"),
    [
        ("import ws_else", "ModuleNotFoundError: No module named 'ws_else'", ModuleNotFoundError),
        ("import ws_shop_more", "ModuleNotFoundError: No module named 'ws_shop_more'", ImportError),
        (
            "from json import ws_else",
            f"ImportError: cannot import name 'ws_else' from 'json' ({json.__file__})",
            ImportError,
        ),
        ("{}['text']", "KeyError: 'text'", KeyError),
        ("raise RuntimeError", "RuntimeError", RuntimeError),
        ("def", "SyntaxError: invalid syntax (ws_shop.py, line 1)", SyntaxError),
        ("raise SystemExit(2)", "SystemExit: 2", SystemExit),
    ],
)
def test_a_module_that_raises(folder, source, raised, cause):
    (folder / "ws_shop.py").write_text(f"{source}\n")
    error = load_error("ws_shop:app")
    assert str(error) == (
        f"cannot import 'ws_shop' of 'ws_shop:app', which raised {raised}; see that "
        "'import ws_shop' works"
    )
    assert isinstance(error.__cause__, cause)


def test_an_interrupt_is_no_error_of_the_module(folder):
    (folder / "ws_shop.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load_object("ws_shop:app")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ap", "'ws_shop' has no attribute 'ap'; did you mean 'ws_shop:app'?"),
        ("make_app()", "'ws_shop' has no attribute 'make_app()'; did you mean 'ws_shop:make_app'?"),
        ("zzz", "'ws_shop' has no attribute 'zzz'; check the name after the colon"),
        ("zzz.app", "'ws_shop' has no attribute 'zzz'; check the name after the colon"),
        (
            "holder.aap",
            "'ws_shop:holder' has no attribute 'aap'; did you mean 'ws_shop:holder.app'?",
        ),
    ],
)
def test_an_attribute_that_is_not_there(folder, name, text):
    (folder / "ws_shop.py").write_text("class holder:\n    app = 1\n\napp = make_app = 1\n")
    error = load_error(f"ws_shop:{name}")
    assert str(error) == text
    assert isinstance(error.__cause__, AttributeError)
