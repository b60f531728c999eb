"""What a campaign makes of what it is given."""

from __future__ import annotations

import pytest

from wsnotebook import Message
from wsnotebook.properties import Route
from wsnotebook.properties._targets import schemas_of


class Told(Message):
    told: str


@pytest.mark.parametrize(
    ("sends", "schemas"),
    [
        (None, ()),
        ((Told,), (Told,)),
        ((Told, str), ()),  # whatever a text may be
        ((), ({"title": "nothing", "not": {}},)),
    ],
)
def test_what_replies_must_fit(sends, schemas):
    assert schemas_of(Route(None, "/", sends=sends)) == schemas
