"""The six ways in which a token travels to a WebSocket server: a table of facts.

What each puts into a handshake is ``_placing``, how a server takes it out ``_reading``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["VIAS", "WAYS", "Way", "check_via"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a token travels.

    Attributes:
        name: What ``connect(via=...)`` and ``read_token(via=...)`` call it.
        called: The name that the token goes by there, unless another was agreed on: the scheme of
            the header, the parameter of the query, the cookie, the subprotocol in front of it, the
            key of the message.
        sends: What is sent.
        javascript: How a page sends it; empty: a browser cannot.
        before_accept: Whether the server knows it before it answers the handshake, so that it can
            refuse with an HTTP status; otherwise only a close code is left.
        round_trips: How many more it takes than the handshake alone until the server knows.
        server_keeps: What the server has to remember for it; empty: nothing.
        leaks: Where else the token can be read or used.
        advice: What to do about that.
        references: Where it stands.
    """

    name: str
    called: str
    sends: str
    javascript: str
    before_accept: bool
    round_trips: int
    server_keeps: str
    leaks: tuple[str, ...]
    advice: str
    references: tuple[str, ...]

    @property
    def in_browsers(self) -> bool:
        """Whether a page in a browser can send it."""
        return bool(self.javascript)


_TABLE = (
    Way(
        name="header",
        called="Bearer",
        sends="Authorization: Bearer <token>",
        javascript="",
        before_accept=True,
        round_trips=0,
        server_keeps="",
        leaks=("logs of headers, where a proxy ends TLS; most know to leave this one out",),
        advice="Take it wherever the client is not a page in a browser.",
        references=("RFC 6750 section 2.1", "RFC 9110 section 11.6.2"),
    ),
    Way(
        name="query",
        called="token",
        sends="GET /path?token=<token>",
        javascript='new WebSocket(url + "?token=" + encodeURIComponent(token))',
        before_accept=True,
        round_trips=0,
        server_keeps="",
        leaks=(
            "access logs of the server and of every proxy on the way",
            "error reports and monitoring, which keep URLs",
        ),
        advice="Only for what is worthless a few seconds later: better a ticket.",
        references=("RFC 6750 sections 2.3 and 5.3",),
    ),
    Way(
        name="cookie",
        called="token",
        sends="Cookie: token=<token>",
        javascript="new WebSocket(url)  // the browser adds the site's cookies",
        before_accept=True,
        round_trips=0,
        server_keeps="",
        leaks=(
            "any page that opens a connection to the server: the browser adds the cookie to it",
        ),
        advice="Check the Origin of every handshake; set HttpOnly, Secure and SameSite.",
        references=("RFC 6265 sections 5.4 and 8.2", "RFC 6455 section 10.2"),
    ),
    Way(
        name="subprotocol",
        called="bearer",
        sends="Sec-WebSocket-Protocol: bearer, <token>",
        javascript='new WebSocket(url, ["bearer", token])',
        before_accept=True,
        round_trips=0,
        server_keeps="",
        leaks=(
            "the server's answer, if it accepts the token itself as the subprotocol",
            "logs of headers: nothing tells a proxy that this one is secret",
        ),
        advice='Accept "bearer", never the token; a page wants one of its offers accepted.',
        references=("RFC 6455 sections 1.9, 4.1 and 4.2.2",),
    ),
    Way(
        name="message",
        called="token",
        sends='{"type":"authenticate","token":"<token>"}',
        javascript='onopen = () => socket.send(JSON.stringify({type: "authenticate", token}))',
        before_accept=False,
        round_trips=1,
        server_keeps="an open connection to a stranger, until it speaks",
        leaks=("logs and recordings of messages",),
        advice="Say nothing to it before, and close it if it does not speak within seconds.",
        references=("RFC 6455 section 7.4.2",),
    ),
    Way(
        name="ticket",
        called="ticket",
        sends="GET /path?ticket=<ticket>",
        javascript='new WebSocket(url + "?ticket=" + await (await fetch("/ticket")).text())',
        before_accept=True,
        round_trips=1,
        server_keeps="each ticket until it is redeemed or has expired",
        leaks=("the same logs as a query; by then it lets nobody in any more",),
        advice="Give it out over HTTPS to who is logged in, for one handshake within seconds.",
        references=("RFC 6750 section 5.3", "RFC 6819 section 5.1.5.4"),
    ),
)

WAYS: Mapping[str, Way] = MappingProxyType({way.name: way for way in _TABLE})
"""Every way, by its name."""

VIAS = tuple(WAYS)
"""Their names."""


def check_via(via: str) -> Way:
    """Return the way of that name.

    Raises:
        ValueError: There is none.
    """
    way = WAYS.get(via) if isinstance(via, str) else None
    if way is None:
        raise ValueError(f"via must be one of {', '.join(map(repr, VIAS))}, not {via!r}")
    return way
