"""Where a token travels in the opening handshake."""

from __future__ import annotations

import pytest

from wsnotebook.auth import VIAS, TokenPlacement, place_token


@pytest.mark.parametrize(
    ("via", "placement"),
    [
        ("header", TokenPlacement(headers=(("Authorization", "Bearer s3cret"),))),
        ("query", TokenPlacement(query=(("token", "s3cret"),))),
        ("cookie", TokenPlacement(cookies=(("token", "s3cret"),))),
        ("subprotocol", TokenPlacement(subprotocols=("bearer", "s3cret"))),
        ("message", TokenPlacement(message='{"type":"authenticate","token":"s3cret"}')),
        ("ticket", TokenPlacement(query=(("ticket", "s3cret"),))),
    ],
)
def test_a_token_travels_one_way_only(via, placement):
    assert place_token("s3cret", via) == placement


def test_no_two_ways_are_the_same():
    assert len({place_token("x", via) for via in VIAS}) == len(VIAS)


@pytest.mark.parametrize("via", VIAS)
def test_a_placement_does_not_show_the_token(via):
    assert "s3cret" not in repr(place_token("s3cret", via))


@pytest.mark.parametrize("via", ["url", "", None, 7, ["header"]])
def test_an_unknown_way_is_refused(via):
    with pytest.raises(ValueError) as caught:
        place_token("s3cret", via)
    assert str(caught.value) == (
        "via must be one of 'header', 'query', 'cookie', 'subprotocol', 'message', 'ticket', "
        f"not {via!r}"
    )


@pytest.mark.parametrize(("token", "kind"), [(b"s3cret", "bytes"), (7, "int"), (None, "NoneType")])
def test_a_token_must_be_a_str_and_is_not_shown(token, kind):
    with pytest.raises(TypeError) as caught:
        place_token(token, "header")
    assert str(caught.value) == f"token must be a str, not {kind}"


def test_a_token_that_cannot_be_encoded_is_refused_and_not_shown():
    with pytest.raises(ValueError) as caught:
        place_token("s3cret\ud800", "query")
    assert str(caught.value) == "token cannot be encoded as UTF-8: it holds a lone surrogate"
    assert caught.value.__suppress_context__
