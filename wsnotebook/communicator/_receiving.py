"""What a communicator receives: one message, several, silence, the authentication, the end.

Connecting and sending are in ``_communicator``, how a collect ends in ``_collects``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from ..client import Client
from ..errors import Closed, UnexpectedMessage, WaitTimeout, is_ours
from ..messages import COMPLETION_SIGNALS, MESSAGE_ACTION_COMPLETE, MessageReader, decode_json
from ._authentication import AuthenticationMessage
from ._collects import collect, without_signals
from ._reaching import is_remote, settle_all
from ._typed import Typed

__all__ = ["Receiving"]

__tracebackhide__ = is_ours

_read_authentication = MessageReader(AuthenticationMessage)


class Receiving:
    """What a communicator may receive."""

    client: Client
    _typed: Typed

    # Receiving one

    async def receive_from(self, timeout: float | None = None) -> str | bytes:
        """Return the next unread message, ``str`` if it was text and ``bytes`` if it was binary.

        Raises:
            WaitTimeout: None came in time; the app goes on.
            Closed, AppCrashed: None is left and the connection is closed.
        """
        return await self.client.receive(timeout)

    async def receive_json_from(self, timeout: float | None = None) -> Any:
        """Return the JSON value of the next unread message.

        Raises:
            UndecodableMessage: It is not JSON; it stays unread.
            WaitTimeout, Closed, AppCrashed: As for :meth:`receive_from`.
        """
        return await self.client.receive_json(timeout)

    receive_json = receive_json_from

    async def receive_message(self, timeout: float | None = None) -> Any:
        """Return the next unread message as the class that the consumer sends it as.

        Raises:
            UndecodableMessage: It is none of them; it stays unread.
            SetupError: There is no ``consumer`` to tell.
            WaitTimeout, Closed, AppCrashed: As for :meth:`receive_from`.
        """
        return await self.client.receive_message(timeout)

    async def receive_output(self, timeout: float | None = None) -> dict[str, Any]:
        """Return what the app did next as the ASGI event: a message, or its close.

        Raises:
            WaitTimeout: Nothing came in time; the app goes on.
            AppCrashed: The app raised.
        """
        try:
            message = await self.client.receive(timeout)
        except Closed as closed:
            return {"type": "websocket.close", "code": closed.code, "reason": closed.reason}
        kind = "text" if isinstance(message, str) else "bytes"
        return {"type": "websocket.send", kind: message}

    async def receive_nothing(self, timeout: float = 0.1, interval: float = 0.01) -> bool:  # noqa: ARG002
        """Return whether nothing is unread and nothing comes; assert it.

        In process it waits for no time to pass, but until the app, and every other that a
        communicator has opened on this loop, has nothing left to do.

        Args:
            timeout: Seconds to listen, over a network.
            interval: Not needed; it is there for tests that give it.

        Raises:
            AppCrashed: The app raised.
            WaitTimeout: In process: the app is still busy after the communicator's ``timeout``.
        """
        try:
            if is_remote(self.client):
                await self.client.receive_nothing(timeout)
            else:
                await settle_all()
                await self.client.receive_nothing()
        except UnexpectedMessage:
            return False
        return True

    # Receiving several

    async def receive_all_json(
        self, timeout: float | None = None, *, stop_action: str | None = None
    ) -> list[Any]:
        """Return the JSON values of all unread messages until the server is settled.

        Args:
            timeout: Seconds, for all together.
            stop_action: As for :meth:`receive_all_messages`; completion signals are left out if it
                is one.

        Raises:
            UndecodableMessage: A message is not JSON.
            Closed, AppCrashed: The connection closed before the stop came; ``unread`` of the error
                is what arrived.

        Warns:
            CollectTimedOut: The time was up; what arrived is returned.

        On an error nothing is taken.
        """
        stop = await self._stop(stop_action)
        if stop_action not in COMPLETION_SIGNALS:
            return await collect(self.client, decode_json, stop, timeout, level=2)
        parse, leave_out = without_signals(decode_json)
        return leave_out(await collect(self.client, parse, stop, timeout, level=2))

    async def receive_all_messages(
        self, stop_action: str | None = MESSAGE_ACTION_COMPLETE, timeout: float | None = None
    ) -> list[Any]:
        """Return all unread messages up to the one whose action is ``stop_action``, typed.

        Completion signals are left out; any other message that stops the collect is kept.

        Args:
            stop_action: The ``action``, or whatever field tells the consumer's messages apart.
                ``None``: until the server is settled; a completion signal means the same where
                the consumer is known to send none.
            timeout: Seconds, for all together.

        Raises:
            UndecodableMessage: A message is none of those that the consumer sends.
            SetupError: There is no ``consumer`` to tell.
            Closed, AppCrashed: The connection closed before the stop came; ``unread`` of the error
                is what arrived.

        Warns:
            CollectTimedOut: The time was up; what arrived is returned.

        On an error nothing is taken.
        """
        parse, leave_out = without_signals(self._typed.read)
        stop = await self._stop(stop_action)
        return leave_out(await collect(self.client, parse, stop, timeout, level=2))

    async def _stop(self, action: str | None) -> Any:
        """Return what ``action`` is as a stop of the client, which needs the apps settled if none.

        What one app broadcasts, another delivers: it is not yet settled when only it is asked.
        """
        signal = action in COMPLETION_SIGNALS
        if action is None or (signal and self._typed.sends_completion is False):
            await settle_all()
            return None
        return action if signal else {self._typed.key: action}

    # Authentication and the end

    async def wait_for_auth(self, *, max_auth_time: float | None = None) -> AuthenticationMessage:
        """Return the first message, which says how the authentication ended.

        What the app does upon it, joining groups for one, is done then, as far as can be seen.

        Args:
            max_auth_time: Seconds.

        Raises:
            UndecodableMessage: It says something else; it stays unread.
            WaitTimeout, Closed, AppCrashed: As for :meth:`receive_from`.
        """
        message = await self.client._receive(_read_authentication, max_auth_time)
        with suppress(WaitTimeout):
            await self.client.settle(max_auth_time)
        return cast("AuthenticationMessage", message)

    async def assert_authenticated_status_ok(self, max_auth_time: float | None = None) -> None:
        """Check that the first message says that the authentication succeeded, with 200.

        Raises:
            AssertionError: It says something else.
            UndecodableMessage, WaitTimeout, Closed, AppCrashed: As for :meth:`wait_for_auth`.
        """
        payload = (await self.wait_for_auth(max_auth_time=max_auth_time)).payload
        if payload.status_code != 200:
            raise AssertionError(
                f"the authentication ended with {payload.status_code} {payload.status_text!r}, "
                "not with 200"
            )

    async def assert_closed(self, code: int | None = None) -> None:
        """Check that the server has closed the connection, or does so in time.

        Args:
            code: The close code that is expected; ``None``: any.

        Raises:
            AssertionError: It has not, or with another code.
            AppCrashed: The app raised.
            Refused: It never opened.
        """
        try:
            await self.client.wait_for_close(code)
        except (Closed, WaitTimeout) as error:
            raise AssertionError(str(error)) from error
