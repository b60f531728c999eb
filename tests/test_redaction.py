"""Secrets: what is hidden in a URL, and one secret wherever it stands."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsnotebook.redaction import MASK, Redactor, redact_url

AWKWARD = "a b/c+d%e'f\"g\\h\té=&?#"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ws://h/?token=abc", "ws://h/?token=***"),
        ("ws://h/?a=1&token=abc&b=2", "ws://h/?a=1&token=***&b=2"),
        ("/chat?TOKEN=abc", "/chat?TOKEN=***"),
        ("ws://h/?token=abc&token=def", "ws://h/?token=***&token=***"),
        ("ws://h/?token=a'b c\"d", "ws://h/?token=***"),
        ("ws://h/?token=abc#part", "ws://h/?token=***#part"),
        ("ws://h/?ticket=abc&a=1", "ws://h/?ticket=***&a=1"),
        ("unix:///run/redis?db=1&password=abc", "unix:///run/redis?db=1&password=***"),
        ("ws://user:pass@h:1/p", "ws://user:***@h:1/p"),
        ("wss://user:p@ss:w@h/p?token=t", "wss://user:***@h/p?token=***"),
        ("http://user:pass@h/", "http://user:***@h/"),
        (" ws://user:pass@h/", " ws://user:***@h/"),
    ],
)
def test_a_secret_in_a_url_is_hidden(url, shown):
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "ws://h/p?tokens=1&mytoken=2&tickets=3&token=&ticket=",
        "ws://h:8765/a@b:c",
        "ws://h/?mail=a:b@c",
        "ws://user@h/",
        "/token=abc",
        "",
    ],
)
def test_what_is_no_secret_stays(url):
    assert redact_url(url) == url


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (lambda secret: secret, "***"),
        (lambda secret: urlencode({"token": secret}), "token=***"),
        (lambda secret: quote(secret, safe=""), "***"),
        (quote, "***"),
        (lambda secret: repr("'\"" + secret), "'\\'\"***'"),
        (lambda secret: repr(json.dumps({"token": secret})), '\'{"token": "***"}\''),
        (lambda secret: json.dumps(json.dumps(secret)), '"\\"***\\""'),
        (lambda secret: json.dumps(repr(secret)), "\"'***'\""),
        (quote_plus, "***"),
        (repr, "'***'"),
        (json.dumps, '"***"'),
        (lambda secret: json.dumps({"token": secret}, ensure_ascii=False), '{"token": "***"}'),
    ],
)
def test_a_secret_is_hidden_in_every_form_a_text_gives_it(form, shown):
    assert Redactor(AWKWARD)(f"before {form(AWKWARD)} after") == f"before {shown} after"


def test_a_secret_is_hidden_in_binary():
    redact = Redactor("sécret")
    assert redact("xx sécret yy sécret".encode()) == b"xx *** yy ***"
    assert redact(b"xx s%C3%A9cret") == b"xx ***"
    assert redact(b"\xff\xfe") == b"\xff\xfe"


@pytest.mark.parametrize("secret", ["t0ken", "eyJ.a-b_c~"])
def test_a_plain_secret_is_hidden_in_text_and_in_binary(secret):
    redact = Redactor(secret)
    assert redact(f"a {secret} b {secret}") == "a *** b ***"
    assert redact(f"a {secret} b".encode()) == b"a *** b"


def test_a_secret_that_looks_like_a_pattern_is_taken_literally():
    assert Redactor("a.c*")("a.c* abc") == "*** abc"


def test_no_part_of_a_longer_form_is_left():
    # "a%" is encoded as "a%25", which begins with the secret itself.
    assert Redactor("a%")("x a%25 y a% z") == "x *** y *** z"


@given(st.text(min_size=1), st.text(), st.text())
def test_a_secret_never_survives(secret, before, after):
    shown = Redactor(secret)(before + secret + after)
    assert all(secret not in piece for piece in shown.split(MASK))
