"""Reports: a table, every failure, remarks and a verdict; the same as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import jsonschema
import pytest
from reports import ALL, ERROR, FAILED, FAILURE, PASSED, STOPPED

from wsnotebook.properties.failures import Failure, Report


def test_what_a_route_came_to():
    verdicts = [one.verdict for one in ALL.routes]
    assert verdicts == ["passed", "failed", "stopped", "stopped", "error"]
    assert replace(FAILED, stopped="cancelled").verdict == "failed"
    assert replace(ERROR, stopped="cancelled").verdict == "error"


def test_a_report_is_fine_if_every_route_passed():
    assert Report(routes=(PASSED,)).ok
    assert not Report().ok
    for other in (FAILED, STOPPED, ERROR):
        assert not Report(routes=(PASSED, other)).ok
    assert ALL.failures == (FAILURE,)
    assert Report(routes=(PASSED,)).failures == ()


def test_reprs_are_short():
    assert repr(ALL) == "<Report: 5 routes, 1 failed, 1 in error, 2 stopped>"
    assert repr(Report(routes=(PASSED, FAILED, PASSED))) == "<Report: 3 routes, 1 failed>"
    assert repr(Report(routes=(PASSED, PASSED))) == "<Report: 2 routes, all passed>"
    assert repr(Report(routes=(PASSED,))) == "<Report: 1 route, passed>"
    assert repr(Report()) == "<Report: 0 routes>"
    assert repr(PASSED) == "<RouteReport of /rooms/{id:int}: passed, 100 examples>"


def test_the_text_of_a_report():
    text = str(ALL)
    assert text == ALL.text() == ALL.text()
    head, failure, rest = text.partition(FAILURE.text().rstrip())
    assert failure
    assert (
        head
        == """\
route            verdict  examples  messages  connections  failures
/rooms/{id:int}  passed        100       523          101         0
/ws              failed         12        40           12         1
/slow            stopped         3       523          101         0
/last            stopped         0         0            0         0
/other           error           0         0            0         0

"""
    )
    assert (
        rest
        == r"""

note   /ws: the app uses threads
note   /slow: stopped after 3 examples: max_seconds had passed
note   /last: stopped after 0 examples: max_seconds had passed
error  /other: the app does not start: no\ndatabase

5 routes, 1 failed, 1 in error, 2 stopped; to repeat: Settings(seed=7)"""
    )


def test_a_report_that_is_fine():
    assert (
        str(Report(routes=(PASSED,)))
        == """\
route            verdict  examples  messages  connections  failures
/rooms/{id:int}  passed        100       523          101         0

1 route, passed; to repeat: Settings(seed=7)"""
    )
    assert str(Report()).endswith("\n\n0 routes")


def test_where_seeds_differ_that_of_the_worst_is_told():
    routes = (PASSED, replace(STOPPED, seed=8), replace(FAILED, seed=9))
    last = str(Report(routes=routes)).splitlines()[-1]
    assert last == (
        "3 routes, 1 failed, 1 stopped; each route has a seed of its own; "
        "to repeat: Settings(seed=9, include=['/ws'])"
    )
    last = str(Report(routes=(PASSED, replace(PASSED, seed=8)))).splitlines()[-1]
    assert last.endswith("to repeat: Settings(seed=7, include=['/rooms/{id:int}'])")
    cancelled = str(Report(routes=(replace(STOPPED, stopped="cancelled"),)))
    assert "note   /slow: stopped after 3 examples: it was cancelled\n" in cancelled


def test_times_are_told_if_asked_for():
    table, *_, last = ALL.text(verbose=True).split("\n\n")
    assert (
        table + "\n"
        == """\
