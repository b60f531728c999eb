"""Apps whose conversation is wrong: who gets what, in which order, when, in which form."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Literal

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from wsnotebook import Channel
from wsnotebook.messages import Message

from .bare import accepted, for_websockets, received, reply

# Rooms


def _rooms(key):
    """Make an app in which those hear each other for whom ``key(room)`` is the same."""
    members = {}

    async def talk(websocket):
        await websocket.accept()
        room = members.setdefault(key(websocket.path_params["room"]), [])
        room.append(websocket)
        try:
            async for event in received(websocket.receive):
                for member in list(room):
                    await _pass_on(member.send, event)
        finally:
            room.remove(websocket)

    return Starlette(routes=[WebSocketRoute("/rooms/{room}", talk)])


async def _pass_on(send, event):
    message = {"text": event.get("text"), "bytes": event.get("bytes")}
    # Who is leaving meanwhile does not hear it: OSError in ASGI, WebSocketDisconnect in Starlette,
    # and RuntimeError where that was raised before.
    with suppress(OSError, WebSocketDisconnect, RuntimeError):
        await send({"type": "websocket.send", **message})


def keeps_rooms_apart():
    return _rooms(str)


def mixes_rooms_up():
    return _rooms(len)  # "milk" and "mint" are one room


# Duplicates and order


def _hall(join):
    """Make an app in which all hear each other; ``join(members, send)`` lets one in."""
    members = []

    @accepted
    async def app(receive, send):
        join(members, send)
        try:
            async for event in received(receive):
                for member in list(members):
                    await _pass_on(member, event)
        finally:
            members[:] = [member for member in members if member is not send]

    return app


def delivers_once():
    return _hall(lambda members, send: members.append(send))


def delivers_twice():
    def join(members, send):
        members.append(send)
        if members[0] is not send:  # whoever finds somebody there is let in once more
            members.append(send)

    return _hall(join)


def delivers_out_of_order():
    jobs = set()

    async def translate(send, text):
        await asyncio.sleep(min(len(text), 100) / 100)  # what is long takes longer
        await reply(send, text)

    @accepted
    async def app(receive, send):
        async for event in received(receive):
            if (text := event.get("text")) is not None:
                job = asyncio.create_task(translate(send, text))
                jobs.add(job)
                job.add_done_callback(jobs.discard)

    return app


# Authentication


def _letters(answers_strangers):
    @accepted
    async def app(receive, send):
        known = False
        async for event in received(receive):
            match event.get("text"):
                case "log in":
                    known = True
                    await reply(send, "welcome")
                case "count" if known or answers_strangers:
                    await reply(send, "3 letters")
                case "read" if known:
                    await reply(send, "Dear reader")
                case _:
                    await reply(send, "not allowed")

    return app


def answers_when_authenticated():
    return _letters(answers_strangers=False)


def answers_before_authentication():
    return _letters(answers_strangers=True)


# Subprotocols


def _choosing(choose):
    @for_websockets
    async def app(scope, receive, send):
        chosen = choose(scope["subprotocols"])
        await send({"type": "websocket.accept", "subprotocol": chosen})
        async for _ in received(receive):
            await reply(send, "noted")

    return app


def chooses_what_is_offered():
    return _choosing(lambda offered: offered[0] if offered else None)


def chooses_what_nobody_offered():
    return _choosing(lambda offered: "chat.v9")


def chooses_what_nobody_offered_in_starlette():
    async def chat(websocket):
        await websocket.accept(subprotocol="chat.v9")
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    return Starlette(routes=[WebSocketRoute("/chat", chat)])


# Schemas


class Ask(Message):
    """Asks for the price of something."""

    type: Literal["ask"] = "ask"
    item: str
    count: int


class Price(Message):
    """Answers it."""

    type: Literal["price"] = "price"
    cents: int


def _prices(cents):
    class Prices(Channel):
        path = "/prices"
        accepts = (Ask,)
        sends = (Price,)

        async def on_message(self, message):
            text = json.dumps({"type": "price", "cents": cents(message.count)})
            await self.send(text)

    return Prices


def fits_its_schema():
    return _prices(lambda count: 5 * count)


def breaks_its_schema():
    return _prices(lambda count: 5 * count if count >= 0 else None)


PRICE_SCHEMA = {
    "type": "object",
    "properties": {"cents": {"type": "integer"}},
    "required": ["cents"],
}


def breaks_a_json_schema():
    @accepted
    async def app(receive, send):
        async for event in received(receive):
            text = event.get("text")
            found = {"cents": len(text)} if text else {"error": "nothing asked"}
            await reply(send, json.dumps(found))

    return app
