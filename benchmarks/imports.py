"""How long an import takes, in a fresh interpreter."""

from __future__ import annotations

from .frame import TIME, Subject, Variant

__all__ = ["SUBJECTS"]

importing = Subject(
    "import",
    "first import",
    TIME,
    "import websockets.asyncio.client",
    {"": Variant(1)},
    samples=4,
)

for statement in (
    "import websockets.asyncio.client",
    "from wsnotebook import connect",
    "import aiohttp",
):
    importing.peers[statement] = statement

SUBJECTS = [importing]
