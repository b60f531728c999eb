"""A broadcast of a Channel, next to a bare loop over the members' sends.

All in process, each member a wsnotebook client: what differs is the server's side. The bare loop
knows no order between senders, no slow member and no dead one.
"""

from __future__ import annotations

import asyncio
from typing import Any

from .frame import TIME, Bench, Subject, Variant
from .in_process import MEMBERS, Room

__all__ = ["SUBJECTS"]

FEW = 10

broadcast = Subject(
    f"broadcast to {MEMBERS:,}",
    "until all have it",
    TIME,
    "bare fan-out",
    {"": Variant(20, 32)},
)


async def _broadcast(bench: Bench, app: Any, *, before: Any = None) -> None:
    from wsnotebook import connect

    members = [await connect(app).open() for _ in range(MEMBERS)]
    for _ in range(bench.count):
        if before is not None:
            await before()
        with bench.span():
            await members[0].send(bench.message)
            for member in members:
                await member.receive()
    for member in members:
        await member.close()


@broadcast.peer("bare fan-out")
async def bare(bench: Bench) -> None:
    await _broadcast(bench, Room())


def _everybody() -> Any:
    from wsnotebook import Channel

    class Everybody(Channel):
        max_behind = 10**6

        async def on_message(self, message: str) -> None:
            await self.broadcast(message)

    return Everybody


@broadcast.peer("Channel")
async def channel(bench: Bench) -> None:
    await _broadcast(bench, _everybody())


@broadcast.peer("Channel, to a room")
async def channel_room(bench: Bench) -> None:
    from wsnotebook import Channel

    class InARoom(Channel):
        async def on_connect(self) -> None:
            await self.join("tea")

        async def on_message(self, message: str) -> None:
            await self.broadcast(message, room="tea")

    await _broadcast(bench, InARoom)


@broadcast.peer(f"Channel, {FEW} more dead, {FEW} never reading")
async def channel_with_dead_and_stuck(bench: Bench) -> None:
    from wsnotebook import connect

    everybody = _everybody()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def never(event: Any) -> None:
            if event["type"] == "websocket.send":
                await asyncio.get_running_loop().create_future()
            await send(event)

        stuck = scope["path"] == "/stuck"
        await everybody.as_asgi()(scope, receive, never if stuck else send)

    async def let_some_die() -> None:
        for client in [await connect(app).open() for _ in range(FEW)]:
            await client.abort()

    stuck = [await connect(app, "/stuck").open() for _ in range(FEW)]
    await _broadcast(bench, app, before=let_some_die)
    for client in stuck:
        await client.close()


SUBJECTS = [broadcast]
