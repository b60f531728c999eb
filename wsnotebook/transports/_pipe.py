"""Two asyncio transports joined in memory: what one writes the other's protocol receives.

Delivery is by ``call_soon``, as from a socket, and honours ``pause_reading``; writing honours the
write buffer limits, so that back-pressure is real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ["Pipe"]

Address = tuple[str, int]


class Pipe(asyncio.Transport):
    """One end of a pair; see :meth:`pair`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        own: Address,
        peer: Address,
        on_delivery: Callable[[], None],
    ) -> None:
        super().__init__({"sockname": own, "peername": peer})
        self._loop = loop
        self._on_delivery = on_delivery
        self._peer: Pipe
        self._protocol: Any = None
        self._incoming: list[bytes] = []
        self._size = 0
        self._eof = False
        self._scheduled = False
        self._reading = True
        self._closing = False
        self._lost = False
        self._high, self._low = 2**16, 2**14
        self._writer_paused = False

    @classmethod
    def pair(
        cls,
        loop: asyncio.AbstractEventLoop,
        *,
        server: Address,
        client: Address,
        on_delivery: Callable[[], None],
    ) -> tuple[Pipe, Pipe]:
        """Return the server's end and the client's end; ``on_delivery`` follows each delivery."""
        ends = cls(loop, server, client, on_delivery), cls(loop, client, server, on_delivery)
        ends[0]._peer, ends[1]._peer = ends[1], ends[0]
        return ends

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Set who receives at this end."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who receives at this end."""
        return self._protocol  # type: ignore[no-any-return]  # of many shapes

    @property
    def pending(self) -> bool:
        """Whether this end has something to tell its protocol, unless it is paused."""
        return self._scheduled or (self._closing and not self._lost)

    # Writing

    def write(self, data: Any) -> None:
        """Hand ``data`` to the other end; written after the end, it is lost as on a socket."""
        if self._closing or self._peer._closing or not data:
            return
        self._peer._incoming.append(bytes(data))
        self._peer._size += len(data)
        self._peer._schedule()
        if self._peer._size > self._high and not self._writer_paused:
            self._writer_paused = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        """A pipe can be half closed, as TCP can."""
        return True

    def write_eof(self) -> None:
        """Tell the other end that nothing more will be written."""
        self._peer._eof = True
        self._peer._schedule()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set when the writing protocol is paused, in bytes that the other end has not read."""
        if high is None:
            high = 2**16 if low is None else 4 * low
        self._high, self._low = high, high // 4 if low is None else low

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return below and above how many bytes the writing protocol is resumed and paused."""
        return self._low, self._high

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the other end has not read."""
        return self._peer._size

    # Reading

    def pause_reading(self) -> None:
        """Stop delivering to this end."""
        self._reading = False

    def resume_reading(self) -> None:
        """Deliver to this end again."""
        self._reading = True
        self._schedule()

    def is_reading(self) -> bool:
        """Whether this end takes deliveries."""
        return self._reading

    def _schedule(self) -> None:
        if not self._scheduled and not self._closing and self._reading:
            self._scheduled = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        if self._reading:
            self._receive()
        self._on_delivery()

    def _receive(self) -> None:
        if self._incoming and not self._closing:
            data = b"".join(self._incoming)
            self._incoming.clear()
            self._size = 0
            self._protocol.data_received(data)
            self._peer._may_write_again()
        if self._eof and not self._incoming and not self._closing:
            self._eof = False
            if not self._protocol.eof_received():
                self.close()

    def _may_write_again(self) -> None:
        if self._writer_paused and self._peer._size <= self._low:
            self._writer_paused = False
            self._protocol.resume_writing()

    # Ending

    def is_closing(self) -> bool:
        """Whether this end is closed or about to be."""
        return self._closing

    def close(self) -> None:
        """End it: the other end sees the end of the stream after what was written."""
        if self._closing:
            return
        self._closing = True
        self._peer._eof = True
        self._peer._schedule()
        self._loop.call_soon(self._lose)

    def _lose(self) -> None:
        self._lost = True
        self._protocol.connection_lost(None)
        self._on_delivery()

    def abort(self) -> None:
        """End it at once; what this end has not received is lost."""
        self._incoming.clear()
        self._size = 0
        self.close()
