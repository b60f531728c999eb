"""What a client knows of a Channel that it connects to: its messages, and its signals."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import Literal

import pytest

from wsnotebook import MESSAGE_ACTION_COMPLETE, Channel, Message, SetupError, connect, serve

SIGNAL = json.dumps({"action": MESSAGE_ACTION_COMPLETE, "payload": None}, separators=(",", ":"))


class Tea(Message):
    kind: Literal["tea"] = "tea"
    cups: int


class Cake(Message):
    kind: Literal["cake"] = "cake"


class House(Channel):
    sends = Tea | Cake
    send_completion = True

    async def on_message(self, message):
        await self.send(Tea(cups=int(message)))


class Plain(Channel):
    """Sends something that looks like a signal, and does not say so."""

    async def on_message(self, message):
        await self.send(SIGNAL)


@asynccontextmanager
async def as_class(channel):
    yield channel


@asynccontextmanager
async def as_app(channel):
    yield channel.as_asgi()


WAYS = pytest.mark.parametrize("way", [as_class, as_app, serve], ids=["class", "app", "server"])


@WAYS
async def test_its_messages_are_read_as_what_the_channel_sends(way):
    async with way(House) as target, connect(target) as client:
        await client.send("2")
        assert await client.receive_message() == Tea(cups=2)


@WAYS
async def test_accepts_comes_before_what_the_channel_sends(way):
    class Cups(Message):
        cups: int

    async with way(House) as target, connect(target, accepts=Cups) as client:
        await client.send("2")
        assert await client.receive_message() == Cups(cups=2)


@WAYS
async def test_the_signals_of_a_channel_that_sends_them_are_dropped_from_results(way):
    async with way(House) as target, connect(target) as client:
        await client.send("1")
        await client.wait_for_message(SIGNAL)
        assert await client.receive_all() == ['{"kind":"tea","cups":1}']
        assert client.messages == ['{"kind":"tea","cups":1}', SIGNAL]

        await client.send("2")
        assert await client.receive_all_messages(stop={"cups": 2}) == [Tea(cups=2)]
        assert await client.receive() == SIGNAL


@WAYS
async def test_of_others_they_are_kept(way):
    async with way(Plain) as target, connect(target) as client:
        await client.send("x")
        await client.wait_for_message(SIGNAL)
        assert await client.receive_all() == [SIGNAL]


async def test_a_channel_that_says_nothing_of_its_messages_gives_no_classes():
    async with connect(Plain) as client:
        await client.send("x")
        with pytest.raises(SetupError):
            await client.receive_message()
