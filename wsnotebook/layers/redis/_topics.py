"""Which topics are listened to, by all processes together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ._requests import Request

if TYPE_CHECKING:
    from ._site import Site

__all__ = ["topics"]


async def topics(site: Site) -> dict[str, int]:
    """See :meth:`RedisLayer.topics`."""
    start = site.keys.channel("")
    glob = re.sub(rb"([*?\[\]\\])", rb"\\\1", start) + b"*"
    heard = await site.speaker.ask(Request(lambda: ("PUBSUB", "CHANNELS", glob)))
    flat = await site.speaker.ask(Request(lambda: ("PUBSUB", "NUMSUB", *heard))) if heard else []
    names = [channel[len(start) :].decode("utf-8", "surrogatepass") for channel in flat[::2]]
    return dict(sorted(zip(names, flat[1::2], strict=True)))
