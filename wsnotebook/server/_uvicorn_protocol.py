"""uvicorn's WebSocket protocol, its log without secrets.

uvicorn logs the path of every handshake at INFO, query included, and at DEBUG ``websockets`` writes
every header and frame.
"""

from __future__ import annotations

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ..redaction import redact_url

__all__ = ["QuietProtocol"]

_log = logging.getLogger("wsnotebook.server.uvicorn")


def _mask(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(redact_url(a) if isinstance(a, str) else a for a in record.args)
    return record.levelno > logging.DEBUG


_log.addFilter(_mask)


class QuietProtocol(WebSocketsSansIOProtocol):
    """Logs under the name of this library, tokens and tickets in URLs masked, no refusals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = self.conn.logger = _log
        self.conn.debug = False

    async def send(self, message: Any) -> None:
        """Send an event of the app's; an answer that refuses the handshake completes it, too."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # else uvicorn logs every refusal as an error
