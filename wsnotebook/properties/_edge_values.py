"""The values that programs trip over, as texts, as JSON values and as bytes.

What ``json.loads`` does not read, or what cannot be written again (an escaped lone surrogate, an
infinity), is among the texts: a JSON message is one that every JSON parser reads. No text holds a
lone surrogate itself, which a text message cannot carry (RFC 6455 section 5.6).
"""

from __future__ import annotations

from typing import Any

__all__ = ["BYTES", "JSON_VALUES", "TEXTS"]

# Where the header of a frame gets longer (RFC 6455 section 5.2), and the usual limit on a line.
_SIZES = (125, 126, 65_535, 65_536)
# json.loads reads the first on every Python; from the second on it may give up.
_DEEP, _TOO_DEEP = 200, 20_000


def _nested_list(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def _nested_object(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


TEXTS: tuple[str, ...] = (
    *("", "\0", "a\0b", " ", "\n", "\r\n", "\t", "\x1b[0m", "\x7f", "\x85", "\u2028"),
    # A byte order mark, right-to-left, what is no character, the last one, combined ones.
    *("\ufeff", "\u202e", "\ufffe", "\ufffd", "\U0010ffff", "e\u0301", "\u0130", "\u00df"),
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    *("0", "-1", "null", "true", "None", "undefined", "NaN", "Infinity", "1e400", "9" * 5_000),
    *("{", "}", "[", '"', '{"', "{}", "[]", '""', "{]", "{'a': 1}", '{"a": 1,}', '{"a"}', "[1 2]"),
    *('{"a": 1, "a": 2}', '{"a": NaN}', '"\\ud800"', '{"\\udfff": 1}', '"\\u0000"', '"\\x"'),
    *("../..", "%00", "%s", "{0}", "<b>", "';--", "\\"),
    "[" * _TOO_DEEP + "]" * _TOO_DEEP,
    '{"a":' * (_TOO_DEEP // 2) + "1" + "}" * (_TOO_DEEP // 2),
    *("a" * size for size in _SIZES),
)

JSON_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 0.0, -0.0, "", "\0", "\ufeff", "\U0010ffff", [], {}),
    # Where a float stops counting in ones, where machine integers end, the floats at either end.
    *(2**53 + 1, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 2**64, 10**400),
    *(1e308, -1e308, 5e-324, 0.1),
    *([None], [[]], {"": ""}, {"": None}, {"\0": 0}, {"a": {}}, {"__proto__": {}}),
    {"__class__": "str"},
    _nested_list(_DEEP),
    _nested_object(_DEEP),
    list(range(1_000)),
    {str(number): number for number in range(1_000)},
    "a" * 10_000,
)

BYTES: tuple[bytes, ...] = (
    *(b"", b"\0", b"\xff", b"\x80", b"\n", b"a", b"{}", b"[]", b"null", b"{", b'{"a": 1}'),
    # No UTF-8: a surrogate, an overlong NUL, one cut short, beyond the last character.
    *(b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80"),
    # Byte order marks, and how gzip, zlib, pickle and protobuf messages begin.
    *(b"\xef\xbb\xbf{}", b"\xff\xfe", b"\x1f\x8b\x08", b"x\x9c", b"\x80\x04.", b"\x08\x96\x01"),
    bytes(range(256)),
    *(bytes(size) for size in _SIZES),
)
