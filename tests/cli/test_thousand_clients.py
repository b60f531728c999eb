"""A thousand clients in fifty rooms over two processes: each message arrives, once, nowhere else.

How fast that is, is a matter for the benchmarks.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

import pytest
from served import CHAT, PATIENCE, connect, process_of, serving

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(sys.platform == "win32", reason="its processes know no signals"),
]

CLIENTS = 1000
ROOMS = 50
EACH = 2  # messages that a client sends
AT_ONCE = 50  # handshakes
FILES = 2048  # more than there are clients


@pytest.fixture(autouse=True)
def enough_files():
    """Let this process, and those that it starts, have a socket for each client."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def room_of(number: int) -> str:
    """Return the room of a client. Neighbours, who are not in the same process, share one."""
    return f"room-{number // 2 % ROOMS}"


MEMBERS = {
    room_of(first): [number for number in range(CLIENTS) if room_of(number) == room_of(first)]
    for first in range(0, 2 * ROOMS, 2)
}


def words(number: int) -> list[str]:
    """Return what a client says, in order."""
    return [f"{room_of(number)}: client {number:03} says {nth}" for nth in range(EACH)]


def last_words(room: str) -> list[str]:
    """Return what is said to a room in the end, through each of the two processes."""
    return [f"{room}: the end for process {process}" for process in (0, 1)]


def speaker(message: str) -> str:
    """Return whose message it is."""
    return message.rpartition(" ")[0]


async def all_at_once(coroutines, places: int = CLIENTS):
    """Run them, ``places`` at a time; return what they return."""
    free = asyncio.Semaphore(places)

    async def run(coroutine):
        async with free:
            return await coroutine

    return await asyncio.gather(*map(run, coroutines))


async def enter(client) -> int:
    """Connect and be in the room; return the id of the process."""
    await client.open()
    return await process_of(client)


async def speak(client, number: int) -> None:
    for message in words(number):
        await client.send(message)


async def test_a_thousand_clients_hear_everything_in_their_room_once_and_nothing_else(
    tmp_path, redis_url
):
    async with (
        serving(tmp_path, CHAT, "--layer", redis_url) as first,
        serving(tmp_path, CHAT, "--layer", redis_url) as second,
    ):
        urls = [first.url, second.url]
        clients = [
            connect(f"{urls[number % 2]}/rooms/{room_of(number)}", close_timeout=PATIENCE)
            for number in range(CLIENTS)
        ]
        processes = Counter(await all_at_once(map(enter, clients), AT_ONCE))
        assert processes == {first.pid: CLIENTS // 2, second.pid: CLIENTS // 2}

        await all_at_once(map(speak, clients, range(CLIENTS)))
        await all_at_once(
            client.wait_for_message_count(1 + EACH * len(MEMBERS[room_of(number)]))
            for number, client in enumerate(clients)
        )
        # What a process published before comes before; and closing lets arrive what was sent.
        for room, members in MEMBERS.items():
            for message, number in zip(last_words(room), members, strict=False):
                await clients[number].send(message)
        for number, client in enumerate(clients):
            for message in last_words(room_of(number)):
                await client.wait_for_message(message)
        await all_at_once(client.close() for client in clients)

    for number, client in enumerate(clients):
        room = room_of(number)
        said = [message for member in MEMBERS[room] for message in words(member)]
        # In the order of the speakers; what one said stays in the order in which it came.
        assert sorted(client.messages[1:-2], key=speaker) == said
        assert sorted(client.messages[-2:]) == last_words(room)