route            verdict  examples  messages  connections  failures  seconds  examples/s  messages/s
/rooms/{id:int}  passed        100       523          101         0     0.50         200        1046
/ws              failed         12        40           12         1     2.00           6          20
/slow            stopped         3       523          101         0     0.50           6        1046
/last            stopped         0         0            0         0     0.00           0           0
/other           error           0         0            0         0     0.00           0           0
"""
    )
    assert last == (
        "5 routes, 1 failed, 1 in error, 2 stopped in 2.75 s; to repeat: Settings(seed=7)"
    )
    assert "  found     after 1.50 s\n" in ALL.text(verbose=True)
    assert "1.50" not in ALL.text()


@pytest.mark.parametrize("verbose", [False, True])
def test_colours_change_nothing_else(verbose):
    colored = ALL.text(color=True, verbose=verbose)
    assert re.sub(r"\033\[\d*m", "", colored) == ALL.text(verbose=verbose)
    assert "\033[32mpassed \033[0m" in colored
    assert "\033[31mfailed \033[0m" in colored
    assert "\033[33mstopped\033[0m" in colored
    assert "\033[31merror  \033[0m" in colored
    assert "\033[31m5 routes, 1 failed" in colored
    assert "\033[32m1 route, passed\033[0m" in Report(routes=(PASSED,)).text(color=True)
    assert "\033" not in ALL.text()


# JSON

TIMEOUTS = ("message_timeout", "connection_timeout")
WIRE = {"type": ["string", "object", "null"], "properties": {"base64": {"type": "string"}}}
NUMBER, TEXT = {"type": "number"}, {"type": "string"}


def exactly(**properties):
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listed(items):
    return {"type": "array", "items": items}


COUNT, OPTIONAL = {"type": "integer", "minimum": 0}, {"type": ["integer", "null"]}
EVENT = exactly(
    time=NUMBER,
    client=TEXT,
    kind=TEXT,
    direction={"enum": ["sent", "received", None]},
    data=WIRE,
    size=OPTIONAL,
    code=OPTIONAL,
    reason={"type": ["string", "null"]},
)
EXAMPLE = exactly(
    paths=listed(TEXT),
    subprotocols=listed(TEXT),
    messages=listed(exactly(client=COUNT, data=WIRE)),
    pace={"enum": ["step", "burst", "leave"]},
    close_code=COUNT,
)
SCHEMA = exactly(
    version={"const": 1},
    target=TEXT,
    ok={"type": "boolean"},
    elapsed=NUMBER,
    routes=listed(
        exactly(
            **dict.fromkeys(("examples", "messages", "replies", "seed"), COUNT),
            **dict.fromkeys(("connections", "refusals"), COUNT),
            route=TEXT,
            verdict={"enum": ["passed", "failed", "error", "stopped"]},
            elapsed=NUMBER,
            error=TEXT,
            stopped={"enum": ["", "cancelled", "max_seconds"]},
            notes=listed(TEXT),
            history=listed({"type": "object"}),  # as in test_tally
            failures=listed(
                exactly(
                    **dict.fromkeys(("code", "title", "route", "transcript", "cause"), TEXT),
                    **dict.fromkeys(("expected", "actual", "state", "traceback"), TEXT),
                    **dict.fromkeys(("messages_sent", "messages_received", "seen"), COUNT),
                    **dict.fromkeys(("connections", "seed"), COUNT),
                    **{name: {"type": "boolean"} for name in ("shrunk", "settled", "is_found")},
                    **{name: {"type": ["string", "null"]} for name in ("via", "oracle")},
                    **{name: {"type": ["number", "null"]} for name in TIMEOUTS},
                    example=EXAMPLE,
                    source=exactly(
                        imports=TEXT,
                        expression=TEXT,
                        is_network={"type": "boolean"},
                        is_served={"type": "boolean"},
                    ),
                    events=listed(EVENT),
                    index=OPTIONAL,
                    sent=WIRE,
                    close_code=OPTIONAL,
                    last_reply=WIRE,
                    elapsed=NUMBER,
                    notes=listed(TEXT),
                    ended=listed(TEXT),
                    refused=listed(COUNT),
                    program=TEXT,
                )
            ),
        )
    ),
)


def test_json_holds_everything():
    value = json.loads(ALL.to_json())
    jsonschema.validate(value, SCHEMA)
    assert {**value, "routes": []} == {
        "version": 1, "target": "shop:app", "ok": False, "elapsed": 2.75, "routes": []
    }  # fmt: skip
    for one, shown in zip(ALL.routes, value["routes"], strict=True):
        assert shown.pop("verdict") == one.verdict
        programs = [failure["program"] for failure in shown.pop("failures")]
        assert programs == [failure.program() for failure in one.failures]
        assert len(shown.pop("history")) == len(one.history)  # test_tally looks into it
        for name, part in shown.items():
            assert part == ([*getattr(one, name)] if isinstance(part, list) else getattr(one, name))


def test_json_of_a_failure():
    def judge(conversation): ...

    full = replace(
        FAILURE,
        **{name: name for name in ("transcript", "expected", "actual", "state", "traceback")},
        index=1,
        sent=b"\x00\xff",
        close_code=1011,
        last_reply="bye \ud800",
        messages_sent=2,
        messages_received=1,
        seen=4,
        shrunk=False,
        notes=("a note",),
        message_timeout=2.5,
        connection_timeout=float("inf"),
        via="cookie",
        oracle=judge,
        settled=False,
        ended=("client-1",),
        refused=(1,),
        is_found=True,
    )
    text = Report(routes=(replace(FAILED, failures=(full,)),)).to_json()
    value = json.loads(text)
    jsonschema.validate(value, SCHEMA)
    shown = value["routes"][0]["failures"][0]
    assert shown.keys() == {field.name for field in fields(Failure)} | {"program"}
    assert shown.pop("example") == {
        "paths": ["/"],
        "subprotocols": [],
        "messages": [{"client": 0, "data": '{"a": 1}'}, {"client": 0, "data": {"base64": "AP8="}}],
        "pace": "step",
        "close_code": 1000,
    }
    assert shown.pop("events")[1:] == [
        {
            "time": 0.25,
            "client": "client-1",
            "kind": "message",
            "direction": "sent",
            "data": {"base64": "AP8="},
            "size": 2,
            "code": None,
            "reason": None,
        },
        {
            "time": 0.25,
            "client": "client-1",
            "kind": "close",
            "direction": None,
            "data": None,
            "size": None,
            "code": 1011,
            "reason": "",
        },
    ]
    assert shown.pop("source") == {
        "imports": "from shop import app",
        "expression": "app",
        "is_network": False,
        "is_served": False,
    }
    assert shown.pop("sent") == {"base64": "AP8="}
    assert shown.pop("oracle") == repr(judge)
    assert shown.pop("program") == full.program()
    assert shown.pop("connection_timeout") is None
    assert (shown.pop("notes"), shown.pop("refused")) == (["a note"], [1])
    assert shown.pop("ended") == ["client-1"]
    assert shown == {name: getattr(full, name) for name in shown}
