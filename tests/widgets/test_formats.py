"""Payloads to read: as Python writes them, JSON laid out, a hex dump; none is too long."""

from __future__ import annotations

import json

import pytest

from wsnotebook.widgets._formats import (
    FORMS,
    LONGEST_JSON,
    SHOWN_HEX,
    SHOWN_JSON,
    as_hex,
    as_json,
    as_python,
)

HOSTILE = ["<script>", "a\u202etxt.exe", "\x00\x1b[31m", '"\\ud800"', "\ud800", b"\xff\x00"]


def test_python_cuts_and_tells_the_length():
    assert as_python("x" * 300) == f"'{'x' * 300}'"
    assert as_python(b"x" * 301) == f"b'{'x' * 300}'... (301 bytes)"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ('{"a":1,"b":[true,null]}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ]\n}'),
        ('[{},[ ],""]', '[\n  {},\n  [],\n  ""\n]'),
        (' { "a,b" : "[}\\"" } ', '{\n  "a,b": "[}\\""\n}'),
        ('{"a":1,"a":2}', '{\n  "a": 1,\n  "a": 2\n}'),
        ('[1.10,1e5,"\\ud800"]', '[\n  1.10,\n  1e5,\n  "\\ud800"\n]'),
        (b'{"a":1}', '{\n  "a": 1\n}'),
        ('"text"', '"text"'),
        ("7", "7"),
        ("1" * 5000, f"{'1' * 3000}... (5,000 characters)"),
    ],
)
def test_json_is_laid_out_and_says_what_was_sent(data, shown):
    assert as_json(data) == shown


@pytest.mark.parametrize("data", ["hello", "", "[1,]", "[NaN]", "[" * 9000, b"\xff", "{'a': 1}"])
def test_what_is_no_json_stands_as_python_writes_it(data):
    assert as_json(data) == as_python(data)


def test_long_json_is_not_even_read(monkeypatch):
    monkeypatch.setattr(json, "loads", None)
    data = json.dumps(["x" * LONGEST_JSON])
    assert as_json(data) == as_python(data)


def test_json_that_grows_when_laid_out_is_cut():
    data = "[" * 800 + "]" * 800
    shown = as_json(data)
    assert shown.startswith("[\n  [\n    [\n")
    assert shown.endswith("... (1,600 characters)")
    assert len(shown) == SHOWN_JSON + len("... (1,600 characters)")


def test_a_hex_dump_has_offset_bytes_and_what_prints():
    assert as_hex(b"Hello, \xff\x00 world!\n").splitlines() == [
        "00000000  48 65 6c 6c 6f 2c 20 ff 00 20 77 6f 72 6c 64 21  |Hello, .. world!|",
        "00000010  0a                                               |.|",
    ]
    assert as_hex("é").splitlines() == [f"00000000  c3 a9{'  |..|':>48}"]
    assert as_hex("") == "(no bytes)"


def test_a_long_hex_dump_is_cut_and_its_length_told():
    lines = as_hex("é" * 1000).splitlines()
    assert len(lines) == SHOWN_HEX // 16 + 1
    assert lines[-1] == "... (2,000 bytes)"
    assert as_hex(b"***", 1000).splitlines()[-1] == "... (1,000 bytes)"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", [*HOSTILE, "x" * 2**20, b"\x00" * 2**20, "[" + "1," * 2**19])
def test_no_form_fails_or_grows_on_what_is_hostile(form, data):
    assert len(FORMS[form](data, None)) < 4000
