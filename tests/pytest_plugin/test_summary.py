"""The table of routes at the end, here and with workers; what a test registers is forgotten."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from searched import remarks, search, summary

__all__ = ["search"]

APP = "--ws-app=shop:app"
SEED = "--ws-seed=3"
FEW = "--ws-max-examples=20"
MIXED = """
async def room(ws):
    await ws.accept()
    while (event := await ws.receive())["type"] == "websocket.receive":
        if event.get("text") == "":
            raise LookupError("nothing")

app = Starlette(
    routes=[WebSocketRoute("/rooms/{room:int}", room), WebSocketRoute("/echo", echo)]
)
"""


def test_the_table_counts_by_route(search):
    result = search(MIXED, APP, SEED, "--ws-max-examples=60")
    table = summary(result)
    assert list(table) == ["/rooms/{room:int}", "/echo"]
    assert [row["verdict"] for row in table.values()] == ["failed", "passed"]
    assert [row["failures"] for row in table.values()] == ["1", "0"]
    assert [row["seed"] for row in table.values()] == ["3", "3"]
    echo = table["/echo"]
    assert (echo["examples"], echo["connections"]) == ("60", "60")
    assert int(echo["messages"]) > 60
    assert remarks(result) == [
        "to repeat /rooms/{room:int}: --ws-seed=3 -k 'shop:app[/rooms/room:int]'"
    ]


def test_what_it_says_to_repeat_repeats(search):
    first = search(MIXED, APP)
    (line,) = [line for line in remarks(first) if line.startswith("to repeat ")]
    seed, k, keyword = line.partition(": ")[2].split()
    again = search(MIXED, APP, seed, k, keyword.strip("'"))
    again.assert_outcomes(failed=1, deselected=1)
    route = "/rooms/{room:int}"
    assert summary(again) == {route: summary(first)[route]}


@pytest.mark.parametrize("quiet", [[], ["-q"], ["-qq"]], ids=" ".join)
def test_workers_send_their_counts(search, quiet):
    here = search(MIXED, APP, SEED, FEW, *quiet)
    workers = "-p", "xdist.plugin", "-n", "2"
    there = search(MIXED, APP, SEED, FEW, *quiet, *workers, apart=True)
    assert summary(there) == summary(here)
    assert remarks(there) == remarks(here)


def test_notes_stand_below_the_table(search):
    source = """
kept = set()

async def start(ws):
    await ws.accept()
    if not kept:
        kept.add(asyncio.create_task(asyncio.Event().wait()))

app = app_of(start)
"""
    result = search(source, APP, SEED, FEW)
    note, repeat = remarks(result)
    assert note.startswith("note  /start: the app keeps a task: Event.wait")
    assert repeat == "to repeat /start: --ws-seed=3 -k 'shop:app[/start]'"


def test_where_nothing_was_searched_there_is_none(search, pytester):
    pytester.makepyfile(test_it="def test(): pass")
    result = search("app = app_of(echo)", APP, "-k", "test")
    assert "WebSocket routes" not in str(result.outlines)


def test_the_counts_stand_in_junit_xml(search, pytester):
    search("app = app_of(echo)", APP, SEED, FEW, "--junitxml=report.xml")
    (case,) = ET.parse(pytester.path / "report.xml").iter("testcase")  # our own
    facts = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert case.get("name") == "shop:app[/echo]"
    assert facts["ws_route"] == "/echo"
    assert facts["ws_examples"] == "20"
    assert facts["ws_seed"] == "3"


# Strategies

REGISTERED = """
async def tea(ws):
    await ws.accept()
    if (await ws.receive()).get("text") == "a very particular word":
        raise LookupError("found")

app = app_of(tea)
"""
REGISTER = """
from hypothesis import strategies as st
from wsnotebook import register_message_strategy

def register():
    register_message_strategy("/tea", "text", st.just("a very particular word"))
"""


@pytest.mark.parametrize("where", ["conftest", "test_it"])
def test_what_is_registered_at_import_counts(search, pytester, where):
    pytester.makepyfile(**{where: f"{REGISTER}\nregister()\ndef test(): pass"})
    assert summary(search(plain(REGISTERED), APP, FEW, apart=True))["/tea"]["verdict"] == "failed"


IN_THE_TEST = "from registering import register; "


@pytest.mark.parametrize("late", ["", IN_THE_TEST], ids=["loaded before", "loaded in the test"])
@pytest.mark.parametrize("where", ["test", "fixture"])
def test_what_a_test_registers_is_forgotten_after_it(search, pytester, late, where):
    pytester.makepyfile(registering=REGISTER)
    source = f"import pytest\n{'' if late else IN_THE_TEST}\n"
    if where == "test":
        source += f"def test(): {late}register()"
    else:
        source += f"@pytest.fixture\ndef made(): {late}register()\ndef test(made): pass"
    pytester.makepyfile(test_it=source)
    result = search(plain(REGISTERED), APP, FEW, apart=True)
    result.assert_outcomes(passed=2)
    assert summary(result)["/tea"]["verdict"] == "passed"


def plain(source):
    """Return the app with a word that no search reads in its source."""
    return source.replace(
        '"a very particular word"', '" ".join(["a", "very", "particular", "word"])'
    )
