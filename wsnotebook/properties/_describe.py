"""Makes a Failure of what was found: everything that a person asks about it, secrets masked."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ..client import Client
from ..closecodes import describe_close
from ..errors import Refused
from ..opened import is_library
from ..timeline import Timeline
from ._converse import Outcome
from ._example import Example
from ._judge import Finding
from ._source import Source
from .conversation import Conversation
from .failures import Failure
from .routes import Route
from .settings import Settings

__all__ = ["Describe"]

_SHOWN_EVENTS = 60
# Where an object is in memory; the folder of a notebook's cells, which tells the kernel's process.
_PASSING = re.compile(
    r""" at 0x[0-9a-f]+"""
    r"""|(?<=File ")[^"\n]*ipykernel_\d+[/\\]"""
    # Only from where a word begins: a message may be one word of 64 kB, of which each character
    # would be a beginning.
    r"""|(?<![^\s"'(])[^\s"'(]*ipykernel_\d+[/\\](?=\d+\.py:)"""
)
_OURS = str(Path(__file__).parents[1]) + os.sep


class Describe:
    """Describes what is wrong with conversations on one route.

    Args:
        route: The route.
        source: How a program gets at what was searched.
        settings: How it was searched.
        seed: The seed.
        via: How a token travels, if there is one.
    """

    def __init__(
        self, route: Route, source: Source, settings: Settings, seed: int, *, via: str | None
    ) -> None:
        self._route = route
        self._source = source
        self._settings = settings
        self._seed = seed
        self._via = via

    def __call__(
        self,
        finding: Finding,
        outcome: Outcome,
        talk: Conversation,
        example: Example,
        *,
        elapsed: float,
    ) -> Failure:
        """Return the failure; ``example`` holds only what was sent, ``elapsed`` is in seconds."""
        client = outcome.clients[finding.place]
        mask = client._session.mask
        side = talk.sides[finding.place]
        index, settings = finding.index, self._settings
        sent = example.messages[index][1] if index is not None else None
        return Failure(
            code=finding.code,
            title=_lasting(mask(finding.title)),
            route=str(self._route),
            example=_masked(example, client),
            seed=self._seed,
            source=self._source,
            transcript=_lasting(
                Timeline.merge(*[one.timeline for one in outcome.clients]).text(limit=_SHOWN_EVENTS)
            ),
            events=talk.events,
            index=index,
            sent=_masked_data(sent, client),
            expected=mask(finding.expected),
            actual=_lasting(mask(finding.actual)),
            state=_state(client, outcome),
            close_code=side.close_code,
            last_reply=_masked_data(side.received[-1] if side.received else None, client),
            messages_sent=len(outcome.sent),
            messages_received=sum([len(one.received) for one in talk.sides]),
            connections=len(outcome.clients) - len(outcome.denied),
            elapsed=elapsed,
            traceback=_lasting(mask(_traceback(finding.exception))),
            cause=finding.cause,
            message_timeout=settings.message_timeout,
            connection_timeout=settings.connection_timeout,
            via=self._via,
            oracle=finding.oracle,
            settled=outcome.settled,
            ended=outcome.ended,
            refused=_refused(outcome),
            is_found=self._route.endpoint is not None,
        )


def _refused(outcome: Outcome) -> tuple[int, ...]:
    """Return the clients that the app refused, and rightly."""
    return tuple(
        [
            place
            for place, error in outcome.denied.items()
            if isinstance(error, Refused) and error.status != HTTPStatus.INTERNAL_SERVER_ERROR
        ]
    )


def _masked(example: Example, client: Client) -> Example:
    if client._session._redact is None:
        return example
    messages = tuple([(place, _masked_data(data, client)) for place, data in example.messages])
    return Example(
        tuple(map(client._session.mask, example.paths)),
        example.subprotocols,
        messages,  # type: ignore[arg-type]  # no message is None
        example.pace,
        example.close_code,
    )


def _masked_data(data: str | bytes | None, client: Client) -> str | bytes | None:
    redact = client._session._redact
    return data if redact is None or data is None else redact(data)


def _state(client: Client, outcome: Outcome) -> str:
    """Return what became of the connection, in words."""
    closure = client._session.closure
    if client._session.connection is None:
        refused = any(isinstance(error, Refused) for error in outcome.denied.values())
        return "refused" if refused else "never open"
    if closure is None:
        return "open"
    if outcome.stuck is not None:
        return "open, until the search closed it"
    return f"closed with {describe_close(closure.code, client._session.mask(closure.reason))}"


def _lasting(text: str) -> str:
    """Return ``text`` without what no two runs share."""
    return _PASSING.sub("", text)


# Tracebacks


def _traceback(exc: BaseException | None) -> str:
    """Return the traceback of ``exc``, the lines of libraries left out where others are left."""
    if exc is None:
        return ""
    shown = traceback.TracebackException.from_exception(exc, compact=True)
    for part in _parts(shown):
        own = [frame for frame in part.stack if not is_library(frame.filename)]
        if own:
            # A call deep inside a library is told by its last line; one into this library is not.
            last = part.stack[-1]
            is_shown = last is not own[-1] and not last.filename.startswith(_OURS)
            part.stack[:] = [*own, last] if is_shown else own
    return "".join(shown.format()).rstrip("\n")


def _parts(shown: Any) -> Iterator[Any]:
    """Yield ``shown``, its causes and the members of its groups."""
    if shown is None:
        return
    yield shown
    yield from _parts(shown.__cause__)
    yield from _parts(shown.__context__)
    for member in shown.exceptions or ():
        yield from _parts(member)
