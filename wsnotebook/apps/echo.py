"""The smallest server: it sends back what it gets, text as text and binary as binary."""

from __future__ import annotations

from typing import Any

__all__ = ["echo"]


async def echo(connection: Any) -> None:
    """Handle one ``websockets`` connection: send every message back."""
    async for message in connection:
        await connection.send(message)
