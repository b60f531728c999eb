"""What reaches a target, which URLs are refused, and how path and query are joined."""

from __future__ import annotations

import pytest
from servers import echo

from wsnotebook import serve
from wsnotebook.transports import Handshake, transport_for
from wsnotebook.transports.asgi import ASGITransport
from wsnotebook.transports.memory import MemoryTransport
from wsnotebook.transports.network import NetworkTransport


async def app(scope, receive, send):
    """An ASGI app."""


class OwnTransport:
    """Somebody's own way to reach a server."""

    async def connect(self, handshake, sink):
        raise NotImplementedError


class Service:
    """Not a transport: its connect is not asynchronous."""

    def connect(self, handshake, sink):
        raise NotImplementedError


# transport_for


@pytest.mark.parametrize("url", ["ws://h", "wss://h:8443/path?query", "ws://[::1]:80", "ws://ü/é"])
def test_a_websocket_url_is_reached_over_the_network(url):
    transport = transport_for(url)
    assert isinstance(transport, NetworkTransport)
    assert repr(transport) == f"NetworkTransport({url!r})"


def test_the_scheme_of_a_url_may_be_in_capitals():
    assert repr(transport_for("WS://h")) == "NetworkTransport('ws://h')"


def test_an_asgi_app_is_reached_in_process():
    assert isinstance(transport_for(app), ASGITransport)


def test_a_handler_is_reached_in_memory():
    assert isinstance(transport_for(echo), MemoryTransport)


def test_a_transport_is_its_own():
    transport = OwnTransport()
    assert transport_for(transport) is transport


async def test_a_server_is_its_own_transport():
    async with serve(echo) as server:
        assert transport_for(server) is server


@pytest.mark.parametrize("target", [None, 5, b"ws://h", Service(), object()])
def test_anything_else_is_refused(target):
    with pytest.raises(TypeError) as caught:
        transport_for(target)
    assert str(caught.value) == (
        f"cannot connect to {target!r}: expected a ws:// or wss:// URL, a Server from serve(), "
        "an ASGI app, a handler, or a Transport"
    )


# URLs

SCHEME = "it must start with ws:// or wss://"
NOWHERE = "it names no host and port to reach"
RAW = "it holds a space, a control character or a lone surrogate; percent-encode it"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", SCHEME),
        ("localhost:8765", SCHEME),
        ("http://h", SCHEME),
        ("ws:h", NOWHERE),
        ("ws://", NOWHERE),
        ("ws:///path", NOWHERE),
        ("ws://:80", NOWHERE),
        ("ws://h:0", NOWHERE),
        ("ws://h:65536", "Port out of range 0-65535"),
        ("ws://h:http", "Port could not be cast to integer value as 'http'"),
        ("ws://[::1", "Invalid IPv6 URL"),
        ("ws://h/#top", "a fragment (#) is not allowed"),
        ("ws://h/a b", RAW),
        ("ws://h/\r\nX-Injected: yes", RAW),
        ("ws://h\t/", RAW),
        ("ws://h/\x00", RAW),
        ("ws://h/\ud800", RAW),
        ("ws://ann@h", "a user name needs a password, as in ws://user:password@host"),
    ],
)
def test_a_bad_url_is_refused_with_the_problem(url, problem):
    with pytest.raises(ValueError) as caught:
        transport_for(url)
    assert str(caught.value) == f"{url!r} is not a WebSocket URL: {problem}"


def test_a_host_name_that_cannot_be_encoded_is_refused():
    with pytest.raises(ValueError, match=r"^'ws://a\.\.b' is not a WebSocket URL: .*label empty"):
        transport_for("ws://a..b")


def test_a_bad_url_is_shown_without_its_secrets():
    with pytest.raises(ValueError) as caught:
        transport_for("http://ann:hidden@h/?token=hidden")
    assert str(caught.value) == (f"'http://ann:***@h/?token=***' is not a WebSocket URL: {SCHEME}")


def test_a_network_transport_is_shown_without_its_secrets():
    transport = transport_for("ws://ann:hidden@h/?token=hidden")
    assert repr(transport) == "NetworkTransport('ws://ann:***@h/?token=***')"


# Handshake.join


@pytest.mark.parametrize(
    ("base", "path", "joined"),
    [
        ("", None, "/"),
        ("/", None, "/"),
        ("/chat", None, "/chat"),
        ("/chat", "", "/chat"),
        ("", "/chat", "/chat"),
        ("", "chat", "/chat"),
        ("/chat", "tea", "/chat/tea"),
        ("/chat/", "/tea", "/chat/tea"),
        ("/chat", "/", "/chat/"),
        ("/chat", "tea/?a=1", "/chat/tea/?a=1"),
        ("/chat", "?a=1", "/chat?a=1"),
    ],
)
def test_the_path_is_appended_to_that_of_the_target(base, path, joined):
    assert Handshake(path=path).join(base) == joined


def test_queries_of_target_path_and_arguments_follow_each_other():
    handshake = Handshake(path="tea?b=2&c=?", query="d=4")
    assert handshake.join("/chat", "a=1") == "/chat/tea?a=1&b=2&c=?&d=4"
    assert Handshake(query="d=4").join("") == "/?d=4"
