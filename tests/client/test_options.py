"""The arguments of connect: what they put into a handshake, and which are refused in what words."""

from __future__ import annotations

import json
import math
import ssl

import pytest
from servers import plain_server

from wsnotebook import Refused, connect
from wsnotebook.auth import VIAS

URL = "ws://127.0.0.1:1"
NOT_A_NUMBER = "must be a number of seconds, not"
NEGATIVE = 'must be 0 or more seconds (float("inf"): no limit), not'
HEADER = "may hold no control character, and nothing beyond ISO-8859-1 (RFC 9110 section 5.5):"
SUBPROTOCOL = (
    "cannot be a subprotocol: it must be one or more of the characters of an HTTP token "
    "(RFC 6455 section 4.1)"
)


async def tell_handshake(connection):
    """Send what was asked for, as JSON."""
    headers = [[name, value] for name, value in connection.request.headers.raw_items()]
    await connection.send(json.dumps({"path": connection.request.path, "headers": headers}))


async def asked(*path, **options):
    """Return path and headers as a server sees them."""
    async with plain_server(tell_handshake) as url, connect(url, *path, **options) as client:
        told = await client.receive_json()
    return told["path"], [tuple(header) for header in told["headers"]]


def refusal(kind, **options):
    """Return the text with which connect refuses ``options``."""
    with pytest.raises(kind) as caught:
        connect(URL, **options)
    assert type(caught.value) is kind
    return str(caught.value)


# What the server is asked


@pytest.mark.parametrize(
    ("path", "options", "target"),
    [
        ((), {}, "/"),
        (("/rooms/tea",), {}, "/rooms/tea"),
        (("rooms/a b/é?name=ü&x=%41",), {}, "/rooms/a%20b/%C3%A9?name=%C3%BC&x=%41"),
        (("/\r\nX-Injected: yes",), {}, "/%0D%0AX-Injected:%20yes"),
        ((), {"query": {"a": 1, "b": "x&y=z", "é": ""}}, "/?a=1&b=x%26y%3Dz&%C3%A9="),
        (("/p?a=1",), {"query": [("b", 2), ("b", 3)]}, "/p?a=1&b=2&b=3"),
        ((), {"query": {"a": "1"}, "token": "s e", "via": "query"}, "/?a=1&token=s+e"),
    ],
)
async def test_path_and_query_are_encoded_and_sent(path, options, target):
    assert (await asked(*path, **options))[0] == target


@pytest.mark.parametrize(
    "headers", [{"X-One": "1", "X-Two": "é"}, [("X-One", "1"), ("X-Two", "é")]]
)
async def test_headers_are_sent_as_given(headers):
    _, seen = await asked(headers=headers)
    assert [header for header in seen if header[0].startswith("X-")] == [
        ("X-One", "1"),
        ("X-Two", "é"),
    ]


async def test_a_header_may_be_repeated():
    _, seen = await asked(headers=[("X-Tag", "a"), ("X-Tag", "b")])
    assert [value for name, value in seen if name == "X-Tag"] == ["a", "b"]


async def test_cookies_travel_in_one_header_with_the_token_last():
    _, seen = await asked(cookies={"session": "1", "theme": "dark"}, token="t0ken", via="cookie")
    assert [value for name, value in seen if name == "Cookie"] == [
        "session=1; theme=dark; token=t0ken"
    ]


async def test_a_token_travels_in_the_authorization_header_unless_told_otherwise():
    _, seen = await asked(token="t0ken")
    assert ("Authorization", "Bearer t0ken") in seen


async def test_the_server_chooses_a_subprotocol():
    async with plain_server(tell_handshake, subprotocols=["chat.v1"]) as url:
        async with connect(url, subprotocols=["chat.v2", "chat.v1"]) as client:
            assert client.subprotocol == "chat.v1"
        async with connect(url, subprotocols=("chat.v1",), token="t0ken", via="subprotocol") as c:
            assert c.subprotocol == "chat.v1"
            told = await c.receive_json()
            assert ["Sec-WebSocket-Protocol", "chat.v1, bearer, t0ken"] in told["headers"]


@pytest.mark.parametrize("given", [["bearer"], ["bearer", "chat.v1"], ["chat.v1", "bearer"]])
async def test_no_subprotocol_is_offered_twice_and_the_token_comes_right_after_its_mark(given):
    async with plain_server(tell_handshake, subprotocols=["bearer"]) as url:
        async with connect(url, subprotocols=given, token="t0ken", via="subprotocol") as client:
            told = dict((await client.receive_json())["headers"])
            assert client.subprotocol == "bearer"
    chat = "chat.v1, " if "chat.v1" in given else ""
    assert told["Sec-WebSocket-Protocol"] == f"{chat}bearer, t0ken"


async def test_without_a_common_subprotocol_there_is_none_or_a_refusal():
    async with plain_server(tell_handshake) as url:
        async with connect(url, subprotocols=["chat"]) as client:
            assert client.subprotocol is None
    async with plain_server(tell_handshake, subprotocols=["news"]) as url:
        with pytest.raises(Refused) as caught:
            await connect(url, subprotocols=["chat"])
        assert caught.value.status == 400


