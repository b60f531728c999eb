"""Apps whose fault only a text or a key shows that stands in their source.

A module of their own: the fewer others its source mentions, the sooner these are tried.
"""

from __future__ import annotations

import asyncio
import json

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from .bare import accepted, received, reply


def _object(text):
    """Return the JSON object that ``text`` is, or nothing."""
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def a_key_without_another():
    notes = {}

    @accepted
    async def app(receive, send):
        async for event in received(receive):
            asked = _object(event.get("text"))
            if "delete" in asked:
                notes.pop(str(asked["id"]), None)
            await reply(send, "done")

    return app


def a_word_to_wait_for():
    async def door(websocket):
        await websocket.accept()
        async for text in websocket.iter_text():
            if text == "open sesame":
                await asyncio.Event().wait()

    return Starlette(routes=[WebSocketRoute("/door", door)])
