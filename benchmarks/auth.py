"""Showing a signed token in process: until the greeting, and until the refusal is known."""

from __future__ import annotations

import json
from typing import Any

from .frame import TIME, Bench, Subject, Variant

__all__ = ["SUBJECTS"]

KEY = "a key for benchmarks, of 32 bytes or more"
GREETING = json.dumps({"type": "authenticated", "user": "ann"})


def _make_app() -> Any:
    """Return an app that greets who brings a token signed with its key, and refuses others."""
    import jwt

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            raise ValueError("only WebSocket")
        await receive()
        shown = dict(scope["headers"]).get(b"authorization", b"").decode()
        try:
            jwt.decode(shown.removeprefix("Bearer "), KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            await send({"type": "websocket.close", "code": 4401})
            return
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": GREETING})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return app


def _token(key: str = KEY) -> str:
    import jwt

    return jwt.encode({"sub": "ann"}, key, algorithm="HS256")


def _scope(token: str) -> dict[str, Any]:
    headers = [(b"authorization", b"Bearer " + token.encode())]
    return {"type": "websocket", "path": "/", "headers": headers, "subprotocols": []}


accepted = Subject(
    "authenticated", "until the greeting, in process", TIME, "asgiref", {"": Variant(2000)}
)


@accepted.peer("wsnotebook")
async def accepted_wsnotebook(bench: Bench) -> None:
    from wsnotebook import connect

    app, token = _make_app(), _token()
    for _ in range(bench.count):
        with bench.span():
            client = await connect(app, token=token)
            assert await client.receive() == GREETING
        await client.close()


@accepted.peer("asgiref")
async def accepted_asgiref(bench: Bench) -> None:
    from asgiref.testing import ApplicationCommunicator

    app, token = _make_app(), _token()
    for _ in range(bench.count):
        with bench.span():
            communicator = ApplicationCommunicator(app, _scope(token))
            await communicator.send_input({"type": "websocket.connect"})
            assert (await communicator.receive_output())["type"] == "websocket.accept"
            assert (await communicator.receive_output())["text"] == GREETING
        await communicator.send_input({"type": "websocket.disconnect", "code": 1000})
        await communicator.wait()


refused = Subject(
    "refused for its token", "until it is known, in process", TIME, "asgiref", {"": Variant(2000)}
)


@refused.peer("wsnotebook")
async def refused_wsnotebook(bench: Bench) -> None:
    from wsnotebook import Refused, connect

    app, token = _make_app(), _token("another key for benchmarks, of 32 bytes or more")
    for _ in range(bench.count):
        with bench.span():
            try:
                await connect(app, token=token)
            except Refused:
                continue
        raise AssertionError("expected Refused")


@refused.peer("asgiref")
async def refused_asgiref(bench: Bench) -> None:
    from asgiref.testing import ApplicationCommunicator

    app, token = _make_app(), _token("another key for benchmarks, of 32 bytes or more")
    for _ in range(bench.count):
        with bench.span():
            communicator = ApplicationCommunicator(app, _scope(token))
            await communicator.send_input({"type": "websocket.connect"})
            assert (await communicator.receive_output())["type"] == "websocket.close"
        await communicator.wait()


SUBJECTS = [accepted, refused]