@pytest.mark.parametrize(
    ("compression", "extension"), [(None, None), ("deflate", "permessage-deflate")]
)
async def test_compression_is_negotiated_only_when_asked_for(compression, extension):
    async with plain_server(tell_handshake) as url:
        async with connect(url, compression=compression) as client:
            chosen = client.response_headers.get("sec-websocket-extensions")
            assert extension is chosen is None or chosen.startswith(extension)
            assert (await client.receive_json())["path"] == "/"


# What is refused


@pytest.mark.parametrize("name", ["timeout", "open_timeout", "close_timeout"])
@pytest.mark.parametrize(
    ("value", "kind", "problem"),
    [
        (-1, ValueError, NEGATIVE),
        (-0.001, ValueError, NEGATIVE),
        (math.nan, ValueError, NEGATIVE),
        (-math.inf, ValueError, NEGATIVE),
        (True, TypeError, NOT_A_NUMBER),
        ("1", TypeError, NOT_A_NUMBER),
        (None, TypeError, NOT_A_NUMBER),
    ],
)
def test_a_bad_timeout_is_refused(name, value, kind, problem):
    assert refusal(kind, **{name: value}) == f"{name} {problem} {value!r}"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"name": 5}, "name must be a str, not 5"),
        ({"path": b"/"}, "path must be a str, not b'/'"),
        ({"ssl": True}, "ssl must be an ssl.SSLContext, not True"),
        ({"max_size": 1.5}, "max_size must be a number of bytes or None, not 1.5"),
        ({"max_size": True}, "max_size must be a number of bytes or None, not True"),
        ({"headers": {"X": 5}}, "header 'X' must have a str value, not 5"),
        ({"headers": {"Cookie": 5}}, "header 'Cookie' must have a str value, not ***"),
        ({"subprotocols": "chat"}, "subprotocols must be a sequence of str, not the str 'chat'"),
        ({"token": 5}, "token must be a str, not int"),
    ],
)
def test_an_argument_of_the_wrong_type_is_refused(options, problem):
    assert refusal(TypeError, **options) == problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"path": "/#top"}, "path must not hold a fragment (RFC 6455 section 3): '/#top'"),
        ({"path": "/\ud800"}, "path cannot be encoded as UTF-8: it holds a lone surrogate"),
        ({"query": {"a": "\ud800"}}, "query cannot be encoded as UTF-8: it holds a lone surrogate"),
        ({"compression": "gzip"}, "compression must be None or 'deflate', not 'gzip'"),
        ({"max_size": 0}, "max_size must be 1 byte or more, or None for no limit, not 0"),
        ({"headers": {"": "x"}}, "'' is not a header name (RFC 9110 section 5.1)"),
        ({"headers": {"X Y": "x"}}, "'X Y' is not a header name (RFC 9110 section 5.1)"),
        ({"headers": {5: "x"}}, "5 is not a header name (RFC 9110 section 5.1)"),
        ({"headers": {"X": "a\r\nY: b"}}, f"header 'X' {HEADER} 'a\\r\\nY: b'"),
        ({"headers": {"X": "\x00"}}, f"header 'X' {HEADER} '\\x00'"),
        ({"headers": {"X": "€"}}, f"header 'X' {HEADER} '€'"),
        ({"headers": {"authorization": "a\nb"}}, f"header 'authorization' {HEADER} ***"),
        ({"cookies": {"a;b": "c"}}, "'a;b' is not a cookie name (RFC 6265 section 4.1.1)"),
        ({"cookies": {"a": "b; c=d"}}, "cookie 'a' must have a str value without ';'"),
        ({"cookies": {"a": 5}}, "cookie 'a' must have a str value without ';'"),
        ({"cookies": {"a": "\r\n"}}, f"header 'Cookie' {HEADER} ***"),
        ({"subprotocols": ["a b"]}, f"'a b' {SUBPROTOCOL}"),
        ({"subprotocols": [""]}, f"'' {SUBPROTOCOL}"),
        ({"subprotocols": [5]}, f"5 {SUBPROTOCOL}"),
        ({"token": "a b", "via": "subprotocol"}, f"the token {SUBPROTOCOL}"),
        ({"token": "a\r\nb"}, f"header 'Authorization' {HEADER} ***"),
        (
            {"token": "t", "via": "body"},
            f"via must be one of {', '.join(map(repr, VIAS))}, not 'body'",
        ),
    ],
)
def test_an_argument_that_cannot_work_is_refused(options, problem):
    assert refusal(ValueError, **options) == problem


def test_an_unknown_argument_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'time_out'"):
        connect(URL, time_out=1)


async def test_tls_settings_need_a_wss_url():
    with pytest.raises(ValueError) as caught:
        await connect("ws://127.0.0.1:1/?token=hidden", ssl=ssl.create_default_context())
    assert str(caught.value) == "ssl needs a wss:// URL, not 'ws://127.0.0.1:1/?token=***'"
