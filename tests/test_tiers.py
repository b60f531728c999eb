"""No arrow points up, and every third party stays in its rooms.

A module of the package imports only from lower tiers or from its own subfolder; imports under
``TYPE_CHECKING``, inside functions and by ``import_module`` with a literal name count. The first
half of this file is the checker, the second half tests the package and then the checker itself.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "wsnotebook"
ROOT = Path(__file__).parents[1] / PACKAGE

# From the bottom up. Tier 0 takes two steps: errors put closures into words.
TIERS = (
    ("closecodes", "redaction", "opened"),
    ("errors",),
    ("messages", "clock", "draw"),
    ("timeline", "matching"),
    ("transports", "layers", "auth"),
    ("client", "channel", "server"),
    ("mock", "communicator", "tracking"),
    ("apps",),
    ("properties",),
    ("asyncapi",),
    ("lessons",),
    ("widgets", "pytest_plugin", "django", "cli"),
    ("__main__",),
)
TIER_OF = {room: height for height, rooms in enumerate(TIERS) for room in rooms}

# Which modules, or folders of modules, may import what is not in the standard library.
ROOMS = {
    "websockets": {"transports", "server", "mock"},
    "pydantic": {"messages", "asyncapi", "apps", "properties"},
    "uvicorn": {"server", "cli"},
    "nest_asyncio": {"clock"},
    "nest_asyncio2": {"clock"},
    "anyio": {"clock"},
    "redis": {"layers.redis", "pytest_plugin"},
    "arq": {"apps.jobs", "pytest_plugin"},
    "yaml": {"asyncapi"},
    "jwt": {"auth", "apps.auth"},
    "hypothesis": {"properties", "lessons.property_based"},
    "hypothesis_jsonschema": {"properties"},
    "jsonschema": {"properties"},
    "ipywidgets": {"widgets", "lessons"},
    "traitlets": {"widgets"},
    "IPython": {"widgets", "lessons"},
    "anywidget": {"widgets", "lessons"},
    "matplotlib": {"draw.plots"},
    "pytest": {"pytest_plugin"},
    "django": {"django"},
    "channels": {"django"},
}


def problems(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Return what is wrong with the imports of one module.

    Args:
        source: Its text.
        module: Its name below the package: ``draw.text``; empty for the public face.
        is_package: Whether it is the ``__init__`` of a folder.
    """
    if not module:
        return []  # the public face may import anything
    if _room(module) not in TIER_OF:
        return [f"{module} stands in no tier"]
    found = (_problem(module, name) for name in _imports(source, module, is_package=is_package))
    return list(dict.fromkeys(problem for problem in found if problem))


def _room(module: str) -> str:
    return module.partition(".")[0]


def _problem(module: str, imported: str) -> str | None:
    first, _, below = imported.partition(".")
    if first == PACKAGE:
        return _own_problem(module, _room(below))
    if first in sys.stdlib_module_names:
        return None
    if first not in ROOMS:
        return f"{module} imports {first}, which has no room"
    if any(f"{module}.".startswith(f"{room}.") for room in ROOMS[first]):
        return None
    return f"{module} imports {first}, whose rooms are {', '.join(sorted(ROOMS[first]))}"


def _own_problem(module: str, room: str) -> str | None:
    if room not in TIER_OF:
        return f"{module} imports {room or 'the public face'}, which is no module with a tier"
    if room == _room(module) or TIER_OF[room] < TIER_OF[_room(module)]:
        return None
    return f"{module} imports {room}, which is not below it"


def _imports(source: str, module: str, *, is_package: bool) -> Iterator[str]:
    name = f"{PACKAGE}.{module}"
    package = name if is_package else name.rpartition(".")[0]
    tree = ast.parse(source)
    loaders = _names_of_loaders(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            # ``from . import x`` imports the sibling x, ``from .x import y`` imports x.
            if base == PACKAGE:
                yield from (f"{PACKAGE}.{alias.name}" for alias in node.names)
            else:
                yield base
        elif isinstance(node, ast.Call) and (called := _called_name(node, loaders)):
            yield importlib.util.resolve_name(called, package)


def _names_of_loaders(tree: ast.AST) -> set[str]:
    aliases = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "importlib"
        for alias in node.names
        if alias.name == "import_module"
    }
    return {"__import__", "import_module", *aliases}


def _called_name(call: ast.Call, loaders: set[str]) -> str | None:
    function = call.func
    loads = (isinstance(function, ast.Name) and function.id in loaders) or (
        isinstance(function, ast.Attribute) and function.attr == "import_module"
    )
    named = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
    name = next(iter([*call.args, *named]), None)
    if loads and isinstance(name, ast.Constant) and isinstance(name.value, str):
        return name.value
    return None


# The package


def modules() -> list[tuple[str, Path]]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append((".".join(part for part in parts if part != "__init__"), path))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: str(value) or "__init__")
def test_a_module_imports_only_what_is_below_it(module, path):
    is_package = path.name == "__init__.py"
    assert problems(path.read_text("utf-8"), module, is_package=is_package) == []


def test_every_module_of_the_package_is_looked_at():
    names = {module for module, _ in modules()}
    assert {"", "errors", "client", "client._client", "draw.text", "transports.network"} <= names


