"""What a RedisLayer calls its keys and channels, and what goes over the channels.

A publication is a line of JSON, ``[name, number, room, exclude, parts]``, and after it the
messages as bytes, of which ``parts`` tells kind and size. The end of a name is
``[name, head]``; what a listener asks for to catch up is told in ``_scripts``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from .. import Publication

__all__ = ["Ended", "Heads", "Keys", "Letter", "decode", "decode_heads", "encode_end"]


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a publisher's name.

    Attributes:
        publisher: The name.
        head: The highest number that it used.
    """

    publisher: str
    head: int


@dataclass(frozen=True, slots=True)
class Heads:
    """The numbers of all publishers on a topic at one moment.

    Attributes:
        now: The moment, in microseconds of Redis's clock.
        living: The highest number of each publisher.
        ended: Of those that have ended, within the last hour.
    """

    now: int
    living: tuple[Ended, ...]
    ended: tuple[Ended, ...]


class Keys:
    """The names of keys and channels.

    Args:
        prefix: What all begin with.
        database: The number of the database: channels, unlike keys, are common to all of them.
    """

    def __init__(self, prefix: str, database: int) -> None:
        self._prefix = prefix
        self._database = database

    def channel(self, topic: str) -> bytes:
        """Where publications on a topic are heard."""
        return self._name(str(self._database), "topic", topic)

    def own_channel(self, token: str) -> bytes:
        """Where one listener alone hears what it asked for."""
        return self._name(str(self._database), "own", token)

    def heads(self, topic: str) -> bytes:
        """The hash of publishers and their numbers."""
        return self._name("heads", topic)

    def ended(self, topic: str) -> bytes:
        """The sorted set of names that have ended, by when they did."""
        return self._name("ended", topic)

    def room(self, topic: str, room: str) -> bytes:
        """The hash of members and their processes."""
        # With its length: where the topic ends must not depend on what is in it.
        return self._name("room", str(len(topic)), topic, room)

    def process(self, process: str) -> bytes:
        """What is there while a process lives."""
        return self._name("process", process)

    def _name(self, *parts: str) -> bytes:
        return text_bytes(":".join((self._prefix, *parts)))


def text_bytes(text: str) -> bytes:
    """Return any text as bytes, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


class Letter:
    """A publication that has no name and number yet.

    Args:
        messages: What each receiver gets.
        room: The room, if it is for one.
        exclude: Who does not get it.
    """

    __slots__ = ("_body", "_rest")

    def __init__(
        self, messages: tuple[str | bytes, ...], room: str | None, exclude: Iterable[str]
    ) -> None:
        parts = [text_bytes(data) if isinstance(data, str) else bytes(data) for data in messages]
        kinds = [isinstance(data, str) for data in messages]
        sizes = list(zip(kinds, map(len, parts), strict=True))
        self._rest = json.dumps([room, list(exclude), sizes])[1:]
        self._body = b"".join(parts)

    def signed(self, name: str, number: int) -> bytes:
        """Return it as it goes over the channel."""
        return b"".join((f'["{name}", {number}, {self._rest}\n'.encode(), self._body))


def encode_end(name: str, head: int) -> bytes:
    """Return the end of a name as it goes over the channel."""
    return json.dumps([name, head]).encode()


def decode(data: bytes) -> Publication | Ended:
    """Return what was heard on a topic's channel."""
    header, _, body = data.partition(b"\n")
    read = json.loads(header)
    if len(read) == 2:
        return Ended(*read)
    name, number, room, exclude, kinds = read
    messages: list[str | bytes] = []
    start = 0
    for is_text, size in kinds:
        part = body[start : start + size]
        messages.append(part.decode("utf-8", "surrogatepass") if is_text else part)
        start += size
    return Publication(name, number, tuple(messages), room, frozenset(exclude))


def decode_heads(data: bytes) -> Heads:
    """Return what a listener asked for."""
    now, living, ended = json.loads(data)
    flat = list(living)  # what is empty comes as {}
    return Heads(
        int(now),
        tuple(Ended(name, int(head)) for name, head in zip(flat[::2], flat[1::2], strict=True)),
        tuple(Ended(name, int(head)) for name, head in (entry.split(" ") for entry in ended)),
    )
