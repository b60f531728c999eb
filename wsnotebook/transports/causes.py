"""Why a connection could not be opened, in words.

Only the words: which exceptions become :exc:`~wsnotebook.errors.ConnectFailed` is ``network``.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl

from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidURI

from ..redaction import redact_url

__all__ = ["cause_of"]


def cause_of(exc: Exception) -> str:
    """Return what ``exc``, raised on opening a connection, says to a user; never empty."""
    match exc:
        case InvalidMessage():
            return f"what answered does not speak WebSocket: {exc.__cause__ or exc}"
        case InvalidURI():
            return f"it redirects to {redact_url(exc.uri)!r}, which is not a WebSocket URL"
        case InvalidHandshake():
            return f"the answer to the handshake is wrong: {exc}"
        case socket.gaierror():
            return f"unknown host: {exc.strerror}"
        case ssl.SSLCertVerificationError():
            return (
                f"the server's certificate does not verify: {exc.verify_message}; "
                "pass ssl= a context that trusts it"
            )
        case ssl.SSLError():
            return f"TLS failed: {exc.reason or exc}"
        case OSError():
            return _of_os_error(exc)
    return str(exc)


def _of_os_error(exc: OSError) -> str:
    # Where a name has several addresses, asyncio gives all their errors in one text.
    codes = {exc.errno} if exc.errno else set(map(int, re.findall(r"\[Errno (\d+)\]", str(exc))))
    if codes == {errno.ECONNREFUSED}:
        return "connection refused; is the server running, and on that port?"
    return "; ".join(map(os.strerror, sorted(codes))) or str(exc) or "the connection was dropped"
