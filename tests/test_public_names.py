"""The public face: which names there are, that each is documented, and how little it loads."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap

import pytest

import wsnotebook
from wsnotebook import Client, connect, serve

PUBLIC = [
    *("connect", "Client", "State", "Closure", "serve", "Server"),
    *("Channel", "MemoryLayer", "RedisLayer"),
    *("ASGITransport", "MemoryTransport"),
    *("MockWebSocket", "MockServer"),
    *("WebsocketCommunicator", "capture_broadcasts"),
    *("check", "Campaign", "Settings", "Report", "Failure"),
    *("find_routes", "register_message_strategy"),
    *("Timeline", "Event"),
    *("Message", "MESSAGE_ACTION_COMPLETE", "GROUP_ACTION_COMPLETE", "EVENT_ACTION_COMPLETE"),
    "run",
    *("WsNotebookError", "ConnectFailed", "Refused", "Closed", "WaitTimeout", "UnexpectedMessage"),
    *("UndecodableMessage", "AppCrashed", "ProtocolViolation", "LayerLost", "SetupError"),
    "MissingExtra",
]
CALLABLE = [name for name in PUBLIC if not name.endswith("_COMPLETE")]
HEAVY = {"pydantic", "hypothesis", "ipywidgets", "matplotlib", "IPython"}
HEAVY |= {"nest_asyncio", "nest_asyncio2", "jupyterlab", "pytest", "uvicorn", "redis"}


def public_functions():
    """Return every public function and method of the package's own, under the name to call."""
    found = {}
    for name in CALLABLE:
        value = getattr(wsnotebook, name)
        if inspect.isfunction(value):
            found[name] = value
        elif name != "Message":  # what it inherits is pydantic's
            for member, function in inspect.getmembers(value, inspect.isroutine):
                if not member.startswith("_") and _is_ours(function):
                    found[f"{name}.{member}"] = function
    return found


def _is_ours(function):
    return (getattr(function, "__module__", "") or "").startswith("wsnotebook")


def loaded_by(statement):
    """Return which of the heavy packages a fresh interpreter has loaded after ``statement``."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return HEAVY & set(done.stdout.split())


def test_the_public_names_are_these():
    assert wsnotebook.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_resolves_and_dir_shows_it(name):
    assert getattr(wsnotebook, name) is not None
    assert name in dir(wsnotebook)


def test_the_modules_for_lessons_are_reached_without_importing_them_first():
    assert loaded_by("import wsnotebook\nwsnotebook.apps.echo") == set()
    assert {"apps", "lessons", "widgets"} <= set(dir(wsnotebook))
    wsnotebook.lessons.echo.order  # noqa: B018


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError) as caught:
        wsnotebook.conect  # noqa: B018
    assert str(caught.value) == "module 'wsnotebook' has no attribute 'conect'"


@pytest.mark.parametrize("name", CALLABLE)
def test_a_public_callable_is_documented(name):
    assert _first_line(getattr(wsnotebook, name)).endswith((".", ":"))


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_a_public_function_or_method_is_documented(name):
    assert _first_line(public_functions()[name]).endswith((".", ":"))


def _first_line(value):
    # The first sentence may fill more than one line; a blank line ends it.
    return (value.__doc__ or "").strip().partition("\n\n")[0]


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_what_a_public_function_raises_stands_in_its_docstring(name):
    function = public_functions()[name]
    section = (function.__doc__ or "").partition("Raises:")[2]
    tree = ast.parse(textwrap.dedent(inspect.getsource(function.__code__)))
    raised = {
        node.exc.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }
    assert {error for error in raised if error not in section} == set()


@pytest.mark.parametrize("documented", [Client, serve], ids=["Client", "serve"])
def test_every_parameter_stands_in_the_args_section(documented):
    section = inspect.getdoc(documented).partition("Args:\n")[2].partition("\n\n")[0]
    told = [
        line.strip().partition(":")[0]
        for line in section.splitlines()
        if line.startswith("    ") and not line.startswith("     ")
    ]
    assert told == list(inspect.signature(documented).parameters)


def test_the_signature_of_connect_is_that_of_client():
    parameters = inspect.signature(connect).parameters
    assert parameters == inspect.signature(Client).parameters
    assert list(parameters)[:2] == ["target", "path"]
    others = list(parameters.values())[2:]
    assert {parameter.kind for parameter in others} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["timeout"].default == 5.0


def test_connect_loads_nothing_heavy():
    assert loaded_by("from wsnotebook import connect") == set()


def test_a_channel_of_text_loads_nothing_heavy():
    code = "from wsnotebook import Channel, MemoryLayer\nclass Chat(Channel):\n    path = '/x'"
    assert loaded_by(code) == set()


def test_message_loads_pydantic_when_it_is_touched():
    assert loaded_by("from wsnotebook import connect, Message") == {"pydantic"}


def test_a_star_import_brings_the_public_names():
    names = {}
    exec("from wsnotebook import *", names)
    assert set(PUBLIC) <= set(names)
