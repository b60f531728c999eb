"""Which close codes may be sent, and how a closure reads."""

from __future__ import annotations

from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsnotebook.closecodes import NAMES, Closure, check_close, describe_close

SENDABLE = [*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)]


@pytest.mark.parametrize("code", [*SENDABLE[:12], 3000, 3999, 4000, 4999])
def test_a_sendable_code_passes(code):
    check_close(code, "")


@given(st.integers().filter(lambda code: code not in SENDABLE))
def test_any_other_code_is_refused(code):
    with pytest.raises(ValueError) as caught:
        check_close(code, "")
    assert str(caught.value) == (
        f"close code {code} may not be sent (RFC 6455 section 7.4); "
        "use 1000 to 1003, 1007 to 1014, or 3000 to 4999"
    )


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_a_code_reserved_or_out_of_range_is_refused(code):
    with pytest.raises(ValueError, match=f"^close code {code} may not be sent"):
        check_close(code, "")


@pytest.mark.parametrize("code", ["1000", 1000.0, None, True])
def test_a_code_must_be_an_int(code):
    with pytest.raises(TypeError) as caught:
        check_close(code, "")
    assert str(caught.value) == f"close code must be an int, not {code!r}"


def test_an_int_enum_is_a_code():
    class Code(IntEnum):
        GONE = 4004

    check_close(Code.GONE, "")


def test_a_reason_must_be_a_str():
    with pytest.raises(TypeError) as caught:
        check_close(1000, b"bye")
    assert str(caught.value) == "close reason must be a str, not b'bye'"


@pytest.mark.parametrize("reason", ["x" * 123, "é" * 61, "\N{WAVING HAND SIGN}" * 30])
def test_a_reason_of_123_bytes_passes(reason):
    check_close(1000, reason)


def test_the_limit_of_a_reason_counts_bytes():
    reason = "é" * 62
    with pytest.raises(ValueError) as caught:
        check_close(1000, reason)
    assert str(caught.value) == (
        "close reason is 124 bytes of UTF-8; a close frame carries at most 123 "
        f"(RFC 6455 section 5.5): {reason!r}"
    )


def test_a_reason_must_be_utf_8():
    with pytest.raises(ValueError) as caught:
        check_close(1000, "a\ud800")
    assert type(caught.value) is ValueError
    assert str(caught.value) == (
        r"close reason 'a\ud800' is not UTF-8 (RFC 6455 section 5.5.1): "
        "lone surrogate at character 1"
    )


@pytest.mark.parametrize(
    ("code", "reason", "shown"),
    [
        (1000, "", "1000 (OK)"),
        (1001, "", "1001 (going away)"),
        (1006, "", "1006 (no close frame received)"),
        (1011, None, "1011 (internal error)"),
        (1000, "bye", "1000 'bye'"),
        (4002, "go away", "4002 'go away'"),
        (4002, "", "4002"),
        (4000, "it's\n", '4000 "it\'s\\n"'),
    ],
)
def test_a_closure_in_words(code, reason, shown):
    assert describe_close(code, reason) == shown


def test_every_registered_code_has_a_name():
    assert sorted(NAMES) == [1000, 1001, 1002, 1003, *range(1005, 1016)]


def test_a_closure_is_a_fact():
    assert Closure(1000) == Closure(1000, "", clean=True)
    assert Closure(1006, clean=False) != Closure(1006)
    assert repr(Closure(4002, "go away")) == "Closure(code=4002, reason='go away', clean=True)"
    with pytest.raises(AttributeError):
        Closure(1000).code = 1001
