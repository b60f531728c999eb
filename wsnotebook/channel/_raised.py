"""What a hook raised: whether it ends the connection; and what is said of a lost layer."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from ..closecodes import check_close
from ..errors import Closed, LayerLost, Refused
from ._gone import unless_gone
from ._phase import Phase
from ._signals import LAYER_LOST, error_message

if TYPE_CHECKING:
    from ._life import Life

__all__ = ["is_no_crash", "refuse", "without_layer"]

_log = logging.getLogger("wsnotebook.channel")


async def is_no_crash(life: Life, exc: Exception) -> bool:
    """Whether ``exc`` does not end it; a client whose layer is lost is told."""
    if isinstance(exc, LayerLost):
        without_layer(life, exc)
        if life.phase is Phase.OPEN:
            with suppress(Closed):
                await life.send(LAYER_LOST)
        return True
    # Its own client is gone: the next event tells of it.
    return isinstance(exc, Closed) and (life.is_gone or life.phase is not Phase.OPEN)


async def refuse(life: Life, refusal: Refused) -> None:
    """Deny the handshake; or, where there is a code, accept it, say why and close.

    Raises:
        Refused: By hand, where a server would have answered with HTTP.
    """
    life.phase = Phase.ENDED
    if refusal.code is None:
        if life.server is None:
            raise refusal
        await life.server.deny(refusal.status, refusal.reason)
        return
    check_close(refusal.code, refusal.reason)
    if life.server is not None:
        await life.server.accept(life.channel._chosen_subprotocol())
    # Who does not wait to hear why was refused all the same.
    with unless_gone():
        await life.socket.send(error_message(refusal.reason or "not authenticated"))
        await life.socket.close(refusal.code, refusal.reason)


def without_layer(life: Life, lost: LayerLost) -> Refused:
    """Count it and log it; return how a client is refused that comes now."""
    life.state.counts.lost += 1
    _log.warning("%r: %s", life.channel, lost)
    return Refused(503, reason="the layer is lost; try again later")
