"""AsyncAPI: an ASGI app that serves a document, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any

from ._page import POLICY, page
from ._writing import Servers, document

__all__ = ["AsyncAPI"]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON, _PAGE = "/asyncapi.json", "/asyncapi"
_NOT_FOUND = b"no such path; the description is at /asyncapi and /asyncapi.json"


class AsyncAPI:
    """An ASGI app: ``/asyncapi.json`` is the document, ``/asyncapi`` a page to read.

    ::

        app.mount("/", AsyncAPI(app, title="Tea room", version="1"))   # Starlette, FastAPI
        app = AsyncAPI(Chat, title="Tea room", version="1", app=Chat)  # round a Channel

    The document is made when it is first asked for, so routes may be added until then. The page
    loads nothing, from nowhere, and has no scripts.

    Args:
        targets: Channel classes, or apps whose Channels are wanted; see :func:`document`.
        title: What the application is called.
        version: Its version.
        description: What it is for, in Markdown.
        servers: Where it is; see :func:`document`.
        app: An ASGI app that answers all other requests; ``None``: HTTP 404.

    Raises:
        TypeError: There is no target.
    """

    def __init__(
        self,
        *targets: Any,
        title: str,
        version: str,
        description: str = "",
        servers: Servers | None = None,
        app: Any = None,
    ) -> None:
        if not targets:
            raise TypeError("AsyncAPI() needs a Channel class, or an app, to describe")
        self._targets = targets
        self._options: dict[str, Any] = {
            "title": title,
            "version": version,
            "description": description,
            "servers": servers,
        }
        self.app = app.as_asgi() if isinstance(app, type) and hasattr(app, "as_asgi") else app

    def __repr__(self) -> str:
        return f"<AsyncAPI of {', '.join(map(repr, self._targets))}>"

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document.

        Raises:
            SetupError: There is no Channel, or a Message class has no JSON Schema.
        """
        return document(*self._targets, **self._options)

    @cached_property
    def _page(self) -> str:
        return page(self.document)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one scope of ASGI's."""
        path = _path(scope)
        if scope["type"] == "http" and path in (_JSON, _PAGE):
            await self._answer(path, scope, send)
        elif self.app is not None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await _respond(send, 404, "text/plain; charset=utf-8", _NOT_FOUND)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})  # HTTP 403
        else:
            await _lifespan(receive, send)

    async def _answer(self, path: str, scope: Mapping[str, Any], send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            allow = {"allow": "GET, HEAD"}
            await _respond(send, 405, "text/plain; charset=utf-8", b"read it with GET", allow)
            return
        if path == _JSON:
            kind, text = "application/json", json.dumps(self.document, indent=2)
        else:
            kind, text = "text/html; charset=utf-8", self._page
        headers = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}
        await _respond(send, 200, kind, text.encode(), headers, has_body=scope["method"] == "GET")


def _path(scope: Mapping[str, Any]) -> str:
    """Return the path below where the app is mounted."""
    path, root = str(scope.get("path", "")), str(scope.get("root_path") or "")
    return path[len(root) :] if root and path.startswith(root) else path


async def _respond(
    send: Send,
    status: int,
    kind: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    has_body: bool = True,
) -> None:
    told = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    pairs = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body if has_body else b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (event := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": f"{event['type']}.complete"})
