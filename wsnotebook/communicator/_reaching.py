"""Reaching the app: headers as ASGI has them, additions to its scope, and its neighbours.

Tests in the style of Channels make an app of its own for each communicator, ``Chat.as_asgi()``,
where one app, asked whether it is settled, says nothing of the others: so all are asked.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from ..client import Client, State
from ..layers._per_loop import PerLoop
from ..transports import Handshake, transport_for
from ..transports._internals import can_read
from ..transports.asgi import ASGITransport

__all__ = ["Headers", "as_text", "is_remote", "note_open", "scoped", "settle_all", "takes_scope"]

Headers = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

_ROUNDS = 10  # apps may go on answering one another for ever; two suffice for most


def as_text(headers: Headers) -> list[tuple[str, str]]:
    """Return headers, of ``bytes`` or ``str``, as pairs of ``str``."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(_text(name), _text(value)) for name, value in pairs]


def _text(value: Any) -> Any:
    # ASGI's header bytes are what HTTP has: ISO 8859-1 (RFC 9110 section 5.5).
    return value.decode("latin-1") if isinstance(value, bytes) else value


class _ScopedTransport(ASGITransport):
    """Reaches an app, adding to the scope that it gets; it is the same run of the same app."""

    def __init__(self, app: Any, added: Mapping[str, Any]) -> None:
        super().__init__(app)
        self.target = app  # what a Client looks at for what it knows of Channels
        self._added = added

    def _scope(self, handshake: Handshake) -> dict[str, Any]:
        return {**super()._scope(handshake), **self._added}


def scoped(application: Any, added: Mapping[str, Any]) -> Any:
    """Return what to connect to for ``added`` to be in the scope; anything but an app as it is."""
    transport = transport_for(application)
    if transport is application or not isinstance(transport, ASGITransport):
        return application
    return _ScopedTransport(transport.app, added)


def takes_scope(client: Client) -> bool:
    """Whether additions to the scope reach what ``client`` connects to."""
    return isinstance(client._session.transport, _ScopedTransport)


def is_remote(client: Client) -> bool:
    """Whether a network lies between, so that silence takes time to hear."""
    # In process this module may well not be loaded, and need not be.
    told = sys.modules.get(f"{Handshake.__module__}._told")
    return told is not None and isinstance(client._session.connection, told.ToldConnection)


_open_here: PerLoop[weakref.WeakSet[Client]] = PerLoop(weakref.WeakSet)


def note_open(client: Client) -> None:
    """Count ``client`` among the neighbours."""
    _open_here.get().add(client)


async def settle_all() -> None:
    """Return when every app in process that a communicator has opened here is settled.

    Raises:
        AppCrashed: One of them raised.
        WaitTimeout: One of them is still busy after its client's ``timeout``.
    """
    seen = can_read(asyncio.get_running_loop())  # else no app ever looks settled
    for _ in range(_ROUNDS if seen else 1):
        busy = [client for client in list(_open_here.get()) if _is_busy(client)]
        if not busy:
            return
        for client in busy:
            await client.settle()


def _is_busy(client: Client) -> bool:
    connection = client._session.connection
    return (
        client.state is State.OPEN
        and connection is not None
        and not is_remote(client)
        and not connection.settled()
    )
