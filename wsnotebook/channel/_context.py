"""The opening handshake as a Channel sees it, whatever it came through.

Telling an ASGI scope from a ``websockets`` request is the socket's business; see ``_asgi``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from ..redaction import redact_url

__all__ = ["Context", "Headers", "Request"]


class Headers(Mapping[str, str]):
    """Headers of a handshake, found whatever their case.

    Several of one name are one, joined by commas (RFC 9110 section 5.3).
    """

    __slots__ = ("_values",)

    def __init__(
        self, headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None
    ) -> None:
        # websockets' own headers are a mapping that refuses to read one of several.
        raw = getattr(headers, "raw_items", None)
        pairs: Any = raw() if raw else headers.items() if isinstance(headers, Mapping) else headers
        self._values: dict[str, str] = {}
        for name, value in pairs or ():
            known = self._values.get(name.lower())
            between = "; " if name.lower() == "cookie" else ", "
            self._values[name.lower()] = value if known is None else known + between + value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Headers: {', '.join(self._values) or 'none'}>"  # values may be secrets


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """The request of a handshake, with the names that ``websockets`` gives it.

    Attributes:
        path: The path with its query, as it came.
        headers: The headers.
    """

    path: str
    headers: Headers

    def __repr__(self) -> str:
        return f"<Request {redact_url(self.path)}>"


@dataclass(frozen=True, slots=True)
class Context:
    """What the client asked for when it opened.

    Attributes:
        path: The path, decoded, without the query.
        query: The query's parameters; of several with one name the last.
        headers: The headers, found whatever their case.
        cookies: The cookies.
        subprotocols: The subprotocols that the client offers, in its order of preference.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=Headers, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    subprotocols: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Any) -> Context:
        """Return the context of a ``request`` that has a ``path`` and ``headers``."""
        path, _, query = request.path.partition("?")
        headers = Headers(request.headers)
        offered = headers.get("sec-websocket-protocol", "").split(",")
        return cls(
            path=unquote(path),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            cookies=dict(_cookies(headers.get("cookie", ""))),
            subprotocols=tuple(name.strip() for name in offered if name.strip()),
        )


def _cookies(header: str) -> Iterator[tuple[str, str]]:
    # RFC 6265 section 5.4. http.cookies would drop the rest at the first one that it does not like.
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            yield name, value
