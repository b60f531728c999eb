"""A conversation as the text of a pytest test that has it again.

Nothing here knows about widgets, and nothing runs: events in, text out. How the target and the
arguments are written is ``_replay_call``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..closecodes import ABNORMAL, NO_STATUS
from ..messages import encode_json
from ..redaction import MASK
from ..timeline import Event
from ._literals import literal
from ._replay_call import Call

__all__ = ["Conversation", "replay"]

_LONG = 1_000  # characters or bytes; of a longer message received, length and start are compared
_COLUMNS = 88


@dataclass(frozen=True)
class Conversation:
    """What is to be had again.

    Attributes:
        call: What was connected to, and how.
        events: What happened.
        closed_here: Whether this side began the closing handshake.
        failure: The name of the error that stopped the connection from opening.
    """

    call: Call
    events: tuple[Event, ...]
    closed_here: bool = False
    failure: str = "WsNotebookError"

    @property
    def opened(self) -> bool:
        """Whether the connection ever was open."""
        return any(event.kind == "open" for event in self.events)

    @property
    def refused(self) -> bool:
        """Whether it was tried and never was."""
        return bool(self.events) and not self.opened

    @property
    def crashed(self) -> bool:
        """Whether the app raised once the connection was open."""
        return self.opened and any(
            event.kind == "error" and str(event.data).startswith("the app raised ")
            for event in self.events
        )


def replay(conversation: Conversation) -> str:
    """Return a module with one test: connect, send, expect what was received, in this order.

    What was received is taken with ``receive``, so a server that answers in another order, or
    with the time of day, fails the test: edit it there.
    """
    call, error = conversation.call, _expected_error(conversation)
    names = sorted(["connect", *call.names(), *([error] if error else [])])
    head = [
        '"""A conversation that was had with a ClientPanel."""',
        "",
        "import pytest",
        "",
        f"from wsnotebook import {', '.join(names)}",
        *call.imports(),
        *(["", *notes] if (notes := call.notes()) else []),
    ]
    opening = _opening(call, error)
    indent = "    " * (len(opening) + 1)
    test = [
        "@pytest.mark.asyncio",
        "async def test_the_conversation():",
        *("    " * depth + line for depth, line in enumerate(opening, 1)),
        *(indent + line for line in _body(conversation)),
    ]
    return "\n".join([*head, "", "", *test, ""])


def _expected_error(conversation: Conversation) -> str:
    if conversation.refused:
        return conversation.failure
    return "AppCrashed" if conversation.crashed else ""


def _opening(call: Call, error: str) -> list[str]:
    """Return the lines that open the connection, each one level below the one before."""
    expected = [f"with pytest.raises({error}):"] if error else []
    contexts = [*call.contexts(), f"{call.connecting()} as client"]
    together = f"async with {', '.join(contexts)}:"
    if len(together) <= _COLUMNS:
        return [*expected, together]
    return [*expected, *(f"async with {context}:" for context in contexts)]


# What happened, line by line


def _said(conversation: Conversation) -> Iterator[Event]:
    """Yield the events but for a first message with the token, which connecting sends by itself."""
    is_introduced = conversation.call.options.get("via") != "message"
    for event in conversation.events:
        if not is_introduced and event.kind == "message" and event.direction == "sent":
            is_introduced = True
        else:
            yield event


def _body(conversation: Conversation) -> list[str]:
    if conversation.refused:
        return ["pass  # it does not open"]
    has_token = conversation.call.has_token
    lines: list[str] = []
    for event in _said(conversation):
        if event.kind == "message" and event.data is not None:
            say = _sent if event.direction == "sent" else _received
            lines += say(event.data, has_token)
        elif event.kind == "ping" and event.direction == "sent":
            lines.append("await client.ping()")
        elif event.kind == "close":
            lines += _closed(conversation, event)
    return lines or ["pass  # nothing was said"]


def _sent(data: str | bytes, has_token: bool) -> list[str]:
    if isinstance(data, str) and (value := _json_value(data)) is not None:
        written = literal(value)
        if not (has_token and MASK in written):
            return [f"await client.send_json({written})"]
    return [f"await client.send({_payload(data, has_token)})"]


def _received(data: str | bytes, has_token: bool) -> list[str]:
    if len(data) > _LONG and not (has_token and _is_masked(data)):
        return [
            "message = await client.receive()",
            f"assert len(message) == {len(data)}",
            f"assert message.startswith({literal(data[:40])})",
        ]
    if isinstance(data, str) and (value := _json_value(data)) is not None:
        written = literal(value)
        if not (has_token and MASK in written):
            return [f"assert await client.receive_json() == {written}"]
    return [f"assert await client.receive() == {_payload(data, has_token)}"]


def _closed(conversation: Conversation, event: Event) -> list[str]:
    if not conversation.closed_here:
        if conversation.crashed or event.code == ABNORMAL:
            return ["await client.wait_for_close()"]
        lines = [f"closure = await client.wait_for_close({event.code})"]
        reason = event.reason or ""
        if conversation.call.has_token and MASK in reason:
            return [lines[0].removeprefix("closure = ")]
        return [*lines, f"assert closure.reason == {literal(reason)}"]
    if event.code in (ABNORMAL, NO_STATUS):
        return ["await client.close()"]
    if not event.reason:
        return [f"await client.close({event.code})"]
    return [f"await client.close({event.code}, {literal(event.reason)})"]


# Values


def _payload(data: str | bytes, has_token: bool) -> str:
    """Return the literal of a payload; where the token stood, the token that the test is given."""
    if not (has_token and _is_masked(data)):
        return literal(data)
    if isinstance(data, str):
        return f"{literal(data)}.replace({literal(MASK)}, TOKEN)"
    return f"{literal(data)}.replace({literal(MASK.encode())}, TOKEN.encode())"


def _is_masked(data: str | bytes) -> bool:
    return MASK in data if isinstance(data, str) else MASK.encode() in data


def _json_value(text: str) -> Any:
    """Return the object or array that ``text`` is, if ``send_json`` writes it but for spaces."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
        compact = encode_json(value)
        is_same = compact == text or compact == _without_spaces(text)
    except (ValueError, RecursionError):
        return None
    return value if is_same else None


def _without_spaces(text: str) -> str:
    """Return JSON text without the spaces between its tokens."""
    parts = text.split('"')
    kept, is_string = [], False
    for number, part in enumerate(parts):
        kept.append(part if is_string else "".join(part.split()))
        ends_in_escape = (len(part) - len(part.rstrip("\\"))) % 2 == 1
        if number + 1 < len(parts) and not (is_string and ends_in_escape):
            is_string = not is_string
    return '"'.join(kept)
