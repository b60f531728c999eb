"""``wsnotebook publish``: a message to the clients of processes that share a layer, from outside.

It is published as a Channel's own broadcast is; what carries it is ``layers``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from ..errors import SetupError
from ..messages import encode
from ..properties.settings import load_object
from ..redaction import redact_url
from ..transports.targets import channel_of
from ._output import Misuse, SubParsers, say
from ._served import named_layer

if TYPE_CHECKING:
    from ..layers.redis import RedisLayer

__all__ = ["add_publish"]

_EPILOG = """\
A message that begins with - stands after --, as in: publish --layer URL tea -- -5

exit status:
  0    it was published; the output tells how many processes got it for their clients
  1    it was not, or not for certain: no such Channel, Redis cannot be reached
"""


def add_publish(subparsers: SubParsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "publish",
        usage="wsnotebook publish [-h] --layer URL [--channel MODULE:CLASS] "
        "(ROOM | --everybody) MESSAGE",
        help="send a message to connected clients, from outside",
        description="Send MESSAGE, text, to the clients in ROOM, whatever process they are "
        "connected to.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("room", metavar="ROOM", nargs="?", help="a room, as the Channel names it")
    parser.add_argument("message", metavar="MESSAGE", nargs="?", help="sent as it is")
    parser.add_argument(
        "--layer",
        metavar="URL",
        required=True,
        help="what the processes share, such as redis://127.0.0.1:6379",
    )
    parser.add_argument(
        "--channel",
        metavar="MODULE:CLASS",
        help="whose clients; default: the only Channel that anybody is connected to",
    )
    parser.add_argument("--everybody", action="store_true", help="not one room: all clients")
    parser.set_defaults(run=_publish, complain=parser.error, hands_on=True)


def _publish(options: argparse.Namespace) -> int:
    room, message = _room_and_message(options)
    layer: RedisLayer = named_layer(options.layer, for_several=True)  # type: ignore[assignment]
    topic = None if options.channel is None else _topic(options.channel)
    topic, told = asyncio.run(_published(layer, redact_url(options.layer), topic, room, message))
    say(_outcome(topic, told), sys.stdout)
    return 0


def _room_and_message(options: argparse.Namespace) -> tuple[str | None, str]:
    given: list[str] = [it for it in (options.room, options.message) if it is not None]
    given += options.handed_on
    wanted = 1 if options.everybody else 2
    if len(given) != wanted:
        what = "MESSAGE alone, for everybody" if options.everybody else "ROOM and MESSAGE"
        raise Misuse(f"expected {what}, not {' '.join(map(repr, given)) or 'nothing'}")
    try:
        for text in given:
            encode(text)
    except ValueError as exc:
        raise Misuse(str(exc)) from exc
    return None if options.everybody else given[0], given[-1]


def _topic(name: str) -> str:
    channel = channel_of(found := load_object(name))
    if channel is None:
        raise SetupError(f"{name!r} is {found!r}, which is no Channel")
    return f"{channel.__module__}.{channel.__qualname__}"


async def _published(
    layer: RedisLayer, url: str, topic: str | None, room: str | None, message: str
) -> tuple[str, int]:
    """Publish; return on which topic, and how many processes listened to it."""
    async with layer:
        heard = await layer.topics()
        if topic is None:
            topic = _only(heard, url)
        await layer.publish(topic, (message,), room=room)
    return topic, heard.get(topic, 0)


def _only(heard: dict[str, int], url: str) -> str:
    if not heard:
        raise SetupError(
            f"nobody is connected to any Channel on {url}; wait for a client, or say whose clients "
            "are meant: --channel module:Class"
        )
    if len(heard) > 1:
        raise SetupError(
            f"clients are connected to {', '.join(heard)} on {url}; say whose are meant: "
            "--channel module:Class"
        )
    return next(iter(heard))


def _outcome(topic: str, told: int) -> str:
    if not told:
        return f"no process was told: nobody is connected to {topic}"
    return f"{told} process{' was' if told == 1 else 'es were'} told"
