"""Settled, for ``websockets`` handlers in memory. All seconds are virtual."""

from __future__ import annotations

import asyncio

import pytest
from in_process import now, place, timed_out

from wsnotebook import UnexpectedMessage, connect
from wsnotebook.transports.memory import MemoryTransport


def test_a_handler_that_sleeps_is_waited_for(virtual_time):
    async def slow(connection):
        async for message in connection:
            await asyncio.sleep(0.15)
            await connection.send(message)

    async def main():
        async with connect(slow) as client:
            await client.send("m")
            with pytest.raises(UnexpectedMessage):
                await client.receive_nothing()
            assert now() == pytest.approx(0.15)
            await client.send("m")
            await client.settle()
            assert (client.messages, now()) == (["m", "m"], pytest.approx(0.3))

    virtual_time(main())


def test_a_sleep_past_the_deadline_fails_at_once(virtual_time):
    async def slow(connection):
        async for _ in connection:
            await asyncio.sleep(60)

    async def main():
        async with connect(slow, close_timeout=0) as client:
            await client.send("m")
            error = await timed_out(client.settle(timeout=5))
            assert now() == 0
            return error

    assert virtual_time(main()) == (
        "the server did not settle within 5 s: a handler has not come back for the next message; "
        f"it stands at {place(slow, 'asyncio.sleep(60)')}"
    )


def test_a_background_task_and_a_heartbeat(virtual_time):
    async def handler(connection):
        async def beat():
            for _ in range(10):
                await asyncio.sleep(30)

        async def later(message):
            await asyncio.sleep(0.05)
            await connection.send(message)

        tasks = [asyncio.ensure_future(beat())]
        async for message in connection:
            tasks.append(asyncio.ensure_future(later(message)))
        tasks[0].cancel()

    async def main():
        async with connect(handler) as client:
            await client.send("m")
            await client.settle()
            assert (client.messages, now()) == (["m"], pytest.approx(0.05))

    virtual_time(main())


def test_one_client_settles_when_the_others_handler_has_broadcast(virtual_time):
    members = set()

    async def room(connection):
        members.add(connection)
        try:
            async for message in connection:
                await asyncio.sleep(0.5)
                for member in members:
                    await member.send(message)
        finally:
            members.remove(connection)
            await asyncio.sleep(0.5)
            for member in members:
                await member.send("somebody left")

    async def main():
        ann, bob = await connect(room), await connect(room)
        await ann.send("hi")
        await bob.settle()
        assert (bob.messages, now()) == (["hi"], pytest.approx(0.5))
        await ann.abort()
        await bob.settle()
        assert (bob.messages, now()) == (["hi", "somebody left"], pytest.approx(1))
        await ann.close()
        await bob.close()

    virtual_time(main())


def test_a_handler_that_only_waits_for_the_end_is_settled(virtual_time):
    async def greets(connection):
        await connection.send("hello")
        await connection.wait_closed()

    async def main():
        async with connect(MemoryTransport(greets)) as client:
            await client.settle()
            assert (client.messages, now()) == (["hello"], 0)

    virtual_time(main())


def test_recv_under_a_deadline_is_settled(virtual_time):
    async def patient(connection):
        while True:
            try:
                message = await asyncio.wait_for(connection.recv(), 30)
            except TimeoutError:
                continue
            await connection.send(message)

    async def main():
        async with connect(patient) as client:
            await client.send("m")
            await client.settle()
            assert (client.messages, now()) == (["m"], 0)
            await asyncio.sleep(100)
            await client.settle()
            assert now() == pytest.approx(100)

    virtual_time(main())
