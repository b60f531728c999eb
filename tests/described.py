"""AsyncAPI documents for tests: those that nobody here wrote, and what is wrong with one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

DOCUMENTS = Path(__file__).parent / "asyncapi" / "documents"
FOREIGN = sorted(path.name.removesuffix("-asyncapi.yml") for path in DOCUMENTS.glob("*.yml"))
GEMINI, KRAKEN, SLACK = (
    "websocket-gemini",
    "kraken-websocket-request-reply-message-filter-in-reply",
    "slack-rtm",
)


def foreign(name: str) -> Path:
    """Return where a document is."""
    return DOCUMENTS / f"{name}-asyncapi.yml"


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(json.loads((DOCUMENTS / "asyncapi-3.0.0.json").read_text("utf-8")))


def problems(document: Any) -> list[str]:
    """Return what the published JSON Schema of AsyncAPI 3.0.0 has against a document."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(document)]


def minimal(
    payload: Any, *, action: str = "receive", content_type: str | None = None, **parts: Any
) -> dict[str, Any]:
    """Return a document with one channel, ``chat``, and one message there, ``say``."""
    message = {"payload": payload}
    if content_type is not None:
        message["contentType"] = content_type
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Chat", "version": "1"},
        "channels": {"chat": {"address": "/chat", "messages": {"say": message}}},
        "operations": {"it": {"action": action, "channel": {"$ref": "#/channels/chat"}}},
        **parts,
    }
