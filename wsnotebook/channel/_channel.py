"""Channel: what a server writes, one object for each connection.

The hooks and verbs are here; what a connection goes through is ``_life``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from ..errors import SetupError
from ..layers import Layer
from ..messages import MessageReader, encode, encode_json, is_message
from ._asgi import ASGISocket, ChannelApp
from ._context import Context
from ._life import Life
from ._paths import PathTemplate
from ._signals import BROADCAST_COMPLETE, in_hook
from ._state import Counts, OfClass, State

__all__ = ["Channel"]

_NONE = frozenset[str]()


class Channel:
    """One connection, as its server sees it; subclass it.

    ::

        class Chat(Channel):
            path = "/rooms/{room_id}"

            async def on_connect(self):
                await self.join(self.params["room_id"])

            async def on_message(self, message):
                await self.broadcast(message, room=self.params["room_id"])

    ``Chat.as_asgi()`` is an ASGI app, for any server, to be mounted anywhere; so is the class. Each
    class, subclasses included, has connections and rooms of its own on each event loop.

    A hook that raises ends its connection alone: ``on_close`` is called with 1011, and the server
    gets the exception. Only ``LayerLost`` ends nothing: the client is told of it.

    Attributes:
        path: The path to be reached at, for a Channel that no router is in front of. ``{name}``
            takes one segment, ``{name:int}`` one that is a number (also ``float``, ``uuid``), and
            ``{name:path}`` all that is left. Any other path is answered with HTTP 404. ``None``:
            any path.
        accepts: Message classes (one, a union, a tuple): what ``on_message`` gets. What is none of
            them is answered with ``{"type": "error", "message": ...}``. ``None``: ``on_message``
            gets ``str`` and ``bytes``.
        sends: Message classes: what clients receive. Another Message is not sent. ``None``: any.
        subprotocols: Subprotocols in order of preference; the first that the client offers is
            chosen.
        layer: What carries broadcasts, or its URL, see ``layers.layer_of``. ``None``: what
            ``layers.use_layer`` was given, or a MemoryLayer for each class and loop.
        send_completion: Whether to say so when a message has been handled
            (``MESSAGE_ACTION_COMPLETE``), and after a broadcast that a hook made
            (``GROUP_ACTION_COMPLETE``) or somebody else (``EVENT_ACTION_COMPLETE``).
        max_size: Largest message accepted, in bytes; over it the connection is closed with 1009.
            ``None``: any.
        max_behind: How many messages may wait for a client that reads too slowly; over it the
            connection is closed with 1013.
    """

    path: ClassVar[str | None] = None
    accepts: ClassVar[Any] = None
    sends: ClassVar[Any] = None
    subprotocols: ClassVar[Sequence[str]] = ()
    layer: ClassVar[Layer | str | None] = None
    send_completion: ClassVar[bool] = False
    max_size: ClassVar[int | None] = 2**20
    max_behind: ClassVar[int] = 1000

    _template: ClassVar[PathTemplate | None] = None
    _reader: ClassVar[MessageReader | None] = None
    _sent_classes: ClassVar[tuple[type[Any], ...]] = ()
    _app: ClassVar[ChannelApp]

    _life: Life | None
    _context: Context | None
    _params: dict[str, Any] | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._template = None if cls.path is None else PathTemplate(cls.path)
        cls._reader = None if cls.accepts is None else MessageReader(cls.accepts)
        cls._sent_classes = () if cls.sends is None else MessageReader(cls.sends).classes

    def __new__(cls, *args: Any, **_: Any) -> Self:
        # Frameworks call what they were given, so a class can be given as an ASGI app.
        if len(args) == 3 and isinstance(args[0], dict) and "type" in args[0]:
            return cls.as_asgi()(*args)  # type: ignore[return-value]  # to be awaited
        # Not in __init__, which a subclass may forget to call.
        self = super().__new__(cls)
        self._life = self._context = self._params = None
        return self

    def __repr__(self) -> str:
        if self._life is None:
            return f"<{type(self).__name__}: no socket>"
        return f"<{type(self).__name__} {self.context.path}: {self._life.phase.value}>"

    # Hooks

    async def authenticate(self) -> None:
        """Decide whether to let the client in; called before the handshake is answered.

        ``raise Refused(status=401)`` denies the handshake. ``raise Refused(code=4001, reason=...)``
        accepts it, sends ``{"type": "error", "message": reason}`` and closes with the code, which
        browsers can see.
        """

    async def on_connect(self) -> None:
        """The client is connected."""

    async def on_message(self, message: Any) -> None:
        """A message arrived; the next waits until this returns."""

    async def on_close(self, code: int, reason: str) -> None:
        """The connection is over; called once if ``on_connect`` was.

        It is among the connections and in its rooms no more; ``subscriptions`` still tells which.
        """

    async def on_missed(self, count: int) -> None:
        """The layer lost ``count`` broadcasts of this class, for whichever rooms.

        Called in a task of its own. The log ``wsnotebook.channel`` has a warning in any case.
        """

    # This connection

    @property
    def socket(self) -> Any:
        """The socket. By hand, set one: it is among the connections from then on."""
        return None if self._life is None else self._life.socket

    @socket.setter
    def socket(self, socket: Any) -> None:
        if self._life is not None:
            self._life.unregister()
        self._context = self._params = None
        self._life = Life(self, socket)
        self._life.register()

    @property
    def context(self) -> Context:
        """What the client asked for: path, query, headers, cookies, subprotocols."""
        if self._context is None:
            self._context = Context.of(self._alive.socket.request)
        return self._context

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the query and, above them, those of the path.

        Raises:
            Refused: With 404: the path is not that of this Channel.
        """
        if self._params is None:
            self._params = {**self.context.query, **self._path_params()}
        return self._params

    @property
    def subscriptions(self) -> frozenset[str]:
        """The rooms it is in."""
        return frozenset(self._alive.rooms)

    async def send(self, message: Any) -> None:
        """Send a message to this client.

        Args:
            message: ``str`` (text), bytes-like (binary) or a Message (its JSON).

        Raises:
            Closed: The connection is closed. Let out of a hook, it ends that hook and is no crash.
            TypeError: ``message`` is something else, or a Message that is none of ``sends``.
            SetupError: The handshake is not answered yet.

        Cancelling takes back what has not begun to leave.
        """
        await self._alive.send(self._encode(message))

    async def send_json(self, value: Any) -> None:
        """Send ``value`` to this client as compact JSON text; see :meth:`send`."""
        await self._alive.send(encode_json(value))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; ``on_close`` is called with the same. Closing twice does nothing.

        Raises:
            ValueError: The code or reason may not be sent.
            SetupError: The handshake is not answered yet.
        """
        await self._alive.close(code, reason)

    async def join(self, room: str) -> None:
        """Be in ``room``: get what is broadcast to it.

        Raises:
            Closed: The connection is closed.
            SetupError: The handshake is not answered yet.
            TypeError: ``room`` is not a str.
        """
        life = self._alive
        life.check_open("the room was joined")
        if not isinstance(room, str):
            raise TypeError(f"a room is named by a str, not {room!r}")
        life.rooms.add(room)
        await life.state.join(life, room)

    async def leave(self, room: str) -> None:
        """Be in ``room`` no more; nothing happens if it was not."""
        life = self._alive
        if room in life.rooms:
            life.rooms.remove(room)
            await life.state.leave(life, room)

    # All connections of the class

    connections: OfClass[tuple[Channel, ...]] = OfClass(lambda cls: cls._connections())
    """The Channels of this class that are connected on this loop, oldest first: a tuple."""

    counts: OfClass[Counts] = OfClass(lambda cls: cls._counts())
    """What went wrong with members of this class on this loop: a ``Counts``."""

    @classmethod
    async def broadcast(cls, message: Any, *, room: str | None = None, exclude: Any = None) -> None:
        """Send a message to all connections of this class, in every process that shares its layer.

        It waits for nobody: who reads too slowly gets it later, who is gone is dropped.

        Args:
            message: As :meth:`send` takes it.
            room: A room whose members alone get it.
            exclude: A Channel or a socket, or several, that do not get it.

        Raises:
            TypeError: ``message`` cannot be sent.
            LayerLost: It may not have arrived. Let out of a hook, the client is told, and counted.
        """
        data = cls._encode(message)
        messages = (data, BROADCAST_COMPLETE[in_hook.get()]) if cls.send_completion else (data,)
        excluded = _NONE if exclude is None else _ids(exclude)
        await State.of(cls).broadcast(messages, room, excluded)

    @classmethod
    def room_members(cls, room: str) -> tuple[Any, ...]:
        """Return the sockets in ``room`` that are connected to this process, oldest first."""
        state = State.peek(cls)
        return () if state is None else tuple(life.socket for life in state.rooms.get(room, ()))

    @classmethod
    async def members(cls, room: str) -> frozenset[str]:
        """Return the ids of all sockets in ``room``, in every process that shares the layer."""
        return await State.of(cls).members(room)

    @classmethod
    def _connections(cls) -> tuple[Channel, ...]:
        state = State.peek(cls)
        return () if state is None else tuple(life.channel for life in state.lives)

    @classmethod
    def _counts(cls) -> Counts:
        state = State.peek(cls)
        return Counts() if state is None else state.counts

    # Being served

    @classmethod
    def as_asgi(cls) -> ChannelApp:
        """Return the ASGI app that serves this class; always the same one."""
        if "_app" not in cls.__dict__:
            cls._app = ChannelApp(cls)
        return cls._app

    def _begin(self, socket: ASGISocket) -> Life:
        self._life = Life(self, socket, server=socket)
        return self._life

    # By hand

    async def handle_connect(self) -> None:
        """By hand: go through the handshake as a server does: authenticate, then ``on_connect``.

        Raises:
            Refused: ``authenticate`` denied the handshake, or the path is not this Channel's.
        """
        await self._alive.connect()

    async def handle_message(self, message: Any) -> None:
        """By hand: a message arrived, raw or a Message; none does when the connection is closed."""
        await self._alive.message(encode(message))

    async def handle_close(self, code: int = 1000, reason: str = "") -> None:
        """By hand: the client closed."""
        await self._alive.ended(code, reason)

    # For the life of the connection

    @property
    def _alive(self) -> Life:
        if self._life is None:
            raise _no_socket(self)
        return self._life

    def _check_path(self) -> None:
        if self._template is not None:
            self.params  # noqa: B018  # it refuses a wrong path

    def _path_params(self) -> dict[str, Any]:
        socket = self._alive.socket
        if isinstance(socket, ASGISocket):
            return socket.params_of(self._template)
        return {} if self._template is None else self._template.read(self.context.path)

    def _chosen_subprotocol(self) -> str | None:
        offered = self.context.subprotocols if self.subprotocols else ()
        return next((name for name in self.subprotocols if name in offered), None)

    def _read(self, data: str | bytes) -> Any:
        return data if self._reader is None else self._reader(data)

    @classmethod
    def _encode(cls, message: Any) -> str | bytes:
        known = cls._sent_classes
        if known and is_message(message) and not isinstance(message, known):
            names = " or ".join(kind.__name__ for kind in known)
            raise TypeError(f"{cls.__name__} sends {names}, not {message!r}")
        return encode(message)


def _no_socket(channel: Channel) -> Exception:
    name = type(channel).__name__
    return SetupError(
        f"this {name} has no socket: set one, channel.socket = MockWebSocket(), or connect to "
        f"{name}.as_asgi()"
    )


def _ids(exclude: Any) -> frozenset[str]:
    several: Iterable[Any] = (exclude,) if hasattr(exclude, "send") else exclude
    sockets = (one.socket if isinstance(one, Channel) else one for one in several)
    return frozenset(str(socket.id) for socket in sockets)
