"""One connection to an ASGI app in process: the life of the app's task, and the client's side.

What the app gets and may send is ``_asgi_side``. Starting and finding the app is ``asgi``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from websockets.datastructures import Headers

from ..closecodes import ABNORMAL, Closure
from ..errors import Refused, SetupError, is_ours
from . import Handshake, Sink
from ._asgi_events import disconnect_event
from ._asgi_side import GONE, OPEN, UNANSWERED, AppSide
from ._tasks import finish_task, where
from .disconnects import is_disconnect
from .runs import AppRun, crash_error

__all__ = ["ASGIConnection"]

__tracebackhide__ = is_ours


class ASGIConnection(AppSide):
    """One connection; see :class:`~wsnotebook.transports.Connection`."""

    __slots__ = ("_close_timeout", "_finished", "path", "task")

    def __init__(self, run: AppRun, handshake: Handshake, sink: Sink) -> None:
        super().__init__(run, handshake, sink)
        self.path = handshake.join("")
        self.task: asyncio.Task[Any]
        self._close_timeout = handshake.close_timeout
        self._finished = False

    @property
    def response_headers(self) -> Mapping[str, str]:
        """Headers that the app sent with its acceptance."""
        return Headers([(k.decode("latin-1"), v.decode("latin-1")) for k, v in self._headers])

    # Life of the app's task

    async def open(self, scope: dict[str, Any]) -> None:
        """Start the app and wait for its answer; whatever stops it, the app is ended first."""
        self._activity.holders.add(self)
        self._push({"type": "websocket.connect"})
        self.task = self._activity.start(self._run_app(scope))
        try:
            failure = await self._answer
        except asyncio.CancelledError as exc:
            exc.add_note(f"the app {where(self.task)}")  # what a timeout has to tell
            self._disconnect(ABNORMAL, "")
            self.task.cancel()
            await self.finish()
            raise
        if failure is None:
            return
        await self.finish()
        crash = self._crash
        if crash is None or crash is failure or crash is failure.__cause__:
            raise failure
        raise crash_error(crash, "while its handshake failed")

    async def _run_app(self, scope: dict[str, Any]) -> None:
        crash: BaseException | None = None
        try:
            await self._run.app(scope, self._receive, self._send)
        except asyncio.CancelledError:
            pass  # ours, past a deadline; or the app's own way to end
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as exc:  # also what pytest.fail() raises, and sys.exit()
            if self._end is None or not is_disconnect(exc, again=self._phase is GONE):
                crash = exc
        finally:
            self._over(crash)

    def _over(self, crash: BaseException | None) -> None:
        """The app returned or raised."""
        phase = self._phase
        self._phase = GONE
        self._end = self._end or disconnect_event(ABNORMAL, "")
        self._holding = False
        self._inbox.clear()
        self._activity.holders.discard(self)
        self._activity.changed()
        if crash is not None:
            self._tell(crash)
        if phase is OPEN:
            # Returning without a close frame: what a server shows as 1006.
            self._sink.closed(Closure(ABNORMAL, clean=False))
        elif phase in UNANSWERED:
            self._answered(_unanswered(crash))

    async def finish(self) -> None:
        """Wait for the app to end; past ``close_timeout`` cancel it. Then let go of the app."""
        if self._finished:
            return
        self._finished = True
        try:
            if not await finish_task(self.task, self._close_timeout):
                stuck = f"the app ignores its cancellation; it {where(self.task)}"
                self._tell(SetupError(stuck))
        finally:
            if not self._run.remove_user():
                for crash in await self._run.leave():
                    self._tell(crash)
            if self.task.done():
                del self._sink  # nobody is told any more; and the two do not keep each other alive

    # What a client does

    def write(self, data: str | bytes) -> None:
        """Hand one message to the app; see :meth:`Connection.write`."""
        if self._end is not None:
            raise ConnectionError("the connection is not open")
        self._push({"type": "websocket.receive", "text" if type(data) is str else "bytes": data})

    async def ping(self) -> float:
        """Record a ping and its pong: ASGI leaves them to the server, and there is no network."""
        if self._end is not None:
            raise ConnectionError("the connection is not open")
        started = self._loop.time()
        self._sink.control("ping", "sent", b"")
        await asyncio.sleep(0)
        self._sink.control("pong", "received", b"")
        return self._loop.time() - started

    async def close(self, code: int, reason: str) -> None:
        """Tell the app that the client closed."""
        if self._end is None:
            self._disconnect(code, reason)
            self._sink.closed(Closure(code, reason))

    def abort(self) -> None:
        """Vanish: the app sees 1006."""
        if self._end is None:
            self._disconnect(ABNORMAL, "")
            self._sink.closed(Closure(ABNORMAL, clean=False))

    def settled(self) -> bool:
        """Whether the app has nothing left to do; see ``settled``."""
        return self._activity.settled()

    async def settle(self, deadline: float) -> None:
        """Wait until the app has nothing left to do; see ``settled``."""
        await self._activity.settle(deadline)


def _unanswered(crash: BaseException | None) -> BaseException:
    """Return how a test sees that the app ended without an answer to the handshake."""
    if crash is None:
        return Refused(500, reason="the app ended without answering the handshake")
    return crash_error(crash, "before it answered the handshake")
