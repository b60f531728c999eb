"""Attempts to get in, and what became of them, in words: facts and sentences, no widgets.

What can be tried, and what each attempt is to show, is ``ATTACKS``. Who connects is ``auth_panel``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..auth import place_token
from ..client import Client, State
from ..closecodes import describe_close
from ..errors import Closed, Refused, WaitTimeout, shorten
from ..redaction import MASK, redact_url

__all__ = [
    "ATTACKS",
    "Attack",
    "Visit",
    "answer",
    "check_tokens",
    "outcome",
    "pairs",
    "path_of",
    "request",
    "settled",
    "tampered",
    "turned_away",
]

_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
_APPS_OWN = range(4000, 5000)  # RFC 6455 section 7.4.2
_PATIENCE = 1.0  # seconds for a close that should come
_SHOWN = 200  # characters of a message or reason in a sentence


@dataclass(frozen=True, slots=True)
class Attack:
    """Something to try.

    Attributes:
        words: What stands on its button.
        tooltip: What it does.
        tried: How a sentence about it begins.
        via: The only way by which it can be tried; ``None``: by any.
    """

    words: str
    tooltip: str
    tried: str
    via: str | None = None


ATTACKS: Mapping[str, Attack] = {
    "expired": Attack(
        "Expired token", "Send a token that was good once", "A token that has expired"
    ),
    "tampered": Attack(
        "Tampered token", "Change one character of a good token", "A token, one character changed"
    ),
    "foreign": Attack(
        "Foreign origin", "Connect from a page of another site", "A good token from a foreign page"
    ),
    "replayed": Attack(
        "Replayed ticket", "Use somebody's ticket again", "A ticket used a second time", "ticket"
    ),
    "early": Attack(
        "Speak too early", "Say something else first", "A message before the token", "message"
    ),
}


@dataclass(slots=True, eq=False)
class Visit:
    """One attempt to connect.

    Attributes:
        client: Who connects.
        via: How the token travels.
        has_token: Whether there is one.
        path: What stands in the request line, without what the token adds.
        options: What the client was made with, the token aside.
        failure: What stopped it from opening.
        opened: Whether it was accepted.
    """

    client: Client
    via: str
    has_token: bool
    path: str
    options: Mapping[str, Any] = field(repr=False)
    failure: Exception | None = None
    opened: bool = False


def tampered(token: str) -> str:
    """Return ``token`` with one character in its middle changed."""
    at = len(token) // 2
    return f"{token[:at]}{'B' if token[at : at + 1] == 'A' else 'A'}{token[at + 1 :]}"


async def settled(client: Client) -> None:
    """Wait until the server has said what it has to say, or takes too long."""
    with suppress(Closed, WaitTimeout):
        await client.settle()


async def turned_away(client: Client) -> None:
    """Wait for the close that may follow; over a network the answer to it takes its time."""
    with suppress(WaitTimeout):
        await client.wait_until("closed", timeout=_PATIENCE)


def check_tokens(tokens: Mapping[str, str], *, reserved: tuple[str, ...]) -> None:
    """Refuse what is no mapping of names to tokens.

    Raises:
        TypeError: It is none, or a token is no str.
        ValueError: It is empty, or a name is, or means something else.
    """
    if not isinstance(tokens, Mapping):
        raise TypeError(f"tokens must be a dict of names and tokens, not a {type(tokens).__name__}")
    if not tokens:
        raise ValueError("nobody to be: pass at least one token, as in {'ann': token}")
    for name, token in tokens.items():
        if not isinstance(name, str) or not name or name in reserved:
            raise ValueError(f"a name in tokens must be a str of your own, not {name!r}")
        if not isinstance(token, str) or not token:
            raise TypeError(f"tokens[{name!r}] must be a str that is not empty")


# What is sent


def path_of(target: Any, path: str | None) -> str:
    """Return the path that a Client asks ``target`` for."""
    base = urlsplit(target).path if isinstance(target, str) else ""
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base or "/"


def request(visit: Visit) -> str:
    """Return the request line and the headers that say who asks, secrets masked."""
    lines = [f"GET {_path(visit)} HTTP/1.1", *_headers(visit)]
    placed = place_token(MASK, visit.via)
    if placed.message is not None and visit.has_token:
        lines += ["", f"then, as the first message: {placed.message}"]
    return "\n".join(lines)


def _path(visit: Visit) -> str:
    placed = place_token(MASK, visit.via) if visit.has_token else None
    own = visit.options.get("query") or ()
    query = urlencode([*pairs(own), *(placed.query if placed else ())], safe="*")
    parts = [part for part in (visit.path, query) if part]
    return redact_url(("&" if "?" in visit.path else "?").join(parts))


def _headers(visit: Visit) -> Iterator[str]:
    options = visit.options
    placed = place_token(MASK, visit.via) if visit.has_token else None
    for name, value in pairs(options.get("headers") or ()):
        yield f"{name}: {MASK if name.lower() in _SECRET_HEADERS else value}"
    for name, value in placed.headers if placed else ():
        yield f"{name}: {value}"
    own = [name for name, _ in pairs(options.get("cookies") or ())]
    cookies = [*own, *(name for name, _ in (placed.cookies if placed else ()))]
    if cookies:
        yield "Cookie: " + "; ".join(f"{name}={MASK}" for name in cookies)
    offered = [*options.get("subprotocols", ()), *(placed.subprotocols if placed else ())]
    if offered:
        yield f"Sec-WebSocket-Protocol: {', '.join(dict.fromkeys(offered))}"


def pairs(given: Any) -> list[tuple[str, str]]:
    """Return what a Client takes as headers, query or cookies, as pairs."""
    return [(str(k), str(v)) for k, v in (given.items() if isinstance(given, Mapping) else given)]


# What came of it


def answer(visit: Visit) -> str:
    """Return how the server answered, in a line or two; empty: not yet."""
    failure, client = visit.failure, visit.client
    if isinstance(failure, Refused):
        return f"HTTP {_status(failure.status)}{_said(failure.reason)}\nnever accepted"
    if failure is not None:
        return f"no answer: {type(failure).__name__}"
    if not visit.opened:
        return ""
    lines = ["HTTP 101 Switching Protocols: accepted"]
    if client.subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {client.subprotocol}")
    if client.state is State.CLOSED:
        lines.append(f"then closed with {_closed(client)}")
    return "\n".join(lines)


def outcome(attack: Attack, visit: Visit) -> tuple[bool | None, str]:
    """Return whether the server held, if that can be told, and a sentence about it."""
    way = attack.tried if attack.via else f"{attack.tried}, by {visit.via}"
    failure, client = visit.failure, visit.client
    if isinstance(failure, Refused):
        words = f"refused before it was accepted, with HTTP {_status(failure.status)}"
        return True, f"{way}: {words}{_said(failure.reason)}."
    if failure is not None:
        return None, f"{way}: no answer came, so nothing is shown."
    told = _last_message(client)
    if client.state is State.CLOSED:
        between = f", told {told}" if told else ""
        return True, f"{way}: accepted{between}, and closed with {_closed(client)}."
    if told or visit.via != "message":
        return False, f"{way}: let in" + (f", and told {told}." if told else ".")
    return None, f"{way}: accepted, and so far neither answered nor closed."


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _said(reason: str) -> str:
    return f": {shorten(reason, _SHOWN)}" if reason else ""


def _closed(client: Client) -> str:
    code = client.close_code or 0
    words = describe_close(code, client.close_reason)
    if code not in _APPS_OWN:
        return words
    status = code - _APPS_OWN.start
    after = f", after HTTP {_status(status)}" if status in set(HTTPStatus) else ""
    return f"{words} (the app's own code{after})"


def _last_message(client: Client) -> str:
    """Return the newest message as the timeline has it, secrets masked."""
    received = client.timeline.filter(kind="message", direction="received")
    return shorten(received[-1].data or "", _SHOWN) if len(received) else ""
