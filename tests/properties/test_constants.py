"""What is mined from the source of an app."""

from __future__ import annotations

import json
import linecache
import sys
from types import ModuleType

import pytest
from drawing import is_found
from hypothesis import strategies as st
from pydantic import BaseModel

from wsnotebook import Channel
from wsnotebook.apps import group_chat
from wsnotebook.properties import _constants
from wsnotebook.properties.strategies import (
    Constants,
    constants_of,
    json_messages,
    text_messages,
)

SOURCE = '''
"""A docstring."""

class Say(Message):
    """Another."""

    action: Literal["say"]
    body: "str"

def handle(message) -> "None":
    """A third."""
    if message["room"] == "lobby" and message.get("user") and "admin" in message:
        return {"reply": f"hello {message}"}
    match message:
        case {"kind": "ping"}:
            return "pong"
    return "x" * 3
'''


def test_keys_and_texts_are_mined_and_what_is_no_data_is_not():
    found = _constants._constants_in(SOURCE)
    assert sorted(found.keys) == ["action", "admin", "body", "kind", "reply", "room", "user"]
    assert sorted(found.texts) == ["lobby", "ping", "pong", "say", "x"]


def test_what_does_not_parse_mentions_nothing():
    assert _constants._constants_in("def") == Constants()


def test_long_texts_and_too_many_are_left_out():
    long = "x" * (_constants.MAX_LENGTH + 1)
    assert _constants._constants_in(f"{long!r} + {'short'!r}").texts == ("short",)
    many = ",".join(repr(f"text {number}") for number in range(_constants.MAX_CONSTANTS + 1))
    assert len(_constants._constants_in(f"[{many}]").texts) == _constants.MAX_CONSTANTS


@pytest.fixture
def own_package(tmp_path, monkeypatch):
    folder = tmp_path / "mined_app"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "verbs.py").write_text('SAY = "say it"\ndef known(): pass\n')
    (folder / "app.py").write_text(
        "import json\nfrom .verbs import SAY, known\n"
        "class App:\n    def handle(self, data): return data['mined_key']\napp = App()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("mined_app")]:
        del sys.modules[name]


def test_the_modules_that_an_app_imports_are_mined_too(own_package):
    from mined_app.app import app

    expected = Constants(keys=("mined_key",), texts=("say it",))
    assert constants_of(app) == expected
    assert constants_of(app.handle) == expected
    assert constants_of(sys.modules["mined_app.app"]) == expected


def test_a_file_that_changed_is_read_again(own_package):
    from mined_app.app import app

    assert constants_of(app).texts == ("say it",)
    (own_package / "verbs.py").write_text('SAY = "shout it"\n')
    assert constants_of(app).texts == ("shout it",)


def test_a_file_that_is_too_large_is_left_out(own_package, monkeypatch):
    from mined_app.app import app

    monkeypatch.setattr(_constants, "MAX_FILE_SIZE", 50)
    assert constants_of(app) == Constants(texts=("say it",))


def test_not_more_modules_than_the_limit_are_read(own_package, monkeypatch):
    from mined_app.app import app

    monkeypatch.setattr(_constants, "MAX_MODULES", 1)
    assert constants_of(app) == Constants(keys=("mined_key",))


def test_what_a_cell_of_a_notebook_defines_is_mined(monkeypatch):
    cell = "def handle(data):\n    return data['from_a_cell']\n"
    monkeypatch.setitem(
        linecache.cache, "<cell>", (len(cell), None, cell.splitlines(True), "<cell>")
    )
    names = {"__name__": "__main__"}
    exec(compile(cell, "<cell>", "exec"), names)
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    assert constants_of(names["handle"]) == Constants(keys=("from_a_cell",))


@pytest.mark.parametrize("foreign", [json, json.JSONDecoder, BaseModel, len, 3, Channel, st])
def test_libraries_are_not_mined(foreign):
    assert constants_of(foreign) == Constants()


def test_the_apps_of_the_package_are_mined():
    found = constants_of(group_chat.GroupChat())
    assert {"type", "value", "groupName"} <= {*found.keys, *found.texts}
    assert "CREATE_GROUP" in found.texts


def test_constants_become_keys_and_texts_of_messages():
    constants = Constants(keys=("groupName",), texts=("CREATE_GROUP",))
    wanted = {"groupName": "CREATE_GROUP"}
    strategy = json_messages(constants=constants)
    assert is_found(strategy, lambda text: json.loads(text) == wanted)
    assert is_found(text_messages(constants=constants), lambda text: text == "CREATE_GROUP")
