"""What a RedisLayer is on one event loop: who listens, who is in which room, two connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...errors import LayerLost
from ...redaction import redact_url
from .. import Listener
from . import _scripts
from ._ear import Ear, Topic
from ._requests import Request
from ._scripts import Command
from ._speaker import Speaker
from ._standing import Standing
from ._wire import Keys, Letter, text_bytes

__all__ = ["Site"]


class Site:
    """One loop's part in a layer.

    Args:
        url: The URL of Redis.
        keys: The names of keys.
        timeout: Seconds that connecting and each answer may take.

    Attributes:
        topics: What is listened to.
        is_held: Whether to stay connected in any case.
        standing: Whether the connections stand.
        speaker: The connection that speaks.
    """

    def __init__(self, url: str, keys: Keys, timeout: float) -> None:
        self.url = url
        self.keys = keys
        self.timeout = timeout
        self.topics: dict[str, Topic] = {}
        self.is_held = False
        self.standing = Standing()
        self.speaker = Speaker(self)
        self._ear: Ear | None = None
        self._members: dict[tuple[str, str, str], Callable[[], Command]] = {}

    @property
    def is_wanted(self) -> bool:
        """Whether there is a reason to stay connected."""
        return bool(self.topics or self._members or self.is_held)

    # Listening

    async def subscribe(self, name: str, listener: Listener) -> None:
        """See :meth:`Layer.subscribe`."""
        topic = self.topics.get(name)
        is_new = topic is None
        if topic is None:
            topic = self.topics[name] = Topic(name, self)
        if listener not in topic.listeners:
            topic.listeners.append(listener)
        try:
            if is_new:
                await self._hear(topic)
            await asyncio.shield(topic.ready)
        except BaseException:
            if self.topics.get(name) is topic:
                await self.unsubscribe(name, listener)
            raise

    async def _hear(self, topic: Topic) -> None:
        if self._ear is None:
            self._ear = Ear(self)
        await self._ear.add(topic)

    async def unsubscribe(self, name: str, listener: Listener) -> None:
        """See :meth:`Layer.unsubscribe`."""
        topic = self.topics.get(name)
        if topic is None or listener not in topic.listeners:
            return
        topic.listeners.remove(listener)
        if not topic.listeners:
            del self.topics[name]
            topic.failed(self._ended())
            if self._ear is not None and self.topics:
                await self._ear.remove(topic)
            await self._rest()

    def _ended(self) -> LayerLost:
        return LayerLost(redact_url(self.url), "listening was ended before it began")

    async def _rest(self) -> None:
        if not self.topics and self._ear is not None:
            ear, self._ear = self._ear, None
            await ear.stop()
        await self.speaker.rest()

    def catch_up(self) -> list[Command]:
        """Ask for the heads of all topics whose channels are heard."""
        return [topic.catch_up() for topic in self.topics.values() if topic.is_heard]

    async def listen_again_if_deaf(self) -> None:
        """Connect again if what was asked for has not been heard for long."""
        if self._ear is not None and any(topic.is_asked for topic in self.topics.values()):
            await self._ear.cut()

    # Speaking

    async def publish(
        self,
        topic: str,
        messages: tuple[str | bytes, ...],
        room: str | None,
        exclude: frozenset[str],
    ) -> None:
        """See :meth:`Layer.publish`."""
        letter = Letter(messages, room, exclude)
        heads, channel = self.keys.heads(topic), self.keys.channel(topic)

        def build() -> Command:
            voice = self.speaker.voices[topic]
            voice.head += 1
            data = letter.signed(voice.name, voice.head)
            return _scripts.publish(heads, voice.name, voice.head, channel, data)

        request = Request(build, topic=topic, is_fenced=True)
        if await self.speaker.ask(request) == 0:
            reason = "Redis has forgotten the publisher twice; does it evict keys?"
            raise LayerLost(redact_url(self.url), reason)

    async def join(self, topic: str, room: str, member: str) -> None:
        """See :meth:`Layer.join`."""
        build = self._join(topic, room, member)
        self._members[topic, room, member] = build
        await self.speaker.ask(Request(build, is_fenced=True, is_quiet=True))

    def _join(self, topic: str, room: str, member: str) -> Callable[[], Command]:
        speaker, key, name = self.speaker, self.keys.room(topic, room), text_bytes(member)
        return lambda: _scripts.join(key, self.keys.process(speaker.process), name, speaker.process)

    def joins(self) -> list[Command]:
        """Count all members that are here."""
        return [build() for build in self._members.values()]

    async def leave(self, topic: str, room: str, member: str) -> None:
        """See :meth:`Layer.leave`."""
        self._members.pop((topic, room, member), None)
        speaker, key, name = self.speaker, self.keys.room(topic, room), text_bytes(member)
        request = Request(lambda: _scripts.leave(key, name, speaker.process), is_quiet=True)
        await speaker.ask(request)
        await self._rest()

    async def members(self, topic: str, room: str) -> frozenset[str]:
        """See :meth:`Layer.members`."""
        command = _scripts.ask_members(self.keys.room(topic, room), self.keys.process(""))
        found = await self.speaker.ask(Request(lambda: command))
        return frozenset(member.decode("utf-8", "surrogatepass") for member in found)

    # Being there

    async def open(self) -> None:
        """Connect, and stay so."""
        self.is_held = True
        try:
            await self.speaker.ask(Request(lambda: ("PING",)))
        except BaseException:
            self.is_held = False
            await self._rest()
            raise

    async def close(self) -> None:
        """Forget everybody, and disconnect."""
        self.is_held = False
        for topic in self.topics.values():
            topic.failed(self._ended())
        self.topics.clear()
        self._members.clear()
        await self._rest()

    def settle(self) -> None:
        """Note that the connections stand, if they do."""
        everything = all(topic.is_caught_up for topic in self.topics.values())
        if everything and self.speaker.is_settled:
            self.standing.connected()

    def error(self, exc: Exception, *, may_have_arrived: bool = False) -> LayerLost:
        """Return what is raised for ``exc``."""
        error = LayerLost(redact_url(self.url), str(exc), may_have_arrived=may_have_arrived)
        error.__cause__ = exc
        return error
