"""What YAML is read as: YAML 1.2, and of it what JSON has."""

from __future__ import annotations

import math

import pytest

from wsnotebook.asyncapi._yaml import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[on, off, yes, no, y, On]", ["on", "off", "yes", "no", "y", "On"]),
        ("[true, False, TRUE, trUe]", [True, False, True, "trUe"]),
        ("[null, ~, Null, nUll, '']", [None, None, None, "nUll", ""]),
        ("a:", {"a": None}),
        ("[010, -3, +4, 0o17, 0x1f]", [10, -3, 4, 15, 31]),
        ("[1_000, 12:30, 2026-01-31, 0b1, -]", ["1_000", "12:30", "2026-01-31", "0b1", "-"]),
        ("[1e3, .5, 1., -1.5E-1, .inf, -.INF]", [1000.0, 0.5, 1.0, -0.15, math.inf, -math.inf]),
        ("[., e3, 1.2.3, =, '1', \"on\"]", [".", "e3", "1.2.3", "=", "1", "on"]),
        ("{on: 1, 1: 2, null: 3, 1.5: 4}", {"on": 1, "1": 2, "null": 3, "1.5": 4}),
        ("a: &a {x: 1}\nb: {<<: *a, y: 2}", {"a": {"x": 1}, "b": {"x": 1, "y": 2}}),
        ("|\n on\n", "on\n"),
    ],
)
def test_a_word_is_what_yaml_1_2_says(text, value):
    found = parse_yaml(text, "the text")
    assert (found, str(found)) == (value, str(value))  # True is not 1


def test_not_a_number():
    assert math.isnan(parse_yaml("[.nan]", "the text")[0])


@pytest.mark.parametrize("text", ["!!binary aGk=", "!!set {a, b}", "!!python/name:os.system ''"])
def test_what_json_has_not_is_refused(text):
    with pytest.raises(
        ValueError, match=r"^'tea\.yaml' is neither JSON nor YAML: could not determ"
    ):
        parse_yaml(text, "'tea.yaml'")
