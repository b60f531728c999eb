"""Which kinds of messages a source tells apart, and that a search sends them."""

from __future__ import annotations

import ast
import json
import textwrap

import pytest
from drawing import MANY, is_found
from hypothesis import find

from wsnotebook import Settings, check
from wsnotebook.properties import _constants
from wsnotebook.properties._cases import Case, cases_in
from wsnotebook.properties.strategies import Constants, constants_of, json_messages


def cases(source):
    """Return which cases a source holds."""
    return cases_in(list(ast.walk(ast.parse(textwrap.dedent(source)))))


MOVE, MOVE_READS = Case(("op",), "move"), Case(("op",), "move", (("id",), ("dx",)))


@pytest.mark.parametrize(
    "expression",
    [
        'm["op"] == "move"',
        'm.get("op") == "move"',
        '"move" == m.pop("op", None)',
        'm["op"] != "move"',
        'm["op"] in ("move",)',
        'm["op"] in frozenset({"move"})',
        '(op := m["op"]) == "move"',
        'str(m["op"]) is "move"',
        '{"move": 1}[m["op"]]',
        '{"move": 1}.get(m["op"])',
    ],
)
def test_a_member_is_compared_with_a_text(expression):
    assert cases(expression) == [MOVE]


@pytest.mark.parametrize(
    "source",
    [
        'op = m["op"]\nif op == "move": m["id"], m.get("dx")',
        'MOVE = "move"\nif m["op"] == MOVE: m["id"], m["dx"]',
        'class Op(Enum):\n    MOVE = "move"\nif m["op"] == Op.MOVE.value: m["id"], m["dx"]',
        'match m["op"]:\n    case "move": m["id"], m["dx"]',
        'match m:\n    case {"op": "move", "id": id, "dx": dx}: pass',
        'if m["op"] == "move" and "id" in m: m["dx"]',
        'dx = m["dx"]\nif m["op"] == "move": m["id"], dx',
        'def move(m): m["id"], m["dx"]\nif m["op"] == "move": move(m)',
        'def move(m): m["id"], m["dx"]\nHANDLERS = {"move": move}\nHANDLERS[m["op"]](m)',
        '@on("move")\ndef move(m): m["id"], m["dx"]\nHANDLERS[m["op"]](m)',
    ],
)
def test_what_the_branch_reads_is_known(source):
    assert cases(source) == [MOVE_READS]


def test_a_branch_reads_what_stands_in_it_alone():
    found = cases(
        """
        if m["op"] == "add":
            m["at"]
            shapes["written"] = 1
        elif m["op"] == "move":
            m["id"]
        elif m["op"] == "add" or m["op"] == "clear":
            m["all"]
        """
    )
    assert found == [
        Case(("op",), "add", (("at",), ("all",))),
        Case(("op",), "move", (("id",),)),
        Case(("op",), "clear", (("all",),)),
    ]


@pytest.mark.parametrize(
    "source",
    [
        'if m["data"]["kind"] == "dot": m["data"]["x"], m["id"]',
        'data = m["data"]\nkind = data["kind"]\nif kind == "dot" and "x" in data: m["id"]',
        'match m:\n    case {"data": {"kind": "dot", "x": x}, "id": id}: pass',
        'match m["data"]:\n    case {"kind": "dot", "x": x} | {"kind": "dot"}: m["id"]',
    ],
)
def test_a_member_may_stand_within_another(source):
    (found,) = cases(source)
    assert (found.path, found.text) == (("data", "kind"), "dot")
    assert set(found.reads) == {("data", "x"), ("id",)}


def test_a_field_of_a_model_says_its_texts():
    source = 'class Move(BaseModel):\n    op: Literal["move", "drag"]'
    assert cases(source) == [MOVE, Case(("op",), "drag")]


@pytest.mark.parametrize(
    "source",
    ['"x" in m["tags"]', "m[0] == 'a'", "m['a'] == 1", "m['a'] < 'b' < 'c'", "x = x['a']", "f(x)"],
)
def test_what_is_no_case(source):
    assert cases(source) == []


def test_a_name_that_stands_for_itself_ends():
    assert cases('m = m["a"]\nm = m["b"]\nm["c"] == "d"') == [Case(("a", "c"), "d")]


def test_the_events_of_asgi_are_no_messages():
    found = _constants._constants_in('event["type"] == "websocket.receive", m["type"] == "say"')
    assert found.cases == (Case(("type",), "say"),)


# What is sent

NESTED = Constants(
    keys=("data", "kind", "x"), cases=(Case(("data", "kind"), "dot", (("data", "x"),)),)
)


def test_an_object_of_a_kind_is_sent_within_another_or_not():
    inner = '{"data":{"kind":"dot","x":null}}'
    assert is_found(json_messages(constants=NESTED), lambda text: text == inner)
    assert is_found(json_messages(constants=NESTED), lambda text: text == '{"kind":"dot"}')


def test_kinds_alone_will_do():
    messages = json_messages(constants=Constants(cases=(MOVE_READS,)))
    assert is_found(messages, lambda text: text.startswith('{"op":"move","id":'))


@pytest.mark.parametrize(
    ("reads", "shown"), [((), '{"op":"move"}'), (("dx",), '{"op":"move","dx":null}')]
)
def test_a_message_of_a_kind_shrinks_to_what_is_needed(reads, shown):
    def fails(text):
        value = json.loads(text)
        return isinstance(value, dict) and value.get("op") == "move" and {*reads} <= {*value}

    constants = Constants(keys=("op", "id", "dx"), texts=("move",), cases=(MOVE_READS,))
    assert find(json_messages(constants=constants), fails, settings=MANY) == shown


# What is found


async def board(ws):
    async for text in ws:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not isinstance(message, dict):
            continue
        if message.get("op") == "add":
            await ws.send("added")
        elif message.get("op") == "move" and "dx" in message:
            raise KeyError("nowhere")


@pytest.mark.parametrize("seed", range(1, 11))
def test_a_fault_behind_a_member_is_found_with_the_usual_settings(seed):
    assert Case(("op",), "move", (("dx",),)) in constants_of(board).cases
    (failure,) = check(board, settings=Settings(seed=seed)).failures
    assert failure.title == "KeyError: 'nowhere'"
    (sent,) = failure.example.messages
    assert json.loads(sent[1]).keys() == {"op", "dx"}