# The checker


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("server", "import asyncio, os.path"),
        ("server", "from __future__ import annotations"),
        ("server", "from .errors import Closed"),
        ("server", "from . import errors"),
        ("server", "import wsnotebook.errors"),
        ("server", "from wsnotebook.transports.network import NetworkTransport"),
        ("server", "from websockets.asyncio.server import serve"),
        ("client._client", "from ._inbox import Inbox"),
        ("client._client", "from . import _inbox"),
        ("client._client", "from ..transports import transport_for"),
        ("client._client", "from .. import errors"),
        ("client._client", "import wsnotebook.client._inbox"),
        ("clock", "import_module('nest_asyncio')"),
        ("clock", "from importlib import import_module as load\nload('nest_asyncio2')"),
        ("clock", "import importlib\nimportlib.import_module(name)"),
        ("errors", "from .closecodes import describe_close"),
        ("layers.redis", "import redis.asyncio"),
        ("apps.jobs", "def worker():\n    import arq"),
        ("draw.plots", "import matplotlib.pyplot"),
        ("django", "from django.test import TestCase"),
        ("", "from .client import connect\nimport pydantic, numpy"),
    ],
)
def test_the_checker_lets_pass(module, source):
    assert problems(source, module) == []


@pytest.mark.parametrize(
    ("module", "source", "imported"),
    [
        ("errors", "from .messages import Message", "messages"),
        ("errors", "from . import timeline", "timeline"),
        ("errors", "import wsnotebook.server", "server"),
        ("errors", "from wsnotebook.server import serve", "server"),
        ("errors", "from wsnotebook import server", "server"),
        ("closecodes", "from .redaction import MASK", "redaction"),
        ("server", "from .client import Client", "client"),
        ("client", "from .server import Server", "server"),
        ("client._client", "from ..server import Server", "server"),
        ("timeline", "from .matching import nearest", "matching"),
        ("draw.text", "from ..clock import run", "clock"),
        ("server", "def f():\n    from .widgets import ClientPanel", "widgets"),
        ("server", "if TYPE_CHECKING:\n    from .mock import MockWebSocket", "mock"),
        ("server", "importlib.import_module('.mock', __package__)", "mock"),
        ("server", "importlib.import_module(name='wsnotebook.mock')", "mock"),
        ("server", "from importlib import import_module as load\nload('.mock', 'x')", "mock"),
        ("server", "__import__('wsnotebook.mock')", "mock"),
    ],
)
def test_the_checker_finds_an_arrow_that_does_not_point_down(module, source, imported):
    assert problems(source, module) == [f"{module} imports {imported}, which is not below it"]


def test_the_checker_finds_a_relative_import_from_the_init_of_a_folder():
    problem = "layers imports client, which is not below it"
    assert problems("from ..client import Client", "layers", is_package=True) == [problem]
    assert problems("from .client import Client", "layers", is_package=True) == []


@pytest.mark.parametrize(
    ("module", "source", "third_party", "rooms"),
    [
        ("client._client", "import websockets", "websockets", "mock, server, transports"),
        ("timeline", "from pydantic import X", "pydantic", "apps, asyncapi, messages, properties"),
        ("timeline", "def f():\n    import uvicorn", "uvicorn", "cli, server"),
        ("timeline", "if TYPE_CHECKING:\n    import jsonschema", "jsonschema", "properties"),
        ("server", "import_module('nest_asyncio')", "nest_asyncio", "clock"),
        ("server", "importlib.import_module('nest_asyncio2')", "nest_asyncio2", "clock"),
        ("server", "__import__('anyio._core')", "anyio", "clock"),
        ("draw.text", "import matplotlib", "matplotlib", "draw.plots"),
        ("layers.memory", "import redis", "redis", "layers.redis, pytest_plugin"),
        ("layers.redis_lock", "import redis", "redis", "layers.redis, pytest_plugin"),
        ("apps.echo", "import arq", "arq", "apps.jobs, pytest_plugin"),
        ("cli", "import IPython", "IPython", "lessons, widgets"),
    ],
)
def test_the_checker_finds_a_third_party_outside_its_rooms(module, source, third_party, rooms):
    assert problems(source, module) == [f"{module} imports {third_party}, whose rooms are {rooms}"]


@pytest.mark.parametrize("framework", ["starlette", "fastapi", "litestar", "numpy"])
def test_the_checker_finds_a_third_party_without_a_room(framework):
    source = f"def f():\n    from {framework}.applications import App"
    assert problems(source, "server") == [f"server imports {framework}, which has no room"]


def test_the_checker_finds_a_module_without_a_tier():
    assert problems("", "helpers") == ["helpers stands in no tier"]
    assert problems("", "utils.text") == ["utils.text stands in no tier"]


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("import wsnotebook", "the public face"),
        ("from . import connect", "connect"),
        ("from wsnotebook import connect", "connect"),
        ("from .helpers import helper", "helpers"),
    ],
)
def test_the_checker_finds_an_import_from_no_module_with_a_tier(source, imported):
    found = problems(source, "widgets")
    assert found == [f"widgets imports {imported}, which is no module with a tier"]
