"""The names under which one process publishes, topic by topic, and the numbers it has used.

Nothing here speaks to Redis: what it should be told is returned as commands.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable

from . import _scripts
from ._scripts import Command
from ._wire import Keys, encode_end

__all__ = ["Voice", "Voices"]

_REMEMBERED = 16  # ends of names that are told again, in case Redis has lost them


class Voice:
    """What is published on one topic under one name.

    Attributes:
        name: The name; empty: there is none yet.
        head: The highest number that was used.
    """

    __slots__ = ("head", "name")

    def __init__(self) -> None:
        self.name = ""
        self.head = 0


class Voices:
    """The voices of one process.

    Args:
        keys: The names of keys.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._voices: dict[str, Voice] = {}
        self._ended: deque[Command] = deque(maxlen=_REMEMBERED)

    def __getitem__(self, topic: str) -> Voice:
        return self._voices.setdefault(topic, Voice())

    def nameless(self, topics: Iterable[str]) -> list[str]:
        """Return those of ``topics`` that have no name yet."""
        return [topic for topic in topics if not self[topic].name]

    def untold(self) -> list[str]:
        """Return the topics on which numbers were used under no name: Redis knows none of them."""
        return [topic for topic, voice in self._voices.items() if voice.head and not voice.name]

    def registers(self, topics: Iterable[str]) -> list[Command]:
        """Ask for a name on each of ``topics``."""
        tokens = ((topic, uuid.uuid4().hex[:12]) for topic in topics)
        return [_scripts.register(self._keys.heads(topic), token) for topic, token in tokens]

    def named(self, topics: Iterable[str], names: Iterable[bytes]) -> None:
        """Take the names that were asked for."""
        for topic, name in zip(topics, names, strict=True):
            self[topic].name = name.decode()

    def ends(self) -> dict[str, Command]:
        """Return what ends each name, by topic."""
        voices = self._voices.items()
        return {topic: self._end(topic, voice) for topic, voice in voices if voice.name}

    def ends_again(self) -> tuple[Command, ...]:
        """Return what ended the last names, for a Redis that has lost its data since."""
        return tuple(self._ended)

    def ended(self, ends: dict[str, Command]) -> None:
        """Note that it was carried out."""
        for topic, end in ends.items():
            if self._voices.pop(topic).head:
                self._ended.append(end)

    def _end(self, topic: str, voice: Voice) -> Command:
        keys, data = self._keys, encode_end(voice.name, voice.head)
        heads, ended, channel = keys.heads(topic), keys.ended(topic), keys.channel(topic)
        return _scripts.end(heads, ended, voice.name, voice.head, channel=channel, data=data)
