"""Events of ASGI's WebSocket: those an app gets, and what is wrong with one that it sends.

Which event an app may send when is ``_asgi_connection``.
"""

from __future__ import annotations

from typing import Any

__all__ = ["disconnect_event", "wrong_accept", "wrong_event", "wrong_response", "wrong_send"]

Event = dict[str, Any]


def disconnect_event(code: int, reason: str) -> Event:
    """Return the event that tells an app that its connection is over."""
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


# A payload is told by its type alone: it may be long, or hold a secret.


def wrong_event(event: Any) -> str:
    """Return what is wrong with an event that has no usable type."""
    if not isinstance(event, dict):
        return f"sent {_kind(event)} instead of an event"
    if "type" in event:
        return f"sent an event whose type is {_kind(event['type'])}"
    return f"sent an event with no type, only {', '.join(map(repr, event)) or 'nothing'}"


def wrong_accept(event: Event) -> str:
    """Return what is wrong with a ``websocket.accept``, or nothing."""
    subprotocol = event.get("subprotocol")
    if subprotocol is not None and not isinstance(subprotocol, str):
        return f"sent 'websocket.accept' with {_kind(subprotocol)} as its subprotocol"
    if not _are_headers(event.get("headers") or ()):
        return "sent 'websocket.accept' with headers that are not pairs of bytes"
    return ""


def _are_headers(headers: Any) -> bool:
    try:
        return all(isinstance(k, bytes) and isinstance(v, bytes) for k, v in headers)
    except (TypeError, ValueError):
        return False


def wrong_response(event: Event) -> str:
    """Return what is wrong with the start or the body of an HTTP response, or nothing."""
    name, wanted = ("status", int) if event["type"].endswith("start") else ("body", bytes)
    value = event.get(name, None if name == "status" else b"")
    if isinstance(value, wanted):
        return ""
    return f"sent {event['type']!r} with {_kind(value)} as its {name}"


def wrong_send(event: Event) -> str:
    """Return what is wrong with the payload of a ``websocket.send``."""
    text, data = event.get("text"), event.get("bytes")
    if text is None and data is None:
        return "sent 'websocket.send' with neither text nor bytes"
    if text is not None and data is not None:
        return "sent 'websocket.send' with both text and bytes"
    if isinstance(text, str):
        return f"sent 'websocket.send' with text that is not UTF-8: {_surrogate(text)}"
    name, value = ("text", text) if data is None else ("bytes", data)
    return f"sent 'websocket.send' with {_kind(value)} as its {name}"


def _surrogate(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        return f"lone surrogate at character {exc.start}"
    return "nothing"


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__!r}"
