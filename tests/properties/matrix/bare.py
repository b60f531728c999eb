"""What the apps without a framework share: the scope, the handshake, the loop over messages.

Their messages are read as events, so that what they do with them is their own code. This source is
mined for texts with theirs: it says little.
"""

from __future__ import annotations

from functools import wraps


def for_websockets(serve):
    """Make an ASGI app, one without a lifespan, of ``serve(scope, receive, send)``."""

    @wraps(serve)
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()  # websocket.connect
        await serve(scope, receive, send)

    return app


def accepted(serve):
    """Make an ASGI app of ``serve(receive, send)``, which begins when it has accepted."""

    @wraps(serve)
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        await serve(receive, send)

    return app


async def received(receive):
    """Yield the events that carry a message, until the client is gone."""
    while (event := await receive())["type"] == "websocket.receive":
        yield event


async def reply(send, text):
    """Send one text message."""
    await send({"type": "websocket.send", "text": text})
