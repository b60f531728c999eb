"""The life of one connection of a Channel, the same over ASGI and by hand.

Whoever leaves OPEN leaves the connections and the rooms at once. What a hook raises is raised by
``connect``, ``message`` or ``ended``, after ``on_close`` ran with 1011: to an ASGI server, or to
the test that called by hand. Only ``LayerLost`` ends nothing: the client is told instead. Where a
connection can be is ``_phase``, how messages are sent ``_outbox``, who is connected ``_state``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from ..closecodes import ABNORMAL, check_close
from ..errors import Closed, LayerLost, Refused, SetupError, UndecodableMessage
from ._asides import run_aside
from ._gone import says_gone, unless_gone
from ._hanging_up import hang_up
from ._outbox import Outbox
from ._phase import Phase
from ._raised import is_no_crash, refuse, without_layer
from ._signals import MESSAGE_COMPLETE, error_message, in_hook
from ._state import State

if TYPE_CHECKING:
    from ._channel import Channel

__all__ = ["Life", "Phase"]

_log = logging.getLogger("wsnotebook.channel")


class Life:
    """One connection, from the handshake to ``on_close``.

    Args:
        channel: The Channel.
        socket: Anything with ``send``, ``close``, ``request``, ``id``.
        server: What answers the handshake, over ASGI; ``None``: by hand.

    Attributes:
        channel: The Channel.
        socket: The socket.
        phase: Where it is.
        rooms: The rooms it is in; until ``on_close`` has run those it was in.
        outbox: The way out.
        task: What runs it over ASGI; cancelled when there is no other way to end it.
        is_cut: Whether it was.
        is_gone: Whether a send has found that the client is.
        asides: The hooks that run beside the others.
        failure: What one of them raised, for the server.
    """

    __slots__ = ("_closure", "_hanging_up", "_hooks", "_id", "_state", "asides", "channel",
                 "failure", "is_cut", "is_gone", "outbox", "phase", "rooms", "server", "socket",
                 "task")  # fmt: skip

    def __init__(self, channel: Channel, socket: Any, server: Any = None) -> None:
        self.channel = channel
        self.socket = socket
        self.phase = Phase.WAITING
        self.rooms: set[str] = set()
        context = copy_context()
        context.run(in_hook.set, False)
        self.outbox = Outbox(socket, self, channel.max_behind, context)
        self.server = server
        self._state: State | None = None
        self._id = ""
        self._hooks = 0  # how many are running
        self.is_gone = False
        self.is_cut = False
        self._closure: tuple[int, str] | None = None
        self.task: asyncio.Task[Any] | None = None
        self._hanging_up: asyncio.Task[None] | None = None
        self.asides: set[asyncio.Task[None]] = set()
        self.failure: Exception | None = None

    @property
    def id(self) -> str:
        """The id of the socket, as text."""
        if not self._id:
            self._id = str(self.socket.id)
        return self._id

    @property
    def state(self) -> State:
        """What the class is on the loop of this connection."""
        if self._state is None:
            self._state = State.of(type(self.channel))
        return self._state

    def register(self) -> None:
        """Be among the connections of the running loop; of none where no loop runs."""
        self.phase = Phase.OPEN
        with suppress(RuntimeError):
            self.state.lives[self] = None

    def unregister(self) -> None:
        """Be among them no more."""
        if self._state is not None:
            self._state.remove(self)

    # From the handshake ...

    async def connect(self) -> None:
        """Answer the handshake.

        Raises:
            Refused: By hand, where a server would have answered with HTTP.
        """
        self.unregister()  # by hand it may be registered already
        self.phase = Phase.WAITING
        try:
            self.channel._check_path()
            await self._call(self.channel.authenticate)
            await self.state.listen()
        except Refused as refusal:
            await refuse(self, refusal)
            return
        except LayerLost as lost:
            await refuse(self, without_layer(self, lost))
            return
        except BaseException:
            self.phase = Phase.ENDED
            raise
        await self._open()
        await self._hook(self.channel.on_connect)

    async def _open(self) -> None:
        if self.server is not None:
            await self.server.accept(self.channel._chosen_subprotocol())
        self.register()
        try:
            await self.state.listen()  # the last of the others may have left meanwhile
        except LayerLost as lost:
            await self.close(1013, without_layer(self, lost).reason)

    # ... through messages ...

    async def message(self, data: str | bytes) -> None:
        """Have the Channel handle one message; nothing happens unless it is open."""
        if self.phase is not Phase.OPEN:
            return
        limit = self.channel.max_size
        if limit is not None and (size := _size(data)) > limit:
            await self.close(1009, f"message of {size} bytes exceeds limit of {limit} bytes")
            await self._finish_if_over()
            return
        try:
            message = self.channel._read(data)
        except UndecodableMessage as exc:
            await self._hook(self.send, error_message(exc.reason))
        else:
            await self._hook(self.channel.on_message, message)
        if self.channel.send_completion and self.phase is Phase.OPEN:
            await self._hook(self.send, MESSAGE_COMPLETE)

    async def send(self, data: str | bytes) -> None:
        """Send to this connection alone.

        Raises:
            Closed: It is closed, or closes meanwhile.
            SetupError: It is not open yet.
        """
        self.check_open("the message was sent")
        try:
            await self.outbox.send(data)
        except Exception as exc:
            if self.phase is Phase.OPEN:
                if not says_gone(exc):
                    raise
                self._lose()
            raise self._closed("the message was sent") from None

    def check_open(self, before: str) -> None:
        """Refuse what only an open connection can do.

        Raises:
            Closed: It is closed.
            SetupError: It is not open yet.
        """
        if self.phase is Phase.WAITING:
            raise SetupError(
                "the handshake is not answered yet: in authenticate() raise Refused(code=...) to "
                "tell the client, and greet it in on_connect()"
            )
        if self.phase is not Phase.OPEN or self.is_gone:
            raise self._closed(before)

    def _closed(self, before: str) -> Closed:
        code, reason = self._closure or (self.socket.close_code, self.socket.close_reason)
        return Closed(code or ABNORMAL, reason or "", doing=f"before {before}")

    # ... to the end

    async def close(self, code: int, reason: str) -> None:
        """Close from this side; nothing happens unless it is open."""
        check_close(code, reason)
        if self.phase is Phase.WAITING:
            self.check_open("it was closed")
        if self.phase is not Phase.OPEN:
            return
        self._leave(code, reason)
        with unless_gone():
            await self.socket.close(code, reason)
        if self.server is None and not self._hooks:
            await self.ended(code, reason)  # over ASGI the next event tells of it

    async def ended(self, code: int, reason: str) -> None:
        """The connection is over: run ``on_close``, once."""
        if self.phase not in (Phase.OPEN, Phase.OVER):
            return
        self._leave(code, reason)
        self.phase = Phase.ENDED
        try:
            await self._call(self.channel.on_close, *(self._closure or (code, reason)))
        except LayerLost as lost:
            without_layer(self, lost)
        finally:
            rooms, self.rooms = self.rooms, set()
            for room in rooms:
                await self.state.leave(self, room)
            await self.state.rest()

    def _leave(self, code: int, reason: str) -> None:
        if self.phase is Phase.OPEN:
            self.phase = Phase.OVER
            self._closure = self._closure or (code, reason)
            self.unregister()
            self.outbox.stop()

    async def _finish_if_over(self) -> None:
        if self.phase is Phase.OVER and self._closure is not None and not self._hanging_up:
            await self.ended(*self._closure)

    async def vanish(self) -> None:
        """End it, however far it has come, because what runs it ends."""
        self.task = None
        try:
            if self.phase is Phase.WAITING:
                await self.state.rest()
            await self.ended(ABNORMAL, "")
        finally:
            if self._hanging_up is not None:
                self._hanging_up.cancel()
            for task in tuple(self.asides):
                task.cancel()
            del self.channel, self.outbox  # they refer back; so nothing is left to be collected

    # Hooks

    async def _call(self, hook: Callable[..., Awaitable[None]], *args: Any) -> None:
        before = in_hook.get()
        in_hook.set(True)
        self._hooks += 1
        try:
            await hook(*args)
        finally:
            self._hooks -= 1
            in_hook.set(before)

    async def _hook(self, hook: Callable[..., Awaitable[None]], *args: Any) -> None:
        try:
            await self._call(hook, *args)
        except Exception as exc:
            if not await is_no_crash(self, exc):
                await self.crash(exc)
                raise
        await self._finish_if_over()

    async def crash(self, exc: Exception) -> None:
        """End it, because a hook raised ``exc``."""
        if self.phase is Phase.OPEN and self.server is None:
            with suppress(Exception):  # over ASGI the server does this, having seen the exception
                await self.socket.close(1011, "")
        try:
            await self.ended(1011, "")
        except Exception as second:
            exc.add_note(f"moreover, on_close raised {second!r}")

    def missed(self, count: int) -> None:
        """The layer has lost so many broadcasts."""
        run_aside(self, self.channel.on_missed, count)

    def fail(self, exc: Exception) -> None:
        """Let the server get ``exc``, once it is over."""
        self.failure = exc
        if not self._hooks:  # it waits for what the client says
            self.cut()

    # Members that cannot be sent to

    def _lose(self) -> None:
        self.is_gone = True
        self.unregister()

    def died(self, exception: Exception) -> None:
        """A broadcast found that the client is gone."""
        if self.phase is not Phase.OPEN:
            return
        self.state.counts.dead += 1
        self._lose()
        if not says_gone(exception):
            _log.error("sending to %s raised", repr(self.channel), exc_info=exception)
            self._cut_off(1011, "")

    def fell_behind(self) -> None:
        """Too many messages wait for the client."""
        self.state.counts.behind += 1
        self._cut_off(1013, "too far behind")

    def _cut_off(self, code: int, reason: str) -> None:
        self._leave(code, reason)
        self._hanging_up = asyncio.Task(
            hang_up(self, code, reason),
            loop=asyncio.get_running_loop(),
            context=self.outbox.context.copy(),
        )

    async def hung_up(self, code: int, reason: str) -> None:
        """The client was told, or cannot be."""
        self._hanging_up = None
        if self.server is None and not self._hooks:
            await self.ended(code, reason)

    def cut(self) -> None:
        """Cancel what runs it."""
        if self.task is not None:
            self.is_cut = True
            self.task.cancel()


def _size(data: str | bytes) -> int:
    if isinstance(data, bytes) or data.isascii():
        return len(data)
    return len(data.encode(errors="surrogatepass"))
