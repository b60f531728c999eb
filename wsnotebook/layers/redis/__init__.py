"""Rooms across processes, through Redis.

What one process is on one event loop is a *site* (``_site``). It has two connections, made when
they are first needed and closed when nobody needs them: one speaks (``_speaker``), one listens
(``_ear``).

Redis forgets a publication as soon as it has sent it to whoever is subscribed, so a connection
that breaks loses what is published until it is back. That every loss is known, once, and nothing
is told twice or out of order, rests on five rules.

1. *Names.* A publisher asks Redis for a name on each topic, and numbers what it publishes under it
   from 1. The name holds the time of Redis's clock at which it was given. Redis keeps the highest
   number of each name, its *head*: a publication is one script that sets the head and publishes.
2. *Numbers are used up.* A publication that fails keeps its number, so that it is missed by those
   who did not hear it, and by nobody if it arrived all the same.
3. *Fences.* After a failure the publisher ends its name, with the highest number that it used, and
   takes another. The scripts do nothing for a name that has ended or was forgotten: what is still
   on its way on the old connection cannot come after what is published on the new one, and a
   Redis that has lost its data is noticed by the first publication, which then is repeated.
4. *Catching up.* A listener has Redis send the heads of all names to a channel of its own, in one
   script. It gets them on the connection on which it gets publications, in the order in which
   Redis carried out things; so head minus last heard is exactly what it missed. It does so when it
   has subscribed, and at each beat. The first heads are where listening begins.
5. *Names that are not known.* One that is younger than the listener has all its numbers missed; one
   that is older had been forgotten by Redis when listening began, and counts from there.

Each process says at each beat that it lives; the members of one that does not are forgotten. After
a lost connection it takes another identity and joins all its members anew, in one step with the
names.

Not known: what a publisher failed to publish that never comes back (it was told; one that listens
or has members comes back by itself, others when they publish again); what was missed by a listener
that was away for more than an hour; what was published to a listener that was away while Redis lost
its data, if the publisher has died, too.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ...clock import is_virtual
from ...errors import MissingExtra, SetupError
from ...redaction import redact_url
from .. import Listener
from .._per_loop import PerLoop

if TYPE_CHECKING:
    from ._site import Site

__all__ = ["RedisLayer"]


class RedisLayer:
    """Carries broadcasts to every process that uses the same Redis.

    Args:
        url: ``redis://[[user]:password@]host:port/database``, ``rediss://`` for TLS, ``unix://``.
        prefix: What the names of all keys and channels begin with.
        timeout: Seconds that connecting to Redis and each of its answers may take.

    Raises:
        MissingExtra: redis-py is not installed.
        TypeError: ``timeout`` is no number.
        ValueError: ``url`` is no URL of Redis, or ``timeout`` no time to wait.

    Under virtual time each use is a :class:`SetupError`.
    """

    def __init__(
        self,
        url: str = "redis://127.0.0.1:6379",
        *,
        prefix: str = "wsnotebook",
        timeout: float = 5.0,
    ) -> None:
        try:
            from ._line import database_of
        except ImportError as exc:
            raise MissingExtra("redis", "redis") from exc
        from ._site import Site
        from ._wire import Keys

        _check_seconds(timeout)
        keys = Keys(prefix, database_of(url))
        self._url = url

        def new_site() -> Site:
            if is_virtual(asyncio.get_running_loop()):
                raise SetupError(
                    f"{redact_url(url)!r} is on a network, and virtual time jumps over its delays; "
                    "let the layer be 'memory://' there"
                )
            return Site(url, keys, timeout)

        self._sites: PerLoop[Site] = PerLoop(new_site)

    def __repr__(self) -> str:
        return f"RedisLayer({redact_url(self._url)!r})"

    async def __aenter__(self) -> Self:
        await self._site.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def subscribe(self, topic: str, listener: Listener) -> None:
        """See :meth:`Layer.subscribe`.

        Raises:
            LayerLost: Redis cannot be reached; ``listener`` is not told anything.
        """
        await self._site.subscribe(topic, listener)

    async def unsubscribe(self, topic: str, listener: Listener) -> None:
        """See :meth:`Layer.unsubscribe`."""
        await self._site.unsubscribe(topic, listener)

    async def publish(
        self,
        topic: str,
        messages: tuple[str | bytes, ...],
        *,
        room: str | None = None,
        exclude: frozenset[str] = frozenset(),
    ) -> None:
        """See :meth:`Layer.publish`; Redis has taken it when this returns.

        Raises:
            LayerLost: The connection is lost; it may not have arrived.
        """
        await self._site.publish(topic, messages, room, exclude)

    async def join(self, topic: str, room: str, member: str) -> None:
        """See :meth:`Layer.join`; told to Redis when it is back, if it is away."""
        await self._site.join(topic, room, member)

    async def leave(self, topic: str, room: str, member: str) -> None:
        """See :meth:`Layer.leave`; told to Redis when it is back, if it is away."""
        await self._site.leave(topic, room, member)

    async def members(self, topic: str, room: str) -> frozenset[str]:
        """See :meth:`Layer.members`.

        Raises:
            LayerLost: The connection is lost.
        """
        return await self._site.members(topic, room)

    async def topics(self) -> dict[str, int]:
        """Return what is listened to: topics, sorted, and how many processes listen to each.

        Raises:
            LayerLost: The connection is lost.
        """
        from ._topics import topics

        return await topics(self._site)

    @property
    def is_connected(self) -> bool:
        """Whether the connections of this loop stand, and all that was missed has been told."""
        return self._site.standing.is_connected

    async def wait_connected(self, timeout: float | None = None) -> None:
        """Wait until they stand, and all that was missed has been told.

        Raises:
            WaitTimeout: They do not within ``timeout`` seconds.
        """
        standing = self._site.standing
        missing = f"{self!r} was not connected"
        await standing.until(lambda: standing.is_connected, timeout, missing)

    def wait_lost(self, timeout: float | None = None) -> Awaitable[None]:
        """Wait until a connection is lost, from the moment of this call on, or is lost already.

        Raises:
            WaitTimeout: None is within ``timeout`` seconds.
        """
        standing = self._site.standing
        before = standing.losses

        def is_lost() -> bool:
            return standing.is_lost or standing.losses > before

        return standing.until(is_lost, timeout, f"{self!r} did not lose its connection")

    async def aclose(self) -> None:
        """Close the connections of this loop: its listeners and members are forgotten."""
        await self._site.close()

    @property
    def _site(self) -> Site:
        return self._sites.get()


def _check_seconds(timeout: object) -> None:
    text = f"timeout must be a finite number of seconds above 0, not {timeout!r}"
    if not isinstance(timeout, int | float) or isinstance(timeout, bool):
        raise TypeError(text)
    if not 0 < timeout < math.inf:
        raise ValueError(text)
