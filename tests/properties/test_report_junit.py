"""A report as JUnit XML, as readers of it see it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from reports import ALL, ERROR, FAILED, FAILURE, HOSTILE, LEAK, PASSED, STOPPED, saying

from wsnotebook.properties import Report


def suite(report):
    """Return the one suite, as junitparser reads it."""
    (found,) = JUnitXml.fromstring(report.to_junit())
    return found


def case(one):
    """Return the one case of a report with one route."""
    (found,) = suite(Report(routes=(one,), target="shop:app"))
    return found


def properties(part):
    return {one.name: one.value for one in part.properties()}


def test_a_suite_stands_for_the_target():
    found = suite(ALL)
    assert (found.name, found.time) == ("shop:app", 2.75)
    assert (found.tests, found.failures, found.errors, found.skipped) == (5, 1, 1, 1)
    assert properties(found) == {
        "seed": "7",
        "examples": "115",
        "messages": "1086",
        "replies": "1040",
        "connections": "214",
        "refusals": "1",
    }
    whole = ET.fromstring(ALL.to_junit())
    counts = ("name", "tests", "failures", "errors", "skipped", "time")
    assert whole.tag == "testsuites"
    assert {name: whole.get(name) for name in counts} == whole[0].attrib
    assert suite(Report()).name == "wsnotebook"
    assert suite(Report()).tests == 0


def test_it_is_text_in_ascii_with_a_declaration_that_names_no_encoding():
    text = ALL.to_junit()
    assert text.startswith('<?xml version="1.0"?>\n<testsuites name="shop:app" tests="5" ')
    assert text.endswith("</testsuites>")
    assert text.isascii()
    assert "●" in ET.fromstring(text).find(".//failure").text


def test_each_route_has_its_seed_and_its_counts():
    found = {one.name: one for one in suite(ALL)}
    assert list(found) == ["/rooms/{id:int}", "/ws", "/slow", "/last", "/other"]
    assert {one.classname for one in found.values()} == {"shop:app"}
    assert [one.time for one in found.values()] == [0.5, 2.0, 0.5, 0.0, 0.0]
    (told,) = ET.fromstring(ALL.to_junit()).findall(".//testcase[@name='/ws']/properties")
    assert {one.get("name"): one.get("value") for one in told} == {
        "seed": "7",
        "examples": "12",
        "messages": "40",
        "replies": "0",
        "connections": "12",
        "refusals": "1",
    }


def test_where_seeds_differ_the_suite_has_none():
    found = suite(Report(routes=(PASSED, replace(FAILED, seed=8))))
    assert "seed" not in properties(found)
    assert properties(found)["examples"] == "112"


# What became of a route


def test_a_failure_is_told_as_its_text():
    found = case(FAILED)
    (failure,) = found.result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("app-crashed", "KeyError: 'text'")
    assert failure.text == FAILURE.text()
    assert found.system_out == "note   /ws: the app uses threads"


def test_several_failures_of_a_route_are_all_told_in_one():
    (failure,) = case(replace(FAILED, failures=(FAILURE, LEAK, LEAK))).result
    assert failure.type == "app-crashed"
    assert failure.message == "KeyError: 'text' (and leaked-task, leaked-task)"
    assert failure.text == "\n\n\n".join([one.text() for one in (FAILURE, LEAK, LEAK)])


def test_what_ended_the_search_of_a_route_that_failed_is_told_as_well():
    found = case(replace(FAILED, error="no database", stopped="cancelled"))
    assert [type(one) for one in found.result] == [Failure]
    assert found.system_out.splitlines() == [
        "error  /ws: no database",
        "note   /ws: stopped after 12 examples: it was cancelled",
        "note   /ws: the app uses threads",
    ]


def test_a_route_that_could_not_be_searched_is_an_error():
    (error,) = case(ERROR).result
    assert isinstance(error, Error)
    assert (error.type, error.message) == ("error", r"the app does not start: no\ndatabase")
    assert error.text == (
        "the app does not start: no\ndatabase\n\nto repeat: Settings(seed=7, include=['/other'])"
    )


@pytest.mark.parametrize(
    ("stopped", "said"),
    [
        ("max_seconds", "not reached: max_seconds had passed"),
        ("cancelled", "not reached: it was cancelled"),
    ],
)
def test_a_route_that_was_not_reached_is_skipped(stopped, said):
    (skipped,) = case(replace(STOPPED, examples=0, stopped=stopped)).result
    assert isinstance(skipped, Skipped)
    assert skipped.message == said


def test_a_route_that_passed_has_no_result():
    assert case(PASSED).result == []
    assert case(PASSED).system_out is None


def test_a_route_that_was_stopped_early_passed_as_far_as_it_was_searched():
    found = case(STOPPED)
    assert found.result == []
    assert found.system_out == "note   /slow: stopped after 3 examples: max_seconds had passed"


# What servers say


def test_what_xml_cannot_hold_is_shown_as_escapes():
    text = saying(HOSTILE).to_junit()
    assert all(char.isprintable() or char == "\n" for char in text)
    failure = ET.fromstring(text).find(".//failure")
    told = failure.get("message")
    assert told.startswith("<script>ran = 1</script><img src=x onerror='ran = 1'>\"]]>--><!--")
    assert told.endswith(
        r"\x00\x1b[31m\x7f\x85\r\t\u202egnp\u2066\ufeff\ufffe\uffff\ud800\U0010ffff"
    )
    assert r"]]>--><!--</title></style></pre>&lt;\x00\x1b[31m" in failure.text


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), min_size=1))
def test_no_text_breaks_the_xml(text):
    report = saying(text)
    root = ET.fromstring(report.to_junit())
    harmless = ET.fromstring(saying("x").to_junit())
    assert [part.tag for part in root.iter()] == [part.tag for part in harmless.iter()]
    assert suite(report).failures == 1


def test_the_program_is_whole_and_what_else_is_long_is_cut():
    noise = "".join(map(chr, range(0x21, 0x7F))) * 700  # no part of it repeats at once
    long = replace(FAILURE, example=replace(FAILURE.example, messages=((0, noise),)))
    long = replace(long, actual="x" * 65_536)
    (failure,) = case(replace(FAILED, failures=(long,))).result
    assert long.program() in failure.text
    head, _, _ = failure.text.partition("  a program that reproduces it")
    assert f"  actual    {'x' * 900}" in head
    assert head.count("x") < 1_100
    (short,) = case(replace(FAILED, failures=(replace(FAILURE, title="y" * 65_536),))).result
    assert short.message == f"{'y' * 1000}... (65,536 characters)"
