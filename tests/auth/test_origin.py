"""Which pages may connect: RFC 6455 section 10.2, RFC 6454."""

from __future__ import annotations

import pytest

from wsnotebook import Channel, MockWebSocket, Refused, connect, serve
from wsnotebook.auth import check_origin

ALLOWED = ("https://tea.example", "http://localhost:8888")


def scope(*origins):
    return {"type": "websocket", "headers": [(b"origin", origin.encode()) for origin in origins]}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://tea.example", "https://tea.example"),
        ("https://tea.example:443", "https://tea.example"),
        ("https://tea.example", "https://tea.example:443"),
        ("http://tea.example", "http://tea.example:80"),
        ("HTTPS://Tea.Example", "https://tea.example"),
        ("https://tea.example", "HTTPS://TEA.EXAMPLE"),
        ("http://localhost:8888", "http://localhost:8888"),
        ("http://[::1]:8888", "http://[::1]:8888"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("null", "null"),
    ],
)
def test_the_same_origin(origin, allowed):
    check_origin(scope(origin), [allowed])
    check_origin(scope(origin), ["https://other.example", allowed])


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://tea.example",
        "https://tea.example:8443",
        "https://tea.example:80",
        "https://localhost:8888",
        "http://localhost",
        "https://tea.example.evil.example",
        "https://eviltea.example",
        "https://www.tea.example",
        "https://tea.example.",
        "https://evil.example/https://tea.example",
        "https://tea.example@evil.example",
        "https://tea.example/",
        "https://tea.example/chat",
        "https://tea.example?",
        "https://tea.example:",
        "https://tea.example:99999999",
        "https://*",
        "//tea.example",
        "tea.example",
        "wss://tea.example",
        "null",
        "https://tea.example https://evil.example",
    ],
)
def test_another_origin_or_none(origin):
    with pytest.raises(Refused) as caught:
        check_origin(scope(origin), ALLOWED)
    assert (caught.value.status, caught.value.code) == (403, None)
    assert caught.value.reason == f"the origin {origin!r} is not allowed"


def test_two_origins_are_none():
    with pytest.raises(Refused) as caught:
        check_origin(scope("https://tea.example", "https://tea.example"), ALLOWED)
    assert caught.value.reason == (
        "the origin 'https://tea.example, https://tea.example' is not allowed"
    )


def test_a_long_origin_is_cut():
    with pytest.raises(Refused) as caught:
        check_origin(scope("https://" + "e" * 10_000), ALLOWED)
    assert caught.value.reason == (
        f"the origin 'https://{'e' * 52}'... (10,008 characters) is not allowed"
    )


def test_who_is_no_browser_sends_none_and_is_let_in_unless_it_is_required():
    check_origin(scope(), ALLOWED)
    check_origin(scope(""), ALLOWED)
    with pytest.raises(Refused) as caught:
        check_origin(scope(), ALLOWED, required=True)
    assert (caught.value.status, caught.value.reason) == (403, "no origin was sent")
    check_origin(scope("https://tea.example"), ALLOWED, required=True)


def test_nobody_may_be_allowed():
    check_origin(scope(), ())
    with pytest.raises(Refused):
        check_origin(scope("https://tea.example"), ())


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.tea.example", "tea.example", "https://tea.example/", "wss://tea.example", "",
     "https://bücher.example", "https://tea.example:x", 7],
)  # fmt: skip
def test_what_is_no_origin_cannot_be_allowed(origin):
    with pytest.raises(ValueError) as caught:
        check_origin(scope(), [origin])
    assert str(caught.value) == (
        f"{origin!r} is not an origin: expected scheme and host, and a port if it is not the "
        "scheme's own, as in 'https://example.org' or 'http://localhost:8888'"
    )


def test_a_single_str_is_not_taken_for_several():
    with pytest.raises(TypeError) as caught:
        check_origin(scope(), "https://tea.example")
    assert str(caught.value) == (
        "allowed must be origins, not the single str 'https://tea.example'"
    )


class Guarded(Channel):
    async def authenticate(self):
        check_origin(self, ALLOWED)


def test_a_mock_is_looked_at_too():
    check_origin(MockWebSocket(headers={"Origin": "https://tea.example"}), ALLOWED)
    with pytest.raises(Refused):
        check_origin(MockWebSocket(headers={"Origin": "https://evil.example"}), ALLOWED)


async def test_a_foreign_page_is_denied_in_process_and_on_a_socket():
    async with serve(Guarded) as server:
        for target in (Guarded, server):
            async with connect(target, headers={"Origin": "https://tea.example"}):
                pass
            with pytest.raises(Refused) as caught:
                await connect(target, headers={"Origin": "https://evil.example"})
            assert (caught.value.status, caught.value.reason) == (
                403, "the origin 'https://evil.example' is not allowed",
            )  # fmt: skip
