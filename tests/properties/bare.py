"""Small ASGI apps for searches."""

from __future__ import annotations

import asyncio


def codes(report):
    """Return the codes of all failures."""
    return [failure.code for failure in report.failures]


async def echoing(scope, receive, send):
    """Send back what comes."""
    if scope["type"] != "websocket":
        raise ValueError("only WebSocket")
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        known = {key: event[key] for key in ("text", "bytes") if event.get(key) is not None}
        await send({"type": "websocket.send", **known})


async def crashing(scope, receive, send):
    """Do so, but for text alone."""
    if scope["type"] != "websocket":
        raise ValueError("only WebSocket")
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def hanging(scope, receive, send):
    """Take one message, and wait for ever."""
    if scope["type"] != "websocket":
        raise ValueError("only WebSocket")
    await receive()
    await send({"type": "websocket.accept"})
    if (await receive())["type"] == "websocket.receive":
        await asyncio.Event().wait()


def closing():
    """Make an app that closes at once."""

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            raise ValueError("only WebSocket")
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    return app


def never_speak(conversation):
    """Object to every message; pytest explains no assertions of this module."""
    assert not conversation.sent
