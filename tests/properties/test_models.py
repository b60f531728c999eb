"""Messages that fit a declaration: pydantic models, a Channel's accepts, JSON Schemas."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from typing import Annotated, Literal

import pytest
from drawing import FEW, UNSHRUNK, is_found
from hypothesis import find, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from wsnotebook import Channel, MissingExtra, SetupError
from wsnotebook.apps import notifications
from wsnotebook.messages import MessageReader
from wsnotebook.properties.strategies import (
    Constants,
    messages_accepted,
    messages_of_schema,
)


class Point(BaseModel):
    x: int = Field(ge=0, le=3)
    label: str = Field(pattern="^[a-c]+$", max_length=4)


class Draw(BaseModel):
    action: Literal["draw"] = "draw"
    points: list[Point] = Field(default_factory=list)
    inner: Draw | None = None
    weight: float
    tags: dict[str, Annotated[int, Field(gt=5)]]

    @field_validator("weight")
    @classmethod
    def at_least_zero(cls, value):
        if value < 0:
            raise ValueError("below zero")
        return value


class Line(BaseModel):
    points: list[Point] = Field(default_factory=list)


class Nest(BaseModel):
    inner: Nest | None = None


class Named(BaseModel):
    user_id: int = Field(alias="userId")


@FEW
@given(messages_accepted(Draw))
def test_a_message_of_a_model_parses_as_it(text):
    assert Draw.model_validate_json(text).weight >= 0


def test_what_has_a_default_is_given_too():
    assert is_found(messages_accepted(Line), lambda text: json.loads(text)["points"] != [])
    nested = messages_accepted(Nest)
    assert is_found(nested, lambda text: json.loads(text)["inner"] is not None)


def test_an_alias_is_the_key():
    assert is_found(messages_accepted(Named), lambda text: json.loads(text) == {"userId": 0})


def reads_as(read, cls, text):
    return type(read(text)) is cls


def test_a_channel_and_a_union_give_messages_of_each_class():
    for accepts in (notifications.NotificationChannel, notifications.NotificationChannel.accepts):
        read = MessageReader(notifications.NotificationChannel.accepts)
        for cls in read.classes:
            assert is_found(messages_accepted(accepts), partial(reads_as, read, cls))


def test_constants_become_values_of_fields():
    messages = messages_accepted(notifications.Subscribe, constants=Constants(texts=("news",)))
    assert is_found(messages, lambda text: json.loads(text)["topic"] == "news")


@pytest.mark.parametrize("accepts", [int, Channel, "text", ()])
def test_what_declares_no_messages_is_refused(accepts):
    with pytest.raises(TypeError, match=r"^accepts must be a Message class, a union or a tuple"):
        messages_accepted(accepts)


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def test_a_message_of_a_schema_fits_it():
    @FEW
    @given(messages_of_schema({"type": "array", "items": {"type": "integer", "minimum": 3}}))
    def check(text):
        assert all(number >= 3 for number in json.loads(text))

    check()


def test_a_message_of_a_schema_of_objects_fits_it():
    @FEW
    @given(messages_of_schema(SCHEMA))
    def check(text):
        assert json.loads(text)["n"] % 1 == 0

    check()


def test_versions_that_do_not_fit_each_other_are_a_setup_error(monkeypatch):
    def breaks(_):
        raise AttributeError("no attribute 'more'")

    monkeypatch.setattr("hypothesis_jsonschema.from_schema", lambda *_, **__: st.none().map(breaks))
    with pytest.raises(SetupError) as caught:
        find(messages_of_schema(SCHEMA), bool, settings=UNSHRUNK)
    theirs, hypothesis = version("hypothesis-jsonschema"), version("hypothesis")
    assert str(caught.value) == (
        f"hypothesis-jsonschema {theirs} does not work with hypothesis {hypothesis} on this schema "
        "(no attribute 'more'); install versions that fit each other, or give the messages as a "
        "pydantic model"
    )


def test_a_schema_needs_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis_jsonschema", None)
    with pytest.raises(MissingExtra) as caught:
        messages_of_schema(SCHEMA)
    assert str(caught.value) == (
        "hypothesis-jsonschema is not installed; run: pip install 'wsnotebook[properties]'"
    )


def test_all_of_it_needs_hypothesis():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "try:\n    import wsnotebook.properties.strategies\n"
        "except ImportError as exc: print(exc)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "hypothesis is not installed; run: pip install 'wsnotebook[properties]'\n"
