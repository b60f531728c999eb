"""What the tests of the communicator talk to: a Channel, bare ASGI apps, and a stand-in for Chanx.

The stand-in has the attributes by which a Chanx consumer is known; real ones are talked to in
``tests/frameworks``.
"""

from __future__ import annotations

import json
from typing import Literal

from in_process import accepting, text
from pydantic import TypeAdapter

from wsnotebook import Channel, Message, Refused


class Say(Message):
    action: Literal["say"] = "say"
    text: str


class Said(Message):
    action: Literal["said"] = "said"
    text: str


class Done(Message):
    action: Literal["done"] = "done"


class Chat(Channel):
    """Tells everybody what one says."""

    accepts = Say
    sends = Said | Done
    subprotocols = ("chat.v2", "chat.v1")

    async def authenticate(self):
        if self.params.get("token") == "wrong":
            raise Refused(code=4401, reason="invalid token")
        if self.params.get("token") == "none":
            raise Refused(status=401)

    async def on_message(self, message):
        if message.text == "bye":
            await self.close(4000, "enough")
        elif message.text == "boom":
            raise KeyError("boom")
        else:
            await self.broadcast(Said(text=message.text))


class Signalling(Chat):
    """The same, and says when it is done."""

    send_completion = True


class Outgoing:
    """Has what a Chanx consumer class has."""

    outgoing_message_adapter = TypeAdapter(Said | Done)


def saying(*messages, then=None):
    """Return an app that sends JSON messages when it is connected, and then reads."""

    async def body(scope, receive, send):
        for message in messages:
            await send(text(json.dumps(message)))
        if then is not None:
            await send(then)
        while (await receive())["type"] == "websocket.receive":
            pass

    return accepting(body)


async def refusing(scope, receive, send):
    """Close before accepting, with a code of its own."""
    await receive()
    await send({"type": "websocket.close", "code": 4403})


def authentication(code, words):
    """Return the message that says how an authentication ended."""
    payload = {"status_code": code, "status_text": words, "data": None}
    return {"action": "authentication", "payload": payload}
