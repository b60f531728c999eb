"""The server's side: taking a token out of a handshake, whatever framework holds it.

No framework is imported: what they have in common is an ASGI scope, or a request with a ``path``
and ``headers``. Whether the token is worth anything is ``_tokens`` and ``_tickets``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from ..errors import UndecodableMessage, is_ours
from ..messages import decode_json
from ._ways import check_via

__all__ = ["Asked", "asked", "read_token"]

__tracebackhide__ = is_ours


def read_token(source: Any, *, via: str, name: str | None = None) -> str | None:
    """Return the token that a client sent, or ``None`` if it sent none that way.

    Nothing is verified. Of several parameters or cookies of one name it is the last.

    For a subprotocol it is the name that the client offers right after ``bearer``. Accept
    ``"bearer"`` (or another name that was offered), never the token: what is accepted stands in
    the answer, and a page's connection fails if nothing is.

    Args:
        source: An ASGI scope; a websocket that has one as ``.scope`` (Starlette, FastAPI, Litestar,
            Quart, a Channels consumer); a Channel or its ``context``; a connection or request of
            ``websockets``; a MockWebSocket. For ``via="message"`` the first message: text, binary,
            or the object that it is.
        via: One of ``WAYS``.
        name: What the token is called there; ``None``: as :func:`~wsnotebook.connect` calls it,
            ``WAYS[via].called``.

    Raises:
        TypeError: ``source`` is none of these.
        ValueError: ``via`` is unknown.
    """
    way = check_via(via)
    called = name or way.called
    match via:
        case "message":
            return _in_message(source, called)
        case "header":
            scheme, _, token = asked(source).header("authorization").partition(" ")
            found = token.strip() if scheme.lower() == called.lower() else ""
        case "cookie":
            found = _cookies(asked(source).header("cookie")).get(called, "")
        case "subprotocol":
            found = _after(called, asked(source).subprotocols)
        case _:
            found = asked(source).query.get(called, "")
    return found or None


def _in_message(message: Any, key: str) -> str | None:
    if isinstance(message, str | bytes):
        try:
            message = decode_json(message)
        except UndecodableMessage:
            return None
    elif not isinstance(message, Mapping):
        raise TypeError(
            f"via='message' reads the first message, not a {type(message).__name__}: receive it, "
            "and give it as text, binary or the object that it is"
        )
    if not isinstance(message, Mapping) or message.get("type") != "authenticate":
        return None
    token = message.get(key)
    return token if isinstance(token, str) and token else None


def _after(marker: str, offered: tuple[str, ...]) -> str:
    at = offered.index(marker) + 1 if marker in offered else len(offered)
    return offered[at] if at < len(offered) else ""


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))  # RFC 6265 section 5.4
    return {name: value for name, equals, value in pairs if equals}


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What a client asked for, as far as it says who it is.

    Attributes:
        fields: Name, in lower case, and value of each header.
        query: The parameters of the query; of several with one name the last.
    """

    fields: tuple[tuple[str, str], ...]
    query: Mapping[str, str]

    def header(self, name: str) -> str:
        """Return the value of a header, empty if there is none; of several all, joined."""
        # RFC 9110 section 5.3; cookies: RFC 6265 section 4.2.
        between = "; " if name == "cookie" else ", "
        return between.join(value for known, value in self.fields if known == name)

    @property
    def subprotocols(self) -> tuple[str, ...]:
        """The subprotocols that it offers, in its order."""
        offered = (one.strip() for one in self.header("sec-websocket-protocol").split(","))
        return tuple(one for one in offered if one)


def asked(source: Any) -> Asked:
    """Return what the client asked for in the handshake that ``source`` holds.

    Raises:
        TypeError: ``source`` holds none.
    """
    holders = (getattr(source, name, None) for name in ("scope", "context", "request"))
    inner = next((one for one in holders if one is not None), source)
    if isinstance(inner, Mapping) and "headers" in inner:
        return _of_scope(inner)
    headers, query = getattr(inner, "headers", None), getattr(inner, "query", None)
    if headers is not None and isinstance(query, Mapping):
        return Asked(_fields(headers), query)
    path = getattr(inner, "path", None)
    if headers is None or not isinstance(path, str):
        raise TypeError(
            f"no handshake can be read from a {type(source).__name__}: expected an ASGI scope, or "
            "something with a scope, a context, or a request"
        )
    return Asked(_fields(headers), _parsed(path.partition("?")[2]))


def _of_scope(scope: Mapping[str, Any]) -> Asked:
    fields = [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in scope["headers"]]
    if "subprotocols" in scope:  # the specification's place for them; servers may drop the header
        fields = [field for field in fields if field[0] != "sec-websocket-protocol"]
        fields += [("sec-websocket-protocol", ", ".join(scope["subprotocols"]))]
    return Asked(tuple(fields), _parsed(scope.get("query_string", b"").decode("latin-1")))


def _fields(headers: Any) -> tuple[tuple[str, str], ...]:
    # websockets' own headers are a mapping that refuses to read one of several.
    raw = getattr(headers, "raw_items", None)
    pairs: Iterable[tuple[str, str]] = raw() if raw else headers.items()
    return tuple((name.lower(), value) for name, value in pairs)


def _parsed(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))
