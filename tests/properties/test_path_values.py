"""Values for the parameters of a path."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Literal
from urllib.parse import unquote
from uuid import UUID

import pytest
from annotated_types import Ge, Le, MinLen
from drawing import FEW, MANY, is_found
from hypothesis import find, given
from hypothesis import strategies as st

from wsnotebook import SetupError
from wsnotebook.properties._parameters import parse, retyped
from wsnotebook.properties._path_values import path_values
from wsnotebook.properties.routes import Parameter
from wsnotebook.properties.strategies import Constants


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


PLAIN = Parameter("one")
KINDS = {
    "str": str,
    "int": int,
    "float": float,
    "uuid": UUID,
    "path": str,
    "bool": bool,
    "decimal": Decimal,
    "date": date,
    "datetime": datetime,
    "time": time,
    "timedelta": timedelta,
}
PARAMETERS = [
    *[parse(f"{{one:{kind}}}")[0] for kind in KINDS],
    *[parse(f"{{one:{kind}}}", {})[0] for kind in KINDS],
    *[retyped(PLAIN, kind) for kind in (int, float, bool, UUID, date, Literal["a", "b"], Colour)],
    retyped(PLAIN, int, (Ge(3), Le(9))),
    retyped(PLAIN, str, (MinLen(3),)),
    Parameter("one", pattern=r"[a-z]{3}"),
    Parameter("one", "int", int, r"[0-9]{4}"),
    Parameter("one", pattern=r".+"),
]


@pytest.mark.parametrize("parameter", PARAMETERS, ids=str)
def test_every_value_is_one_that_the_route_takes(parameter):
    @FEW
    @given(path_values((parameter,)))
    def check(values):
        text = unquote(parameter.text(values["one"]))
        assert text
        assert re.fullmatch(parameter.pattern, text)
        assert parameter.kind == "path" or "/" not in text

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_of_the_type_of_its_parameter(kind):
    @FEW
    @given(path_values(parse(f"{{one:{kind}}}")))
    def check(values):
        assert type(values["one"]) is KINDS[kind]

    check()


@pytest.mark.parametrize(
    ("parameter", "simplest"),
    [
        (PLAIN, "0"),
        (parse("{one:int}")[0], 0),
        (parse("{one:float}")[0], 0.0),
        (parse("{one:path}")[0], "0"),
        (parse("{one:bool}")[0], False),
        (retyped(PLAIN, Literal["a", "b"]), "a"),
        (retyped(PLAIN, Colour), Colour.RED),
        (retyped(PLAIN, int, (Ge(3), Le(9))), 3),
    ],
    ids=str,
)
def test_a_value_shrinks_to_the_simplest(parameter, simplest):
    assert find(path_values((parameter,)), lambda _: True, settings=FEW) == {"one": simplest}


@pytest.mark.parametrize("text", ["0", "a", " ", "..", ".", "%2F", '"', "\U0001f469"])
def test_texts_are_simple_ones_and_awkward_ones(text):
    assert is_found(path_values((PLAIN,)), lambda values: values["one"] == text)


def test_constants_become_values_where_they_fit():
    constants = Constants(keys=("room",), texts=("lobby", "no/one", ""))
    values = path_values((PLAIN,), constants=constants)
    assert is_found(values, lambda values: values["one"] == "room")
    assert is_found(values, lambda values: values["one"] == "lobby")


def test_a_path_has_several_segments():
    values = path_values(parse("{one:path}"))
    assert is_found(values, lambda values: values["one"].count("/") > 1)
    assert is_found(values, lambda values: ".." in values["one"].split("/"))


def test_a_sign_stands_where_the_router_takes_one():
    assert is_found(path_values(parse("{one:int}", {})), lambda values: values["one"] < 0)
    assert find(path_values(parse("{one:int}")), lambda values: True, settings=MANY) == {"one": 0}


def test_without_parameters_there_is_one_value():
    assert find(path_values(()), lambda _: True, settings=FEW) == {}


def test_given_values_and_strategies_are_taken_as_they_are():
    parameters = parse("{one:int}/{two}/{three}")
    values = path_values(parameters, given={"one": "not a number", "two": st.just("/")})
    found = find(values, lambda _: True, settings=FEW)
    assert found == {"one": "not a number", "two": "/", "three": "0"}


def test_a_name_that_stands_twice_has_one_value():
    assert find(path_values((PLAIN, PLAIN)), lambda _: True, settings=FEW) == {"one": "0"}


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("/{one}/{two}", "params has 'nought', but the parameters of the path are one, two"),
        ("/", "params has 'nought', but the parameters of the path are none"),
    ],
)
def test_a_value_for_no_parameter_is_refused(template, error):
    with pytest.raises(ValueError) as caught:
        path_values(parse(template), given={"nought": 1})
    assert str(caught.value) == error


def test_a_pattern_that_is_none_is_a_setup_error():
    with pytest.raises(SetupError) as caught:
        path_values((Parameter("one", pattern="("),))
    assert str(caught.value) == (
        "the pattern '(' of the parameter 'one' is no regular expression of Python (missing ), "
        "unterminated subpattern at position 0); give the value, as in check(params={'one': ...})"
    )
