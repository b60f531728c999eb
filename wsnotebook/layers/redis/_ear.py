"""The connection that listens: it tells listeners what is published, and what was missed.

It connects again by itself, for as long as anybody listens. How it finds out what it missed
meanwhile is told in the package's docstring.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable
from contextvars import Context
from typing import TYPE_CHECKING, Any

from .. import Gap, Listener, Publication
from . import _scripts
from ._heard import Heard
from ._line import Line, LineLost
from ._requests import Request
from ._scripts import Command
from ._speaker import PAUSES
from ._wire import Ended, decode, decode_heads

if TYPE_CHECKING:
    from ._site import Site

__all__ = ["Ear", "Topic"]

_log = logging.getLogger("wsnotebook.layers")


class Topic:
    """A topic that is listened to.

    Attributes:
        listeners: Who is told.
        channel: Where publications are heard.
        own_channel: Where the heads that it asked for are heard.
        is_heard: Whether Redis has confirmed that it is listened to, on this connection.
        is_asked: Whether heads were asked for that have not come yet.
        is_caught_up: Whether everything missed before that is known.
        ready: Done when it is for the first time.
    """

    def __init__(self, name: str, site: Site) -> None:
        self.name = name
        self.listeners: list[Listener] = []
        self.channel = site.keys.channel(name)
        self.own_channel = site.keys.own_channel(uuid.uuid4().hex)
        self.is_heard = False
        self.is_asked = False
        self.is_caught_up = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard = Heard()
        self._heads = site.keys.heads(name)
        self._ended = site.keys.ended(name)

    def catch_up(self) -> Command:
        """Ask for the heads."""
        self.is_asked = True
        return _scripts.catch_up(self._heads, self._ended, self.own_channel)

    def hear(self, channel: bytes, data: bytes) -> None:
        """Take what came over one of its channels."""
        if channel == self.own_channel:
            self._tell(self._heard.catch_up(decode_heads(data)))
            self.is_asked, self.is_caught_up = False, True
            if not self.ready.done():
                self.ready.set_result(None)
            return
        what = decode(data)
        if isinstance(what, Ended):
            self._tell(self._heard.end(what))
        elif (missed := self._heard.publication(what.publisher, what.sequence)) is not None:
            self._tell(missed, what)

    def _tell(self, missed: int, publication: Publication | None = None) -> None:
        for listener in tuple(self.listeners):
            if missed:
                listener(Gap(missed))
            if publication is not None:
                listener(publication)

    def failed(self, error: Exception) -> None:
        """It could not be listened to; that matters the first time."""
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # whoever waited may have gone


class Ear:
    """Listens to the topics of a site.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._by_channel: dict[bytes, Topic] = {}
        self._line: Line | None = None
        self._pause = PAUSES[0]
        # Not in the context of whoever came first: it outlives them.
        self._task: asyncio.Task[None] = asyncio.Task(
            self._run(), loop=asyncio.get_running_loop(), context=Context()
        )

    async def stop(self) -> None:
        """Disconnect."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def add(self, topic: Topic) -> None:
        """Listen to ``topic`` as well."""
        self._by_channel[topic.channel] = self._by_channel[topic.own_channel] = topic
        await self._say("SUBSCRIBE", [topic])

    async def remove(self, topic: Topic) -> None:
        """Stop listening to ``topic``."""
        del self._by_channel[topic.own_channel]
        if self._by_channel[topic.channel] is topic:
            del self._by_channel[topic.channel]
        await self._say("UNSUBSCRIBE", [topic])

    async def cut(self) -> None:
        """Connect again: the connection is dead without knowing."""
        if self._line is not None:
            await self._line.close()

    async def _say(self, command: str, topics: Iterable[Topic]) -> None:
        channels = [name for topic in topics for name in (topic.channel, topic.own_channel)]
        if self._line is not None and channels:
            try:
                await self._line.send((command, *channels))
            except LineLost:
                return  # the task notices, connects again, and subscribes to all

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except LineLost as exc:
                self._lost(exc)
            finally:
                line, self._line = self._line, None
                if line is not None:
                    await line.close()
            await _wait(self._pause)
            self._pause = min(self._pause * 2, PAUSES[1])

    def _lost(self, exc: LineLost) -> None:
        self._site.standing.lost()
        error = self._site.error(exc)
        for topic in set(self._by_channel.values()):
            topic.is_heard = topic.is_asked = topic.is_caught_up = False
            topic.failed(error)

    async def _listen(self) -> None:
        line = Line(self._site.url, self._site.timeout, "wsnotebook-listens")
        try:
            await line.open()
            self._line = line
            self._site.speaker.renew()  # Redis may have lost its data
            await self._say("SUBSCRIBE", set(self._by_channel.values()))
            while True:
                self._hear(await line.read())
        finally:
            await line.close()

    def _hear(self, heard: list[Any]) -> None:
        kind, channel, data = heard
        topic = self._by_channel.get(channel)
        if topic is None:
            return
        if kind == b"message":
            try:
                topic.hear(channel, data)
            except Exception:  # of a listener, or somebody else's message on our channel
                _log.exception("what came over %r could not be told", channel)
            if channel == topic.own_channel:
                self._site.settle()
        elif kind == b"subscribe" and channel == topic.own_channel:
            topic.is_heard = True
            self._pause = PAUSES[0]
            request = Request(topic.catch_up)
            request.answer.add_done_callback(lambda answer: self._asked(topic, answer))
            self._site.speaker.post(request)

    def _asked(self, topic: Topic, answer: asyncio.Future[Any]) -> None:
        if not answer.cancelled() and (error := answer.exception()) is not None:
            assert isinstance(error, Exception)
            topic.failed(error)


async def _wait(seconds: float) -> None:
    """Sleep, as a deadline: "settled" waits for sleeps."""
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().create_future()
    except TimeoutError:
        return
