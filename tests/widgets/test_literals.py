"""Values as Python writes them, with the quotes that formatters prefer."""

from __future__ import annotations

import ast
import math

import pytest

from wsnotebook.widgets._literals import is_literal, literal


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("hello", '"hello"'),
        ("it's", '"it\'s"'),
        ('say "x"', "'say \"x\"'"),
        ("a\u202e\\", '"a\\u202e\\\\"'),
        (b"H\xff", 'b"H\\xff"'),
        (("a",), '("a",)'),
        ({"a": [1, None, True], "b": (2.5, -1)}, '{"a": [1, None, True], "b": (2.5, -1)}'),
    ],
)
def test_a_literal_is_what_it_stands_for(value, written):
    assert is_literal(value)
    assert literal(value) == written
    assert ast.literal_eval(written) == value


def test_no_limit_is_written_as_a_call():
    assert literal(math.inf) == 'float("inf")'


@pytest.mark.parametrize("value", [object(), {"a": object()}, [{1}], {object(): 1}, range(3)])
def test_what_is_no_literal(value):
    assert not is_literal(value)
