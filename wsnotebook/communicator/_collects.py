"""Collects: what arrives up to a stop; and the warning about one that nothing but time ended."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final, TypeVar

from ..client import Client
from ..errors import SetupError, UndecodableMessage, WaitTimeout, is_ours
from ..messages import COMPLETION_SIGNALS, is_action

__all__ = ["CollectTimedOut", "collect", "without_signals"]

__tracebackhide__ = is_ours

T = TypeVar("T")
Parse = Callable[[str | bytes], T]

_SIGNAL: Final = object()


class CollectTimedOut(UserWarning):
    """A collect ended by its timeout, not by the message it was to stop at.

    A test that does so is slow and proves little: name a ``stop_action`` that comes, or none at
    all, which collects until the server is settled.

    Attributes:
        error: The :exc:`WaitTimeout` that the collect would be without its mercy.
        messages: What had arrived and is returned, raw.
    """

    def __init__(self, error: WaitTimeout) -> None:
        super().__init__(error)
        self.error = error
        self.messages = error.unread

    def __str__(self) -> str:
        head, _, rest = str(self.error).partition("\n")
        advice = "; what arrived is returned, stop_action=None would have waited for no signal"
        return f"{head}{advice}\n{rest}"


async def collect(
    client: Client, parse: Parse[T], stop: Any, timeout: float | None, *, level: int
) -> list[T]:
    """Return what is unread up to ``stop``, or after ``timeout`` all of it, with a warning.

    Args:
        client: Who receives.
        parse: Reads one message.
        stop: As :meth:`Client.receive_all` takes it.
        timeout: Seconds, for all together.
        level: How many calls up from here the test stands, for the warning.

    On an error nothing is taken.
    """
    try:
        return await client._receive_all(parse, stop, timeout)
    except WaitTimeout as error:
        warnings.warn(CollectTimedOut(error), stacklevel=level + 1)
    # Whoever else receives has its turn later; there is no waiting from here on.
    inbox = client._session.inbox
    unread = inbox.messages[inbox.cursor :]
    try:
        parsed = [parse(message) for message in unread]
    except (SetupError, UndecodableMessage) as exc:
        raise client._session.masked(exc) from None
    inbox.cursor += len(unread)
    return parsed


def without_signals(parse: Parse[T]) -> tuple[Parse[Any], Callable[[list[Any]], list[T]]]:
    """Return ``parse`` that lets completion signals be, and what then leaves them out."""

    def parse_or_mark(message: str | bytes) -> Any:
        return _SIGNAL if is_action(message, COMPLETION_SIGNALS) else parse(message)

    return parse_or_mark, lambda parsed: [one for one in parsed if one is not _SIGNAL]
