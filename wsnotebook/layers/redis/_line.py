"""One connection to Redis: the only module that knows redis-py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from ...redaction import redact_url
from ._scripts import Command

__all__ = ["Line", "LineLost", "database_of"]

# Whatever the URL says of these, which would change what an answer is, or cut who listens.
_OPTIONS = {"decode_responses": False, "encoding": "utf-8", "protocol": 2, "socket_timeout": None}


class LineLost(Exception):
    """The connection is lost or could not be made; the text says why."""


def database_of(url: str) -> int:
    """Return the number of the database that ``url`` names.

    Raises:
        ValueError: It is no URL of Redis.
    """
    try:
        return int(_connection(url).db)
    except (TypeError, RedisError) as exc:  # an option, or a value, that redis-py does not know
        raise ValueError(f"{redact_url(url)!r} is no URL of Redis: {exc}") from None


def _connection(url: str, **options: Any) -> Connection:
    pool = ConnectionPool.from_url(url)
    pool.connection_kwargs |= _OPTIONS | options
    connection: Connection = pool.make_connection()  # type: ignore[no-untyped-call]
    return connection


class Line:
    """One connection. It does not connect again; whoever wants that makes another.

    Args:
        url: The URL of Redis.
        timeout: Seconds that connecting and each answer may take.
        name: What Redis calls it, among its clients.
    """

    def __init__(self, url: str, timeout: float, name: str) -> None:
        self._timeout = timeout
        retry = Retry(NoBackoff(), 0)
        self._connection = _connection(
            url, client_name=name, retry=retry, socket_connect_timeout=timeout
        )

    async def open(self) -> None:
        """Connect.

        Raises:
            LineLost: It cannot.
        """
        async with self._told(), asyncio.timeout(self._timeout):
            await self._connection.connect()  # type: ignore[no-untyped-call]

    async def is_lost(self) -> bool:
        """Whether it is known to be lost, after the loop has heard what there is to hear."""
        await asyncio.sleep(0)
        return self._is_lost

    async def call(self, commands: Sequence[Command]) -> list[Any]:
        """Send all ``commands`` at once, and return their answers, exceptions among them.

        Raises:
            LineLost: It is not known which of them were carried out.
        """
        await self.send(*commands)
        answers = []
        async with self._told():
            for _ in commands:
                async with asyncio.timeout(self._timeout):
                    answers.append(await self._answer())
        return answers

    async def send(self, *commands: Command) -> None:
        """Send without waiting for answers.

        Raises:
            LineLost: It cannot.
        """
        async with self._told():
            if self._is_lost:  # it would connect again
                raise ConnectionError("it is closed")
            packed = self._connection.pack_commands(commands)
            async with asyncio.timeout(self._timeout):
                await self._connection.send_packed_command(packed, check_health=False)

    async def read(self) -> Any:
        """Wait, however long, for what comes next.

        Raises:
            LineLost: Nothing will.
        """
        async with self._told():
            return await self._connection.read_response()

    async def close(self) -> None:
        """Close it; never fails."""
        with suppress(RedisError, OSError):
            await self._connection.disconnect()

    @property
    def _is_lost(self) -> bool:
        # What redis-py offers, ``can_read_destructive``, costs a timer and a cancelled read.
        reader, writer = self._connection._reader, self._connection._writer
        return reader is None or writer is None or reader.at_eof() or writer.is_closing()

    async def _answer(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as exc:
            return exc

    @asynccontextmanager
    async def _told(self) -> AsyncIterator[None]:
        try:
            yield
        except (RedisError, OSError) as exc:
            await self.close()
            if isinstance(exc, TimeoutError) and not str(exc):
                raise LineLost(f"no answer within {self._timeout:g} s") from exc
            raise LineLost(str(exc) or repr(exc)) from exc
